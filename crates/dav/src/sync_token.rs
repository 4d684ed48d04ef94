//! Sync tokens (RFC 6578 4): which state of which collection of which store.
//!
//! A token is a URI, so that it can stand in an `If` header (RFC 6578 5); the `data` scheme (RFC 2397)
//! needs neither a name nor a registration:
//!
//! ```text
//! data:,STORE:COLLECTION:CHANGE
//! ```
//!
//! The store's id makes tokens of a database that was replaced fail, and the collection's id those of
//! a calendar that was deleted and made again under its old name: both would else skip changes.

use std::fmt;

const PREFIX: &str = "data:,";

/// The state of a collection after one of its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncToken<'a> {
    /// The id of the store.
    pub(crate) store: &'a str,
    /// The id of the collection.
    pub(crate) collection: i64,
    /// The number of the last change that the holder has seen.
    pub(crate) change: i64,
}

impl<'a> SyncToken<'a> {
    /// Reads a token that this program may have given; `None` for any other text.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let mut parts = token.strip_prefix(PREFIX)?.split(':');
        let (store, collection, change) = (parts.next()?, parts.next()?, parts.next()?);
        let token = Self { store, collection: number(collection)?, change: number(change)? };
        (parts.next().is_none() && !store.is_empty()).then_some(token)
    }
}

impl fmt::Display for SyncToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}:{}:{}", self.store, self.collection, self.change)
    }
}

/// Digits only: each state has one spelling, since an `If` header compares tokens as text.
fn number(digits: &str) -> Option<i64> {
    let canonical = digits == "0" || !digits.starts_with('0');
    let plain = digits.bytes().all(|octet| octet.is_ascii_digit());
    (canonical && plain).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were_given() {
        let token = SyncToken { store: "4d7f-00", collection: 12, change: 0 };
        assert_eq!(token.to_string(), "data:,4d7f-00:12:0");
        assert_eq!(SyncToken::parse("data:,4d7f-00:12:0"), Some(token));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in [
            "",
            "0",
            "null",
            "data:,1",
            "http://example.com/ns/sync/1233",
            "data:,",
            "data:,4d7f:12",
            "data:,4d7f:12:",
            "data:,:12:1",
            "data:,4d7f:12:01",
            "data:,4d7f:12:+1",
            "data:,4d7f:12:-1",
            "data:,4d7f:12:1:1",
            "data:,4d7f:12:99999999999999999999",
        ] {
            assert_eq!(SyncToken::parse(text), None, "{text}");
        }
    }
}
