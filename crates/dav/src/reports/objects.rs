//! Responses about calendar objects: what a report wants of each one it finds, and how it is written.

use std::sync::Arc;

use calendar::select::CalendarDataRequest;
use calendar::{CalendarObject, Limits, Message, Zone};
use http::StatusCode;
use store::{CollectionId, Listed, ObjectId, Octets};

use super::{calendar_data, timezone};
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::multistatus::Multistatus;
use crate::props::{self, Kind, Member, Node, Object, Plan, PropRequest, View};
use crate::target::push_segment;
use crate::xml::{Element, names};

/// Octets of calendar data that are held at once.
const MAX_BATCH: i64 = 8 * 1024 * 1024;

/// The properties and the calendar data that a report asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    props: PropRequest,
    calendar_data: Option<Arc<CalendarDataRequest>>,
    minimal: bool,
}

impl Wanted {
    /// Reads `(DAV:allprop | DAV:propname | DAV:prop)?` of a report's body; nothing asks for nothing.
    pub(super) fn of(cx: &Context, body: &Element, minimal: bool) -> Result<Self> {
        let props = PropRequest::within(body)?.unwrap_or(PropRequest::Prop(Vec::new()));
        let calendar_data = body
            .find(names::PROP)
            .and_then(|prop| prop.find(names::CALENDAR_DATA))
            .map(CalendarDataRequest::try_from)
            .transpose()?;
        if let Some(request) = &calendar_data {
            calendar_data::check_dates(request, &cx.config)?;
        }
        Ok(Self { props, calendar_data: calendar_data.map(Arc::new), minimal })
    }
}

/// Writes responses about the objects of one collection.
pub(super) struct ObjectWriter {
    cx: Arc<Context>,
    node: Node,
    collection: CollectionId,
    plan: Plan,
    calendar_data: Option<Arc<CalendarDataRequest>>,
    timezone: Option<Zone>,
}

/// The `CALDAV:calendar-data` of one object.
enum Data {
    Octets(Octets),
    /// An expansion with more instances or octets than an answer may hold.
    TooMuch,
}

impl ObjectWriter {
    /// `node` is the collection, `timezone` that of the request. `None`: it holds no objects.
    pub(super) fn new(
        cx: &Arc<Context>,
        node: Node,
        wanted: &Wanted,
        timezone: Option<Zone>,
    ) -> Option<Self> {
        let holds_objects = matches!(node.kind, Kind::Calendar | Kind::Inbox);
        let collection = node.collection().filter(|_| holds_objects)?.id;
        let plan = Plan::new(&wanted.props, Kind::Object, wanted.minimal);
        let calendar_data = wanted.calendar_data.clone();
        Some(Self { cx: Arc::clone(cx), node, collection, plan, calendar_data, timezone })
    }

    /// The zone that places times without one: that of the request, else that of the calendar, else UTC
    /// (RFC 4791 7.3).
    pub(super) fn floating(&self) -> Zone {
        let requested = self.timezone.clone();
        let own = || timezone::of_calendar(self.node.collection()?, &self.cx.config.calendar);
        requested.or_else(own).unwrap_or_else(Zone::utc)
    }

    /// The address of a member.
    pub(super) fn href(&self, name: &str) -> String {
        let mut href = String::with_capacity(self.node.href.len() + name.len() + 16);
        href.push_str(&self.node.href);
        push_segment(&mut href, name);
        href
    }

    /// Writes about the objects of these names, in order of name, and returns the names of those that
    /// are there: one statement, and one more where properties that clients have set are asked for.
    pub(super) async fn write_named(
        &self,
        names: &[&str],
        out: &mut Multistatus,
    ) -> Result<Vec<String>> {
        let mut queries = self.cx.store.read().await?;
        let rows = if self.calendar_data.is_some() {
            let objects = queries.list_objects_by_names(self.collection, names).await?;
            drop(queries);
            let objects = objects.into_iter().map(|(row, octets)| (row.into(), octets)).collect();
            self.write_objects(objects, out).await?
        } else {
            let rows = queries.list_rows_by_names(self.collection, names).await?;
            drop(queries);
            self.write_rows(&rows, out).await?;
            rows
        };
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// Writes about objects that a search has found; their data is read where it is asked for.
    pub(super) async fn write_found(&self, rows: &[Listed], out: &mut Multistatus) -> Result<()> {
        if self.calendar_data.is_none() {
            return self.write_rows(rows, out).await;
        }
        for batch in batches(rows) {
            let objects = read_by_ids(&self.cx, batch.iter().map(|row| row.id)).await?;
            self.write_objects(objects, out).await?;
        }
        Ok(())
    }

    /// Writes about objects without their data.
    pub(super) async fn write_rows(&self, rows: &[Listed], out: &mut Multistatus) -> Result<()> {
        self.write(rows, Vec::new(), out).await
    }

    async fn write_objects(
        &self,
        objects: Vec<(Listed, Octets)>,
        out: &mut Multistatus,
    ) -> Result<Vec<Listed>> {
        let (rows, octets): (Vec<_>, Vec<_>) = objects.into_iter().unzip();
        let data = self.select(octets).await?;
        self.write(&rows, data, out).await?;
        Ok(rows)
    }

    /// What the request asks for of each object (RFC 4791 9.6).
    async fn select(&self, octets: Vec<Octets>) -> Result<Vec<Data>> {
        let Some(request) = self.calendar_data.as_ref().filter(|request| !request.is_whole())
        else {
            return Ok(octets.into_iter().map(Data::Octets).collect());
        };
        let (request, floating) = (Arc::clone(request), self.floating());
        let limits = self.cx.config.calendar;
        compute(move || {
            octets.iter().map(|octets| select(octets, &request, &floating, &limits)).collect()
        })
        .await
    }

    /// No connection is held while the client takes its time.
    async fn write(&self, rows: &[Listed], data: Vec<Data>, out: &mut Multistatus) -> Result<()> {
        let needs = self.plan.needs();
        let stored = if needs.stored {
            let mut queries = self.cx.store.read().await?;
            props::stored_of_objects(&mut queries, rows.iter().map(|row| row.id), needs).await?
        } else {
            Default::default()
        };
        let mut href = self.node.href.clone();
        let mut data = data.into_iter();
        for row in rows {
            href.truncate(self.node.href.len());
            push_segment(&mut href, &row.name);
            let octets = match data.next() {
                Some(Data::Octets(octets)) => Some(octets),
                None => None,
                Some(Data::TooMuch) => {
                    let unmet = Precondition::NumberOfMatchesWithinLimits;
                    out.status_response(&href, StatusCode::INSUFFICIENT_STORAGE, Some(&unmet));
                    continue;
                }
            };
            let object = Object {
                row: Member::from(row),
                stored: stored.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
                calendar_data: octets.as_deref(),
            };
            self.plan.write_response(&View::of_object(&self.cx, &self.node, object), &href, out);
            out.pause().await;
        }
        Ok(())
    }
}

fn select(octets: &[u8], request: &CalendarDataRequest, floating: &Zone, limits: &Limits) -> Data {
    let Some(object) = read_object(octets) else {
        // What cannot be understood is returned whole.
        return Data::Octets(octets.to_vec());
    };
    match request.select(&object, floating, limits) {
        Ok(octets) => Data::Octets(octets),
        Err(_) => Data::TooMuch,
    }
}

/// The object that is stored: of a calendar, or of an inbox, where it has a METHOD.
pub(super) fn read_object(octets: &[u8]) -> Option<CalendarObject> {
    CalendarObject::parse_stored(octets).ok().or_else(|| {
        let message = Message::parse(octets, &Limits::default()).ok()?;
        Some(message.content().clone())
    })
}

/// The objects with these ids and their data, in one statement.
pub(super) async fn read_by_ids(
    cx: &Context,
    ids: impl Iterator<Item = ObjectId>,
) -> Result<Vec<(Listed, Octets)>> {
    let ids: Vec<ObjectId> = ids.collect();
    Ok(cx.store.read().await?.list_objects_by_ids(&ids).await?)
}

/// Runs what parses many objects where it holds up nobody else.
pub(super) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let computed = tokio::task::spawn_blocking(work).await;
    computed.map_err(|_| Error::unavailable("the calendar data could not be read just now"))
}

/// The rows in runs whose data fits into memory together.
pub(super) fn batches(rows: &[Listed]) -> impl Iterator<Item = &[Listed]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut octets = 0;
        let fits = |row: &&Listed| {
            octets += row.size;
            octets <= MAX_BATCH
        };
        let many = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (batch, others) = rest.split_at(many);
        rest = others;
        (!batch.is_empty()).then_some(batch)
    })
}
