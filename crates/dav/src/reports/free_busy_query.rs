//! CALDAV:free-busy-query (RFC 4791 7.10): when the events of a calendar, or of a home, make their owner
//! busy.

use std::ops::Range;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use jiff::{SignedDuration, Timestamp};
use scheduling::intercept::Agenda;
use store::{CollectionId, PrincipalId};

use super::time_range::{bounded, check_date};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::props::{Facts, Node};
use crate::xml::{Element, names};

/// The longest stretch that one question about busy time may span: four years.
const LONGEST: SignedDuration = SignedDuration::from_hours(4 * 366 * 24);

/// The request body (RFC 4791 9.11).
#[derive(Clone, Debug)]
pub(crate) struct FreeBusyQuery {
    range: Range<Timestamp>,
}

impl FreeBusyQuery {
    // <!ELEMENT free-busy-query (time-range)>
    pub(super) fn parse(cx: &Context, body: &Element) -> Result<Self> {
        // RFC 4791 7.10 has no precondition for what 9.9 does not allow, as 7.8 has for filters.
        let range = body
            .find(names::TIME_RANGE)
            .ok_or_else(|| Error::bad_request("free-busy-query needs a CALDAV:time-range"))?;
        let range =
            bounded(range, "time-range").map_err(|error| Error::bad_request(error.to_string()))?;
        check_free_busy_range(cx, &range)?;
        Ok(Self { range })
    }

    /// Answers about a calendar, or all calendars of a home, whatever the Depth: without one, RFC 4791
    /// would have no calendar data looked at at all.
    pub(super) async fn answer(self, cx: &Context, node: &Node) -> Result<Response<Body>> {
        let (owner, calendar) = whose(node).ok_or_else(Error::not_found)?;
        let limits = &cx.config.calendar;
        let mut queries = cx.store.read().await?;
        let mut agenda = Agenda::read(&mut queries, &[owner], self.range, limits).await?;
        drop(queries);
        if let Some(calendar) = calendar {
            agenda.keep_only(calendar);
        }
        let busy = agenda.free_busy(owner, |_| false, limits);
        let uid = format!("free-busy-{}", cx.request_id);
        let mut response = Response::new(Body::from(busy.to_calendar(&uid, cx.now).to_octets()));
        let calendar_type = HeaderValue::from_static("text/calendar; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, calendar_type);
        Ok(response)
    }
}

fn whose(node: &Node) -> Option<(PrincipalId, Option<CollectionId>)> {
    match &node.facts {
        Facts::Home { principal, .. } => Some((principal.id, None)),
        _ => node.collection().map(|calendar| (calendar.owner, Some(calendar.id))),
    }
}

/// What may be asked at once: within the dates of a calendar, and not longer than [`LONGEST`].
pub(crate) fn check_free_busy_range(cx: &Context, range: &Range<Timestamp>) -> Result<()> {
    check_date(range.start, &cx.config)?;
    check_date(range.end, &cx.config)?;
    if range.end.duration_since(range.start) > LONGEST {
        return Err(Error::unmet(
            Precondition::NumberOfMatchesWithinLimits,
            "busy time is told for four years at most at once",
        ));
    }
    Ok(())
}
