//! XML as tests want to look at it: a tree with names in one spelling (`D:href`, `C:calendar-data`).

use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// The prefixes that the tests write, whatever the server's are.
const PREFIXES: [(&str, &str); 4] = [
    ("DAV:", "D"),
    ("urn:ietf:params:xml:ns:caldav", "C"),
    ("http://calendarserver.org/ns/", "CS"),
    ("http://apple.com/ns/ical/", "A"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// `D:prop`, or `{namespace}name` for a namespace without a prefix of ours.
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Self>,
    /// The text directly inside, without the white space around it.
    pub(crate) text: String,
}

impl Element {
    /// Reads a document; it must be UTF-8 and well-formed, with every prefix bound.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, String> {
        let document = std::str::from_utf8(document).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut reader = NsReader::from_str(document);
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            let (namespace, event) = reader
                .read_resolved_event()
                .map_err(|error| format!("not well-formed: {error}"))?;
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(prefix) => {
                    return Err(format!("the prefix {prefix} is not bound"));
                }
            };
            match event {
                Event::Start(start) => open.push(Self::begin(&namespace, &start)?),
                Event::Empty(start) => {
                    top(&mut open)?.children.push(Self::begin(&namespace, &start)?)
                }
                Event::End(_) => {
                    let mut closed = open.pop().ok_or("an end without a start")?;
                    closed.text = closed.text.trim().to_owned();
                    top(&mut open)?.children.push(closed);
                }
                Event::Text(text) => top(&mut open)?.text.push_str(&text.xml10_content()),
                Event::CData(text) => top(&mut open)?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => top(&mut open)?.text.push(resolve(&reference)?),
                Event::DocType(_) => return Err("a server must not send a DOCTYPE".into()),
                Event::Eof => break,
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
        match open.as_mut_slice() {
            [document] if document.children.len() == 1 => {
                document.children.pop().ok_or_else(|| "no root".to_owned())
            }
            _ => Err("there must be one root element, closed".into()),
        }
    }

    fn begin(namespace: &str, start: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = BTreeMap::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| format!("attribute: {error}"))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| format!("attribute: {error}"))?;
            attributes.insert(attribute.key.as_ref().to_owned(), value.into_owned());
        }
        Ok(Self {
            name: qualify(namespace, start.local_name().as_ref()),
            attributes,
            ..Self::default()
        })
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of children.
    pub(crate) fn find(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// Whether an element of this name stands anywhere below.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.children.iter().any(|child| child.name == name || child.contains(name))
    }

    /// The hrefs directly inside, in order.
    pub(crate) fn hrefs(&self) -> Vec<&str> {
        self.children_named("D:href").map(|href| href.text.as_str()).collect()
    }

    /// The names of the children, sorted.
    pub(crate) fn child_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.children.iter().map(|child| child.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn all_text(&self) -> String {
        let mut text = self.text.clone();
        for child in &self.children {
            text.push(' ');
            text.push_str(&child.all_text());
        }
        text
    }
}

fn top(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "an end without a start".to_owned())
}

fn qualify(namespace: &str, local: &str) -> String {
    match PREFIXES.iter().find(|(known, _)| *known == namespace) {
        Some((_, prefix)) => format!("{prefix}:{local}"),
        None => format!("{{{namespace}}}{local}"),
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(character) =
        reference.resolve_char_ref().map_err(|error| format!("reference: {error}"))?
    {
        return Ok(character);
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        other => Err(format!("the entity &{other}; is not declared")),
    }
}
