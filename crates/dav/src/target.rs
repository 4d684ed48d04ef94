//! Paths: which resource a request is about, and the one way its address is written.
//!
//! ```text
//! /                                  answers current-user-principal, as some clients ask there
//! /.well-known/caldav                → 301 /dav/ (RFC 6764 5)
//! /dav/                              root
//! /dav/principals/NAME/              users, groups, rooms, resources
//! /dav/calendars/NAME/               calendar home
//! /dav/calendars/NAME/COLLECTION/    calendar, inbox or outbox
//! /dav/calendars/NAME/COLLECTION/OBJECT
//! ```
//!
//! A path is split at its slashes, then each segment is percent-decoded once; segments are compared
//! decoded. What we write is canonical: `pchar` of RFC 3986 3.3 without `&` and `'`, so that an
//! address never needs XML escaping.

use http::StatusCode;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Result};

/// Longest path taken, in octets as sent (414 beyond).
const MAX_PATH: usize = 4096;
/// Longest decoded segment, in octets (RFC 4791 knows no limit; file names in use stay below 255).
const MAX_SEGMENT: usize = 512;

/// What stands at the end of a home's path for the collections of RFC 6638.
pub const INBOX: &str = "inbox";
/// See [`INBOX`].
pub const OUTBOX: &str = "outbox";

/// The resource a path names, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `/.well-known/caldav`.
    WellKnown,
    /// `/`.
    Site,
    /// `/dav/`.
    Root,
    /// `/dav/principals/`.
    Principals,
    /// `/dav/principals/NAME/`.
    Principal {
        /// The account's name, in lower case.
        name: String,
    },
    /// `/dav/calendars/`.
    Homes,
    /// `/dav/calendars/NAME/`.
    Home {
        /// The account's name, in lower case.
        home: String,
    },
    /// `/dav/calendars/NAME/COLLECTION/`.
    Collection {
        /// The account's name, in lower case.
        home: String,
        /// The collection's name.
        collection: String,
    },
    /// `/dav/calendars/NAME/COLLECTION/OBJECT`.
    Object {
        /// The account's name, in lower case.
        home: String,
        /// The collection's name.
        collection: String,
        /// The object's name.
        name: String,
    },
    /// A well-formed path where nothing is and nothing can be made.
    Nowhere,
}

impl Target {
    /// Reads the path of a request or of an href. A trailing slash makes no difference.
    pub fn parse(path: &str) -> Result<Self> {
        if path.len() > MAX_PATH {
            return Err(Error::new(StatusCode::URI_TOO_LONG, "the path is too long"));
        }
        let Some(rest) = path.strip_prefix('/') else {
            return Err(Error::bad_request("a path starts with a slash"));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let mut segments = Vec::with_capacity(5);
        if !rest.is_empty() {
            for segment in rest.split('/') {
                segments.push(decode(segment)?);
            }
        }
        if segments.iter().any(String::is_empty) {
            return Ok(Self::Nowhere);
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Ok(match segments.as_slice() {
            [] => Self::Site,
            [".well-known", "caldav"] => Self::WellKnown,
            ["dav"] => Self::Root,
            ["dav", "principals"] => Self::Principals,
            ["dav", "principals", name] => Self::Principal { name: account(name) },
            ["dav", "calendars"] => Self::Homes,
            ["dav", "calendars", home] => Self::Home { home: account(home) },
            ["dav", "calendars", home, collection] => {
                Self::Collection { home: account(home), collection: (*collection).to_owned() }
            }
            ["dav", "calendars", home, collection, name] => Self::Object {
                home: account(home),
                collection: (*collection).to_owned(),
                name: (*name).to_owned(),
            },
            _ => Self::Nowhere,
        })
    }

    /// Reads a reference to one of our resources: an absolute path, or an absolute URI whose authority
    /// is the one this request was sent to. 502 for any other (RFC 4918 9.8.5).
    pub fn from_reference(reference: &str, authority: Option<&str>) -> Result<Self> {
        let reference = reference.trim();
        let path = match reference.split_once("://") {
            Some((scheme, rest)) if is_http(scheme) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (theirs, path) = rest.split_at(end);
                if !authority.is_some_and(|ours| same_authority(ours, theirs)) {
                    return Err(Error::other_server());
                }
                if path.is_empty() { "/" } else { path }
            }
            Some((scheme, _)) if is_scheme(scheme) => return Err(Error::other_server()),
            _ if reference.starts_with("//") => return Err(Error::other_server()),
            _ => reference,
        };
        if path.contains(['?', '#']) {
            return Err(Error::bad_request(
                "the address of a resource has no query and no fragment",
            ));
        }
        Self::parse(path)
    }

    /// The address as we always write it.
    pub fn href(&self) -> String {
        match self {
            Self::WellKnown => "/.well-known/caldav".to_owned(),
            Self::Site | Self::Nowhere => "/".to_owned(),
            Self::Root => "/dav/".to_owned(),
            Self::Principals => "/dav/principals/".to_owned(),
            Self::Principal { name } => principal_href(name),
            Self::Homes => "/dav/calendars/".to_owned(),
            Self::Home { home } => home_href(home),
            Self::Collection { home, collection } => collection_href(home, collection),
            Self::Object { home, collection, name } => object_href(home, collection, name),
        }
    }

    /// The collection this resource is or would be a member of.
    pub fn parent(&self) -> Self {
        match self {
            Self::Principal { .. } => Self::Principals,
            Self::Principals | Self::Homes => Self::Root,
            Self::Home { .. } => Self::Homes,
            Self::Collection { home, .. } => Self::Home { home: home.clone() },
            Self::Object { home, collection, .. } => {
                Self::Collection { home: home.clone(), collection: collection.clone() }
            }
            Self::WellKnown | Self::Site | Self::Root | Self::Nowhere => Self::Site,
        }
    }

    /// Whose home this resource is in.
    pub fn home(&self) -> Option<&str> {
        match self {
            Self::Home { home } | Self::Collection { home, .. } | Self::Object { home, .. } => {
                Some(home)
            }
            _ => None,
        }
    }
}

/// `/dav/principals/NAME/`.
pub fn principal_href(name: &str) -> String {
    href("/dav/principals/", &[&account(name)], "/")
}

/// `/dav/calendars/NAME/`.
pub fn home_href(home: &str) -> String {
    href("/dav/calendars/", &[&account(home)], "/")
}

/// `/dav/calendars/NAME/COLLECTION/`.
pub fn collection_href(home: &str, collection: &str) -> String {
    href("/dav/calendars/", &[&account(home), collection], "/")
}

/// `/dav/calendars/NAME/COLLECTION/OBJECT`.
pub fn object_href(home: &str, collection: &str, name: &str) -> String {
    href("/dav/calendars/", &[&account(home), collection, name], "")
}

/// Appends one segment in canonical encoding.
pub(crate) fn push_segment(href: &mut String, segment: &str) {
    href.extend(utf8_percent_encode(segment, ENCODED));
}

/// Everything but `pchar`, and of `pchar` what XML would have to escape, plus the percent sign.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn href(root: &str, segments: &[&str], end: &str) -> String {
    let mut href = String::with_capacity(root.len() + 64);
    href.push_str(root);
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            href.push('/');
        }
        push_segment(&mut href, segment);
    }
    href.push_str(end);
    href
}

/// Decodes one segment and refuses what no name of ours can be: traversal, hidden slashes, controls.
fn decode(segment: &str) -> Result<String> {
    if has_broken_escape(segment) {
        return Err(Error::bad_request(
            "the path has a percent sign that is not followed by two hex digits",
        ));
    }
    let decoded = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| Error::bad_request("the path is not valid UTF-8"))?;
    if decoded == "." || decoded == ".." {
        return Err(Error::bad_request("the path has a segment that is '.' or '..'"));
    }
    if let Some(c) = decoded.chars().find(|c| *c == '/' || c.is_control() || is_noncharacter(*c)) {
        return Err(Error::bad_request(format!(
            "the path has U+{:04X} inside a segment",
            u32::from(c)
        )));
    }
    if decoded.len() > MAX_SEGMENT {
        return Err(Error::new(StatusCode::URI_TOO_LONG, "a segment of the path is too long"));
    }
    Ok(decoded.into_owned())
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

fn has_broken_escape(segment: &str) -> bool {
    let mut octets = segment.as_bytes();
    while let Some(at) = octets.iter().position(|octet| *octet == b'%') {
        match octets.get(at + 1..) {
            Some([high, low, rest @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                octets = rest;
            }
            _ => return true,
        }
    }
    false
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// The same host and port. The scheme is not compared, since TLS may end at a proxy.
fn same_authority(ours: &str, theirs: &str) -> bool {
    let without_user = theirs.rsplit('@').next().unwrap_or(theirs);
    without_default_port(ours).eq_ignore_ascii_case(without_default_port(without_user))
}

fn without_default_port(authority: &str) -> &str {
    authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority)
}

/// Account names are case-insensitive and kept in lower case.
fn account(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(home: &str) -> Target {
        Target::Home { home: home.into() }
    }

    fn object(home: &str, collection: &str, name: &str) -> Target {
        Target::Object { home: home.into(), collection: collection.into(), name: name.into() }
    }

    #[test]
    fn paths_name_resources_whatever_their_encoding() {
        let work = Target::Collection { home: "alice".into(), collection: "Work stuff".into() };
        for (path, expected) in [
            ("/", Target::Site),
            ("/.well-known/caldav", Target::WellKnown),
            ("/.well-known/caldav/", Target::WellKnown),
            ("/dav", Target::Root),
            ("/dav/", Target::Root),
            ("/dav/principals", Target::Principals),
            ("/dav/principals/alice/", Target::Principal { name: "alice".into() }),
            ("/dav/calendars/", Target::Homes),
            ("/dav/calendars/Alice", home("alice")),
            ("/dav/calendars/a%40example.com/", home("a@example.com")),
            ("/dav/calendars/a@example.com/", home("a@example.com")),
            ("/dav/calendars/alice/Work%20stuff", work),
            ("/dav/calendars/alice/c/x%2526y.ics", object("alice", "c", "x%26y.ics")),
            ("/dav/calendars/alice/c/%e4%BD%a0.ics", object("alice", "c", "你.ics")),
            ("/dav/calendars/alice/c/...ics", object("alice", "c", "...ics")),
            ("/dav/calendars/alice/c/x/y", Target::Nowhere),
            ("/dav//calendars/alice/", Target::Nowhere),
            ("/dav/calendars//", Target::Nowhere),
            ("/other", Target::Nowhere),
        ] {
            assert_eq!(Target::parse(path).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_hide_something_are_refused() {
        let long = format!("/dav/calendars/{}/", "a".repeat(513));
        let longer = format!("/{}", "a/".repeat(3000));
        for (path, status) in [
            ("", 400),
            ("*", 400),
            ("/dav/../etc/passwd", 400),
            ("/dav/calendars/alice/%2e%2e/bob/", 400),
            ("/dav/calendars/alice/.%2E/bob/", 400),
            ("/dav/calendars/alice/./c", 400),
            ("/dav/calendars/alice%2Fcalendar/x", 400),
            ("/dav/calendars/alice/c/a%2fb", 400),
            ("/dav/calendars/alice/c/a%00.ics", 400),
            ("/dav/calendars/alice/c/a%0d%0aX: y", 400),
            ("/dav/calendars/alice/c/%ff.ics", 400),
            ("/dav/calendars/alice/c/%C0%AF.ics", 400),
            ("/dav/calendars/alice/c/100%.ics", 400),
            ("/dav/calendars/alice/c/%zz.ics", 400),
            (&long, 414),
            (&longer, 414),
        ] {
            assert_eq!(Target::parse(path).unwrap_err().status().as_u16(), status, "{path}");
        }
    }

    #[test]
    fn references_are_paths_or_uris_of_this_server() {
        for (reference, expected) in [
            ("/dav/calendars/alice/", Ok(home("alice"))),
            ("http://dav.example.com/dav/calendars/alice/", Ok(home("alice"))),
            ("https://DAV.example.com:443/dav/calendars/alice", Ok(home("alice"))),
            ("http://alice@dav.example.com:80/dav/calendars/alice", Ok(home("alice"))),
            ("http://dav.example.com", Ok(Target::Site)),
            ("http://dav.example.com:8080/dav/", Err(502)),
            ("http://other.example.com/dav/", Err(502)),
            ("ftp://dav.example.com/dav/", Err(502)),
            ("//other.example.com/dav/", Err(502)),
            ("/dav/?a=b", Err(400)),
            ("calendar", Err(400)),
            ("", Err(400)),
        ] {
            let target = Target::from_reference(reference, Some("dav.example.com"))
                .map_err(|e| e.status().as_u16());
            assert_eq!(target, expected, "{reference}");
        }
    }

    #[test]
    fn the_canonical_address_leads_back() {
        for (path, canonical) in [
            ("/dav", "/dav/"),
            ("/dav/principals/A%40b.c", "/dav/principals/a@b.c/"),
            ("/dav/calendars/a/b%26c/d%27%20+:.ics", "/dav/calendars/a/b%26c/d%27%20+:.ics"),
            ("/dav/calendars/a/c/é%25.ics", "/dav/calendars/a/c/%C3%A9%25.ics"),
        ] {
            let target = Target::parse(path).unwrap();
            assert_eq!(target.href(), canonical);
            assert_eq!(Target::parse(canonical).unwrap(), target);
        }
    }

    #[test]
    fn parents_lead_to_the_root() {
        let target = object("alice", "c", "x");
        let chain: Vec<String> =
            std::iter::successors(Some(target), |t| (*t != Target::Site).then(|| t.parent()))
                .map(|t| t.href())
                .collect();
        assert_eq!(
            chain,
            [
                "/dav/calendars/alice/c/x",
                "/dav/calendars/alice/c/",
                "/dav/calendars/alice/",
                "/dav/calendars/",
                "/dav/",
                "/",
            ]
        );
    }
}
