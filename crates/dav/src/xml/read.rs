//! Reading a request body: XML 1.0 with namespaces, without anything that can hurt.
//!
//! quick-xml splits the input into events; well-formedness, the namespace rules and the limits are
//! enforced here. RFC 4918 8.2 and 17 ask for all of it; no entity is ever expanded but the five of
//! XML itself.

use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, ResolveResult};
use quick_xml::reader::NsReader;

use super::{Attribute, Element, Name, Node, names};

/// Deepest nesting that any grammar of ours comes near.
const MAX_DEPTH: usize = 64;

/// More attributes than any element of ours has, namespace declarations included.
const MAX_ATTRIBUTES: usize = 64;
/// More elements than any request of ours has: a multiget of so many resources.
const MAX_ELEMENTS: usize = 65_536;

/// Why a body is not XML we take, as a sentence for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A document type declaration, with or without entities (RFC 4918 17.6).
    #[error("a document type declaration is not accepted in a request body")]
    DocumentType,
    /// Not well-formed, not namespace-well-formed, or nested too deeply.
    #[error("{0}")]
    Malformed(String),
}

impl ReadError {
    fn new(sentence: impl Into<String>) -> Self {
        Self::Malformed(sentence.into())
    }

    fn at(reader: &NsReader<&[u8]>, sentence: &str) -> Self {
        Self::Malformed(format!("{sentence} (at byte {})", reader.buffer_position()))
    }
}

/// Reads one document into a tree. The caller has bounded the number of octets.
pub fn read(octets: &[u8]) -> Result<Element, ReadError> {
    let text = to_text(octets)?;
    if let Some(c) = text.chars().find(|c| !names::is_xml_char(*c)) {
        return Err(ReadError::new(format!(
            "the XML holds U+{:04X}, a character that XML 1.0 forbids",
            u32::from(c)
        )));
    }
    let mut reader = NsReader::from_reader(text.as_bytes());
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    let mut scratch = Vec::new();
    let mut first = true;
    loop {
        scratch.clear();
        let event = match reader.read_event_into(&mut scratch) {
            Ok(event) => event,
            Err(e) => {
                return Err(ReadError::at(&reader, &format!("the XML is not well-formed: {e}")));
            }
        };
        match event {
            Event::Start(start) => {
                let element = element(&reader, &start)?;
                tree.open(element, &reader)?;
            }
            Event::End(_) => tree.close(&reader)?,
            Event::Text(text) => tree.text(&text.xml10_content(), &reader)?,
            Event::CData(text) => tree.cdata(&text.xml10_content(), &reader)?,
            Event::GeneralRef(reference) => {
                let character = resolve(&reference, &reader)?;
                tree.cdata(character.encode_utf8(&mut [0; 4]), &reader)?;
            }
            Event::Decl(declaration) if first => check_encoding(&declaration)?,
            Event::Decl(_) => {
                return Err(ReadError::at(
                    &reader,
                    "an XML declaration stands only at the very beginning",
                ));
            }
            Event::DocType(_) => return Err(ReadError::DocumentType),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Empty(_) => {
                return Err(ReadError::at(&reader, "the XML is not well-formed"));
            }
            Event::Eof => return tree.finish(&reader),
        }
        first = false;
    }
}

/// UTF-8 as it is, UTF-16 by its byte order mark: the encodings XML obliges us to read.
fn to_text(octets: &[u8]) -> Result<String, ReadError> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().filter(|_| odd.is_empty()).ok_or_else(|| {
            ReadError::new("the XML is not valid UTF-16, which its first two bytes announce")
        })
    };
    match octets {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => std::str::from_utf8(rest)
            .map(str::to_owned)
            .map_err(|e| ReadError::new(format!("the XML is not valid UTF-8 ({e})"))),
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, ReadError> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let name = expand(reader, namespace, local.into_inner())?;
    let mut attributes: Vec<Attribute> = Vec::new();
    for (index, attribute) in start.attributes().enumerate() {
        if index >= MAX_ATTRIBUTES {
            return Err(ReadError::at(
                reader,
                &format!("an element has more than {MAX_ATTRIBUTES} attributes"),
            ));
        }
        let attribute = attribute
            .map_err(|e| ReadError::at(reader, &format!("an attribute is malformed: {e}")))?;
        let value = attribute_value(&attribute.value, reader)?;
        if let Some(declaration) = attribute.key.as_namespace_binding() {
            // XML Namespaces 1.0, section 2.2: a prefix cannot be bound to nothing.
            if value.is_empty() && matches!(declaration, PrefixDeclaration::Named(_)) {
                return Err(ReadError::at(
                    reader,
                    "a namespace prefix is declared with an empty namespace",
                ));
            }
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let name = expand(reader, namespace, local.into_inner())?;
        if attributes.iter().any(|a| a.name == name) {
            return Err(ReadError::at(
                reader,
                &format!("the attribute {name} stands twice on one element"),
            ));
        }
        attributes.push(Attribute { name, value });
    }
    Ok(Element { name, attributes, content: Vec::new() })
}

fn expand(
    reader: &NsReader<&[u8]>,
    namespace: ResolveResult<'_>,
    local: &str,
) -> Result<Name, ReadError> {
    if !is_ncname(local) {
        return Err(ReadError::at(reader, &format!("{local:?} is not an XML name")));
    }
    match namespace {
        ResolveResult::Unbound => Ok(Name::new("", local)),
        // The resolver keeps the declaration's value as it was written.
        ResolveResult::Bound(namespace) => {
            Ok(Name::new(&attribute_value(namespace.into_inner(), reader)?, local))
        }
        ResolveResult::Unknown(prefix) => {
            Err(ReadError::at(reader, &format!("the namespace prefix {prefix:?} is not declared")))
        }
    }
}

/// Namespaces in XML 1.0, section 3, made a little wider: any non-ASCII character is a name character.
fn is_ncname(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    name.starts_with(start)
        && name.chars().all(|c| start(c) || c.is_ascii_digit() || c == '-' || c == '.')
}

/// Attribute-value normalisation (XML 1.0, section 3.3.3) with the references we know.
fn attribute_value(raw: &str, reader: &NsReader<&[u8]>) -> Result<String, ReadError> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '<', '\t', '\n', '\r']) {
        let (before, tail) = rest.split_at(at);
        value.push_str(before);
        if let Some(tail) = tail.strip_prefix('&') {
            let Some((reference, tail)) = tail.split_once(';') else {
                return Err(ReadError::at(reader, "an attribute holds a bare ampersand"));
            };
            value.push(resolve(&BytesRef::new(reference), reader)?);
            rest = tail;
        } else if tail.starts_with('<') {
            return Err(ReadError::at(reader, "an attribute holds a bare '<'"));
        } else {
            value.push(' ');
            rest = tail.strip_prefix("\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
        }
    }
    value.push_str(rest);
    Ok(value)
}

/// The octets were read as UTF-8; a declaration of anything else is refused (XML 1.0, 4.3.3).
fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), ReadError> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let is_utf8 = |name: &str| {
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    match encoding {
        Ok(name) if is_utf8(&name) => Ok(()),
        _ => Err(ReadError::new(
            "XML is read as UTF-8, and this declares another encoding".to_owned(),
        )),
    }
}

fn resolve(reference: &BytesRef<'_>, reader: &NsReader<&[u8]>) -> Result<char, ReadError> {
    let resolved = match reference.resolve_char_ref() {
        Ok(Some(c)) => Some(c).filter(|c| names::is_xml_char(*c)),
        Ok(None) => match &**reference {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => None,
        },
        Err(_) => None,
    };
    resolved.ok_or_else(|| {
        ReadError::at(
            reader,
            &format!("the reference &{}; stands for nothing we accept", &**reference),
        )
    })
}

/// The elements that are open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element, reader: &NsReader<&[u8]>) -> Result<(), ReadError> {
        if self.root.is_some() {
            return Err(ReadError::at(reader, "the XML has a second root element"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(ReadError::at(
                reader,
                &format!("the XML is nested more than {MAX_DEPTH} levels deep"),
            ));
        }
        if self.elements >= MAX_ELEMENTS {
            return Err(ReadError::at(
                reader,
                &format!("the XML has more than {MAX_ELEMENTS} elements"),
            ));
        }
        self.elements += 1;
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self, reader: &NsReader<&[u8]>) -> Result<(), ReadError> {
        let Some(element) = self.open.pop() else {
            return Err(ReadError::at(reader, "an element is closed that was not open"));
        };
        match self.open.last_mut() {
            Some(parent) => parent.content.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// Text between tags; white space is allowed outside the root.
    fn text(&mut self, text: &str, reader: &NsReader<&[u8]>) -> Result<(), ReadError> {
        if self.open.is_empty() && text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')) {
            return Ok(());
        }
        self.cdata(text, reader)
    }

    /// Text that must stand inside the root; glued to the text before it.
    fn cdata(&mut self, text: &str, reader: &NsReader<&[u8]>) -> Result<(), ReadError> {
        let Some(parent) = self.open.last_mut() else {
            return Err(ReadError::at(reader, "the XML has text outside its root element"));
        };
        match parent.content.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => parent.content.push(Node::Text(text.to_owned())),
        }
        Ok(())
    }

    fn finish(self, reader: &NsReader<&[u8]>) -> Result<Element, ReadError> {
        if let Some(open) = self.open.last() {
            return Err(ReadError::at(
                reader,
                &format!("the XML ends while the element {} is open", open.name),
            ));
        }
        self.root.ok_or_else(|| ReadError::new("the XML has no root element"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::QName;

    #[test]
    fn a_document_becomes_a_tree() {
        let root = read(
            b"<?xml version='1.0'?>\n<!-- c --><a xmlns='DAV:' xmlns:x='urn:x' x:k='1 &amp; 2' k='t\tt'>\
              <x:b/>one<![CDATA[ <two> ]]>&#x74;hree &lt;<c xml:lang='en'>r\r\ns</c></a>\n",
        )
        .unwrap();
        assert_eq!(root.name(), QName::new("DAV:", "a"));
        assert_eq!(root.attribute("k"), Some("t t"));
        assert_eq!(root.attribute_named(QName::new("urn:x", "k")), Some("1 & 2"));
        assert_eq!(root.text(), "one <two> three <");
        assert!(root.find(QName::new("urn:x", "b")).unwrap().content().is_empty());
        let c = root.find(QName::new("DAV:", "c")).unwrap();
        assert_eq!((c.text().as_ref(), c.attribute_named(names::XML_LANG)), ("r\ns", Some("en")));
    }

    #[test]
    fn utf16_is_read_by_its_mark() {
        for bytes in [u16::to_be_bytes as fn(u16) -> [u8; 2], u16::to_le_bytes] {
            let octets: Vec<u8> = "\u{FEFF}<a>é</a>".encode_utf16().flat_map(bytes).collect();
            assert_eq!(read(&octets).unwrap().text(), "é");
        }
    }

    #[test]
    fn what_is_not_safe_well_formed_xml_is_refused_with_a_sentence() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        let wide = format!("<a>{}</a>", "<b/>".repeat(65_536));
        let attributes: String = (0..65).map(|number| format!(" b{number}=''")).collect();
        let attributes = format!("<a{attributes}/>");
        for (input, sentence) in [
            ("", "no root"),
            ("  \n", "no root"),
            ("<a>", "ends while"),
            ("<a><b></a></b>", "not well-formed"),
            ("</a>", "not well-formed"),
            ("<a/><b/>", "second root"),
            ("<a/>text", "outside"),
            ("text<a/>", "outside"),
            ("<a/>&lt;", "outside"),
            ("<a/><![CDATA[x]]>", "outside"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
            ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"),
            ("<a>&b;</a>", "reference &b;"),
            ("<a>&#0;</a>", "reference &#0;"),
            ("<a>&#x1F;</a>", "reference"),
            ("<a>&#xFFFF;</a>", "reference"),
            ("<a>&#xD800;</a>", "reference"),
            ("<a b='&c;'/>", "reference &c;"),
            ("<a b='<'/>", "'<'"),
            ("<a>a & b</a>", "not well-formed"),
            ("<a>\u{7}</a>", "U+0007"),
            ("<a>\u{FFFE}</a>", "U+FFFE"),
            ("<x:a/>", "prefix \"x\""),
            ("<a x:b='1'/>", "prefix \"x\""),
            ("<a xmlns:x=''/>", "empty namespace"),
            ("<a b='1' b='2'/>", "attribute"),
            ("<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>", "twice"),
            ("<a b=1/>", "attribute"),
            ("<1/>", "not an XML name"),
            ("<a/><?xml version='1.0'?>", "declaration"),
            (deep.as_str(), "64 levels"),
            (wide.as_str(), "65536 elements"),
            (attributes.as_str(), "64 attributes"),
        ] {
            let error = read(input.as_bytes()).expect_err(input).to_string();
            let shown = input.get(..60).unwrap_or(input);
            assert!(error.contains(sentence), "{shown}: {error}");
        }
        assert!(read(b"<a>\xFF</a>").unwrap_err().to_string().contains("UTF-8"));
        assert!(read(b"\xFE\xFF\0<\0a\0").unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn what_is_at_a_limit_is_read() {
        let deep = format!("{}{}", "<a>".repeat(64), "</a>".repeat(64));
        read(deep.as_bytes()).unwrap();
        let wide = format!("<a>{}</a>", "<b/>".repeat(65_535));
        assert_eq!(read(wide.as_bytes()).unwrap().elements().count(), 65_535);
        let attributes: String = (0..64).map(|number| format!(" b{number}=''")).collect();
        let read = read(format!("<a{attributes}/>").as_bytes()).unwrap();
        assert_eq!(read.attributes().count(), 64);
    }
}
