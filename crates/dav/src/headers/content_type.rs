//! `Content-Type` (RFC 9110 8.3): what matters of it here.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::joined;
use crate::error::{Error, Precondition, Result};

/// The kinds of body that are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// No header: the body is taken for what the method expects.
    Absent,
    /// `text/calendar` in UTF-8.
    Calendar,
    /// `application/xml`, `text/xml` or a type that ends in `+xml`.
    Xml,
    /// Any other, in lower case.
    Other(String),
}

/// The media type. Calendar data in a charset other than UTF-8 is refused as invalid (RFC 5545 3.1.4): nothing is
/// converted, since the client's octets are what is stored.
pub fn content_type(headers: &HeaderMap) -> Result<ContentType> {
    let value = joined(headers, &CONTENT_TYPE)?.unwrap_or_default().to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim() == "charset")
        .map(|(_, charset)| charset.trim().trim_matches('"'));
    match media_type {
        "" => Ok(ContentType::Absent),
        "text/calendar" => match charset {
            None | Some("utf-8" | "utf8" | "us-ascii") => Ok(ContentType::Calendar),
            Some(charset) => Err(Error::unmet(
                Precondition::ValidCalendarData,
                format!("calendar data is taken in UTF-8, not in {charset}"),
            )),
        },
        "application/xml" | "text/xml" => Ok(ContentType::Xml),
        other if other.ends_with("+xml") => Ok(ContentType::Xml),
        other => Ok(ContentType::Other(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn media_types_are_told_apart() {
        for (value, expected) in [
            ("text/calendar", Some(ContentType::Calendar)),
            ("Text/Calendar; charset=\"UTF-8\"; component=VEVENT", Some(ContentType::Calendar)),
            ("text/calendar;charset=iso-8859-1", None),
            ("text/xml; charset=utf-8", Some(ContentType::Xml)),
            ("application/xml", Some(ContentType::Xml)),
            ("application/davmount+xml", Some(ContentType::Xml)),
            ("application/json", Some(ContentType::Other("application/json".into()))),
            ("", Some(ContentType::Absent)),
        ] {
            assert_eq!(
                content_type(&headers(&[("content-type", value)])).ok(),
                expected,
                "{value}"
            );
        }
        assert_eq!(content_type(&HeaderMap::new()).unwrap(), ContentType::Absent);
    }
}
