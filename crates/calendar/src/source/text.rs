//! The octets and the text of what was read, shared by all lines; TEXT values (RFC 5545 §3.3.11).

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What was read: the octets as they came, and the same unfolded (RFC 5545 §3.1) with a line feed
/// after each content line.
pub(super) struct Source {
    pub(super) octets: Box<[u8]>,
    pub(super) text: Box<str>,
}

/// A part of a [`Source`]: the octets of a line with its line end.
#[derive(Clone)]
pub(super) struct Span {
    pub(super) source: Arc<Source>,
    pub(super) range: Range<usize>,
}

impl Span {
    pub(super) fn octets(&self) -> &[u8] {
        self.source.octets.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(self.octets()).fmt(f)
    }
}

/// Text that was read, or that was set since.
#[derive(Clone)]
pub(super) enum Text {
    Read { source: Arc<Source>, range: Range<usize> },
    Set(Box<str>),
}

impl Text {
    /// Text of ours. A content line cannot carry control characters (RFC 5545 §3.1), and a raw line
    /// end would begin another line: line ends become `\n`, other controls go.
    pub(super) fn set(text: &str) -> Self {
        if !text.bytes().any(is_control) {
            return Self::Set(text.into());
        }
        let lines = text.replace("\r\n", "\n").replace('\n', "\\n");
        Self::Set(lines.chars().filter(|c| !u8::try_from(*c).is_ok_and(is_control)).collect())
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Read { source, range } => source.text.get(range.clone()).unwrap_or_default(),
            Self::Set(text) => text,
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// CONTROL of RFC 5545 §3.1: everything below space but HTAB, and DEL.
pub(super) fn is_control(octet: u8) -> bool {
    (octet < 0x20 && octet != b'\t') || octet == 0x7f
}

/// The text that a TEXT value stands for (RFC 5545 §3.3.11). An escape that the RFC does not know
/// stands for itself, backslash included.
pub fn unescape_text(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(escaped @ ('\\' | ';' | ',')) => text.push(escaped),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    Cow::Owned(text)
}

/// The TEXT value that stands for this text (RFC 5545 §3.3.11).
pub fn escape_text(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', ';', ',', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut value = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => value.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => value.push_str("\\n"),
            _ => value.push(c),
        }
    }
    Cow::Owned(value)
}

/// The parts of a value that is a list (RFC 5545 §3.1.1), still escaped: `EXDATE`, `CATEGORIES`.
pub fn split_values(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let list = rest?;
        let mut escaped = false;
        let comma = list.bytes().position(|b| {
            let separates = b == b',' && !escaped;
            escaped = b == b'\\' && !escaped;
            separates
        });
        let (first, others) = match comma.and_then(|i| list.split_at_checked(i)) {
            Some((first, others)) => (first, others.get(1..)),
            None => (list, None),
        };
        rest = others;
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_values_are_unescaped_and_escaped() {
        for (value, text) in [
            ("plain", "plain"),
            ("a\\, b\\; c", "a, b; c"), // RFC 5545 §3.3.11
            ("one\\ntwo\\nthree", "one\ntwo\nthree"),
            ("C:\\\\dir", "C:\\dir"),
        ] {
            assert_eq!(unescape_text(value), text, "{value}");
            assert_eq!(escape_text(text), value, "{text}");
        }
        assert_eq!(unescape_text("one\\Ntwo"), "one\ntwo");
        assert_eq!(unescape_text("C:\\dir \\x\\"), "C:\\dir \\x\\", "unknown escapes stay");
        assert_eq!(escape_text("one\r\ntwo\rthree"), "one\\ntwo\\nthree");
    }

    #[test]
    fn lists_are_split_at_commas_that_are_not_escaped() {
        let split = |value| split_values(value).collect::<Vec<_>>();
        assert_eq!(split("a,b\\,c,\\\\,"), ["a", "b\\,c", "\\\\", ""]);
        assert_eq!(split(""), [""]);
    }
}
