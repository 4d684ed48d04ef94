//! CALDAV:calendar-query (RFC 4791 7.8): the objects that match a filter.
//!
//! Cost: a search with a time range looks at what the index has in that range, not at the calendar;
//! objects are read only where their data is asked for, or where the index does not reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::filter::{Filter, Plan, Verdict};
use calendar::index::{buckets, unpack};
use calendar::{CalendarObject, ComponentKind, Occurrence, Zone};
use http::{Response, StatusCode};
use store::{Candidate, CandidateQuery, Collection, ObjectId, ObjectRow};

use super::objects::{ObjectWriter, Wanted};
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
    filter: Filter,
    plan: Plan,
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
        let limits = cx.config.calendar;
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
            .map(|timezone| timezone::parse(&timezone.text(), &limits))
            .transpose()?;
        let wanted = wanted.placed_by(timezone);
        let (plan, depth) = (filter.plan(), depth.unwrap_or(Depth::Zero));
        Ok(Self { wanted, filter, plan, depth })
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
        let collection = node.collection().cloned().ok_or_else(Error::not_found)?;
        let writer = ObjectWriter::new(cx, node, &self.wanted).ok_or_else(Error::not_found)?;
        let mut candidates = Candidates::new(cx, &collection, &self.plan);
        let floating = timezone::floating(self.wanted.timezone(), &collection, &cx.config.calendar);
        let mut left = cx.config.max_matches;
        while let Some(page) = candidates.next_page().await? {
            let mut matching = self.matching(cx, page, &floating).await?;
            let too_many = matching.len() > left;
            matching.truncate(left);
            left -= matching.len();
            writer.write_found(matching, out).await?;
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
        let floating = timezone::floating(self.wanted.timezone(), &collection, &cx.config.calendar);
        let node = Node::of_collection(home, collection, None);
        let writer = ObjectWriter::new(cx, node, &self.wanted).ok_or_else(Error::not_found)?;
        let page = vec![Found { row, occurrences: None }];
        let matching = self.matching(cx, page, &floating).await?;
        writer.write_found(matching, out).await
    }

    /// Those of a page that match. Objects that the index does not decide are read, in one statement.
    async fn matching(
        &self,
        cx: &Context,
        page: Vec<Found>,
        floating: &Zone,
    ) -> Result<Vec<ObjectRow>> {
        let verdicts: Vec<Verdict> = page
            .iter()
            .map(|found| {
                let Found { row, occurrences } = found;
                ComponentKind::from_name(row.kind.as_str()).map_or(Verdict::No, |kind| {
                    self.plan.verdict(kind, &row.uid, occurrences.as_deref(), floating)
                })
            })
            .collect();
        let doubtful: Vec<ObjectId> = page
            .iter()
            .zip(&verdicts)
            .filter(|(_, verdict)| **verdict == Verdict::Unknown)
            .map(|(found, _)| found.row.id)
            .collect();
        let mut objects = BTreeMap::new();
        if !doubtful.is_empty() {
            let mut queries = cx.store.read().await?;
            for (row, octets) in queries.list_objects_by_ids(&doubtful).await? {
                objects.insert(row.id, octets);
            }
        }
        let matches = |found: &Found, verdict: Verdict| match verdict {
            Verdict::Yes => true,
            Verdict::No => false,
            Verdict::Unknown => objects
                .get(&found.row.id)
                .and_then(|octets| CalendarObject::parse_stored(octets).ok())
                .is_some_and(|object| self.filter.matches(&object, floating, &cx.config.calendar)),
        };
        let matching =
            page.into_iter().zip(verdicts).filter(|(found, verdict)| matches(found, *verdict));
        Ok(matching.map(|(found, _)| found.row).collect())
    }
}

/// An object that may match.
struct Found {
    row: ObjectRow,
    /// Its occurrences in the range of the search; `None`: the index does not have them all.
    occurrences: Option<Vec<Occurrence>>,
}

/// The objects of a collection that may match, page by page.
struct Candidates<'a> {
    cx: &'a Context,
    collection: &'a Collection,
    plan: &'a Plan,
    kinds: Vec<store::ComponentKind>,
    after: After,
}

/// Where the next page begins.
enum After {
    Beginning,
    /// In order of id, by the index.
    Id(ObjectId),
    /// In order of name, where there is no range to look up.
    Name(String),
    End,
}

impl<'a> Candidates<'a> {
    fn new(cx: &'a Context, collection: &'a Collection, plan: &'a Plan) -> Self {
        let kinds = plan.kinds.iter();
        let kinds = kinds.filter_map(|kind| store::ComponentKind::parse(kind.as_str())).collect();
        let after = if plan.kinds.is_empty() { After::End } else { After::Beginning };
        Self { cx, collection, plan, kinds, after }
    }

    async fn next_page(&mut self) -> Result<Option<Vec<Found>>> {
        let limit = self.cx.config.page;
        let mut queries = self.cx.store.read().await?;
        let (found, next): (Vec<Found>, _) = match (&self.after, self.plan.range) {
            (After::End, _) => return Ok(None),
            (after, Some(range)) => {
                let range = range.bounds();
                let query = CandidateQuery {
                    buckets: buckets(&range),
                    end: range.end,
                    kinds: &self.kinds,
                    after: if let After::Id(id) = after { Some(*id) } else { None },
                    limit,
                };
                let page = queries.list_candidates(self.collection.id, &query).await?;
                let last = page.last().map(|last| After::Id(last.row.id));
                (page.into_iter().map(Found::from).collect(), last)
            }
            (after, None) => {
                let name = if let After::Name(name) = after { Some(name.as_str()) } else { None };
                let page = queries.list_members(self.collection.id, name, limit).await?;
                let last = page.last().map(|last| After::Name(last.name.clone()));
                let found = page.into_iter().map(|row| Found { row, occurrences: None });
                (found.collect(), last)
            }
        };
        let is_full = found.len() >= limit as usize;
        self.after = next.filter(|_| is_full).unwrap_or(After::End);
        Ok(Some(found))
    }
}

impl From<Candidate> for Found {
    fn from(candidate: Candidate) -> Self {
        let unpacked = || {
            let rows: Result<Vec<_>, _> = candidate.packed.iter().map(|row| unpack(row)).collect();
            rows.ok().map(|rows| rows.into_iter().flatten().collect())
        };
        // A row that cannot be read is no reason to miss an object: it is read itself.
        let occurrences = if candidate.beyond { None } else { unpacked() };
        Self { occurrences, row: candidate.row }
    }
}
