//! DAV:expand-property (RFC 3253 3.8): properties whose addresses are answered for as well.

use std::sync::Arc;

use http::{Response, StatusCode};

use crate::access::{self, Privilege};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::multistatus;
use crate::props::{self, Plan, PropRequest, View};
use crate::target::Target;
use crate::xml::{Element, Name, Writer, names, read};

/// How deep properties may be nested.
const MAX_DEPTH: usize = 4;

/// More property names than any client has a use for.
const MAX_NAMES: usize = 256;

// <!ELEMENT expand-property (property*)>
// <!ELEMENT property (property*)>  <!ATTLIST property name NMTOKEN #REQUIRED namespace NMTOKEN "DAV:">
/// The request body.
#[derive(Clone, Debug)]
pub(crate) struct ExpandProperty {
    properties: Vec<Wanted>,
    minimal: bool,
}

#[derive(Clone, Debug)]
struct Wanted {
    name: Name,
    inner: Vec<Self>,
}

impl ExpandProperty {
    pub(super) fn parse(body: &Element, minimal: bool) -> Result<Self> {
        let mut left = MAX_NAMES;
        Ok(Self { properties: wanted_in(body, MAX_DEPTH, &mut left)?, minimal })
    }

    /// Answers about the resource of the request.
    pub(super) async fn answer(self, cx: &Arc<Context>, target: &Target) -> Result<Response<Body>> {
        let (cx, target) = (Arc::clone(cx), target.clone());
        multistatus::respond(move |mut out| async move {
            let mut left = cx.config.max_matches;
            let expansion = Expansion { cx: &cx, minimal: self.minimal };
            expansion.write(&target, &self.properties, &mut left, out.xml()).await?;
            Ok(out)
        })
        .await
    }
}

fn wanted_in(parent: &Element, depth: usize, left: &mut usize) -> Result<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for property in parent.find_all(names::PROPERTY) {
        let name = property.attribute("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Error::bad_request("DAV:property has a name attribute"))?;
        if depth == 0 || *left == 0 {
            return Err(Error::bad_request(format!(
                "expand-property names at most {MAX_NAMES} properties, {MAX_DEPTH} levels deep"
            )));
        }
        *left -= 1;
        let namespace = property.attribute("namespace").unwrap_or("DAV:");
        let inner = wanted_in(property, depth - 1, left)?;
        wanted.push(Wanted { name: Name::new(namespace, name), inner });
    }
    Ok(wanted)
}

struct Expansion<'a> {
    cx: &'a Context,
    minimal: bool,
}

impl Expansion<'_> {
    /// Writes the response about one resource, and within it those about what its properties name.
    async fn write(
        &self,
        target: &Target,
        wanted: &[Wanted],
        left: &mut usize,
        out: &mut Writer,
    ) -> Result<()> {
        *left = left.checked_sub(1).ok_or_else(|| {
            let sentence = "the properties name more resources than one answer tells of";
            Error::unmet(Precondition::NumberOfMatchesWithinLimits, sentence)
        })?;
        out.raw("<D:response>");
        out.href(&target.href());
        match self.propstats(target, wanted).await? {
            Err(status) => multistatus::write_status(out, status),
            Ok(answer) => {
                for propstat in answer.find_all(names::PROPSTAT) {
                    self.write_propstat(propstat, wanted, left, out).await?;
                }
            }
        }
        out.raw("</D:response>\n");
        Ok(())
    }

    /// The propstats of a resource as a PROPFIND would have them, or why there are none.
    async fn propstats(
        &self,
        target: &Target,
        wanted: &[Wanted],
    ) -> Result<Result<Element, StatusCode>> {
        if !access::privileges(&self.cx.caller, target).holds(Privilege::Read) {
            return Ok(Err(StatusCode::FORBIDDEN));
        }
        let asked = PropRequest::Prop(wanted.iter().map(|wanted| wanted.name.clone()).collect());
        let plan = |kind| Plan::new(&asked, kind, self.minimal);
        let mut queries = self.cx.store.read().await?;
        let Some(bare) = props::load(&mut queries, target, props::Needs::default()).await? else {
            return Ok(Err(StatusCode::NOT_FOUND));
        };
        let plan = plan(bare.kind);
        let node = props::load(&mut queries, target, plan.needs()).await?.unwrap_or(bare);
        drop(queries);
        let mut xml = Writer::new();
        xml.open_root(names::RESPONSE);
        plan.write_propstats(&View::of(self.cx, &node), &mut xml);
        xml.close(names::RESPONSE);
        Ok(read(&xml.take()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR))
    }

    async fn write_propstat(
        &self,
        propstat: &Element,
        wanted: &[Wanted],
        left: &mut usize,
        out: &mut Writer,
    ) -> Result<()> {
        out.raw("<D:propstat><D:prop>");
        for property in propstat.find(names::PROP).into_iter().flat_map(Element::elements) {
            let inner = wanted.iter().find(|wanted| wanted.name.as_qname() == property.name());
            match inner.map_or(&[][..], |wanted| &wanted.inner) {
                [] => out.element(property),
                inner => {
                    out.open(property.name());
                    for href in property.find_all(names::HREF) {
                        // What is no resource of ours, as a mailto: address, stays an address.
                        match Target::from_reference(&href.text(), None) {
                            Ok(target) => {
                                Box::pin(self.write(&target, inner, left, out)).await?;
                            }
                            Err(_) => out.element(href),
                        }
                    }
                    out.close(property.name());
                }
            }
        }
        out.raw("</D:prop>");
        propstat.find(names::STATUS).into_iter().for_each(|status| out.element(status));
        out.raw("</D:propstat>");
        Ok(())
    }
}
