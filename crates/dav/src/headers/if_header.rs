//! `If` (RFC 4918 10.4): lists of state tokens and entity tags, on this resource or on others.
//!
//! There are no locks, so the only state tokens that can hold are sync tokens (RFC 6578 5).

use http::{HeaderMap, HeaderName};

use super::joined;
use crate::error::{Error, Result};

/// More lists than any client has a use for.
const MAX_LISTS: usize = 32;

/// The header: it holds when one of its lists does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfHeader {
    /// The lists, in order; never empty.
    pub lists: Vec<IfList>,
}

/// Conditions on one resource: they hold together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfList {
    /// The resource a tagged list names; `None`: the one of the request.
    pub resource: Option<String>,
    /// The conditions, each perhaps negated.
    pub conditions: Vec<IfCondition>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfCondition {
    /// `Not`.
    pub negated: bool,
    /// What is compared.
    pub state: IfState,
}

/// The state a condition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfState {
    /// `<token>`.
    Token(String),
    /// `["etag"]`, strong: the opaque text.
    Etag(String),
    /// `[W/"etag"]`: compared strongly, it never holds.
    WeakEtag,
}

/// The header, if there is one.
pub fn if_header(headers: &HeaderMap) -> Result<Option<IfHeader>> {
    joined(headers, &HeaderName::from_static("if"))?
        .map(|value| IfHeader::parse(&value))
        .transpose()
}

impl IfList {
    /// Whether the list holds for a resource in this state; `None`: that the resource doesn't have.
    pub fn holds(&self, etag: Option<&str>, token: Option<&str>) -> bool {
        self.conditions.iter().all(|condition| {
            let holds = match &condition.state {
                IfState::Token(wanted) => token == Some(wanted),
                IfState::Etag(wanted) => etag == Some(wanted),
                IfState::WeakEtag => false,
            };
            holds != condition.negated
        })
    }
}

impl IfHeader {
    fn parse(value: &str) -> Result<Self> {
        let malformed =
            || Error::bad_request("the header If is not as RFC 4918, section 10.4.2, has it");
        let mut lists: Vec<IfList> = Vec::new();
        let mut resource = None;
        let mut rest = skip_space(value);
        while !rest.is_empty() {
            if let Some(tag) = rest.strip_prefix('<') {
                let tagged_before = resource.is_some();
                if lists.is_empty() == tagged_before {
                    return Err(malformed());
                }
                let (reference, tail) = tag.split_once('>').ok_or_else(malformed)?;
                resource = Some(reference.to_owned());
                rest = skip_space(tail);
            }
            let tail = rest.strip_prefix('(').ok_or_else(malformed)?;
            let (conditions, tail) = parse_list(tail).ok_or_else(malformed)?;
            lists.push(IfList { resource: resource.clone(), conditions });
            rest = skip_space(tail);
            if lists.len() > MAX_LISTS {
                return Err(Error::bad_request("the header If has too many lists"));
            }
        }
        if lists.is_empty() { Err(malformed()) } else { Ok(Self { lists }) }
    }
}

/// The conditions up to the closing parenthesis; at least one.
fn parse_list(mut rest: &str) -> Option<(Vec<IfCondition>, &str)> {
    let mut conditions = Vec::new();
    loop {
        rest = skip_space(rest);
        if let Some(tail) = rest.strip_prefix(')') {
            return (!conditions.is_empty()).then_some((conditions, tail));
        }
        let negated = rest.get(..3).is_some_and(|not| not.eq_ignore_ascii_case("not"));
        if negated {
            rest = skip_space(rest.get(3..)?);
        }
        let state;
        (state, rest) = parse_state(rest)?;
        conditions.push(IfCondition { negated, state });
    }
}

fn parse_state(rest: &str) -> Option<(IfState, &str)> {
    if let Some(token) = rest.strip_prefix('<') {
        let (token, tail) = token.split_once('>')?;
        return Some((IfState::Token(token.to_owned()), tail));
    }
    let tag = rest.strip_prefix('[')?;
    let (weak, tag) = match tag.strip_prefix("W/") {
        Some(tag) => (true, tag),
        None => (false, tag),
    };
    let (opaque, tail) = tag.strip_prefix('"')?.split_once('"')?;
    let state = if weak { IfState::WeakEtag } else { IfState::Etag(opaque.to_owned()) };
    Some((state, tail.strip_prefix(']')?))
}

/// Commas stand between joined header lines.
fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', ','])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::headers;

    #[test]
    fn lists_hold_for_the_state_they_name() {
        // Etag "e" and token <t>.
        for (value, expected) in [
            ("([\"e\"])", true),
            ("([\"f\"])", false),
            ("(Not [\"f\"])", true),
            ("(<t>)", true),
            ("(<t> [\"e\"])", true),
            ("(<t> [\"f\"])", false),
            ("(<u>) ([\"e\"])", true),
            ("(<u>) (not <DAV:no-lock>)", true),
            ("([W/\"e\"])", false),
            ("(Not [W/\"e\"])", true),
            ("(<urn:uuid:181d4fae> [\"e\"]) ([\"f\"])", false),
        ] {
            let found = if_header(&headers(&[("if", value)])).unwrap().unwrap();
            let holds = found.lists.iter().any(|list| list.holds(Some("e"), Some("t")));
            assert_eq!(holds, expected, "{value}");
        }
    }

    #[test]
    fn tagged_lists_name_their_resource() {
        // RFC 4918 10.4.10 and 10.4.9.
        let value = "</a> (<urn:1> [W/\"A\"]) ([\"B\"]) <http://h.example/c> ([\"C\"])";
        let found = if_header(&headers(&[("if", value)])).unwrap().unwrap();
        let resources: Vec<_> = found.lists.iter().map(|list| list.resource.as_deref()).collect();
        assert_eq!(resources, [Some("/a"), Some("/a"), Some("http://h.example/c")]);
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_refused() {
        let many = "([\"e\"])".repeat(33);
        for value in [
            "",
            "()",
            "(",
            "<t>",
            "(<t>",
            "([e])",
            "([\"e\")",
            "\"e\"",
            "(Not)",
            "<a> </b> (<t>)",
            "(<t>) </a> (<t>)",
            &many,
        ] {
            assert!(if_header(&headers(&[("if", value)])).is_err(), "{value}");
        }
        assert_eq!(if_header(&HeaderMap::new()).unwrap(), None);
    }
}
