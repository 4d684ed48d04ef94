//! MKCALENDAR (RFC 4791 5.3.1) and extended MKCOL (RFC 5689): a calendar with its properties, or nothing.
//!
//! A home holds calendars and its two scheduling collections, no plain collections: MKCOL makes a
//! calendar when it says so, and nothing else.

use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use store::{CollectionKind, ComponentKind, ComponentSet, NewCollection};

use super::check_name;
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::{self, ContentType};
use crate::multistatus;
use crate::props::{self, Change, Kind, Node, Refused, Update};
use crate::request::Request;
use crate::target::Target;
use crate::xml::{Element, QName, Writer, names};

/// Which of the two methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    /// MKCALENDAR.
    Calendar,
    /// MKCOL.
    Collection,
}

/// Makes the calendar.
pub(crate) async fn handle(
    cx: &Arc<Context>,
    mut request: Request,
    making: Making,
) -> Result<Response<Body>> {
    let (home, name) = place(cx, &request.target, making).await?;
    check_name(&name)?;
    if cx.store.read().await?.find_collection(&home, &name).await?.is_some() {
        return Err(exists(making));
    }
    let body = read_body(cx, &mut request, making).await?;
    let asked = Asked::of(body.as_ref(), making)?;
    let (update, refused) = asked.decide(request.authority(), &cx.config.calendar);

    let mut tx = cx.store.write(&[]).await?;
    let owner = tx.find_principal(&home).await?.ok_or_else(Error::not_found)?.id;
    if !refused.is_empty() {
        drop(tx);
        return answer_refused(&request.target, &asked, refused, making).await;
    }
    let new = NewCollection {
        owner,
        name: &name,
        kind: CollectionKind::Calendar,
        components: asked.components.unwrap_or_else(ComponentSet::all),
        timezone: None,
        transparent: false,
    };
    let collection = match tx.add_collection(&new, cx.now).await {
        Err(store::Error::Taken { .. }) => return Err(exists(making)),
        made => made?,
    };
    update.apply(&mut tx, &Node::of_collection(&home, collection, None)).await?;
    tx.commit().await?;

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Home and name of the calendar to be made; a refusal where none can be.
async fn place(cx: &Context, target: &Target, making: Making) -> Result<(String, String)> {
    match target {
        Target::Collection { home, collection } => Ok((home.clone(), collection.clone())),
        // RFC 4791 4.2: no calendar inside a calendar. RFC 4918 9.3.1: 409 without a parent.
        Target::Object { home, collection, .. } => {
            match cx.store.read().await?.find_collection(home, collection).await? {
                Some(_) => Err(bad_location("a calendar cannot hold other collections")),
                None => {
                    Err(Error::conflict("the collection that should hold this one does not exist"))
                }
            }
        }
        Target::Nowhere => Err(bad_location("calendars are made directly in a calendar home")),
        Target::WellKnown
        | Target::Site
        | Target::Root
        | Target::Principals
        | Target::Principal { .. }
        | Target::Homes
        | Target::Home { .. } => Err(exists(making)),
    }
}

fn bad_location(sentence: &'static str) -> Error {
    Error::unmet(Precondition::CalendarCollectionLocationOk, sentence)
}

/// RFC 4791 5.3.1 has a condition for it, RFC 4918 9.3.1 a status.
fn exists(making: Making) -> Error {
    let sentence = "something is at this address already";
    match making {
        Making::Calendar => Error::unmet(Precondition::ResourceMustBeNull, sentence),
        Making::Collection => Error::new(StatusCode::METHOD_NOT_ALLOWED, sentence),
    }
}

/// RFC 4918 9.3: 415 for a body that is not understood.
async fn read_body(cx: &Context, request: &mut Request, making: Making) -> Result<Option<Element>> {
    let root = match making {
        Making::Calendar => names::MKCALENDAR,
        Making::Collection => names::MKCOL,
    };
    let not_understood =
        || Error::unsupported_media_type(format!("the body of this method, if any, is {root}"));
    let declared = headers::content_type(&request.headers)?;
    match (request.read_xml(cx).await, declared) {
        (Err(error), ContentType::Other(_)) if error.status() == StatusCode::BAD_REQUEST => {
            Err(not_understood())
        }
        (Err(error), _) => Err(error),
        (Ok(Some(body)), _) if !body.is(root) => Err(not_understood()),
        (Ok(body), _) => Ok(body),
    }
}

/// What the body asks for (RFC 4791 9.2, RFC 5689 5.1).
#[derive(Debug)]
struct Asked {
    /// All properties, in document order.
    changes: Vec<Change>,
    /// `CALDAV:supported-calendar-component-set`; `None`: every kind (RFC 4791 5.2.3).
    components: Option<ComponentSet>,
    /// What is refused of the two properties that only making a calendar sets.
    refused: Vec<Refused>,
}

impl Asked {
    // <!ELEMENT mkcalendar (DAV:set)>   <!ELEMENT mkcol (set+)>
    fn of(body: Option<&Element>, making: Making) -> Result<Self> {
        let changes = body.map(props::changes).transpose()?.unwrap_or_default();
        if changes.iter().any(|change| change.value.is_none()) {
            return Err(Error::bad_request("a new collection has no properties to remove"));
        }
        let mut asked = Self { changes: Vec::new(), components: None, refused: Vec::new() };
        let mut is_calendar = making == Making::Calendar;
        for change in &changes {
            let Some(value) = &change.value else { continue };
            match change.name.as_qname() {
                names::RESOURCETYPE if is_calendar_type(value) => is_calendar = true,
                names::RESOURCETYPE => {
                    is_calendar = true;
                    asked.refused.push(Refused::unmet(
                        &change.name,
                        Precondition::ValidResourcetype,
                        "the collections that can be made are calendars: DAV:collection and CALDAV:calendar",
                    ));
                }
                names::SUPPORTED_CALENDAR_COMPONENT_SET => match component_set(value) {
                    Ok(components) => asked.components = Some(components),
                    Err(sentence) => asked.refused.push(Refused::unmet(
                        &change.name,
                        Precondition::SupportedCalendarComponent,
                        sentence,
                    )),
                },
                _ => {}
            }
        }
        if !is_calendar {
            return Err(Error::unmet(
                Precondition::ValidResourcetype,
                "a calendar home holds calendars only: use MKCALENDAR, or MKCOL with the resource type \
                 of a calendar",
            ));
        }
        asked.changes = changes;
        Ok(asked)
    }

    /// Sorts the properties into what can be set and what is refused.
    fn decide(&self, authority: Option<&str>, limits: &calendar::Limits) -> (Update, Vec<Refused>) {
        let ordinary: Vec<Change> = self
            .changes
            .iter()
            .filter(|change| !is_set_by_making(change.name.as_qname()))
            .cloned()
            .collect();
        let (update, mut refused) = props::decide(Kind::Calendar, &ordinary, authority, limits);
        refused.extend_from_slice(&self.refused);
        (update, refused)
    }
}

/// Properties that are decided when a collection is made, and protected ever after.
fn is_set_by_making(name: QName<'_>) -> bool {
    matches!(name, names::RESOURCETYPE | names::SUPPORTED_CALENDAR_COMPONENT_SET)
}

fn is_calendar_type(resourcetype: &Element) -> bool {
    resourcetype.find(names::CALENDAR).is_some()
        && resourcetype
            .elements()
            .all(|kind| matches!(kind.name(), names::CALENDAR | names::COLLECTION))
}

// <!ELEMENT supported-calendar-component-set (comp+)>   (RFC 4791 5.2.3)
fn component_set(property: &Element) -> Result<ComponentSet, String> {
    let mut components = Vec::new();
    for comp in property.find_all(names::COMP) {
        let name = comp.attribute("name").unwrap_or_default();
        match ComponentKind::parse(&name.to_ascii_uppercase()) {
            Some(kind) => components.push(kind),
            None => {
                let name: String = name.chars().take(60).collect();
                return Err(format!(
                    "calendars hold VEVENT, VTODO, VJOURNAL and VFREEBUSY components, not \"{name}\""
                ));
            }
        }
    }
    if components.is_empty() {
        return Err("a calendar holds one kind of component at least".to_owned());
    }
    Ok(components.into_iter().collect())
}

/// Nothing was made: which property is to blame, and 424 for the others.
async fn answer_refused(
    target: &Target,
    asked: &Asked,
    refused: Vec<Refused>,
    making: Making,
) -> Result<Response<Body>> {
    let href = target.href();
    let mut response = match making {
        // RFC 4791 5.3.1.1.
        Making::Calendar => {
            let changes = asked.changes.clone();
            multistatus::respond(move |mut out| async move {
                out.open_response(&href);
                props::write_outcome(out.xml(), &changes, &refused);
                out.close_response();
                Ok(out)
            })
            .await?
        }
        // RFC 5689 3.
        Making::Collection => {
            let mut xml = Writer::with_capacity(1024);
            xml.open_root(names::MKCOL_RESPONSE);
            props::write_outcome(&mut xml, &asked.changes, &refused);
            xml.close(names::MKCOL_RESPONSE);
            let mut response = Response::new(xml.take().into());
            *response.status_mut() =
                refused.first().map_or(StatusCode::FORBIDDEN, |refused| refused.status);
            let xml_type = HeaderValue::from_static("application/xml; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, xml_type);
            response
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
