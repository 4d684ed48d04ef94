//! CALDAV:calendar-query (RFC 4791 7.8): the objects that match a filter.
//!
//! Cost: a search with a time range looks at what the index has in that range, not at the calendar;
//! objects are read only where their data is asked for, or where the index does not decide.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use calendar::Zone;
use calendar::filter::{Filter, Plan, Verdict};
use calendar::index::unpack;
use http::{Response, StatusCode};
use scheduling::intercept::index_span;
use store::{CollectionId, ComponentKind, IndexHit, IndexQuery, IndexSpan, Listed, ObjectId};

use super::objects::{ObjectWriter, Wanted, batches, compute, read_by_ids, read_object};
use super::{time_range, timezone};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::Depth;
use crate::multistatus::{self, Multistatus};
use crate::props::{self, Kind, Needs, Node};
use crate::target::Target;
use crate::xml::{Element, names};

/// The request body (RFC 4791 9.5).
#[derive(Clone, Debug)]
pub(crate) struct CalendarQuery {
    wanted: Wanted,
    filter: Arc<Filter>,
    plan: Plan,
    timezone: Option<Zone>,
    depth: Depth,
}

impl CalendarQuery {
    // <!ELEMENT calendar-query ((DAV:allprop | DAV:propname | DAV:prop)?, filter, timezone?)>
    pub(super) fn parse(
        cx: &Context,
        body: &Element,
        depth: Option<Depth>,
        minimal: bool,
    ) -> Result<Self> {
        let wanted = Wanted::of(cx, body, minimal)?;
        let filter = body.find(names::FILTER).ok_or_else(|| {
            Error::unmet(Precondition::ValidFilter, "calendar-query needs a CALDAV:filter")
        })?;
        let filter = Filter::try_from(filter)?;
        for range in filter.time_ranges() {
            time_range::check(range, &cx.config)?;
        }
        let timezone = body
            .find(names::TIMEZONE)
            .map(|timezone| timezone::parse(&timezone.text(), &cx.config.calendar))
            .transpose()?;
        let plan = filter.plan();
        let depth = depth.unwrap_or(Depth::Zero);
        Ok(Self { wanted, filter: Arc::new(filter), plan, timezone, depth })
    }

    /// Answers about what matches. `node` is the resource of the request; `None`: an object.
    pub(super) async fn answer(
        self,
        cx: &Arc<Context>,
        target: &Target,
        node: Option<Node>,
    ) -> Result<Response<Body>> {
        let cx = Arc::clone(cx);
        let target = target.clone();
        multistatus::respond(move |mut out| async move {
            match (&target, node) {
                (Target::Object { home, collection, name }, _) => {
                    self.write_object(&cx, [home, collection, name], &mut out).await?;
                }
                (_, Some(node)) if node.kind == Kind::Home => {
                    self.write_home(&cx, &node, &mut out).await?;
                }
                // Against RFC 4791 7.8 (no Depth means 0, which has no objects): a calendar is searched
                // whatever the Depth, as clients in use send none.
                (_, Some(node)) => self.write_collection(&cx, node, &mut out).await?,
                (_, None) => {}
            }
            Ok(out)
        })
        .await
    }

    /// With Depth 1 or more, all calendars of a home; without, none: the home itself holds no objects.
    async fn write_home(
        &self,
        cx: &Arc<Context>,
        home: &Node,
        out: &mut Multistatus,
    ) -> Result<()> {
        if self.depth == Depth::Zero {
            return Ok(());
        }
        let mut queries = cx.store.read().await?;
        let nodes = props::load_members_of_home(&mut queries, home, Needs::default()).await?;
        drop(queries);
        for node in nodes.into_iter().filter(|node| node.kind == Kind::Calendar) {
            self.write_collection(cx, node, out).await?;
        }
        Ok(())
    }

    /// Page by page: candidates, then the responses about those that match.
    async fn write_collection(
        &self,
        cx: &Arc<Context>,
        node: Node,
        out: &mut Multistatus,
    ) -> Result<()> {
        let href = node.href.clone();
        let candidates = Candidates::new(cx, &node, &self.plan);
        let writer = ObjectWriter::new(cx, node, &self.wanted, self.timezone.clone());
        let (mut candidates, writer) = candidates.zip(writer).ok_or_else(Error::not_found)?;
        let floating = writer.floating();
        let mut left = cx.config.max_matches;
        while let Some(page) = candidates.next_page(&floating).await? {
            let mut matching = self.matching(cx, page, &floating).await?;
            let too_many = matching.len() > left;
            matching.truncate(left);
            left -= matching.len();
            writer.write_found(&matching, out).await?;
            if too_many {
                // RFC 4791 7.8, told as RFC 6578 3.6 tells it, since the answer is on its way.
                let unmet = Precondition::NumberOfMatchesWithinLimits;
                out.status_response(&href, StatusCode::INSUFFICIENT_STORAGE, Some(&unmet));
                break;
            }
        }
        Ok(())
    }

    async fn write_object(
        &self,
        cx: &Arc<Context>,
        [home, collection, name]: [&str; 3],
        out: &mut Multistatus,
    ) -> Result<()> {
        let mut queries = cx.store.read().await?;
        let located = queries.find_object_without_octets(home, collection, name).await?;
        drop(queries);
        let (Some(collection), Some(row)) = (located.collection, located.object) else {
            return Err(Error::not_found());
        };
        let node = Node::of_collection(home, collection, None);
        let writer = ObjectWriter::new(cx, node, &self.wanted, self.timezone.clone())
            .ok_or_else(Error::not_found)?;
        let page = vec![Found { row: row.into(), is_in_range: None }];
        let matching = self.matching(cx, page, &writer.floating()).await?;
        writer.write_found(&matching, out).await
    }

    /// Those of a page that match. Objects that the index does not decide are read.
    async fn matching(
        &self,
        cx: &Context,
        page: Vec<Found>,
        floating: &Zone,
    ) -> Result<Vec<Listed>> {
        let mut matching = Vec::new();
        let mut doubtful = Vec::new();
        for Found { row, is_in_range } in page {
            match self.plan.verdict(calendar_kind(row.kind), &row.uid, is_in_range) {
                Verdict::Yes => matching.push(row),
                Verdict::No => {}
                Verdict::Unknown => doubtful.push(row),
            }
        }
        for batch in batches(&doubtful) {
            let found = self.evaluate(cx, batch, floating).await?;
            matching.extend(batch.iter().filter(|row| found.contains(&row.id)).cloned());
        }
        Ok(matching)
    }

    /// Asks the objects themselves.
    async fn evaluate(
        &self,
        cx: &Context,
        rows: &[Listed],
        floating: &Zone,
    ) -> Result<BTreeSet<ObjectId>> {
        let objects = read_by_ids(cx, rows.iter().map(|row| row.id)).await?;
        let (filter, floating) = (Arc::clone(&self.filter), floating.clone());
        let limits = cx.config.calendar;
        compute(move || {
            let matches = |octets: &[u8]| {
                read_object(octets)
                    .is_some_and(|object| filter.matches(&object, &floating, &limits))
            };
            let found = objects.into_iter().filter(|(_, octets)| matches(octets));
            found.map(|(row, _)| row.id).collect()
        })
        .await
    }
}

/// An object that may match.
struct Found {
    row: Listed,
    /// Whether the index has it in the range of the search; `None`: it does not say.
    is_in_range: Option<bool>,
}

/// The objects of a collection that may match, page by page.
struct Candidates<'a> {
    cx: &'a Context,
    collection: CollectionId,
    plan: &'a Plan,
    /// Whether the index has the objects of this collection.
    indexed: bool,
    /// Kinds to look for; empty: the collection has no others.
    kinds: Vec<ComponentKind>,
    after: After,
    /// What was on a page before: the index has an object in each bucket that it touches.
    seen: HashSet<ObjectId>,
    /// What goes beyond the index, or has a row there that cannot be read. A bucket may decide it all the same.
    undecided: BTreeSet<ObjectId>,
}

/// Where the next page begins.
enum After {
    Beginning,
    /// In the order of the index.
    Hit(i32, ObjectId),
    /// What the index did not decide.
    Undecided,
    /// In order of name, where there is no range to look up.
    Name(String),
    End,
}

impl<'a> Candidates<'a> {
    fn new(cx: &'a Context, node: &Node, plan: &'a Plan) -> Option<Self> {
        let collection = node.collection()?;
        let wanted: Vec<ComponentKind> =
            plan.kinds.iter().filter_map(|kind| ComponentKind::parse(kind.as_str())).collect();
        let has_others = collection.components.iter().any(|kind| !wanted.contains(&kind));
        let after = if plan.kinds.is_empty() { After::End } else { After::Beginning };
        Some(Self {
            cx,
            collection: collection.id,
            plan,
            // Inbox items are messages: what they name is in the calendars, and only there in the index.
            indexed: node.kind == Kind::Calendar,
            kinds: if has_others { wanted } else { Vec::new() },
            after,
            seen: HashSet::new(),
            undecided: BTreeSet::new(),
        })
    }

    async fn next_page(&mut self, floating: &Zone) -> Result<Option<Vec<Found>>> {
        match (&self.after, self.plan.range) {
            (After::End, _) => Ok(None),
            (After::Undecided, _) => self.next_undecided().await.map(Some),
            (_, Some(range)) if self.indexed => {
                self.next_hits(&index_span(&range.bounds()), floating).await.map(Some)
            }
            _ => self.next_members().await.map(Some),
        }
    }

    /// The objects of the next rows of the index, each when a row first shows it in the range.
    async fn next_hits(&mut self, span: &IndexSpan, floating: &Zone) -> Result<Vec<Found>> {
        let limit = self.cx.config.page;
        let after = if let After::Hit(bucket, id) = self.after { Some((bucket, id)) } else { None };
        let query = IndexQuery { span, kinds: &self.kinds, after, limit };
        let mut queries = self.cx.store.read().await?;
        let hits = queries.list_hits(self.collection, &query).await?;
        self.after = match hits.last() {
            Some(last) if hits.len() >= limit as usize => After::Hit(last.place, last.object_id),
            _ => After::Undecided,
        };
        let mut in_range = Vec::new();
        for hit in hits {
            match self.is_in_range(&hit, floating) {
                Some(true) if self.seen.insert(hit.object_id) => in_range.push(hit.object_id),
                Some(_) => {}
                None => drop(self.undecided.insert(hit.object_id)),
            }
        }
        if in_range.is_empty() {
            return Ok(Vec::new());
        }
        let rows = queries.list_rows_by_ids(&in_range).await?;
        Ok(rows.into_iter().map(|row| Found { row, is_in_range: Some(true) }).collect())
    }

    /// Some of the objects that no bucket has shown in the range.
    async fn next_undecided(&mut self) -> Result<Vec<Found>> {
        let limit = self.cx.config.page as usize;
        let undecided = std::iter::from_fn(|| self.undecided.pop_first());
        let ids: Vec<ObjectId> =
            undecided.filter(|id| !self.seen.contains(id)).take(limit).collect();
        if ids.len() < limit {
            self.after = After::End;
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.cx.store.read().await?.list_rows_by_ids(&ids).await?;
        Ok(rows.into_iter().map(|row| Found { row, is_in_range: None }).collect())
    }

    fn is_in_range(&self, hit: &IndexHit, floating: &Zone) -> Option<bool> {
        // A row that cannot be read is no reason to miss an object: it is read itself.
        let occurrences = unpack(hit.packed.as_deref()?).ok()?;
        Some(self.plan.reaches(&occurrences, floating))
    }

    async fn next_members(&mut self) -> Result<Vec<Found>> {
        let limit = self.cx.config.page;
        let name = if let After::Name(name) = &self.after { Some(name.as_str()) } else { None };
        let mut queries = self.cx.store.read().await?;
        let page = queries.list_members(self.collection, name, limit).await?;
        self.after = match page.last() {
            Some(last) if page.len() >= limit as usize => After::Name(last.name.clone()),
            _ => After::End,
        };
        Ok(page.into_iter().map(|row| Found { row, is_in_range: None }).collect())
    }
}

fn calendar_kind(kind: ComponentKind) -> calendar::ComponentKind {
    match kind {
        ComponentKind::Event => calendar::ComponentKind::Event,
        ComponentKind::Todo => calendar::ComponentKind::Todo,
        ComponentKind::Journal => calendar::ComponentKind::Journal,
        ComponentKind::FreeBusy => calendar::ComponentKind::FreeBusy,
    }
}
