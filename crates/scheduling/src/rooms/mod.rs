//! How a room or a resource answers an invitation by itself.
//!
//! Its settings say whether it takes what does not collide, everything or nothing, how many bookings at once, how far
//! ahead, a series date by date or as a whole, and from whom. [`Invitation::answer`] gives the room's copy as a client
//! of the room would write it; the answer then goes the way of any attendee's.
//!
//! Invariants: only what is NEEDS-ACTION is answered, so that somebody's own answer survives an update; what is past
//! neither counts nor is answered; two bookings that touch do not collide, and none collides with itself; the work is
//! bounded by the horizon and the limits on instances.

mod name;
mod taken;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use calendar::zone::{LAST_INSTANT, Zone};
use calendar::{CalendarObject, Component, InstanceId, Limits, Partstat};
use jiff::{SignedDuration, Timestamp};
use store::{Booking, BookingMode};

use crate::directory::LocalUser;
use crate::tree;

pub use name::name;
pub use taken::{Taken, takes};

/// The most single dates of a series that get an answer of their own: each is a component, in every copy. One a week is
/// below it for as long as series are looked at (24 months, `horizon_months`). With more the room can hardly be had, and
/// the series is declined as a whole, or waits for a person.
const MAX_EXCEPTIONS: usize = 128;

/// Past the last date that a component names, so that all of it is looked at.
const SLACK: SignedDuration = SignedDuration::from_hours(48);

/// An invitation that waits for a room's answer.
#[derive(Clone, Debug)]
pub struct Invitation<'a> {
    copy: &'a CalendarObject,
    room: &'a LocalUser,
    booking: &'a Booking,
    now: Timestamp,
    dates: Vec<Date>,
    /// The series has dates beyond those that are looked at, too far ahead to be booked.
    goes_on_beyond_window: bool,
}

/// One date that a room is asked for.
#[derive(Clone, Copy, Debug)]
struct Date {
    /// The component that describes it, as [`calendar::Occurrence::component`] numbers them.
    component: u16,
    id: InstanceId,
    start: Timestamp,
    end: Timestamp,
}

/// What a room answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its copy, with its PARTSTAT in each component.
    pub copy: CalendarObject,
    /// What it says about each of them.
    pub statements: Vec<Statement>,
}

/// What a room says about one component, or about a date of the series that differs from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which.
    pub id: InstanceId,
    /// The answer.
    pub partstat: Partstat,
    /// Why: the COMMENT of the REPLY.
    pub comment: String,
}

/// Why a date is taken or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    /// Nobody else has it then.
    Free,
    /// It takes whatever comes.
    TakesAll,
    /// It is free, but a person decides; until then it counts as booked.
    Unconfirmed,
    /// It is free, but a person decides.
    LeftFree,
    /// It is booked in this period, and a person decides.
    LeftBooked { from: Timestamp, to: Timestamp },
    /// It takes no bookings.
    TakesNone,
    /// The organizer is not among those who may.
    NotAllowed,
    /// The date is further ahead than bookings are taken.
    TooFarAhead { days: i32 },
    /// It is booked in this period.
    Booked { from: Timestamp, to: Timestamp },
}

impl<'a> Invitation<'a> {
    /// What of a room's copy it has not answered, if it answers by itself. Times without a zone are placed by `zone`;
    /// a series is looked at up to `horizon`.
    pub fn waiting(
        copy: &'a CalendarObject,
        room: &'a LocalUser,
        booking: &'a Booking,
        zone: &Zone,
        times: Range<Timestamp>,
        limits: &Limits,
    ) -> Option<Self> {
        let Range { start: now, end: horizon } = times;
        if booking.mode == BookingMode::Manual {
            return None;
        }
        let asked: BTreeMap<u16, &Component> =
            numbered(copy).filter(|(_, component)| is_asked(component, room)).collect();
        if asked.is_empty() {
            return None;
        }
        let named = asked
            .values()
            .filter(|component| {
                !copy.is_recurring() || component.property("RECURRENCE-ID").is_some()
            })
            .filter_map(|component| Some(component.start()?.instant(copy.zones(), zone)))
            .map(|start| start.saturating_add(SLACK).unwrap_or(LAST_INSTANT));
        let end = named.fold(horizon, Timestamp::max);
        let dates: Vec<Date> = copy
            .instances(now..end, zone, limits)
            .map(|instance| Date {
                component: instance.occurrence.component,
                id: instance.id,
                start: instance.start,
                end: instance.end,
            })
            .filter(|date| asked.contains_key(&date.component))
            .collect();
        if dates.is_empty() {
            return None;
        }
        let window_end = booking.window_days.map(|days| window_end(now, days));
        let goes_on_beyond_window = window_end.is_some_and(|window_end| window_end < end)
            && asked.contains_key(&0)
            && copy.instances(end..LAST_INSTANT, zone, limits).next().is_some();
        Some(Self { copy, room, booking, now, dates, goes_on_beyond_window })
    }

    /// The stretch of time in which it matters what else is booked.
    pub fn span(&self) -> Range<Timestamp> {
        let start = self.dates.iter().map(|date| date.start).min().unwrap_or(self.now);
        let end = self.dates.iter().map(|date| date.end).max().unwrap_or(start);
        start..end
    }

    /// Answers. `taken` is when the room can take no more, this invitation left aside; `may_book` whether the organizer
    /// is among those who may.
    ///
    /// None when all of it is left to a person, or when the answer would make no calendar object, which only a damaged
    /// copy does.
    pub fn answer(&self, taken: &Taken, may_book: bool) -> Option<Answer> {
        let findings: Vec<(Date, Finding)> =
            self.dates.iter().map(|date| (*date, self.look_at(date, taken, may_book))).collect();
        let statements = match worst(&findings) {
            Some(partstat) if self.booking.all_or_nothing => self.answer_all(&findings, &partstat),
            _ => self.answer_each(&findings),
        };
        if statements.is_empty() {
            return None;
        }
        let copy = self.write(&statements)?;
        Some(Answer { copy, statements })
    }

    fn look_at(&self, date: &Date, taken: &Taken, may_book: bool) -> Finding {
        let too_far =
            self.booking.window_days.filter(|days| date.start > window_end(self.now, *days));
        match (self.booking.mode, too_far) {
            (BookingMode::DeclineAlways, _) => Finding::TakesNone,
            _ if !may_book => Finding::NotAllowed,
            (_, Some(days)) => Finding::TooFarAhead { days },
            (BookingMode::AcceptAlways, None) => Finding::TakesAll,
            (mode, None) => match taken.overlapping(date.start, date.end) {
                Some(&Range { start: from, end: to }) => match mode {
                    BookingMode::AcceptIfFreeElseManual => Finding::LeftBooked { from, to },
                    _ => Finding::Booked { from, to },
                },
                None => match mode {
                    BookingMode::DeclineIfBusyElseTentative => Finding::Unconfirmed,
                    BookingMode::DeclineIfBusyElseManual => Finding::LeftFree,
                    _ => Finding::Free,
                },
            },
        }
    }

    /// A series of which not all dates can be had is not had at all, or waits as a whole.
    fn answer_all(&self, findings: &[(Date, Finding)], partstat: &Partstat) -> Vec<Statement> {
        if *partstat == Partstat::NeedsAction {
            return Vec::new();
        }
        let comment = self.comment(findings, partstat);
        let components: BTreeSet<u16> = self.dates.iter().map(|date| date.component).collect();
        let ids = components.into_iter().filter_map(|number| self.id_of(number));
        ids.map(|id| Statement { id, partstat: partstat.clone(), comment: comment.clone() })
            .collect()
    }

    /// The series gets the answer of most of its dates, the others each get their own.
    fn answer_each(&self, findings: &[(Date, Finding)]) -> Vec<Statement> {
        let mut by_component: BTreeMap<u16, Vec<(Date, Finding)>> = BTreeMap::new();
        for (date, finding) in findings {
            by_component.entry(date.component).or_default().push((*date, *finding));
        }
        let mut statements = Vec::new();
        for (number, findings) in by_component {
            let Some(id) = self.id_of(number) else { continue };
            self.answer_component(id, number == 0, &findings, &mut statements);
        }
        statements
    }

    fn answer_component(
        &self,
        id: InstanceId,
        is_series: bool,
        findings: &[(Date, Finding)],
        statements: &mut Vec<Statement>,
    ) {
        let differing = |partstat: &Partstat| {
            let partstat = partstat.clone();
            findings.iter().filter(move |(_, finding)| finding.partstat() != partstat)
        };
        let goes_on = is_series && self.goes_on_beyond_window;
        let most = if goes_on { Partstat::Declined } else { of_most(findings) };
        let is_scattered = differing(&most).nth(MAX_EXCEPTIONS).is_some();
        let partstat = if is_scattered { worst(findings).unwrap_or(most) } else { most };
        // What is left to a person stays as it was asked.
        if partstat != Partstat::NeedsAction {
            let comment = self.comment(findings, &partstat);
            statements.push(Statement { id, partstat: partstat.clone(), comment });
        }
        if !is_scattered {
            statements.extend(differing(&partstat).map(|(date, finding)| Statement {
                id: date.id,
                partstat: finding.partstat(),
                comment: finding.sentence(),
            }));
        }
    }

    /// Why the dates get this answer; one that none of those looked at gets is that of dates beyond.
    fn comment(&self, findings: &[(Date, Finding)], partstat: &Partstat) -> String {
        let alike = || findings.iter().filter(|(_, finding)| finding.partstat() == *partstat);
        let beyond = Finding::TooFarAhead { days: self.booking.window_days.unwrap_or_default() };
        let first = alike().next().map_or(beyond, |(_, finding)| *finding);
        of_many(alike().count(), findings.len(), first)
    }

    /// The identity of a component by its number.
    fn id_of(&self, number: u16) -> Option<InstanceId> {
        let (_, component) = numbered(self.copy).find(|(at, _)| *at == number)?;
        Some(self.copy.instance_id(component))
    }

    /// The copy with what is said in it.
    fn write(&self, statements: &[Statement]) -> Option<CalendarObject> {
        let mut edited = self.copy.tree().clone();
        for statement in statements {
            let known = tree::part_mut(self.copy, &mut edited, statement.id);
            if let Some(component) = known {
                self.sign(component, &statement.partstat);
            } else if let Some(mut component) = self.copy.derive_override(&statement.id) {
                self.sign(&mut component, &statement.partstat);
                edited.push_component(component);
            }
        }
        CalendarObject::from_tree(edited).ok()
    }

    fn sign(&self, component: &mut Component, partstat: &Partstat) {
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            if tree::address(line).is_some_and(|address| self.room.has(&address)) {
                line.set_partstat(partstat);
                if *partstat != Partstat::NeedsAction {
                    line.remove_param("RSVP");
                }
            }
        }
    }
}

impl Finding {
    fn partstat(self) -> Partstat {
        match self {
            Self::Free | Self::TakesAll => Partstat::Accepted,
            Self::Unconfirmed => Partstat::Tentative,
            Self::LeftFree | Self::LeftBooked { .. } => Partstat::NeedsAction,
            Self::TakesNone | Self::NotAllowed | Self::TooFarAhead { .. } | Self::Booked { .. } => {
                Partstat::Declined
            }
        }
    }

    /// What the organizer reads. Of other bookings it says when they are, as free-busy does, and nothing else.
    fn sentence(self) -> String {
        match self {
            Self::Free => "Booked: it was free.".to_owned(),
            Self::TakesAll => "Booked.".to_owned(),
            Self::Unconfirmed | Self::LeftFree => {
                "It is free; somebody has to confirm the booking.".to_owned()
            }
            Self::TakesNone => "It takes no bookings.".to_owned(),
            Self::NotAllowed => "Only some people may book it.".to_owned(),
            Self::TooFarAhead { days: 1 } => "It can be booked one day ahead.".to_owned(),
            Self::TooFarAhead { days } => format!("It can be booked up to {days} days ahead."),
            Self::Booked { from, to } => format!("It is booked already {}.", period(from, to)),
            Self::LeftBooked { from, to } => {
                format!("It is booked already {}; somebody decides.", period(from, to))
            }
        }
    }
}

fn period(from: Timestamp, to: Timestamp) -> String {
    let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M");
    format!("from {} to {} UTC", time(from), time(to))
}

/// The answer that most dates get; of two alike the friendlier one.
fn of_most(findings: &[(Date, Finding)]) -> Partstat {
    let count = |partstat: &Partstat| {
        findings.iter().filter(|(_, finding)| finding.partstat() == *partstat).count()
    };
    let answers =
        [Partstat::Declined, Partstat::NeedsAction, Partstat::Tentative, Partstat::Accepted];
    answers.into_iter().max_by_key(count).unwrap_or(Partstat::NeedsAction)
}

/// What keeps a series from being had as a whole: a date that is declined, or else one that waits for a person.
fn worst(findings: &[(Date, Finding)]) -> Option<Partstat> {
    let says =
        |partstat: &Partstat| findings.iter().any(|(_, finding)| finding.partstat() == *partstat);
    [Partstat::Declined, Partstat::NeedsAction].into_iter().find(says)
}

/// The sentence about the first of several dates alike.
fn of_many(alike: usize, all: usize, first: Finding) -> String {
    let sentence = first.sentence();
    if all > 1 && matches!(first, Finding::Booked { .. } | Finding::TooFarAhead { .. }) {
        format!("Not possible on {alike} of {all} dates. {sentence}")
    } else {
        sentence
    }
}

/// The last instant at which a booking may begin.
fn window_end(now: Timestamp, days: i32) -> Timestamp {
    let window = SignedDuration::from_hours(24 * i64::from(days.max(0)));
    now.saturating_add(window).unwrap_or(LAST_INSTANT)
}

/// The components with the numbers that occurrences have: the master 0, the k-th override k.
fn numbered(object: &CalendarObject) -> impl Iterator<Item = (u16, &Component)> {
    let overrides = (1..=u16::MAX).zip(object.overrides());
    object.master().map(|master| (0, master)).into_iter().chain(overrides)
}

fn is_asked(component: &Component, room: &LocalUser) -> bool {
    !component.is_cancelled()
        && tree::attendees(component)
            .any(|(address, line)| room.has(&address) && line.partstat() == Partstat::NeedsAction)
}
