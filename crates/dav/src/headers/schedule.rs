//! `Schedule-Reply` (RFC 6638 8.1) and `Scheduling-Enabled`, by which importers tell nobody.

use http::{HeaderMap, HeaderName};

use super::joined;
use crate::error::{Error, Result};

/// Whether deleting an invitation tells the organizer so; the default is yes.
pub fn schedule_reply(headers: &HeaderMap) -> Result<bool> {
    flag(headers, "schedule-reply")
}

/// Whether an answer is asked for in so many words: without the header nobody says that a proposal is declined.
pub fn asks_for_reply(headers: &HeaderMap) -> Result<bool> {
    Ok(headers.contains_key("schedule-reply") && schedule_reply(headers)?)
}

/// Whether a write schedules; the default is yes.
pub fn scheduling_enabled(headers: &HeaderMap) -> Result<bool> {
    flag(headers, "scheduling-enabled")
}

fn flag(headers: &HeaderMap, name: &'static str) -> Result<bool> {
    match joined(headers, &HeaderName::from_static(name))?.as_deref() {
        None | Some("T" | "t" | "") => Ok(true),
        Some("F" | "f") => Ok(false),
        Some(_) => Err(Error::bad_request(format!("the header {name} is 'T' or 'F'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn only_f_says_no() {
        for (value, expected) in [
            ("T", Some(true)),
            ("F", Some(false)),
            ("f", Some(false)),
            ("", Some(true)),
            ("no", None),
        ] {
            assert_eq!(schedule_reply(&headers(&[("schedule-reply", value)])).ok(), expected);
            assert_eq!(
                scheduling_enabled(&headers(&[("scheduling-enabled", value)])).ok(),
                expected
            );
        }
        assert!(schedule_reply(&HeaderMap::new()).unwrap());
        assert!(!asks_for_reply(&HeaderMap::new()).unwrap());
        assert!(asks_for_reply(&headers(&[("schedule-reply", "T")])).unwrap());
        assert!(!asks_for_reply(&headers(&[("schedule-reply", "F")])).unwrap());
        assert!(scheduling_enabled(&HeaderMap::new()).unwrap());
    }
}
