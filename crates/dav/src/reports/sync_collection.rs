//! DAV:sync-collection (RFC 6578): what changed in a collection since a token.

use crate::error::{Error, Precondition};
use crate::headers::Depth;
use crate::xml::{Element, names};

/// The request body (RFC 6578 6.1).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SyncCollection {
    /// The state the client has; `None` asks for everything (3.4).
    pub(crate) since: Option<String>,
    /// How deep the client looks.
    pub(crate) level: SyncLevel,
    /// At most so many members (3.7).
    pub(crate) limit: Option<usize>,
    /// The properties wanted of each changed member.
    pub(crate) props: PropRequest,
}

/// DAV:sync-level (RFC 6578 6.3). Calendars hold no collections, so both say the same there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncLevel {
    /// Immediate members.
    One,
    /// Members at any depth.
    Infinite,
}

// <!ELEMENT sync-collection (sync-token, sync-level, limit?, prop)>
impl SyncCollection {
    pub(crate) fn parse(element: &Element, depth: Option<Depth>) -> Result<Self, Error> {
        let token = element
            .find(names::SYNC_TOKEN)
            .ok_or_else(|| bad("sync-collection needs a sync-token element, empty the first time"))?;
        let token = token.text();
        Ok(Self {
            since: Some(token.trim()).filter(|token| !token.is_empty()).map(str::to_owned),
            level: level(element.find(names::SYNC_LEVEL), depth)?,
            limit: element.find(names::LIMIT).map(limit).transpose()?,
            props: PropRequest::try_from(element)?,
        })
    }
}

// <!ELEMENT sync-level (#PCDATA)> <!-- MUST be either "1" or "infinite" -->
fn level(element: Option<&Element>, depth: Option<Depth>) -> Result<SyncLevel, Error> {
    let Some(element) = element else {
        // RFC 6578 appendix A: clients of the drafts say it in the Depth header.
        return match depth {
            Some(Depth::One) => Ok(SyncLevel::One),
            Some(Depth::Infinity) => Ok(SyncLevel::Infinite),
            Some(Depth::Zero) | None => Err(bad("sync-collection needs a sync-level element: 1 or infinite")),
        };
    };
    match element.text().trim() {
        "1" => Ok(SyncLevel::One),
        "infinite" | "infinity" => Ok(SyncLevel::Infinite),
        _ => Err(bad("the sync-level is 1 or infinite")),
    }
}

// <!ELEMENT limit (nresults)>  <!ELEMENT nresults (#PCDATA)>   RFC 5323 5.17
fn limit(element: &Element) -> Result<usize, Error> {
    element
        .find(names::NRESULTS)
        .and_then(|nresults| nresults.text().trim().parse().ok())
        .filter(|limit| *limit > 0)
        .ok_or_else(|| bad("a limit holds nresults with a positive number"))
}

fn bad(detail: &str) -> Error {
    Error::bad_request(detail.to_owned())
}
