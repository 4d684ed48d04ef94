//! POST to the outbox: when others are busy (RFC 6638 5 and 10).
//!
//! Cost: a fixed number of statements for any number of attendees; calendar data is read only where the
//! index does not reach.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::freebusy::FreeBusyRequest;
use calendar::{Attendee, CalendarObject, Component, Message, Property};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use jiff::Timestamp;
use scheduling::intercept::Agenda;
use store::{Addressee, PrincipalId, Queries};

use crate::access::{self, Privilege};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::{self, ContentType};
use crate::principal_addresses;
use crate::reports::check_free_busy_range;
use crate::request::Request;
use crate::target::{INBOX, Target};
use crate::xml::{Writer, names};

/// Answers a request for busy time. The headers Originator and Recipient of older drafts mean nothing.
pub(crate) async fn handle(cx: &Arc<Context>, mut request: Request) -> Result<Response<Body>> {
    // Only to its owner is an outbox there at all.
    let asker = cx.caller.principal;
    let question = read_question(cx, &mut request).await?;
    let limits = &cx.config.calendar;
    let addresses = addresses(&question, request.authority());
    // Who asks is looked at before what he asks, and a range that is refused is not read.
    let checked = check_range(cx, &question);
    let nothing = Timestamp::UNIX_EPOCH..Timestamp::UNIX_EPOCH;
    let range = if checked.is_ok() { question.range() } else { nothing };
    let mut queries = cx.store.read().await?;
    let (addressees, agenda) =
        Agenda::read_addressees(&mut queries, &addresses, range, limits).await?;
    let people = People { addressees, authority: request.authority() };
    check_organizer(&question, &people, asker)?;
    checked?;
    let masked = Masked::read(&mut queries, &question, asker).await?;
    drop(queries);

    let attendees: Vec<(Attendee<'_>, Whose)> = question
        .attendees()
        .iter()
        .map(|line| (Attendee::new(line), people.whose(cx, Attendee::new(line))))
        .collect();
    let mut xml = Writer::with_capacity(1024 * attendees.len().min(64));
    xml.open_root(names::SCHEDULE_RESPONSE);
    for (attendee, whose) in attendees {
        xml.open(names::CALDAV_RESPONSE);
        xml.open(names::RECIPIENT);
        xml.href(attendee.property().value());
        xml.close(names::RECIPIENT);
        xml.text_element(names::REQUEST_STATUS, whose.request_status());
        if let Some(principal) = whose.principal() {
            let busy = agenda.free_busy(principal, |uid| masked.hides(uid, principal), limits);
            let reply = busy.to_reply(&question, attendee.property(), cx.now);
            xml.open(names::CALENDAR_DATA);
            xml.text_octets(&reply.to_octets());
            xml.close(names::CALENDAR_DATA);
        }
        xml.close(names::CALDAV_RESPONSE);
    }
    xml.close(names::SCHEDULE_RESPONSE);
    let mut response = Response::new(Body::from(xml.take()));
    let xml_type = HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, xml_type);
    Ok(response)
}

async fn read_question(cx: &Context, request: &mut Request) -> Result<FreeBusyRequest> {
    match headers::content_type(&request.headers)? {
        ContentType::Absent | ContentType::Calendar => {}
        ContentType::Xml | ContentType::Other(_) => {
            return Err(Error::unmet(
                Precondition::SupportedCalendarData,
                "the outbox takes scheduling messages of the media type text/calendar",
            ));
        }
    }
    let limit = cx.config.calendar.max_resource_size;
    let too_large = || {
        let sentence = format!("a scheduling message has at most {limit} octets");
        Error::unmet(Precondition::MaxResourceSize, sentence)
    };
    let octets = request.read_body(limit, too_large).await?;
    let tree = Component::parse(&octets, &cx.config.calendar)?;
    let question = Message::from_tree(tree)
        .and_then(|message| FreeBusyRequest::of(&message))
        .map_err(|error| not_a_question(error.detail()))?;
    let most = cx.config.calendar.max_attendees_per_instance;
    if question.attendees().len() > most {
        let sentence = format!("a request for busy time names at most {most} attendees");
        return Err(Error::unmet(Precondition::MaxAttendeesPerInstance, sentence));
    }
    Ok(question)
}

/// RFC 6638 5.2.1: RFC 5546 3.3.2 says what a request for busy time is.
fn not_a_question(sentence: impl Into<Cow<'static, str>>) -> Error {
    Error::unmet(Precondition::ValidSchedulingMessage, sentence)
}

fn check_range(cx: &Context, question: &FreeBusyRequest) -> Result<()> {
    if question.range().is_empty() {
        return Err(not_a_question("a request for busy time ends after it starts"));
    }
    check_free_busy_range(cx, &question.range())
}

/// The addresses of the organizer, who has to be known, and of the attendees, whose time is asked for.
fn addresses(question: &FreeBusyRequest, authority: Option<&str>) -> BTreeMap<String, bool> {
    let address = |line: &Property| {
        let address = principal_addresses::parse(line.value(), authority)?;
        Some(address.as_str().to_owned())
    };
    let organizer = address(question.organizer()).map(|address| (address, false));
    let attendees = question.attendees().iter().filter_map(address).map(|address| (address, true));
    organizer.into_iter().chain(attendees).collect()
}

/// The organizer and the attendees who have accounts.
struct People<'a> {
    addressees: BTreeMap<String, Addressee>,
    /// Where the request was sent to, so that the URL of a principal is known as one of ours.
    authority: Option<&'a str>,
}

impl People<'_> {
    fn find(&self, line: &Property) -> Option<&Addressee> {
        let address = principal_addresses::parse(line.value(), self.authority)?;
        self.addressees.get(address.as_str())
    }

    /// Who an attendee is, and whether the caller may ask for his time: what RFC 6638 6.1.1 grants on his
    /// inbox decides, not what is granted on his calendars.
    fn whose(&self, cx: &Context, attendee: Attendee<'_>) -> Whose {
        match self.find(attendee.property()) {
            Some(principal) => {
                let inbox = Target::Collection {
                    home: principal.name.to_lowercase(),
                    collection: INBOX.to_owned(),
                };
                let granted = access::privileges(&cx.caller, &inbox);
                if granted.holds(Privilege::ScheduleQueryFreebusy) {
                    Whose::Known(principal.id)
                } else {
                    Whose::Hidden
                }
            }
            None if attendee.is_mail() => Whose::Elsewhere,
            None => Whose::Nobody,
        }
    }
}

/// Whose time is asked for.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Known(PrincipalId),
    /// Somebody who does not let the caller know.
    Hidden,
    /// Somebody without an account here.
    Elsewhere,
    /// No calendar user.
    Nobody,
}

impl Whose {
    fn principal(self) -> Option<PrincipalId> {
        match self {
            Self::Known(principal) => Some(principal),
            Self::Hidden | Self::Elsewhere | Self::Nobody => None,
        }
    }

    /// REQUEST-STATUS (RFC 5546 3.6).
    fn request_status(self) -> &'static str {
        match self {
            Self::Known(_) => "2.0;Success",
            Self::Hidden => "3.8;No authority",
            Self::Elsewhere => "5.3;No scheduling support for user",
            Self::Nobody => "3.7;Invalid calendar user",
        }
    }
}

/// RFC 6638 5.2.2: any address of the outbox's owner.
fn check_organizer(
    question: &FreeBusyRequest,
    people: &People<'_>,
    owner: PrincipalId,
) -> Result<()> {
    if people.find(question.organizer()).is_some_and(|principal| principal.id == owner) {
        return Ok(());
    }
    let sentence = format!(
        "the ORGANIZER {} is none of the addresses of the owner of this outbox",
        question.organizer().value()
    );
    Err(Error::unmet(Precondition::ValidOrganizer, sentence))
}

/// The events that are left out (X-CALENDARSERVER-MASK-UID): being moved, they must not be in their own
/// way. Only who organizes an event may leave it out of others' time; of one's own, any.
struct Masked {
    asker: PrincipalId,
    /// UIDs, and whether the asker is the organizer.
    uids: Vec<(String, bool)>,
}

impl Masked {
    /// More events than a client moves at once.
    const MOST: usize = 8;

    async fn read(
        queries: &mut Queries,
        question: &FreeBusyRequest,
        asker: PrincipalId,
    ) -> Result<Self> {
        let mut uids = Vec::new();
        for uid in question.masked().iter().take(Self::MOST) {
            let copies = queries.list_copies(uid, &[asker]).await?;
            let own =
                copies.first().and_then(|copy| CalendarObject::parse_stored(&copy.octets).ok());
            let organizer = own.as_ref().and_then(CalendarObject::organizer);
            let is_organizer = match organizer.and_then(|organizer| organizer.address()) {
                Some(address) => {
                    let found = queries.resolve_addresses(&[address.as_str()]).await?;
                    found.first().is_some_and(|(_, principal)| principal.id == asker)
                }
                None => false,
            };
            uids.push((uid.clone(), is_organizer));
        }
        Ok(Self { asker, uids })
    }

    fn hides(&self, uid: &str, owner: PrincipalId) -> bool {
        self.uids
            .iter()
            .any(|(masked, is_organizer)| masked == uid && (*is_organizer || owner == self.asker))
    }
}
