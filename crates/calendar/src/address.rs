//! Calendar user addresses in the one spelling that is compared (RFC 5545 §3.3.3, RFC 3986 §6.2).

use std::fmt;

use thiserror::Error;

/// A calendar user's address: the `cal-address` of RFC 5545 §3.3.3, normalised.
///
/// What is equal: letter case of the scheme, of a whole mail address (RFC 5321 §2.4 lets only the
/// receiving host fold the local part, but people expect it), of a `urn:uuid:` and of a host; percent
/// encoding; a missing `mailto:` before something with an `@`; the final slash of a URL or path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarAddress(String);

/// What cannot be a calendar user's address: empty, or without scheme, `@` and leading slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a calendar user address")]
pub struct InvalidAddress;

impl CalendarAddress {
    /// Reads an address in any spelling.
    pub fn parse(value: &str) -> Result<Self, InvalidAddress> {
        let value = value.trim();
        if let Some(address) = normal_mailto(value) {
            return Ok(address);
        }
        if value.is_empty() || value.contains(char::is_control) {
            return Err(InvalidAddress);
        }
        if value.starts_with('/') {
            // A principal's path on this server. Account names are case-insensitive.
            return Ok(Self(path(value, |segment| segment.to_lowercase())));
        }
        let Some((scheme, rest)) = split_scheme(value) else {
            return if value.contains('@') { mailto(value) } else { Err(InvalidAddress) };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "mailto" => mailto(rest),
            "urn" => Ok(Self(urn(rest))),
            scheme @ ("http" | "https") => url(scheme, rest),
            scheme => Ok(Self(format!("{scheme}:{rest}"))),
        }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mail address, without `mailto:`.
    pub fn mail(&self) -> Option<&str> {
        self.0.strip_prefix("mailto:")
    }
}

impl fmt::Display for CalendarAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether the address was written with a scheme: `mailto:ann@example.com`, not `ann@example.com`.
pub fn has_scheme(raw: &str) -> bool {
    split_scheme(raw.trim()).is_some()
}

/// RFC 3986 §3.1.
fn split_scheme(value: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = value.split_once(':')?;
    let mut octets = scheme.bytes();
    let valid = octets.next().is_some_and(|b| b.is_ascii_alphabetic())
        && octets.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    valid.then_some((scheme, rest))
}

/// What is normal already but for the case of its scheme, as most addresses are: comparing two objects with many
/// attendees reads thousands.
fn normal_mailto(value: &str) -> Option<CalendarAddress> {
    let (scheme, mailbox) = value.split_at_checked("mailto:".len())?;
    let is_normal = scheme.eq_ignore_ascii_case("mailto:")
        && mailbox
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"@.-_+".contains(&b))
        && !mailbox.is_empty()
        && !mailbox.ends_with('.');
    is_normal.then(|| CalendarAddress(["mailto:", mailbox].concat()))
}

/// RFC 6068 §2: percent-encoded UTF-8; what follows the question mark is no part of the address.
fn mailto(rest: &str) -> Result<CalendarAddress, InvalidAddress> {
    let mailbox = rest.split_once('?').map_or(rest, |(mailbox, _)| mailbox);
    let decoded = decode(mailbox).to_lowercase();
    // Some clients put the scheme twice, or a full stop at the end.
    let mut mailbox = decoded.trim_start();
    while let Some(inner) = mailbox.strip_prefix("mailto:") {
        mailbox = inner.trim_start();
    }
    let mailbox = mailbox.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    if mailbox.is_empty() || mailbox.contains(char::is_control) {
        return Err(InvalidAddress);
    }
    let mut address = String::from("mailto:");
    encode(
        mailbox,
        |b| b.is_ascii() && (b.is_ascii_whitespace() || b"%?#\"<>\\^`{|}".contains(&b)),
        &mut address,
    );
    Ok(CalendarAddress(address))
}

/// RFC 8141 §3.1: scheme and namespace in any letter case; a UUID as well (RFC 9562 §4).
fn urn(rest: &str) -> String {
    let (namespace, name) = rest.split_once(':').unwrap_or((rest, ""));
    let namespace = namespace.to_ascii_lowercase();
    let name = if namespace == "uuid" { name.to_ascii_lowercase() } else { name.to_owned() };
    format!("urn:{namespace}:{name}")
}

/// RFC 3986 §6.2.2, §6.2.3: the host in lower case, no default port, one percent-encoding.
fn url(scheme: &str, rest: &str) -> Result<CalendarAddress, InvalidAddress> {
    let rest = rest.strip_prefix("//").ok_or(InvalidAddress)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at_checked(end).ok_or(InvalidAddress)?;
    let mut host = host.to_ascii_lowercase();
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    host.truncate(host.strip_suffix(default_port).unwrap_or(&host).len());
    if host.is_empty() {
        return Err(InvalidAddress);
    }
    let (tail, query) = match tail.find(['?', '#']).and_then(|at| tail.split_at_checked(at)) {
        Some((tail, query)) => (tail, query),
        None => (tail, ""),
    };
    Ok(CalendarAddress(format!("{scheme}://{host}{}{query}", path(tail, |segment| segment))))
}

/// A path with one percent-encoding and a final slash. An encoded slash stays encoded.
fn path(value: &str, fold: fn(String) -> String) -> String {
    let mut out = String::with_capacity(value.len() + 1);
    for segment in value.trim_matches('/').split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        encode(&fold(decode(segment)), |b| !is_path_octet(b), &mut out);
    }
    out.push('/');
    out
}

/// `pchar` of RFC 3986 §3.3.
fn is_path_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&octet)
}

/// Undoes percent-encoding; what is no encoding, or none of UTF-8, stays as it is.
fn decode(value: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                out.push(hex(*high) << 4 | hex(*low));
                tail
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    String::from_utf8(out).unwrap_or_else(|_| value.to_owned())
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

fn encode(value: &str, unsafe_octet: impl Fn(u8) -> bool, out: &mut String) {
    let mut utf8 = [0; 4];
    for c in value.chars() {
        let octets = c.encode_utf8(&mut utf8).bytes();
        if octets.clone().any(&unsafe_octet) {
            out.extend(octets.map(|octet| format!("%{octet:02X}")));
        } else {
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_compare_after_normalising() {
        for (input, expected) in [
            ("mailto:ann@example.com", "mailto:ann@example.com"),
            ("MAILTO:Ann@Example.com", "mailto:ann@example.com"), // RFC 3986 §6.2.2.1, RFC 5321 §2.4
            (" mailto:ann@example.com ", "mailto:ann@example.com"),
            ("conf_big@example.com", "mailto:conf_big@example.com"), // as RFC 5546 §4.2.1 prints it
            ("mailto:ann%40example.com", "mailto:ann@example.com"),  // RFC 3986 §6.2.2.2
            ("mailto:%61nn%2Bcal@example.com", "mailto:ann+cal@example.com"),
            ("mailto:ann+cal@example.com", "mailto:ann+cal@example.com"),
            ("mailto:ann@example.com?subject=hi", "mailto:ann@example.com"), // RFC 6068 §2
            ("mailto:ann@example.com.", "mailto:ann@example.com"),
            ("mailto:MAILTO:mailto%3Aann@example.com", "mailto:ann@example.com"),
            ("mailto:J%C3%96RG@example.com", "mailto:jörg@example.com"), // RFC 6068 §2 step 4
            ("mailto:jörg@example.com", "mailto:jörg@example.com"),
            ("mailto:100%25@example.com", "mailto:100%25@example.com"),
            ("mailto:100%@example.com", "mailto:100%25@example.com"),
            ("mailto:Nextcloud", "mailto:nextcloud"),
            ("URN:uuid:4D7F", "urn:uuid:4d7f"), // RFC 8141 §3.1, RFC 9562 §4
            ("urn:X-uid:AbC", "urn:x-uid:AbC"),
            ("/dav/principals/alice", "/dav/principals/alice/"),
            ("/dav/principals/alice/", "/dav/principals/alice/"),
            ("/dav/principals/Alice%40Example.com/", "/dav/principals/alice@example.com/"),
            ("/dav//principals/a%2fb/", "/dav/principals/a%2Fb/"), // RFC 3986 §2.2: not a separator
            ("/dav/principals/j%c3%b6rg", "/dav/principals/j%C3%B6rg/"), // RFC 3986 §6.2.2.1
            ("/dav/principals/J%C3%96RG", "/dav/principals/j%C3%B6rg/"),
            ("/dav/principals/jörg", "/dav/principals/j%C3%B6rg/"),
            ("/", "/"),
            (
                "HTTPS://Cal.Example.com:443/dav/principals/alice",
                "https://cal.example.com/dav/principals/alice/",
            ), // RFC 3986 §6.2.3
            ("http://cal.example.com:8080", "http://cal.example.com:8080/"),
            ("http://cal.example.com/p?id=1", "http://cal.example.com/p/?id=1"),
            ("TEL:+1-555-0100", "tel:+1-555-0100"),
            ("invalid:nomail", "invalid:nomail"),
        ] {
            assert_eq!(
                CalendarAddress::parse(input).as_ref().map(CalendarAddress::as_str),
                Ok(expected),
                "{input}"
            );
            let again = CalendarAddress::parse(expected);
            assert_eq!(again.as_ref().map(CalendarAddress::as_str), Ok(expected), "twice: {input}");
        }
    }

    #[test]
    fn what_names_nobody_is_no_address() {
        for input in [
            "",
            "  ",
            "alice",
            "mailto:",
            "mailto: ",
            "mailto:?x=y",
            "mailto:a%0Ab@example.com",
            "http:",
            "http://",
            "a\nb@example.com",
        ] {
            assert_eq!(CalendarAddress::parse(input), Err(InvalidAddress), "{input:?}");
        }
    }

    #[test]
    fn a_scheme_is_seen_where_there_is_one() {
        for (input, expected) in [
            ("mailto:a@example.com", true),
            ("URN:uuid:1", true),
            ("conf_big@example.com", false),
            ("/dav/principals/a:b/", false),
            ("a@[IPv6:::1]", false),
            ("", false),
        ] {
            assert_eq!(has_scheme(input), expected, "{input}");
        }
    }

    #[test]
    fn the_mail_address_comes_without_scheme() {
        let address = |value| CalendarAddress::parse(value).unwrap();
        assert_eq!(address("MAILTO:Ann@example.com").mail(), Some("ann@example.com"));
        assert_eq!(address("urn:uuid:1").mail(), None);
    }
}
