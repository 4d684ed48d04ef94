//! A 207 body (RFC 4918 13 and 14), read strictly: a response that breaks the grammar fails the test that got it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::xml::Element;

#[derive(Clone, Debug, Default)]
pub(crate) struct Multistatus {
    pub(crate) responses: Vec<Member>,
    pub(crate) sync_token: Option<String>,
}

/// One `D:response`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    /// The path, percent-decoded.
    pub(crate) href: String,
    /// The status of the whole resource, where it has one of its own.
    pub(crate) status: Option<u16>,
    /// Properties with status 200.
    pub(crate) found: BTreeMap<String, Element>,
    /// Properties with any other status.
    pub(crate) refused: BTreeMap<String, u16>,
    pub(crate) error: Option<Element>,
}

impl Multistatus {
    pub(crate) fn read(root: &Element) -> Result<Self, String> {
        if root.name != "D:multistatus" {
            return Err(format!("expected D:multistatus, not {}", root.name));
        }
        let mut multistatus = Self::default();
        for child in &root.children {
            match child.name.as_str() {
                "D:response" => multistatus.responses.push(Member::read(child)?),
                "D:sync-token" => multistatus.sync_token = Some(child.text.clone()),
                "D:responsedescription" => {}
                other => return Err(format!("{other} does not belong into D:multistatus")),
            }
        }
        Ok(multistatus)
    }

    pub(crate) fn find(&self, href: &str) -> Option<&Member> {
        self.responses.iter().find(|member| member.href == href)
    }

    #[track_caller]
    pub(crate) fn member(&self, href: &str) -> &Member {
        self.find(href)
            .unwrap_or_else(|| panic!("expected a response for {href} among {:?}", self.hrefs()))
    }

    /// The only response.
    #[track_caller]
    pub(crate) fn only(&self) -> &Member {
        assert_eq!(self.responses.len(), 1, "expected one response, not {:?}", self.hrefs());
        &self.responses[0]
    }

    /// All paths, sorted.
    pub(crate) fn hrefs(&self) -> Vec<&str> {
        let mut hrefs: Vec<&str> =
            self.responses.iter().map(|member| member.href.as_str()).collect();
        hrefs.sort_unstable();
        hrefs
    }
}

impl Member {
    fn read(response: &Element) -> Result<Self, String> {
        let [href] = response.hrefs()[..] else {
            return Err(format!("a D:response needs one D:href: {response:?}"));
        };
        let mut member = Self { href: decode(href)?, ..Self::default() };
        for child in &response.children {
            match child.name.as_str() {
                "D:href" | "D:responsedescription" | "D:location" => {}
                "D:status" => member.status = Some(status(child)?),
                "D:error" => member.error = Some(child.clone()),
                "D:propstat" => member.read_propstat(child)?,
                other => return Err(format!("{other} does not belong into D:response")),
            }
        }
        let has_propstat = response.child("D:propstat").is_some();
        if has_propstat == member.status.is_some() {
            return Err(format!("{href}: a D:response has either a status or propstats"));
        }
        Ok(member)
    }

    fn read_propstat(&mut self, propstat: &Element) -> Result<(), String> {
        let code =
            propstat.child("D:status").ok_or("a D:propstat needs a D:status").map(status)??;
        let prop = propstat.child("D:prop").ok_or("a D:propstat needs a D:prop")?;
        for property in &prop.children {
            let name = property.name.clone();
            if self.found.contains_key(&name) || self.refused.contains_key(&name) {
                return Err(format!("{}: {name} is answered twice", self.href));
            }
            if code == 200 {
                self.found.insert(name, property.clone());
            } else {
                self.refused.insert(name, code);
            }
        }
        Ok(())
    }

    /// A property that must be there.
    #[track_caller]
    pub(crate) fn property(&self, name: &str) -> &Element {
        self.found.get(name).unwrap_or_else(|| {
            panic!(
                "expected {name} on {}; found {:?}, refused {:?}, status {:?}",
                self.href,
                self.found.keys().collect::<Vec<_>>(),
                self.refused,
                self.status
            )
        })
    }

    /// The text of a property that must be there.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        &self.property(name).text
    }

    /// The only href in a property that must be there, percent-decoded.
    #[track_caller]
    pub(crate) fn href_in(&self, name: &str) -> String {
        let property = self.property(name);
        match property.hrefs()[..] {
            [href] => decode(href).unwrap_or_else(|error| panic!("{name}: {error}")),
            _ => panic!("expected one D:href in {name}: {property:?}"),
        }
    }
}

/// An href as a path: absolute URLs lose scheme and host, percent-encoding is taken off.
fn decode(href: &str) -> Result<String, String> {
    let path = match href.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => href,
    };
    if !path.starts_with('/') {
        return Err(format!("{href} is not an absolute path (RFC 4918 8.3)"));
    }
    percent_decode_str(path)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| format!("{href} is not UTF-8"))
}

fn status(element: &Element) -> Result<u16, String> {
    element
        .text
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| format!("{:?} is not a status line", element.text))
}
