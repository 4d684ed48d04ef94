//! `Depth` (RFC 4918 10.2).

use http::{HeaderMap, HeaderName};

use super::joined;
use crate::error::{Error, Result};

/// How far below the resource a request reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The resource itself.
    Zero,
    /// The resource and its members.
    One,
    /// Everything below.
    Infinity,
}

/// The header's value; what its absence means is the method's business.
pub fn depth(headers: &HeaderMap) -> Result<Option<Depth>> {
    let Some(value) = joined(headers, &HeaderName::from_static("depth"))? else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "0" => Ok(Some(Depth::Zero)),
        "1" => Ok(Some(Depth::One)),
        "infinity" => Ok(Some(Depth::Infinity)),
        _ => Err(Error::bad_request("the header Depth is '0', '1' or 'infinity'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn depth_has_three_values() {
        for (value, expected) in [
            ("0", Some(Depth::Zero)),
            ("1", Some(Depth::One)),
            (" infinity ", Some(Depth::Infinity)),
            ("Infinity", Some(Depth::Infinity)),
            ("2", None),
            ("", None),
            ("1,noroot", None),
        ] {
            assert_eq!(depth(&headers(&[("depth", value)])).ok().flatten(), expected, "{value}");
        }
        assert!(depth(&headers(&[("depth", "2")])).is_err());
        assert!(depth(&headers(&[("depth", "0"), ("depth", "1")])).is_err());
        assert_eq!(depth(&HeaderMap::new()).unwrap(), None);
    }
}
