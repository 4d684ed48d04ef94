//! Responses about calendar objects: what a report wants of each one it finds, and how it is written.

use std::sync::Arc;

use calendar::select::{CalendarDataRequest, ExpandError};
use calendar::{CalendarObject, Zone};
use http::StatusCode;
use store::{CollectionId, ObjectId, ObjectRow, Octets};

use super::{calendar_data, timezone};
use crate::context::Context;
use crate::error::{Precondition, Result};
use crate::multistatus::Multistatus;
use crate::props::{self, Kind, Node, Object, Plan, PropRequest, View};
use crate::target::push_segment;
use crate::xml::{Element, names};

/// The properties and the calendar data that a report asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    props: PropRequest,
    calendar_data: Option<CalendarDataRequest>,
    /// What the request says about times without a zone.
    timezone: Option<Zone>,
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
        Ok(Self { props, calendar_data, timezone: None, minimal })
    }

    /// With the time zone that the request names (RFC 4791 7.3).
    pub(super) fn placed_by(self, timezone: Option<Zone>) -> Self {
        Self { timezone, ..self }
    }

    /// The time zone that the request names.
    pub(super) fn timezone(&self) -> Option<&Zone> {
        self.timezone.as_ref()
    }
}

/// Writes responses about the objects of one collection.
pub(super) struct ObjectWriter {
    cx: Arc<Context>,
    node: Node,
    collection: CollectionId,
    plan: Plan,
    calendar_data: bool,
    /// Which parts of the data, unless it is all of it; and the zone of times without one.
    selection: Option<(CalendarDataRequest, Zone)>,
}

impl ObjectWriter {
    /// `node` is the collection; `None`: it is not a collection that holds objects.
    pub(super) fn new(cx: &Arc<Context>, node: Node, wanted: &Wanted) -> Option<Self> {
        let holds_objects = matches!(node.kind, Kind::Calendar | Kind::Inbox);
        let collection = node.collection().filter(|_| holds_objects)?;
        let selection = wanted.calendar_data.clone().filter(|request| !request.is_whole());
        let selection = selection.map(|request| {
            let limits = &cx.config.calendar;
            (request, timezone::floating(wanted.timezone(), collection, limits))
        });
        Some(Self {
            cx: Arc::clone(cx),
            collection: collection.id,
            node,
            plan: Plan::new(&wanted.props, Kind::Object, wanted.minimal),
            calendar_data: wanted.calendar_data.is_some(),
            selection,
        })
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
        let (rows, octets) = if self.calendar_data {
            let objects = queries.list_objects_by_names(self.collection, names).await?;
            objects.into_iter().map(|(row, octets)| (row, Some(octets))).unzip()
        } else {
            let rows = queries.list_rows_by_names(self.collection, names).await?;
            (rows, Vec::new())
        };
        drop(queries);
        self.write(&rows, octets, out).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// Writes about objects that a search has found; their data is read where it is asked for.
    pub(super) async fn write_found(
        &self,
        rows: Vec<ObjectRow>,
        out: &mut Multistatus,
    ) -> Result<()> {
        if !self.calendar_data || rows.is_empty() {
            return self.write(&rows, Vec::new(), out).await;
        }
        let ids: Vec<ObjectId> = rows.iter().map(|row| row.id).collect();
        let mut queries = self.cx.store.read().await?;
        let objects = queries.list_objects_by_ids(&ids).await?;
        drop(queries);
        let (rows, octets): (Vec<_>, Vec<_>) =
            objects.into_iter().map(|(row, octets)| (row, Some(octets))).unzip();
        self.write(&rows, octets, out).await
    }

    /// Writes about objects without their data.
    pub(super) async fn write_rows(&self, rows: &[ObjectRow], out: &mut Multistatus) -> Result<()> {
        self.write(rows, Vec::new(), out).await
    }

    /// No connection is held while the client takes its time.
    async fn write(
        &self,
        rows: &[ObjectRow],
        octets: Vec<Option<Octets>>,
        out: &mut Multistatus,
    ) -> Result<()> {
        let needs = self.plan.needs();
        let stored = if needs.stored {
            let mut queries = self.cx.store.read().await?;
            props::stored_of_objects(&mut queries, rows, needs).await?
        } else {
            Default::default()
        };
        let mut href = self.node.href.clone();
        let mut octets = octets.into_iter();
        for row in rows {
            href.truncate(self.node.href.len());
            push_segment(&mut href, &row.name);
            let Ok(octets) = self.selected(octets.next().flatten()) else {
                // RFC 4791 9.6.5 lets an expansion be refused; the others of the answer stand.
                out.status_response(&href, StatusCode::FORBIDDEN, Some(&Precondition::MaxInstances));
                continue;
            };
            let object = Object {
                row,
                stored: stored.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
                calendar_data: octets.as_deref(),
            };
            self.plan.write_response(&View::of_object(&self.cx, &self.node, object), &href, out);
            out.pause().await;
        }
        Ok(())
    }

    /// What the request wants of an object's octets. What cannot be understood is returned whole.
    fn selected(&self, octets: Option<Octets>) -> std::result::Result<Option<Octets>, ExpandError> {
        let (Some(octets), Some((request, floating))) = (&octets, &self.selection) else {
            return Ok(octets);
        };
        let Ok(object) = CalendarObject::parse_stored(octets) else { return Ok(Some(octets.clone())) };
        request.select(&object, floating, &self.cx.config.calendar).map(Some)
    }
}
