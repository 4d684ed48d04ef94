//! `Prefer` (RFC 7240, RFC 8144) and its forerunner `Brief`.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::joined;
use crate::error::Result;

/// What a client would like; nobody has to follow, so what we don't know is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `return=…`, if given.
    pub answer: Option<Return>,
    /// `depth-noroot`: the members of a collection without the collection (RFC 8144 2).
    pub no_root: bool,
}

/// The `return` preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// Leave out what says nothing new, such as properties that do not exist (RFC 8144 2.1).
    Minimal,
    /// Send the resource as it is now (RFC 8144 2.2).
    Representation,
}

impl Prefer {
    /// Whether `return=minimal` was asked for.
    pub fn is_minimal(self) -> bool {
        self.answer == Some(Return::Minimal)
    }

    /// Whether `return=representation` was asked for.
    pub fn is_representation(self) -> bool {
        self.answer == Some(Return::Representation)
    }
}

impl Return {
    /// The value of `Preference-Applied` when it was followed.
    pub fn applied(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Minimal => "return=minimal",
            Self::Representation => "return=representation",
        })
    }
}

/// The preferences of a request; of two that contradict, the first counts (RFC 7240 2).
pub fn prefer(headers: &HeaderMap) -> Result<Prefer> {
    let mut prefer = Prefer::default();
    for preference in
        joined(headers, &HeaderName::from_static("prefer"))?.unwrap_or_default().split(',')
    {
        let preference = preference.split(';').next().unwrap_or_default();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        match (name.trim().to_ascii_lowercase().as_str(), value.as_str()) {
            ("return", "minimal") => prefer.answer = prefer.answer.or(Some(Return::Minimal)),
            ("return", "representation") => {
                prefer.answer = prefer.answer.or(Some(Return::Representation));
            }
            ("depth-noroot", "") => prefer.no_root = true,
            _ => {}
        }
    }
    let brief = joined(headers, &HeaderName::from_static("brief"))?;
    if prefer.answer.is_none() && brief.is_some_and(|value| value.eq_ignore_ascii_case("t")) {
        prefer.answer = Some(Return::Minimal);
    }
    Ok(prefer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn preferences_are_read_and_unknown_ones_passed_over() {
        let minimal = Some(Return::Minimal);
        let representation = Some(Return::Representation);
        for (value, answer, no_root) in [
            ("return=minimal", minimal, false),
            ("Return = \"minimal\" ; x=y", minimal, false),
            ("return=representation, return=minimal", representation, false),
            ("depth-noroot, return=minimal", minimal, true),
            ("respond-async, wait=10, handling=lenient", None, false),
            ("return=maximal", None, false),
            ("", None, false),
        ] {
            let found = prefer(&headers(&[("prefer", value)])).unwrap();
            assert_eq!(found, Prefer { answer, no_root }, "{value}");
        }
        assert!(prefer(&headers(&[("brief", "t")])).unwrap().is_minimal());
        let both = headers(&[("brief", "t"), ("prefer", "return=representation")]);
        assert!(prefer(&both).unwrap().is_representation());
    }
}
