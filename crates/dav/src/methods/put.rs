//! PUT of calendar objects (RFC 4791 5.3.2, RFC 9110 9.3.4), with the preferences of RFC 8144 3.

use std::sync::Arc;

use bytes::Bytes;
use calendar::{CalendarObject, Limits, ParseError};
use http::header::{CONTENT_LOCATION, CONTENT_RANGE, ETAG};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use scheduling::intercept::{DoorError, Place, PutOptions, PutOutcome};

use super::check_name;
use super::get::{self, SCHEDULE_TAG, insert_tag};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::{self, ContentType, Return};
use crate::principal_addresses;
use crate::request::Request;
use crate::target::{Target, object_href};

/// RFC 7240 3.
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Octets up to which a body is parsed on the spot: about a millisecond's work.
const SMALL: usize = 64 * 1024;

/// Stores the body at the target.
pub(crate) async fn handle(cx: &Arc<Context>, mut request: Request) -> Result<Response<Body>> {
    let at = place(&request.target)?;
    check_name(&at.name)?;
    if request.headers.contains_key(CONTENT_RANGE) {
        // RFC 9110 14.5: a partial PUT stored as a whole would destroy the rest.
        return Err(Error::bad_request("calendar objects are stored whole, without Content-Range"));
    }
    check_media_type(&request)?;
    let conditions = request.conditions()?;
    let wants_representation = headers::prefer(&request.headers)?.is_representation();
    let options = PutOptions { silent: !headers::scheduling_enabled(&request.headers)? };

    let sent = read_object(cx, &mut request, &at).await?;
    let edited = principal_addresses::as_paths(&sent, request.authority());
    let object = edited.as_ref().unwrap_or(&sent);
    let mut outcome = cx.door.put(&cx.writing(), &at, object, &conditions, options).await;
    if let (Ok(outcome), Some(_)) = (&mut outcome, &edited) {
        outcome.etag = None; // RFC 4791 5.3.4: these are not the client's octets
    }
    match outcome {
        Ok(outcome) if wants_representation => {
            let status = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
            represent(cx, &at, status).await
        }
        Ok(outcome) => Ok(stored(&outcome)),
        // RFC 8144 3.2: the client sees at once what it would have overwritten.
        Err(error @ DoorError::PreconditionFailed { current_etag: Some(_), .. })
            if wants_representation =>
        {
            match represent(cx, &at, StatusCode::PRECONDITION_FAILED).await {
                Err(gone) if gone.status() == StatusCode::NOT_FOUND => Err(error.into()),
                represented => represented,
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The place in the database that an object's address means.
pub(super) fn place(target: &Target) -> Result<Place> {
    match target {
        Target::Object { home, collection, name } => {
            Ok(Place { home: home.clone(), collection: collection.clone(), name: name.clone() })
        }
        _ => Err(Error::forbidden("calendar objects are stored in a calendar, directly")),
    }
}

/// Answers with the object as it is stored now (RFC 8144 3).
pub(super) async fn represent(
    cx: &Context,
    at: &Place,
    status: StatusCode,
) -> Result<Response<Body>> {
    let mut snapshot = cx.store.read().await?;
    let found = snapshot.find_content(&at.home, &at.collection, &at.name).await?;
    let Some((row, octets)) = found else {
        return Err(Error::not_found());
    };
    let mut response = Response::new(octets.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    get::describe(headers, &row);
    headers.insert(PREFERENCE_APPLIED, Return::Representation.applied());
    let href = object_href(&at.home, &at.collection, &at.name);
    if let Ok(href) = HeaderValue::try_from(href) {
        headers.insert(CONTENT_LOCATION, href);
    }
    Ok(response)
}

/// RFC 4791 5.3.2.1, `CALDAV:supported-calendar-data`. A missing type is taken for the one there is.
fn check_media_type(request: &Request) -> Result<()> {
    match headers::content_type(&request.headers)? {
        ContentType::Absent | ContentType::Calendar => Ok(()),
        ContentType::Xml | ContentType::Other(_) => Err(Error::unmet(
            Precondition::SupportedCalendarData,
            "a calendar holds objects of the media type text/calendar, version 2.0",
        )),
    }
}

async fn read_object(cx: &Context, request: &mut Request, at: &Place) -> Result<CalendarObject> {
    let limit = cx.config.calendar.max_resource_size;
    let octets = request
        .read_body(limit, || {
            Error::unmet(
                Precondition::MaxResourceSize,
                format!("a calendar object has at most {limit} octets"),
            )
        })
        .await?;
    let limits = cx.config.calendar;
    match parse(octets.clone(), None, limits).await? {
        Ok(object) => Ok(object),
        Err(error) => match find_stored(cx, at).await? {
            Some(stored) => Ok(parse(octets, Some(stored), limits).await??),
            None => Err(error.into()),
        },
    }
}

async fn parse(
    octets: Bytes,
    stored: Option<store::Octets>,
    limits: Limits,
) -> Result<Result<CalendarObject, ParseError>> {
    let is_small = octets.len() <= SMALL;
    let parse = move || match stored {
        Some(stored) => CalendarObject::parse_over(&stored, &octets, &limits),
        None => CalendarObject::parse(&octets, &limits),
    };
    if is_small {
        return Ok(parse());
    }
    let parsing = tokio::task::spawn_blocking(parse);
    parsing.await.map_err(|_| Error::unavailable("the calendar object was not read"))
}

/// What the object would take the place of: what that has already, it may keep.
async fn find_stored(cx: &Context, at: &Place) -> Result<Option<store::Octets>> {
    let mut snapshot = cx.store.read().await?;
    Ok(snapshot.find_object(&at.home, &at.collection, &at.name).await?.octets)
}

/// An ETag only where the octets were kept as sent (RFC 4791 5.3.4); the Schedule-Tag in any case
/// (RFC 6638 3.2.10).
fn stored(outcome: &PutOutcome) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        if outcome.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    if let Some(etag) = &outcome.etag {
        insert_tag(response.headers_mut(), ETAG, etag);
    }
    if let Some(tag) = &outcome.schedule_tag {
        insert_tag(response.headers_mut(), SCHEDULE_TAG, tag);
    }
    response
}
