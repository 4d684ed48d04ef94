//! The reports of RFC 3253, RFC 3744, RFC 4791 and RFC 6578, and the grammars they share.

mod calendar_data;
mod calendar_multiget;
mod calendar_query;
#[cfg(test)]
mod damaged;
mod expand_property;
mod filter;
mod free_busy_query;
mod objects;
mod principal_search;
mod sync_collection;
mod time_range;
mod timezone;

use std::sync::Arc;

use http::Response;

use self::calendar_multiget::CalendarMultiget;
use self::calendar_query::CalendarQuery;
use self::expand_property::ExpandProperty;
use self::free_busy_query::FreeBusyQuery;
pub(crate) use self::free_busy_query::check_free_busy_range;
use self::principal_search::PrincipalSearch;
use self::sync_collection::SyncCollection;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::Depth;
use crate::props::{self, Kind, Needs, Node};
use crate::target::Target;
use crate::xml::{Element, QName, names};

/// A report, its body understood.
#[derive(Clone, Debug)]
pub(crate) enum Report {
    CalendarMultiget(CalendarMultiget),
    CalendarQuery(Box<CalendarQuery>),
    FreeBusyQuery(FreeBusyQuery),
    SyncCollection(SyncCollection),
    PrincipalSearch(PrincipalSearch),
    PrincipalSearchPropertySet,
    ExpandProperty(ExpandProperty),
}

impl Report {
    /// Reads the body of a REPORT.
    pub(crate) fn parse(
        cx: &Context,
        body: &Element,
        depth: Option<Depth>,
        minimal: bool,
    ) -> Result<Self> {
        match body.name() {
            names::CALENDAR_MULTIGET => {
                CalendarMultiget::parse(cx, body, minimal).map(Self::CalendarMultiget)
            }
            names::CALENDAR_QUERY => {
                let query = CalendarQuery::parse(cx, body, depth, minimal)?;
                Ok(Self::CalendarQuery(Box::new(query)))
            }
            names::FREE_BUSY_QUERY => FreeBusyQuery::parse(cx, body).map(Self::FreeBusyQuery),
            names::SYNC_COLLECTION => {
                SyncCollection::parse(cx, body, depth, minimal).map(Self::SyncCollection)
            }
            names::PRINCIPAL_PROPERTY_SEARCH => {
                PrincipalSearch::parse(body, depth, minimal).map(Self::PrincipalSearch)
            }
            names::CALENDARSERVER_PRINCIPAL_SEARCH => {
                PrincipalSearch::parse_tokens(body, minimal).map(Self::PrincipalSearch)
            }
            names::PRINCIPAL_SEARCH_PROPERTY_SET => Ok(Self::PrincipalSearchPropertySet),
            names::EXPAND_PROPERTY => {
                ExpandProperty::parse(body, minimal).map(Self::ExpandProperty)
            }
            name => Err(unsupported(name)),
        }
    }

    fn name(&self) -> QName<'static> {
        match self {
            Self::CalendarMultiget(_) => names::CALENDAR_MULTIGET,
            Self::CalendarQuery(_) => names::CALENDAR_QUERY,
            Self::FreeBusyQuery(_) => names::FREE_BUSY_QUERY,
            Self::SyncCollection(_) => names::SYNC_COLLECTION,
            // Both searches are to be had where one is.
            Self::PrincipalSearch(_) => names::PRINCIPAL_PROPERTY_SEARCH,
            Self::PrincipalSearchPropertySet => names::PRINCIPAL_SEARCH_PROPERTY_SET,
            Self::ExpandProperty(_) => names::EXPAND_PROPERTY,
        }
    }
}

/// Answers a report on a resource that has it (`DAV:supported-report-set`).
pub(crate) async fn answer(
    cx: &Arc<Context>,
    report: Report,
    target: &Target,
    authority: Option<&str>,
) -> Result<Response<Body>> {
    let node = load(cx, target).await?;
    let kind = node.as_ref().map_or(Kind::Object, |node| node.kind);
    if !props::reports(kind).contains(&report.name()) {
        return Err(unsupported(report.name()));
    }
    match (report, node) {
        (Report::CalendarMultiget(report), node) => {
            report.answer(cx, target, node, authority).await
        }
        (Report::CalendarQuery(report), node) => report.answer(cx, target, node).await,
        (Report::FreeBusyQuery(report), Some(node)) => report.answer(cx, &node).await,
        (Report::SyncCollection(report), Some(node)) => report.answer(cx, node).await,
        (Report::PrincipalSearch(report), _) => report.answer(cx).await,
        (Report::PrincipalSearchPropertySet, _) => Ok(principal_search::search_properties()),
        (Report::ExpandProperty(report), _) => report.answer(cx, target).await,
        (report @ (Report::FreeBusyQuery(_) | Report::SyncCollection(_)), None) => {
            Err(unsupported(report.name()))
        }
    }
}

/// The resource of the request; `None`: a calendar object, which is there.
async fn load(cx: &Context, target: &Target) -> Result<Option<Node>> {
    let mut queries = cx.store.read().await?;
    if let Target::Object { home, collection, name } = target {
        let located = queries.find_object_without_octets(home, collection, name).await?;
        return located.object.map(|_| None).ok_or_else(Error::not_found);
    }
    let node = props::load(&mut queries, target, Needs::default()).await?;
    node.map(Some).ok_or_else(Error::not_found)
}

fn unsupported(name: QName<'_>) -> Error {
    Error::unmet(
        Precondition::SupportedReport,
        format!("this resource does not have the report {name}"),
    )
}
