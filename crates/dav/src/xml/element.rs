//! A small element tree: what a request body is before it becomes a type.

use std::borrow::Cow;

use super::{Name, QName};

/// An element with its attributes and content, in document order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub(super) name: Name,
    pub(super) attributes: Vec<Attribute>,
    pub(super) content: Vec<Node>,
}

/// An attribute; namespace declarations are not among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub(super) name: Name,
    pub(super) value: String,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A child element.
    Element(Element),
    /// Character data, references resolved.
    Text(String),
}

impl Element {
    /// An element that holds text, or nothing when the text is empty.
    pub fn text_element(name: QName<'_>, text: &str) -> Self {
        let content = match text {
            "" => Vec::new(),
            text => vec![Node::Text(text.to_owned())],
        };
        Self { name: name.into(), attributes: Vec::new(), content }
    }

    /// The expanded name.
    pub fn name(&self) -> QName<'_> {
        self.name.as_qname()
    }

    /// Whether this element has that name.
    pub fn is(&self, name: QName<'_>) -> bool {
        self.name() == name
    }

    /// The attributes, in document order.
    pub fn attributes(&self) -> impl Iterator<Item = (QName<'_>, &str)> {
        self.attributes.iter().map(|a| (a.name.as_qname(), a.value.as_str()))
    }

    /// The value of the attribute of that name in no namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_named(QName::new("", local))
    }

    /// The value of the attribute of that expanded name.
    pub fn attribute_named(&self, name: QName<'_>) -> Option<&str> {
        self.attributes().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Gives the attribute a value, unless it has one.
    pub(crate) fn set_default_attribute(&mut self, name: QName<'_>, value: &str) {
        if self.attribute_named(name).is_none() {
            self.attributes.push(Attribute { name: name.into(), value: value.to_owned() });
        }
    }

    /// Children and text, in document order.
    pub fn content(&self) -> &[Node] {
        &self.content
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element of that name.
    pub fn find(&self, name: QName<'_>) -> Option<&Self> {
        self.elements().find(|e| e.is(name))
    }

    /// The child elements of that name.
    pub fn find_all<'a>(&'a self, name: QName<'a>) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |e| e.is(name))
    }

    /// The character data directly inside, without that of children.
    pub fn text(&self) -> Cow<'_, str> {
        match self.content.as_slice() {
            [] => Cow::Borrowed(""),
            [Node::Text(text)] => Cow::Borrowed(text),
            nodes => nodes
                .iter()
                .filter_map(|node| match node {
                    Node::Text(text) => Some(text.as_str()),
                    Node::Element(_) => None,
                })
                .collect::<String>()
                .into(),
        }
    }
}
