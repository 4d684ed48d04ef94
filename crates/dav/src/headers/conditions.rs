//! `If-Match`, `If-None-Match` (RFC 9110 13.1) and `If-Schedule-Tag-Match` (RFC 6638 8.3).

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName};

use super::joined;
use crate::error::{Error, Result};

pub use scheduling::intercept::{Conditions, TagMatch};

/// The conditions of a write, to be checked inside its transaction.
pub fn conditions(headers: &HeaderMap) -> Result<Conditions> {
    Ok(Conditions {
        if_match: etags(headers, &IF_MATCH, Weak::Drop)?,
        if_none_match: etags(headers, &IF_NONE_MATCH, Weak::Keep)?,
        if_schedule_tag_match: schedule_tag(headers)?,
    })
}

/// Whether If-Match holds for a resource with this entity tag; `None`: there is no resource.
pub fn if_match_holds(condition: &TagMatch, current: Option<&str>) -> bool {
    match (condition, current) {
        (_, None) => false,
        (TagMatch::Any, Some(_)) => true,
        (TagMatch::Tags(tags), Some(current)) => tags.iter().any(|tag| tag == current),
    }
}

/// Whether If-None-Match holds for a resource with this entity tag.
pub fn if_none_match_holds(condition: &TagMatch, current: Option<&str>) -> bool {
    !if_match_holds(condition, current)
}

/// What a weak tag is worth: nothing in If-Match (strong comparison), as much as a strong one in
/// If-None-Match (RFC 9110 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weak {
    Keep,
    Drop,
}

/// A list without a tag matches no resource: RFC 9110 13.1.1 lets `If-Match:` with nothing fail.
fn etags(headers: &HeaderMap, name: &HeaderName, weak: Weak) -> Result<Option<TagMatch>> {
    let Some(value) = joined(headers, name)? else {
        return Ok(None);
    };
    if value == "*" {
        return Ok(Some(TagMatch::Any));
    }
    let malformed =
        || Error::bad_request(format!("the header {name} is '*' or a list of entity tags"));
    let mut tags = Vec::new();
    let mut rest = value.as_str();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(Some(TagMatch::Tags(tags)));
        }
        let is_weak = rest.starts_with("W/");
        let opaque = rest.strip_prefix("W/").unwrap_or(rest);
        let tag;
        (tag, rest) = match opaque.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(malformed)?,
            // Some clients forget the quotes.
            None => opaque.split_at(opaque.find([',', ' ', '\t']).unwrap_or(opaque.len())),
        };
        if tag == "*" || !(rest.is_empty() || rest.starts_with([',', ' ', '\t'])) {
            return Err(malformed());
        }
        if !(is_weak && weak == Weak::Drop) {
            tags.push(tag.to_owned());
        }
    }
}

/// One quoted tag. An empty value counts as absent: iOS and macOS send it.
fn schedule_tag(headers: &HeaderMap) -> Result<Option<String>> {
    let name = HeaderName::from_static("if-schedule-tag-match");
    let Some(value) = joined(headers, &name)? else {
        return Ok(None);
    };
    let tag = value.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(&value);
    if tag.contains(['"', ',']) {
        return Err(Error::bad_request("the header If-Schedule-Tag-Match is one quoted tag"));
    }
    Ok(Some(tag.to_owned()).filter(|tag| !tag.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    fn tags(tags: &[&str]) -> Option<TagMatch> {
        Some(TagMatch::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect()))
    }

    #[test]
    fn entity_tags_are_absent_any_or_listed() {
        for (value, if_match, if_none_match) in [
            ("*", Some(TagMatch::Any), Some(TagMatch::Any)),
            ("\"a\"", tags(&["a"]), tags(&["a"])),
            ("\"a\", \"b,c\" ,\"d\"", tags(&["a", "b,c", "d"]), tags(&["a", "b,c", "d"])),
            ("W/\"a\", \"b\"", tags(&["b"]), tags(&["a", "b"])),
            ("abc", tags(&["abc"]), tags(&["abc"])),
            ("", tags(&[]), tags(&[])),
            (",", tags(&[]), tags(&[])),
            ("\"\"", tags(&[""]), tags(&[""])),
        ] {
            let found =
                conditions(&headers(&[("if-match", value), ("if-none-match", value)])).unwrap();
            assert_eq!((found.if_match, found.if_none_match), (if_match, if_none_match), "{value}");
        }
        for value in ["\"a", "\"a\"\"b\"", "\"a\", *"] {
            assert!(conditions(&headers(&[("if-match", value)])).is_err(), "{value}");
        }
        let two_lines = headers(&[("if-match", "\"a\""), ("if-match", "\"b\"")]);
        assert_eq!(conditions(&two_lines).unwrap().if_match, tags(&["a", "b"]));
        assert_eq!(conditions(&HeaderMap::new()).unwrap().if_match, None);
    }

    #[test]
    fn conditions_hold_as_rfc_9110_says() {
        for (condition, current, if_match, if_none_match) in [
            ("*", Some("a"), true, false),
            ("*", None, false, true),
            ("\"a\", \"b\"", Some("b"), true, false),
            ("\"a\"", Some("b"), false, true),
            ("\"a\"", None, false, true),
            ("", Some("a"), false, true),
        ] {
            let found = conditions(&headers(&[("if-none-match", condition)])).unwrap();
            let condition = found.if_none_match.unwrap();
            assert_eq!(if_match_holds(&condition, current), if_match);
            assert_eq!(if_none_match_holds(&condition, current), if_none_match);
        }
    }

    #[test]
    fn an_empty_schedule_tag_counts_as_absent() {
        for (value, expected) in
            [("\"a b\"", Some("a b")), ("abc", Some("abc")), ("", None), ("\"\"", None)]
        {
            let found = conditions(&headers(&[("if-schedule-tag-match", value)])).unwrap();
            assert_eq!(found.if_schedule_tag_match.as_deref(), expected);
        }
        assert!(conditions(&headers(&[("if-schedule-tag-match", "\"a\", \"b\"")])).is_err());
    }
}
