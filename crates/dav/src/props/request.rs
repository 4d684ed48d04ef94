//! Which properties a request asks for.

use crate::error::{Error, Result};
use crate::xml::{Element, Name, names};

/// More property names than any client has a use for.
const MAX_NAMES: usize = 256;

// <!ELEMENT propfind ( propname | (allprop, include?) | prop ) >   (RFC 4918 14.20)
// The reports of RFC 4791 9.5 and 9.10 and of RFC 6578 6.1 hold the same elements.
/// The properties asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PropRequest {
    /// These.
    Prop(Vec<Name>),
    /// Those that `DAV:allprop` stands for, and these.
    AllProp(Vec<Name>),
    /// Only the names of all there are.
    PropName,
}

impl PropRequest {
    /// The body of a PROPFIND; none stands for `allprop` (RFC 4918 9.1).
    pub(crate) fn of_propfind(body: Option<&Element>) -> Result<Self> {
        match body {
            None => Ok(Self::AllProp(Vec::new())),
            Some(body) if body.is(names::PROPFIND) => Self::within(body)?.ok_or_else(|| {
                Error::bad_request("DAV:propfind holds DAV:prop, DAV:allprop or DAV:propname")
            }),
            Some(body) => Err(Error::bad_request(format!(
                "the body of a PROPFIND is DAV:propfind, not {}",
                body.name()
            ))),
        }
    }

    /// What the children of this element ask for; `None`: nothing.
    pub(crate) fn within(parent: &Element) -> Result<Option<Self>> {
        let mut found = None;
        for child in parent.elements() {
            let asked = match child.name() {
                names::PROP => Self::Prop(names_in(child)?),
                names::ALLPROP => {
                    let include = parent.find(names::INCLUDE).map(names_in).transpose()?;
                    Self::AllProp(include.unwrap_or_default())
                }
                names::PROPNAME => Self::PropName,
                _ => continue,
            };
            if found.replace(asked).is_some() {
                return Err(Error::bad_request(format!(
                    "{} asks for properties in two ways",
                    parent.name()
                )));
            }
        }
        Ok(found)
    }
}

/// The names of the children, each once.
fn names_in(prop: &Element) -> Result<Vec<Name>> {
    let mut asked: Vec<Name> = Vec::new();
    for child in prop.elements() {
        if asked.len() >= MAX_NAMES {
            return Err(Error::bad_request(format!(
                "a request asks for at most {MAX_NAMES} properties"
            )));
        }
        if !asked.iter().any(|name| name.as_qname() == child.name()) {
            asked.push(child.name().into());
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read;

    fn of(body: &str) -> Result<PropRequest> {
        let element = read(body.as_bytes()).unwrap();
        PropRequest::of_propfind(Some(&element))
    }

    #[test]
    fn a_propfind_asks_in_one_of_three_ways() {
        let etag: Name = names::GETETAG.into();
        let foreign = Name::new("urn:x", "y");
        for (body, expected) in [
            (
                "<propfind xmlns='DAV:'><prop><getetag/><y xmlns='urn:x'/><getetag/></prop></propfind>",
                PropRequest::Prop(vec![etag.clone(), foreign]),
            ),
            ("<propfind xmlns='DAV:'><prop/></propfind>", PropRequest::Prop(vec![])),
            ("<propfind xmlns='DAV:'><allprop/></propfind>", PropRequest::AllProp(vec![])),
            (
                "<propfind xmlns='DAV:'><allprop/><include><getetag/></include></propfind>",
                PropRequest::AllProp(vec![etag]),
            ),
            ("<propfind xmlns='DAV:'><propname/><x/></propfind>", PropRequest::PropName),
        ] {
            assert_eq!(of(body).unwrap(), expected, "{body}");
        }
        assert_eq!(PropRequest::of_propfind(None).unwrap(), PropRequest::AllProp(vec![]));
        let many: String = (0..257).map(|n| format!("<p{n}/>")).collect();
        for body in [
            "<propfind xmlns='DAV:'/>",
            "<propfind xmlns='DAV:'><prop/><allprop/></propfind>",
            "<propfind xmlns='DAV:'><prop/><prop/></propfind>",
            "<propfind><allprop/></propfind>",
            "<propertyupdate xmlns='DAV:'/>",
            &format!("<propfind xmlns='DAV:'><prop>{many}</prop></propfind>"),
        ] {
            assert_eq!(of(body).unwrap_err().status(), 400, "{body}");
        }
    }
}
