//! PROPFIND (RFC 4918 9.1): properties of a resource, and with `Depth: 1` of its members.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response};
use store::{CollectionId, Listed, PropertyTarget, Tags};

use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::{self, Depth, Prefer};
use crate::multistatus::{self, Multistatus};
use crate::props::{self, Kind, Member, Needs, Node, Object, Plan, PropRequest, View};
use crate::request::Request;
use crate::target::{Target, push_segment};

/// A name and an ETag take a quarter of the room of a row, so a page has four times as many.
const TAGS_FOR_A_ROW: u32 = 4;

pub(crate) async fn handle(cx: &Arc<Context>, mut request: Request) -> Result<Response<Body>> {
    // Without a Depth, RFC 4918 9.1 has us act as if it were infinity.
    let depth = headers::depth(&request.headers)?.unwrap_or(Depth::Infinity);
    let prefer = headers::prefer(&request.headers)?;
    let body = request.read_xml(cx).await?;
    let asked = PropRequest::of_propfind(body.as_ref())?;
    let is_object = matches!(request.target, Target::Object { .. });
    if depth == Depth::Infinity && !is_object {
        return Err(Error::unmet(
            Precondition::PropfindFiniteDepth,
            "PROPFIND is answered for Depth 0 and 1 only",
        ));
    }
    let listing = Listing {
        cx: Arc::clone(cx),
        asked,
        members: depth == Depth::One,
        no_root: prefer.no_root && depth == Depth::One,
        minimal: prefer.is_minimal(),
    };
    let target = request.target;
    let mut response = multistatus::respond(|out| listing.write(target, out)).await?;
    if let Some(applied) = applied(prefer, depth) {
        response.headers_mut().insert(HeaderName::from_static("preference-applied"), applied);
    }
    Ok(response)
}

/// RFC 7240 3: what of the preferences was followed.
fn applied(prefer: Prefer, depth: Depth) -> Option<HeaderValue> {
    let no_root = prefer.no_root && depth == Depth::One;
    match (prefer.is_minimal(), no_root) {
        (true, true) => Some(HeaderValue::from_static("return=minimal, depth-noroot")),
        (true, false) => Some(HeaderValue::from_static("return=minimal")),
        (false, true) => Some(HeaderValue::from_static("depth-noroot")),
        (false, false) => None,
    }
}

struct Listing {
    cx: Arc<Context>,
    asked: PropRequest,
    members: bool,
    no_root: bool,
    minimal: bool,
}

impl Listing {
    async fn write(self, target: Target, mut out: Multistatus) -> Result<Multistatus> {
        if let Target::Object { home, collection, name } = &target {
            self.write_object(home, collection, name, &mut out).await?;
            return Ok(out);
        }
        let mut queries = self.cx.store.read().await?;
        let node = props::load(&mut queries, &target, self.needs(&target)).await?;
        drop(queries);
        let node = node.ok_or_else(Error::not_found)?;
        if !self.no_root {
            self.write_node(&node, &mut out);
        }
        if self.members {
            self.write_members(&node, &mut out).await?;
        }
        Ok(out)
    }

    fn plan(&self, kind: Kind) -> Plan {
        Plan::new(&self.asked, kind, self.minimal)
    }

    /// What to load before the kind is known: of a collection, whatever one of its kinds may need.
    fn needs(&self, target: &Target) -> Needs {
        match target {
            Target::Principal { .. } => self.plan(Kind::Principal).needs(),
            Target::Home { .. } => self.plan(Kind::Home).needs(),
            Target::Collection { .. } => {
                self.plan(Kind::Calendar).needs().or(self.plan(Kind::Inbox).needs())
            }
            _ => Needs::default(),
        }
    }

    fn write_node(&self, node: &Node, out: &mut Multistatus) {
        self.plan(node.kind).write_response(&View::of(&self.cx, node), &node.href, out);
    }

    async fn write_object(
        &self,
        home: &str,
        collection: &str,
        name: &str,
        out: &mut Multistatus,
    ) -> Result<()> {
        let plan = self.plan(Kind::Object);
        let mut queries = self.cx.store.read().await?;
        let located = queries.find_object_without_octets(home, collection, name).await?;
        let (Some(collection), Some(row)) = (located.collection, located.object) else {
            return Err(Error::not_found());
        };
        let row = Listed::from(row);
        let stored = if plan.needs().stored {
            queries.list_properties(PropertyTarget::Object(row.id)).await?
        } else {
            Vec::new()
        };
        let node = Node::of_collection(home, collection, None);
        let mut href = node.href.clone();
        push_segment(&mut href, &row.name);
        let object = Object { row: Member::from(&row), stored: &stored, calendar_data: None };
        plan.write_response(&View::of_object(&self.cx, &node, object), &href, out);
        Ok(())
    }

    async fn write_members(&self, node: &Node, out: &mut Multistatus) -> Result<()> {
        match node.kind {
            Kind::Site => self.write_fixed(&[Target::Root], out).await,
            Kind::Root => self.write_fixed(&[Target::Principals, Target::Homes], out).await,
            // Other people's homes are not readable.
            Kind::Homes => {
                let home = self.cx.caller.name.to_lowercase();
                self.write_fixed(&[Target::Home { home }], out).await
            }
            Kind::Principals => self.write_principals(out).await,
            Kind::Home => self.write_collections(node, out).await,
            Kind::Calendar | Kind::Inbox => self.write_objects(node, out).await,
            Kind::Principal | Kind::Plain | Kind::Outbox | Kind::Object => Ok(()),
        }
    }

    async fn write_fixed(&self, targets: &[Target], out: &mut Multistatus) -> Result<()> {
        let mut queries = self.cx.store.read().await?;
        for target in targets {
            if let Some(node) = props::load(&mut queries, target, self.needs(target)).await? {
                self.write_node(&node, out);
            }
        }
        Ok(())
    }

    async fn write_principals(&self, out: &mut Multistatus) -> Result<()> {
        let plan = self.plan(Kind::Principal);
        let mut after: Option<String> = None;
        loop {
            let mut queries = self.cx.store.read().await?;
            let limit = self.cx.config.page;
            let page =
                props::principals_page(&mut queries, after.as_deref(), limit, plan.needs()).await?;
            // No connection is held while the client takes its time.
            drop(queries);
            for node in &page {
                plan.write_response(&View::of(&self.cx, node), &node.href, out);
                out.pause().await;
            }
            match page.last().map(|node| &node.target) {
                Some(Target::Principal { name }) if page.len() >= limit as usize => {
                    after = Some(name.clone());
                }
                _ => return Ok(()),
            }
        }
    }

    async fn write_collections(&self, home: &Node, out: &mut Multistatus) -> Result<()> {
        let needs = self.plan(Kind::Calendar).needs().or(self.plan(Kind::Inbox).needs());
        let mut queries = self.cx.store.read().await?;
        let nodes = props::load_members_of_home(&mut queries, home, needs).await?;
        drop(queries);
        for node in &nodes {
            self.write_node(node, out);
            out.pause().await;
        }
        Ok(())
    }

    /// Pages of what is asked for; no calendar data is read, and no statement is made for a member.
    async fn write_objects(&self, collection: &Node, out: &mut Multistatus) -> Result<()> {
        let Some(id) = collection.collection().map(|collection| collection.id) else {
            return Ok(());
        };
        let plan = self.plan(Kind::Object);
        if plan.needs().details {
            self.write_rows(collection, id, &plan, out).await
        } else {
            self.write_tags(collection, id, &plan, out).await
        }
    }

    async fn write_tags(
        &self,
        collection: &Node,
        id: CollectionId,
        plan: &Plan,
        out: &mut Multistatus,
    ) -> Result<()> {
        let limit = self.cx.config.page.saturating_mul(TAGS_FOR_A_ROW);
        let mut href = collection.href.clone();
        let mut page = Tags::default();
        loop {
            let mut queries = self.cx.store.read().await?;
            page = queries.list_tags(id, page.last(), limit).await?;
            // No connection is held while the client takes its time.
            drop(queries);
            let mut count = 0;
            for (name, etag) in page.iter() {
                count += 1;
                let row = Member { name, etag, details: None };
                let object = Object { row, stored: &[], calendar_data: None };
                self.write_member(collection, object, plan, &mut href, out);
                out.pause().await;
            }
            if count < limit {
                return Ok(());
            }
        }
    }

    async fn write_rows(
        &self,
        collection: &Node,
        id: CollectionId,
        plan: &Plan,
        out: &mut Multistatus,
    ) -> Result<()> {
        let limit = self.cx.config.page;
        let mut href = collection.href.clone();
        let mut after: Option<String> = None;
        loop {
            let mut queries = self.cx.store.read().await?;
            let page = queries.list_members(id, after.as_deref(), limit).await?;
            let ids = page.iter().map(|row| row.id);
            let stored = props::stored_of_objects(&mut queries, ids, plan.needs()).await?;
            drop(queries);
            for row in &page {
                let stored = stored.get(&row.id).map(Vec::as_slice).unwrap_or_default();
                let object = Object { row: Member::from(row), stored, calendar_data: None };
                self.write_member(collection, object, plan, &mut href, out);
                out.pause().await;
            }
            after =
                page.last().filter(|_| page.len() >= limit as usize).map(|row| row.name.clone());
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// One response. `href` begins with that of the collection, and is used for one member after the other.
    fn write_member(
        &self,
        collection: &Node,
        object: Object<'_>,
        plan: &Plan,
        href: &mut String,
        out: &mut Multistatus,
    ) {
        href.truncate(collection.href.len());
        push_segment(href, object.row.name);
        plan.write_response(&View::of_object(&self.cx, collection, object), href, out);
    }
}
