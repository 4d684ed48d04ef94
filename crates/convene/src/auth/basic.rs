//! The Basic scheme (RFC 7617).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;

/// Longer headers than this are not decoded: no name and password need it.
const LONGEST: usize = 4096;

/// What a client sent to identify itself. Prints without the password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl Credentials {
    /// Reads an `Authorization` header; `None` when it is not the Basic scheme as RFC 7617 2 has it:
    /// UTF-8, a colon after the name, no control characters.
    pub(crate) fn parse(header: &HeaderValue) -> Option<Self> {
        let text = header.to_str().ok().filter(|text| text.len() <= LONGEST)?;
        let (scheme, encoded) = text.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        if name.is_empty() || decoded.chars().any(char::is_control) {
            return None;
        }
        Some(Self { name: name.to_owned(), password: password.to_owned() })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_read_as_rfc_7617_has_them() {
        let encode = |text: &str| STANDARD.encode(text);
        for (what, header, expected) in [
            // RFC 7617 2
            (
                "the example",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned(),
                Some(("Aladdin", "open sesame")),
            ),
            // RFC 7617 2.1
            ("UTF-8", "Basic dGVzdDoxMjPCow==".to_owned(), Some(("test", "123£"))),
            ("the scheme in any case", format!("bAsIc {}", encode("a:b")), Some(("a", "b"))),
            ("colons in the password", format!("Basic {}", encode("a:b:c")), Some(("a", "b:c"))),
            ("an empty password", format!("Basic {}", encode("a:")), Some(("a", ""))),
            ("no colon", format!("Basic {}", encode("ab")), None),
            ("no name", format!("Basic {}", encode(":b")), None),
            ("a control character", format!("Basic {}", encode("a:b\u{7}")), None),
            ("another scheme", format!("Bearer {}", encode("a:b")), None),
            ("not base64", "Basic a:b".to_owned(), None),
            ("nothing after the scheme", "Basic".to_owned(), None),
            ("too long", format!("Basic {}", encode(&format!("a:{}", "x".repeat(LONGEST)))), None),
        ] {
            let parsed = Credentials::parse(&HeaderValue::from_str(&header).unwrap());
            let parsed = parsed.as_ref().map(|c| (c.name.as_str(), c.password.as_str()));
            assert_eq!(parsed, expected, "{what}");
        }
        let latin_1 =
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(b"a:\xA3"))).unwrap();
        assert_eq!(Credentials::parse(&latin_1), None, "not UTF-8");
    }

    #[test]
    fn printed_credentials_show_no_password() {
        let credentials = Credentials { name: "ann".to_owned(), password: "s3cret".to_owned() };
        assert!(!format!("{credentials:?}").contains("s3cret"));
    }
}
