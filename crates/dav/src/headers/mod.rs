//! Request headers, each parsed once into a type; a value that means nothing is a 400.

mod conditions;
mod content_type;
mod depth;
mod destination;
mod if_header;
mod prefer;
mod schedule;

pub use conditions::{Conditions, TagMatch, conditions, if_match_holds, if_none_match_holds};
pub use content_type::{ContentType, content_type};
pub use depth::{Depth, depth};
pub use destination::{Overwrite, authority, check_host, destination, overwrite};
pub use if_header::{IfHeader, IfList, IfState, if_header};
pub use prefer::{Prefer, Return, prefer};
pub use schedule::{asks_for_reply, schedule_reply, scheduling_enabled};

use http::{HeaderMap, HeaderName};

use crate::error::{Error, Result};

/// The values of all lines of a header, joined as RFC 9110 5.3 allows. `None` when there is no line.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>> {
    let mut lines = headers.get_all(name).iter();
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let text = |value: &http::HeaderValue| {
        std::str::from_utf8(value.as_bytes())
            .map(|text| text.trim().to_owned())
            .map_err(|_| Error::bad_request(format!("the header {name} is not valid UTF-8")))
    };
    let mut all = text(first)?;
    for line in lines {
        all.push_str(", ");
        all.push_str(&text(line)?);
    }
    Ok(Some(all))
}

#[cfg(test)]
fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}
