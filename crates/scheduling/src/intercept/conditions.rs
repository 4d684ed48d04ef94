//! Conditions on a write: `If-Match`, `If-None-Match` (RFC 9110 section 13.1) and
//! `If-Schedule-Tag-Match` (RFC 6638 section 8.3).
//!
//! Invariant: they are checked against the row that the writing transaction has just read, never
//! against an earlier read, so that of two clients with the same tag only one wins.

use super::error::DoorError;

/// The tags of an `If-Match` or `If-None-Match` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagMatch {
    /// `*`: any current representation.
    Any,
    /// Strong tags, opaque text without the quotes. Weak ones are left out by the reader where the
    /// comparison is strong.
    Tags(Vec<String>),
}

impl TagMatch {
    fn matches(&self, current: Option<&Tags<'_>>) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::Tags(tags), Some(current)) => tags.iter().any(|tag| tag == current.etag),
        }
    }
}

/// The tags that a stored object has now.
#[derive(Clone, Copy, Debug)]
pub struct Tags<'a> {
    /// The strong ETag, without quotes.
    pub etag: &'a str,
    /// The Schedule-Tag of a scheduling object resource, without quotes.
    pub schedule_tag: Option<&'a str>,
}

/// The conditions that a request puts on the current state of its target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// RFC 9110 section 13.1.1.
    pub if_match: Option<TagMatch>,
    /// RFC 9110 section 13.1.2.
    pub if_none_match: Option<TagMatch>,
    /// RFC 6638 section 8.3; an empty header counts as absent.
    pub if_schedule_tag_match: Option<String>,
}

impl Conditions {
    /// Checks all of them against the target's current tags (`None`: it does not exist).
    ///
    /// # Errors
    /// [`DoorError::PreconditionFailed`] names the first header that does not hold.
    pub fn check(&self, current: Option<Tags<'_>>) -> Result<(), DoorError> {
        let failed = |header| DoorError::PreconditionFailed {
            header,
            current_etag: current.map(|tags| tags.etag.to_owned()),
        };
        if self.if_match.as_ref().is_some_and(|tags| !tags.matches(current.as_ref())) {
            return Err(failed("If-Match"));
        }
        if self.if_none_match.as_ref().is_some_and(|tags| tags.matches(current.as_ref())) {
            return Err(failed("If-None-Match"));
        }
        if let Some(wanted) = &self.if_schedule_tag_match
            && current.and_then(|tags| tags.schedule_tag) != Some(wanted)
        {
            return Err(failed("If-Schedule-Tag-Match"));
        }
        Ok(())
    }

    /// Whether a condition on the current version was given (and, after [`Self::check`], held):
    /// then the client has seen what it changes (design rule 3, the re-invitation).
    pub(super) fn names_current_version(&self) -> bool {
        self.if_schedule_tag_match.is_some() || matches!(self.if_match, Some(TagMatch::Tags(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Conditions, TagMatch, Tags};

    #[test]
    fn conditions_hold_or_name_the_header_that_fails() {
        let tags =
            |list: &[&str]| Some(TagMatch::Tags(list.iter().map(|&t| t.to_owned()).collect()));
        let now = Some(Tags { etag: "e2", schedule_tag: Some("s1") });
        for (conditions, current, failing) in [
            (Conditions::default(), now, None),
            (Conditions::default(), None, None),
            // RFC 9110 13.1.1
            (Conditions { if_match: tags(&["e1", "e2"]), ..Default::default() }, now, None),
            (Conditions { if_match: tags(&["e1"]), ..Default::default() }, now, Some("If-Match")),
            (Conditions { if_match: Some(TagMatch::Any), ..Default::default() }, now, None),
            (
                Conditions { if_match: Some(TagMatch::Any), ..Default::default() },
                None,
                Some("If-Match"),
            ),
            // RFC 9110 13.1.2
            (Conditions { if_none_match: Some(TagMatch::Any), ..Default::default() }, None, None),
            (
                Conditions { if_none_match: Some(TagMatch::Any), ..Default::default() },
                now,
                Some("If-None-Match"),
            ),
            (Conditions { if_none_match: tags(&["e1"]), ..Default::default() }, now, None),
            (
                Conditions { if_none_match: tags(&["e2"]), ..Default::default() },
                now,
                Some("If-None-Match"),
            ),
            // RFC 6638 8.3
            (
                Conditions { if_schedule_tag_match: Some("s1".into()), ..Default::default() },
                now,
                None,
            ),
            (
                Conditions { if_schedule_tag_match: Some("s0".into()), ..Default::default() },
                now,
                Some("If-Schedule-Tag-Match"),
            ),
            (
                Conditions { if_schedule_tag_match: Some("s1".into()), ..Default::default() },
                None,
                Some("If-Schedule-Tag-Match"),
            ),
        ] {
            let outcome = conditions.check(current);
            match failing {
                None => assert!(outcome.is_ok(), "{conditions:?} on {current:?}"),
                Some(header) => assert!(
                    outcome.unwrap_err().to_string().contains(header),
                    "{conditions:?} on {current:?}"
                ),
            }
        }
    }
}
