//! Writing XML into a byte buffer: fixed prefixes, static fragments, escaped text.
//!
//! Every document declares the prefixes `D`, `C`, `CS` and `ICAL` on its root; other namespaces are
//! declared where they occur. What XML 1.0 forbids is dropped, so that one stored control character
//! never makes a whole answer unreadable.

use super::{Element, Node, QName, names};

/// The declarations each root carries.
const DECLARATIONS: &str = concat!(
    " xmlns:D=\"DAV:\"",
    " xmlns:C=\"urn:ietf:params:xml:ns:caldav\"",
    " xmlns:CS=\"http://calendarserver.org/ns/\"",
    " xmlns:ICAL=\"http://apple.com/ns/ical/\"",
);

/// A buffer that XML is appended to. The caller balances what he opens and closes.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer with room.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { buffer: Vec::with_capacity(capacity) }
    }

    /// How many octets have been written and not taken.
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing is there to take.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Forgets everything written after this length.
    pub fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
    }

    /// The octets written so far; the buffer starts again.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// The XML declaration and the start tag of the root, with the fixed prefixes.
    pub fn open_root(&mut self, name: QName<'_>) {
        self.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<");
        self.tag(name);
        self.raw(DECLARATIONS);
        self.raw(">");
    }

    /// Appends text that is XML already: a static fragment, or one that this type has written.
    pub fn raw(&mut self, xml: &str) {
        self.buffer.extend_from_slice(xml.as_bytes());
    }

    /// Appends character data, escaped; forbidden characters are dropped.
    pub fn text(&mut self, text: &str) {
        self.escaped(text.as_bytes());
    }

    /// Appends octets as character data, as [`Writer::text`] does; what is not UTF-8 is dropped.
    pub fn text_octets(&mut self, octets: &[u8]) {
        for chunk in octets.utf8_chunks() {
            self.text(chunk.valid());
        }
    }

    /// Appends a decimal number.
    pub fn number(&mut self, mut number: u64) {
        let start = self.buffer.len();
        loop {
            self.buffer.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
            number /= 10;
            if number == 0 {
                break;
            }
        }
        if let Some(digits) = self.buffer.get_mut(start..) {
            digits.reverse();
        }
    }

    /// A start tag.
    pub fn open(&mut self, name: QName<'_>) {
        self.start(name);
        self.raw(">");
    }

    /// An end tag.
    pub fn close(&mut self, name: QName<'_>) {
        self.raw("</");
        self.tag(name);
        self.raw(">");
    }

    /// An element without content.
    pub fn empty(&mut self, name: QName<'_>) {
        self.start(name);
        self.raw("/>");
    }

    /// An element that holds text.
    pub fn text_element(&mut self, name: QName<'_>, text: &str) {
        self.open(name);
        self.text(text);
        self.close(name);
    }

    /// A `DAV:href`.
    pub fn href(&mut self, href: &str) {
        self.raw("<D:href>");
        self.text(href);
        self.raw("</D:href>");
    }

    /// `<`, name and the declaration of a foreign namespace; attributes may follow.
    pub fn start(&mut self, name: QName<'_>) {
        self.raw("<");
        self.tag(name);
        if name.fixed_prefix().is_none() && !name.namespace.is_empty() {
            self.raw(" xmlns:X");
            self.attribute_value(name.namespace);
        }
    }

    /// An attribute in no namespace, after [`Writer::start`].
    pub fn attribute(&mut self, local: &str, value: &str) {
        self.raw(" ");
        self.raw(local);
        self.attribute_value(value);
    }

    /// A whole element as it was read, self-contained but for the fixed prefixes.
    pub fn element(&mut self, element: &Element) {
        self.start(element.name());
        for (index, (name, value)) in element.attributes().enumerate() {
            self.foreign_attribute(index, name, value);
        }
        if element.content().is_empty() {
            self.raw("/>");
            return;
        }
        self.raw(">");
        for node in element.content() {
            match node {
                Node::Element(child) => self.element(child),
                Node::Text(text) => self.text(text),
            }
        }
        self.close(element.name());
    }

    /// An attribute in any namespace; its index makes the prefix unique within the tag.
    fn foreign_attribute(&mut self, index: usize, name: QName<'_>, value: &str) {
        match name.namespace {
            "" => self.raw(" "),
            names::XML => self.raw(" xml:"),
            namespace => {
                let prefix = format!("A{index}");
                self.raw(" xmlns:");
                self.raw(&prefix);
                self.attribute_value(namespace);
                self.raw(" ");
                self.raw(&prefix);
                self.raw(":");
            }
        }
        self.raw(name.local);
        self.attribute_value(value);
    }

    fn attribute_value(&mut self, value: &str) {
        self.raw("=\"");
        // A parser would make the first two white space (XML 1.0, section 3.3.3).
        for piece in value.split_inclusive(['\t', '\n', '"']) {
            let plain = piece.trim_end_matches(['\t', '\n', '"']);
            self.text(plain);
            match piece.get(plain.len()..) {
                Some("\t") => self.raw("&#9;"),
                Some("\n") => self.raw("&#10;"),
                Some("\"") => self.raw("&quot;"),
                _ => {}
            }
        }
        self.raw("\"");
    }

    fn tag(&mut self, name: QName<'_>) {
        match name.fixed_prefix() {
            Some(prefix) => {
                self.raw(prefix);
                self.raw(":");
            }
            None if name.namespace.is_empty() => {}
            None => self.raw("X:"),
        }
        self.raw(name.local);
    }

    /// Copies runs of harmless octets whole and stops only at the others.
    fn escaped(&mut self, mut rest: &[u8]) {
        while let Some(at) = find_special(rest) {
            let (plain, tail) = rest.split_at(at);
            self.buffer.extend_from_slice(plain);
            rest = match tail {
                [b'&', tail @ ..] => self.replace("&amp;", tail),
                [b'<', tail @ ..] => self.replace("&lt;", tail),
                [b'>', tail @ ..] => self.replace("&gt;", tail),
                // A parser would make a bare CR a LF (XML 1.0, section 2.11).
                [b'\r', tail @ ..] => self.replace("&#13;", tail),
                // U+FFFE and U+FFFF.
                [0xEF, 0xBF, 0xBE | 0xBF, tail @ ..] => tail,
                [0xEF, tail @ ..] => {
                    self.buffer.push(0xEF);
                    tail
                }
                // The other control characters.
                [_, tail @ ..] => tail,
                [] => return,
            };
        }
        self.buffer.extend_from_slice(rest);
    }

    fn replace<'a>(&mut self, entity: &str, tail: &'a [u8]) -> &'a [u8] {
        self.buffer.extend_from_slice(entity.as_bytes());
        tail
    }
}

/// Where the first special octet is. Sixteen are looked at together, which needs no branch.
fn find_special(octets: &[u8]) -> Option<usize> {
    const TOGETHER: usize = 16;
    let any = |chunk: &[u8]| chunk.iter().fold(false, |any, octet| any | is_special(*octet));
    let harmless = octets.chunks_exact(TOGETHER).take_while(|chunk| !any(chunk)).count() * TOGETHER;
    let rest = octets.get(harmless..).unwrap_or_default();
    rest.iter().position(|octet| is_special(*octet)).map(|at| harmless + at)
}

const fn is_special(octet: u8) -> bool {
    (octet < 0x20) & (octet != b'\t') & (octet != b'\n')
        | (octet == b'&')
        | (octet == b'<')
        | (octet == b'>')
        | (octet == 0xEF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read;

    fn written(write: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer::new();
        write(&mut writer);
        String::from_utf8(writer.take()).unwrap()
    }

    #[test]
    fn text_is_escaped_and_forbidden_characters_are_dropped() {
        for (text, expected) in [
            ("plain ünïcödé", "plain ünïcödé"),
            ("a<b>&\"c'", "a&lt;b&gt;&amp;\"c'"),
            ("line\r\n\tnext", "line&#13;\n\tnext"),
            ("bell\u{7} nul\0 end", "bell nul end"),
            ("\u{FFFE}x\u{FFFF}\u{FEFF}\u{FF21}", "x\u{FEFF}\u{FF21}"),
        ] {
            assert_eq!(written(|w| w.text(text)), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_without_what_xml_forbids(text in "\\PC{0,40}|[\u{0}-\u{ff}\u{fffc}-\u{ffff}]{0,40}") {
            let document = written(|w| {
                w.open_root(names::PROP);
                w.text(&text);
                w.close(names::PROP);
            });
            let allowed: String = text.chars().filter(|c| names::is_xml_char(*c)).collect();
            let root = read(document.as_bytes()).unwrap();
            proptest::prop_assert_eq!(root.text(), allowed);
        }

        #[test]
        fn any_input_is_read_or_refused(octets: Vec<u8>, text in "[<>/&;a-c:='\" x\\[\\]!?#-]{0,60}") {
            let _ = read(&octets);
            let _ = read(text.as_bytes());
        }
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 65_536, u64::MAX] {
            assert_eq!(written(|w| w.number(number)), number.to_string());
        }
    }

    #[test]
    fn elements_come_back_as_they_were_read() {
        for document in [
            "<a/>",
            "<a xmlns='DAV:'>t<b xmlns='urn:x'><c xmlns=''/><d xmlns='urn:y'/>u</b></a>",
            "<z:a xmlns:z='http://z.example/?a=1&amp;b=2' z:k='&quot;v&quot;' k='w' xml:lang='fr'> &#13; </z:a>",
            "<a xmlns:p='urn:p' xmlns:q='urn:q' p:k='1&#10;' q:k='&#9;2 &#13;'/>",
            "<calendar-color xmlns='http://apple.com/ns/ical/' symbolic-color='red'>#F00</calendar-color>",
        ] {
            let element = read(document.as_bytes()).unwrap();
            let root = written(|w| {
                w.open_root(names::PROP);
                w.element(&element);
                w.close(names::PROP);
            });
            let again = read(root.as_bytes()).unwrap();
            assert_eq!(again.elements().next(), Some(&element), "{root}");
        }
    }
}
