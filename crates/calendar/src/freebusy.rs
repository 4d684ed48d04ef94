//! When somebody is busy (RFC 4791 §7.10, RFC 6638 §5): collected from events and free-busy
//! information, merged and printed.
//!
//! Invariants: periods lie in the range that was asked about, are in UTC and not empty; no two of one
//! type overlap or touch.

use std::ops::Range;

use jiff::Timestamp;

use crate::object::{CalendarObject, ComponentKind};
use crate::occurrence::{Occurrence, Overlap, Status};
use crate::participant::{Attendee, Partstat};
use crate::recur::days::DAY;
use crate::source::{Component, Property};
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::{Zone, ZoneSet, within_years};
use crate::{CalendarAddress, Limits, Message, Method, PRODID, ParseError};

/// FBTYPE (RFC 5545 §3.2.9); FREE is not told (RFC 4791 §7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BusyType {
    /// BUSY, and whatever is not known.
    Busy,
    /// BUSY-UNAVAILABLE.
    Unavailable,
    /// BUSY-TENTATIVE.
    Tentative,
}

impl BusyType {
    /// The type of a FREEBUSY line; `None` is FREE. An unknown one is BUSY (RFC 5545 §3.2.9).
    pub fn of(line: &Property) -> Option<Self> {
        let written = line.param("FBTYPE").unwrap_or("BUSY").trim().to_ascii_uppercase();
        match written.as_str() {
            "FREE" => None,
            "BUSY-UNAVAILABLE" => Some(Self::Unavailable),
            "BUSY-TENTATIVE" => Some(Self::Tentative),
            _ => Some(Self::Busy),
        }
    }

    /// The value of FBTYPE.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "BUSY",
            Self::Unavailable => "BUSY-UNAVAILABLE",
            Self::Tentative => "BUSY-TENTATIVE",
        }
    }

    /// What an event makes of its time (RFC 4791 §7.10), by its owner's participation.
    ///
    /// That table knows TRANSP and STATUS only. Who has declined or sent somebody else is free, as no
    /// client would have him otherwise; who has answered TENTATIVE is tentatively busy, and so is who has
    /// not answered: the time is asked for, but anybody can invite, and that alone books nobody.
    fn of_event(occurrence: &Occurrence, participation: char) -> Option<Self> {
        match (occurrence.status, participation) {
            _ if occurrence.transparent => None,
            (Status::Cancelled, _) | (_, DECLINED | DELEGATED) => None,
            (Status::Tentative, _) | (_, TENTATIVE | NEEDS_ACTION) => Some(Self::Tentative),
            _ => Some(Self::Busy),
        }
    }
}

const UNASKED: char = '-';
const NEEDS_ACTION: char = 'N';
const DECLINED: char = 'D';
const TENTATIVE: char = 'T';
const DELEGATED: char = 'G';

/// How the owner of a calendar takes part in an object: a letter for each component, numbered as
/// [`Occurrence::component`] numbers them. It is what free-busy needs beside the index, so that an answer
/// does not touch the index. An organizer who lists himself without an answer attends.
pub fn participation(
    object: &CalendarObject,
    is_owner: impl Fn(&CalendarAddress) -> bool,
) -> String {
    let is_own = |address: Option<CalendarAddress>| address.is_some_and(|a| is_owner(&a));
    let letter = |component: &Component| {
        let own = component.attendees().find(|attendee| is_own(attendee.address()));
        match own.map(Attendee::partstat) {
            None => UNASKED,
            Some(Partstat::NeedsAction | Partstat::Other(_)) => {
                let organizes = component.organizer().is_some_and(|o| is_own(o.address()));
                if organizes { UNASKED } else { NEEDS_ACTION }
            }
            Some(Partstat::Accepted) => 'A',
            Some(Partstat::Declined) => DECLINED,
            Some(Partstat::Tentative) => TENTATIVE,
            Some(Partstat::Delegated) => DELEGATED,
            Some(Partstat::Completed) => 'C',
            Some(Partstat::InProcess) => 'I',
        }
    };
    let master = object.master().map_or(UNASKED, letter);
    std::iter::once(master).chain(object.overrides().map(letter)).collect()
}

/// The occurrences of an object in a range. Where there are more than the limits allow, the last one lasts to
/// the end of the range: what comes so often is rather taken for busy than for free.
pub fn occurrences_in(
    object: &CalendarObject,
    range: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Vec<Occurrence> {
    let most = limits.max_instances;
    let one_more = Limits { max_instances: most.saturating_add(1), ..*limits };
    let instances = object.instances(range.clone(), floating, &one_more);
    let mut found: Vec<_> = instances.map(|instance| instance.occurrence).collect();
    if found.len() > most
        && let Some(last) = found.last_mut()
    {
        let (start, _) = last.instants(floating);
        let (start, end) = (start.as_second(), range.end.as_second());
        *last = Occurrence { start, end, floating: false, overlap: Overlap::Span, ..*last };
    }
    found
}

/// A period in which somebody is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusyPeriod {
    /// Its start.
    pub start: Timestamp,
    /// Its end, which is not in it.
    pub end: Timestamp,
    /// How busy.
    pub kind: BusyType,
}

/// Somebody's busy time within a range.
#[derive(Clone, Debug)]
pub struct FreeBusy {
    range: Range<Timestamp>,
    periods: Vec<BusyPeriod>,
}

impl FreeBusy {
    /// Nothing yet.
    pub fn new(range: Range<Timestamp>) -> Self {
        let range = within_years(range.start)..within_years(range.end);
        Self { range, periods: Vec::new() }
    }

    /// Adds the occurrences of an event as the index has them. VFREEBUSY objects are added by
    /// [`FreeBusy::add_object`]: the index does not know their FBTYPEs.
    pub fn add_occurrences(
        &mut self,
        occurrences: &[Occurrence],
        participation: &str,
        floating: &Zone,
    ) {
        for occurrence in occurrences {
            let number = usize::from(occurrence.component);
            let own = participation.as_bytes().get(number).map_or(UNASKED, |own| char::from(*own));
            if let Some(kind) = BusyType::of_event(occurrence, own) {
                let (start, end) = occurrence.instants(floating);
                self.add(BusyPeriod { start, end, kind });
            }
        }
    }

    /// Adds an object: a VEVENT by its instances, a VFREEBUSY by its periods. Tasks and journal entries
    /// make nobody busy.
    pub fn add_object(
        &mut self,
        object: &CalendarObject,
        participation: &str,
        floating: &Zone,
        limits: &Limits,
    ) {
        match object.kind() {
            ComponentKind::Event => {
                let occurrences = occurrences_in(object, &self.range, floating, limits);
                self.add_occurrences(&occurrences, participation, floating);
            }
            ComponentKind::FreeBusy => {
                for line in object.components().flat_map(|c| c.properties_named("FREEBUSY")) {
                    self.add_line(line, floating);
                }
            }
            ComponentKind::Todo | ComponentKind::Journal => {}
        }
    }

    /// Adds what lies in the range of a period.
    pub fn add(&mut self, period: BusyPeriod) {
        let start = period.start.max(self.range.start);
        let end = period.end.min(self.range.end);
        if start < end {
            self.periods.push(BusyPeriod { start, end, ..period });
        }
    }

    /// The periods in the order of their starts; those of one type that overlap or touch are one
    /// (RFC 4791 §7.10).
    pub fn periods(&self) -> Vec<BusyPeriod> {
        let mut sorted = self.periods.clone();
        sorted.sort_unstable_by_key(|period| (period.kind, period.start));
        let mut merged: Vec<BusyPeriod> = Vec::new();
        for period in sorted {
            match merged.last_mut() {
                Some(last) if last.kind == period.kind && period.start <= last.end => {
                    last.end = last.end.max(period.end);
                }
                _ => merged.push(period),
            }
        }
        merged.sort_unstable();
        merged
    }

    /// The answer to a free-busy-query, made at `now`. RFC 5545 §3.6.4 wants a UID.
    pub fn to_calendar(&self, uid: &str, now: Timestamp) -> Component {
        let mut freebusy = Component::new("VFREEBUSY");
        freebusy.push_property(Property::text("UID", uid));
        self.write_times(&mut freebusy, now);
        let mut calendar = calendar();
        calendar.push_component(freebusy);
        calendar
    }

    /// The answer for one attendee of a request, made at `now` (RFC 5546 §3.3.3, RFC 6638 §5).
    pub fn to_reply(
        &self,
        request: &FreeBusyRequest,
        attendee: &Property,
        now: Timestamp,
    ) -> Component {
        let mut freebusy = Component::new("VFREEBUSY");
        freebusy.push_property(Property::text("UID", &request.uid));
        freebusy.push_property(request.organizer.clone());
        freebusy.push_property(attendee.clone());
        self.write_times(&mut freebusy, now);
        let mut calendar = calendar();
        calendar.set_method(Method::Reply);
        calendar.push_component(freebusy);
        calendar
    }

    fn add_line(&mut self, line: &Property, floating: &Zone) {
        let Some(kind) = BusyType::of(line) else {
            return;
        };
        for period in line.value().split(',').filter_map(|value| period(value, floating)) {
            self.add(BusyPeriod { start: period.start, end: period.end, kind });
        }
    }

    fn write_times(&self, freebusy: &mut Component, now: Timestamp) {
        let times = [("DTSTAMP", now), ("DTSTART", self.range.start), ("DTEND", self.range.end)];
        for (name, time) in times {
            freebusy.push_property(CalendarTime::Utc(time).to_property(name));
        }
        for period in self.periods() {
            let seconds = period.end.as_second() - period.start.as_second();
            // In UTC all days have 24 hours.
            let length = CalendarDuration { days: seconds / DAY, seconds: seconds % DAY };
            let start = CalendarTime::Utc(period.start).to_value();
            let mut line = Property::new("FREEBUSY", &format!("{start}/{length}"));
            if period.kind != BusyType::Busy {
                line.set_param("FBTYPE", period.kind.as_str());
            }
            freebusy.push_property(line);
        }
    }
}

fn calendar() -> Component {
    let mut calendar = Component::new("VCALENDAR");
    calendar.push_property(Property::new("VERSION", "2.0"));
    calendar.push_property(Property::new("PRODID", PRODID));
    calendar
}

/// One value of FREEBUSY (RFC 5545 §3.3.9). Times without a zone, which it should not have, are placed
/// by `floating`.
pub(crate) fn period(value: &str, floating: &Zone) -> Option<Range<Timestamp>> {
    let (start, end) = value.split_once('/')?;
    let start = CalendarTime::parse(start, None).ok()?;
    let zones = ZoneSet::default();
    let end = match CalendarTime::parse(end, None) {
        Ok(end) => end.instant(&zones, floating),
        Err(_) => start.instant_after(CalendarDuration::parse(end).ok()?, &zones, floating),
    };
    Some(start.instant(&zones, floating)..end)
}

/// A request for busy time (RFC 5546 §3.3.2, RFC 6638 §5).
#[derive(Clone, Debug)]
pub struct FreeBusyRequest {
    uid: String,
    range: Range<Timestamp>,
    organizer: Property,
    attendees: Vec<Property>,
    masked: Vec<String>,
}

impl FreeBusyRequest {
    /// Reads the request that a message is.
    ///
    /// # Errors
    /// When it lacks what RFC 5546 §3.3.2 asks for: CALDAV:valid-scheduling-message.
    pub fn of(message: &Message) -> Result<Self, ParseError> {
        let component = message
            .master()
            .filter(|_| message.kind() == ComponentKind::FreeBusy)
            .filter(|_| message.method() == Method::Request)
            .ok_or_else(|| ParseError::object("a request for busy time is a VFREEBUSY REQUEST"))?;
        let missing =
            |name| ParseError::object(format!("a request for busy time needs a valid {name}"));
        let time = |name| {
            let time = component.property(name).and_then(|p| CalendarTime::from_property(p).ok());
            time.map(|time| time.instant(message.zones(), &Zone::utc())).ok_or(missing(name))
        };
        let range = time("DTSTART")?..time("DTEND")?;
        let attendees: Vec<_> = component.properties_named("ATTENDEE").cloned().collect();
        if attendees.is_empty() {
            return Err(missing("ATTENDEE"));
        }
        let masked = component.properties_named("X-CALENDARSERVER-MASK-UID");
        Ok(Self {
            uid: message.uid().as_str().to_owned(),
            range,
            organizer: component.property("ORGANIZER").ok_or(missing("ORGANIZER"))?.clone(),
            attendees,
            masked: masked.map(|p| p.to_text().trim().to_owned()).collect(),
        })
    }

    /// The stretch of time it asks about, which may be none.
    pub fn range(&self) -> Range<Timestamp> {
        self.range.clone()
    }

    /// The ORGANIZER line: who asks.
    pub fn organizer(&self) -> &Property {
        &self.organizer
    }

    /// The ATTENDEE lines: whose time it asks for.
    pub fn attendees(&self) -> &[Property] {
        &self.attendees
    }

    /// The UIDs of objects to be left out: X-CALENDARSERVER-MASK-UID names the event that is being moved,
    /// which must not be in its own way. Whether the asker may leave them out, the caller decides.
    pub fn masked(&self) -> &[String] {
        &self.masked
    }
}
