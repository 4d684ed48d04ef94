//! Making iTIP messages out of the lines of a calendar object (RFC 5546 section 3; design rules 8
//! to 11).
//!
//! Nothing is printed and parsed again: a message holds the same lines as the object, less what
//! stays at home.

use std::collections::BTreeSet;

use calendar::zone::{Zone, vtimezone};
use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Limits, Method, Property,
};
use jiff::Timestamp;

use crate::{Refusal, tree};

/// What of a component tells which one it is and when (RFC 5546 section 3.2.5; design rule 11).
const IDENTIFYING: [&str; 11] = [
    "UID",
    "RECURRENCE-ID",
    "SEQUENCE",
    "DTSTAMP",
    "ORGANIZER",
    "DTSTART",
    "DTEND",
    "DURATION",
    "DUE",
    "SUMMARY",
    "LOCATION",
];

/// What of a component stands in a REPLY (RFC 5546 section 3.2.3; design rule 10).
const ANSWERING: [&str; 11] = [
    "UID",
    "RECURRENCE-ID",
    "SEQUENCE",
    "DTSTAMP",
    "ORGANIZER",
    "DTSTART",
    "DTEND",
    "DURATION",
    "DUE",
    "SUMMARY",
    "COMMENT",
];

/// What a task's REPLY adds.
pub(crate) const PROGRESS: [&str; 3] = ["STATUS", "PERCENT-COMPLETE", "COMPLETED"];

/// The object a message is made from, and when: DTSTAMP of a message is the time it was made (RFC
/// 6638 section 3.2.5).
#[derive(Clone, Copy)]
pub(crate) struct Builder<'a> {
    pub(crate) source: &'a CalendarObject,
    pub(crate) now: Timestamp,
}

/// A component that is cancelled.
pub(crate) struct Cancelled {
    /// As it was.
    pub(crate) component: Component,
    /// The number it is cancelled with.
    pub(crate) sequence: u32,
    pub(crate) whom: CancelledFor,
}

/// Whom a cancelled component is cancelled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelledFor {
    /// It does not take place.
    Everybody,
    /// It does, without some.
    ThoseTakenOff,
}

impl Builder<'_> {
    /// A REQUEST of these components of the object, for somebody who sees only some of its overrides: the series leaves
    /// out the instances of the others (RFC 6638 section 3.2.6).
    pub(crate) fn request(
        self,
        wanted: impl Fn(InstanceId) -> bool,
        is_seen: impl Fn(InstanceId) -> bool,
    ) -> Result<calendar::Message, Refusal> {
        let series = self.source.master().filter(|series| !series.is_cancelled());
        let has_series = series.is_some() && is_seen(InstanceId::Master);
        let parts = tree::parts(self.source).into_iter().filter(|(id, _)| wanted(*id)).map(
            |(id, component)| {
                let mut component = component.clone();
                strip_request(&mut component);
                component.set_dtstamp(self.now);
                if id == InstanceId::Master {
                    self.hide(&mut component, &is_seen);
                } else if !has_series {
                    // Without a series that takes place nobody can tell which later instances there are.
                    component.set_this_and_future(false);
                }
                component
            },
        );
        self.message(Method::Request, parts.collect())
    }

    /// A REQUEST with everything that takes place and that one attendee may see (RFC 6638 section 3.2.6): its STATUS is
    /// not CANCELLED (RFC 5546 sections 3.2.2 and 3.4.2). Only where all later instances of a cancelled series take place
    /// does the series come along, for nothing else says which these are.
    pub(crate) fn invitation(
        self,
        attendee: &CalendarAddress,
    ) -> Result<calendar::Message, Refusal> {
        let goes_on =
            self.source.overrides().any(|part| part.is_this_and_future() && !part.is_cancelled());
        self.request_of(attendee, |id, part| {
            !part.is_cancelled() || (goes_on && id == InstanceId::Master)
        })
    }

    /// A REQUEST with everything that one attendee may see, be it cancelled.
    pub(crate) fn view(self, attendee: &CalendarAddress) -> Result<calendar::Message, Refusal> {
        self.request_of(attendee, |_, _| true)
    }

    fn request_of(
        self,
        attendee: &CalendarAddress,
        is_wanted: impl Fn(InstanceId, &Component) -> bool,
    ) -> Result<calendar::Message, Refusal> {
        let parts = tree::parts(self.source).into_iter();
        let seen: BTreeSet<InstanceId> = parts
            .filter(|(id, part)| part.attendee(attendee).is_some() && is_wanted(*id, part))
            .map(|(id, _)| id)
            .collect();
        let is_seen = |id| seen.contains(&id);
        self.request(is_seen, is_seen)
    }

    /// Takes the instances of unseen overrides out of the series.
    fn hide(self, series: &mut Component, is_seen: impl Fn(InstanceId) -> bool) {
        let mut parts = tree::parts(self.source);
        parts.sort_by_key(|(id, _)| *id);
        let start = series.start().map(|start| start.instant(self.source.zones(), &Zone::utc()));
        for (at, (id, part)) in parts.iter().enumerate() {
            let InstanceId::Recurrence(instant) = *id else { continue };
            if is_seen(*id) {
                continue;
            }
            // One that a series has left behind may describe later instances, or come after all of them.
            let reaches_on = part.is_this_and_future()
                && (tree::by_the_series(self.source, *id).is_some()
                    || tree::next_described(self.source, *id).is_some());
            let mut next = parts.iter().skip(at + 1).filter(|(_, part)| part.is_this_and_future());
            // He may see what comes still later.
            let comes_back = next.clone().any(|(id, _)| is_seen(*id));
            if reaches_on && !comes_back {
                series.end_before(instant, self.source.zones());
                // DTSTART is an instance whatever the rule says (RFC 5545 section 3.8.5.3).
                let first = start.filter(|start| *start >= instant);
                series.exclude(first.as_slice(), self.source.zones());
                return;
            }
            if let (true, Some((next, _))) = (reaches_on, next.next()) {
                series.exclude(&self.described_by(*id, *next), self.source.zones());
            }
            if let Some(exdate) = exdate_for(part) {
                series.push_property(exdate);
            }
        }
    }

    /// The later instances that an override describes, up to where the next one does.
    fn described_by(self, from: InstanceId, next: InstanceId) -> Vec<Timestamp> {
        let all = self.source.all_instances(&Zone::utc(), &Limits::default());
        let later = all.map(|instance| instance.id).skip_while(|id| *id <= from);
        let described = later.take_while(|id| *id < next);
        described
            .filter(|id| tree::part(self.source, *id).is_none())
            .filter_map(|id| match id {
                InstanceId::Recurrence(instant) => Some(instant),
                InstanceId::Master => None,
            })
            .collect()
    }

    /// A CANCEL of these components: for everybody, or only for those who are taken off.
    pub(crate) fn cancel(
        self,
        cancelled: impl IntoIterator<Item = Cancelled>,
        is_taken_off: impl Fn(&CalendarAddress) -> bool,
    ) -> Result<calendar::Message, Refusal> {
        let parts = cancelled.into_iter().map(|Cancelled { mut component, sequence, whom }| {
            component.retain_components(|_| false);
            component.retain_properties(|line| {
                if tree::is_attendee(line) {
                    return whom == CancelledFor::Everybody
                        || tree::address(line).is_some_and(|address| is_taken_off(&address));
                }
                IDENTIFYING.iter().any(|name| line.is(name))
            });
            component.strip_schedule_parameters();
            component.set_sequence(sequence);
            component.set_status("CANCELLED");
            component.set_dtstamp(self.now);
            component
        });
        let parts = parts.collect();
        self.message(Method::Cancel, parts)
    }

    /// A REPLY with these components, each with the lines of those who answer.
    pub(crate) fn reply(
        self,
        components: impl IntoIterator<Item = Component>,
        speaks: impl Fn(&CalendarAddress) -> bool,
    ) -> Result<calendar::Message, Refusal> {
        let parts = components.into_iter().map(|mut component| {
            let is_task = component.name() == "VTODO";
            component.retain_components(|_| false);
            component.retain_properties(|line| {
                if tree::is_attendee(line) {
                    return tree::address(line).is_some_and(|address| speaks(&address));
                }
                ANSWERING.iter().any(|name| line.is(name))
                    || (is_task && PROGRESS.iter().any(|name| line.is(name)))
            });
            component.strip_schedule_parameters();
            component.set_dtstamp(self.now);
            component.push_property(Property::new("REQUEST-STATUS", "2.0;Success"));
            component
        });
        let parts = parts.collect();
        self.message(Method::Reply, parts)
    }

    pub(super) fn message(
        self,
        method: Method,
        parts: Vec<Component>,
    ) -> Result<calendar::Message, Refusal> {
        let mut message = Component::new("VCALENDAR");
        message.push_property(Property::new("VERSION", "2.0"));
        message.push_property(Property::new("PRODID", calendar::PRODID));
        message.push_property(Property::new("METHOD", method.as_str()));
        let given = zones_of(self.source.tree(), &parts);
        given.iter().for_each(|zone| message.push_component((*zone).clone()));
        define_zones(&mut message, &parts);
        parts.into_iter().for_each(|part| message.push_component(part));
        message.refold();
        calendar::Message::from_tree(message)
            .map_err(|error| Refusal::ValidCalendarObjectResource { detail: error.detail() })
    }
}

/// Takes off what stays with the organizer (design rule 9).
pub(crate) fn strip_request(component: &mut Component) {
    component.retain_components(|inner| inner.name() != "VALARM");
    component.retain_properties(|line| !line.is("TRANSP") && !line.is("REQUEST-STATUS"));
    component.strip_schedule_parameters();
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        let says_no_answer =
            line.param("RSVP").is_some_and(|rsvp| rsvp.eq_ignore_ascii_case("FALSE"));
        if line.param("PARTSTAT").is_none() && !says_no_answer {
            line.set_param("PARTSTAT", "NEEDS-ACTION");
        }
    }
}

/// The VTIMEZONEs that these components refer to.
pub(crate) fn zones_of<'a>(tree: &'a Component, parts: &[Component]) -> Vec<&'a Component> {
    let named = named_zones(parts);
    let is_named = |zone: &Component| tzid(zone).is_some_and(|tzid| named.contains(tzid));
    tree.components().filter(|zone| zone.name() == "VTIMEZONE" && is_named(zone)).collect()
}

/// Adds the VTIMEZONEs that these components refer to and the tree lacks, where everybody knows their names: some leave
/// them out (RFC 7809 section 3.1.4), and who reads the object need not know them (RFC 5545 section 3.2.19).
pub(crate) fn define_zones(tree: &mut Component, parts: &[Component]) {
    let mut named = named_zones(parts);
    for zone in tree.components().filter(|zone| zone.name() == "VTIMEZONE") {
        tzid(zone).map(|tzid| named.remove(tzid));
    }
    named.into_iter().filter_map(vtimezone).for_each(|zone| tree.push_component(zone));
}

fn named_zones(parts: &[Component]) -> BTreeSet<&str> {
    parts.iter().flat_map(Component::properties).filter_map(|line| line.param("TZID")).collect()
}

fn tzid(zone: &Component) -> Option<&str> {
    Some(zone.property("TZID")?.value())
}

/// An EXDATE for the instance that an override stands for, in the override's own spelling (RFC 6638
/// section 3.2.6).
fn exdate_for(component: &Component) -> Option<Property> {
    let recurrence_id = component.property("RECURRENCE-ID")?;
    let mut exdate = Property::new("EXDATE", recurrence_id.value());
    for parameter in ["VALUE", "TZID"] {
        if let Some(value) = recurrence_id.param(parameter) {
            exdate.set_param(parameter, value);
        }
    }
    Some(exdate)
}

/// The addresses that a line delegates to and comes from.
pub(crate) fn delegation_partners(line: Attendee<'_>) -> Vec<CalendarAddress> {
    let mut partners = line.delegated_to();
    partners.extend(line.delegated_from());
    partners
}
