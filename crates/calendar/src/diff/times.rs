//! When a component is, in instants (RFC 5545 §3.6.1, §3.6.2, §3.8.2).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::canonical::rule;
use crate::object::CalendarObject;
use crate::source::{Component, split_values};
use crate::time::{CalendarDuration, CalendarTime};
use crate::zone::{Zone, ZoneSet};

/// An instant and how it is meant: 09:00 in UTC and a floating 09:00 are not the same time.
pub(super) type Moment = (Form, Timestamp);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Date,
    Floating,
    Fixed,
}

/// Start, end and recurrence of a component. How they are written does not matter: DTEND or DURATION,
/// one name of a zone or another, the order of rule parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    pub(super) rules: BTreeSet<String>,
    pub(super) excluding_rules: BTreeSet<String>,
    pub(super) dates: BTreeSet<(Moment, Option<Moment>)>,
    pub(super) excluded: BTreeSet<Moment>,
}

impl Times {
    pub(super) fn of(component: &Component, zones: &ZoneSet) -> Self {
        let rules = |name| component.properties_named(name).map(|p| rule(p.value())).collect();
        let start = component.start();
        Self {
            start: start.as_ref().map(|start| moment(start, zones)),
            end: end(component, start.as_ref(), zones),
            rules: rules("RRULE"),
            excluding_rules: rules("EXRULE"),
            dates: dates(component, zones),
            excluded: excluded(component, start.as_ref(), zones),
        }
    }

    /// Whether rules and dates are the same.
    pub(super) fn same_recurrence(&self, other: &Self) -> bool {
        self.same_rules(other) && self.dates == other.dates && self.excluded == other.excluded
    }

    /// Whether the rules are the same.
    pub(super) fn same_rules(&self, other: &Self) -> bool {
        self.rules == other.rules && self.excluding_rules == other.excluding_rules
    }

    /// Whether the rules are the same until one of them ends.
    pub(super) fn same_rules_but_for_their_end(&self, other: &Self) -> bool {
        let endless = |rules: &BTreeSet<String>| -> BTreeSet<String> {
            rules.iter().map(|rule| without_end(rule)).collect()
        };
        endless(&self.rules) == endless(&other.rules)
            && self.excluding_rules == other.excluding_rules
    }

    /// Whether all rules go on for ever.
    pub(super) fn is_endless(&self) -> bool {
        self.rules.iter().all(|rule| without_end(rule) == *rule)
    }

    /// The names of the properties that differ; the end goes by the name that its kind of component
    /// gives it.
    pub(super) fn differing(&self, other: &Self, kind: &str) -> impl Iterator<Item = &'static str> {
        let end = if kind == "VTODO" { "DUE" } else { "DTEND" };
        let compared = [
            ("DTSTART", self.start != other.start),
            (end, self.end != other.end),
            ("RRULE", self.rules != other.rules),
            ("EXRULE", self.excluding_rules != other.excluding_rules),
            ("RDATE", self.dates != other.dates),
            ("EXDATE", self.excluded != other.excluded),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name)
    }
}

/// A rule, in one spelling, without COUNT and UNTIL.
fn without_end(rule: &str) -> String {
    let parts = rule.split(';').filter(|p| !p.starts_with("COUNT=") && !p.starts_with("UNTIL="));
    parts.collect::<Vec<_>>().join(";")
}

fn moment(time: &CalendarTime, zones: &ZoneSet) -> Moment {
    let form = match time {
        CalendarTime::Date(_) => Form::Date,
        CalendarTime::Floating(_) => Form::Floating,
        CalendarTime::Zoned(_, tzid) if zones.get(tzid).is_none() => Form::Floating,
        CalendarTime::Utc(_) | CalendarTime::Zoned(..) => Form::Fixed,
    };
    (form, time.instant(zones, &Zone::utc()))
}

/// DTEND or DUE, else DTSTART and DURATION, else what RFC 5545 §3.6.1 says: an event on a DATE lasts
/// the day, one at a time no time at all. An end that can't be read is none, as is that of an event
/// before its start.
fn end(component: &Component, start: Option<&CalendarTime>, zones: &ZoneSet) -> Option<Moment> {
    let written = ["DTEND", "DUE"].into_iter().find_map(|name| component.property(name));
    let written = written
        .and_then(|p| CalendarTime::from_property(p).ok())
        .map(|end| moment(&end, zones))
        .filter(|(_, end)| {
            let is_after = |start| moment(start, zones).1 <= *end;
            component.name() == "VTODO" || start.is_none_or(is_after)
        });
    if written.is_some() {
        return written;
    }
    let start = start?;
    let (form, instant) = moment(start, zones);
    let duration = component.property("DURATION").map(|p| CalendarDuration::parse(p.value()));
    match duration.and_then(Result::ok).filter(|duration| !duration.is_negative()) {
        Some(duration) => Some((form, start.instant_after(duration, zones, &Zone::utc()))),
        None if component.name() == "VTODO" => None,
        None if start.is_date() => {
            Some((form, start.instant_after(CalendarDuration::DAY, zones, &Zone::utc())))
        }
        None => Some((form, instant)),
    }
}

/// The values of EXDATE. In what form they are does not matter, but that a DATE leaves out all of its day.
fn excluded(
    component: &Component,
    start: Option<&CalendarTime>,
    zones: &ZoneSet,
) -> BTreeSet<Moment> {
    let form = |time: &CalendarTime| match start.filter(|_| !time.is_date()) {
        Some(start) => moment(start, zones).0,
        None => moment(time, zones).0,
    };
    let values = component.exdates(zones).into_iter();
    values.map(|(time, instant)| (form(&time), instant)).collect()
}

/// The values of RDATE; a PERIOD has an end (RFC 5545 §3.3.9).
fn dates(component: &Component, zones: &ZoneSet) -> BTreeSet<(Moment, Option<Moment>)> {
    let mut values = BTreeSet::new();
    for property in component.properties_named("RDATE") {
        for value in split_values(property.value()) {
            let (start, end) = value.split_once('/').map_or((value, None), |(s, e)| (s, Some(e)));
            let time = |value| CalendarTime::parse(value, property.param("TZID")).ok();
            let Some(start) = time(start) else { continue };
            let end = end.and_then(|end| match CalendarDuration::parse(end) {
                Ok(duration) => {
                    let end = start.instant_after(duration, zones, &Zone::utc());
                    Some((moment(&start, zones).0, end))
                }
                Err(_) => time(end).map(|end| moment(&end, zones)),
            });
            values.insert((moment(&start, zones), end));
        }
    }
    values
}

/// The zone in which the wall clock of DTSTART repeats.
pub(super) fn same_zone(old: &CalendarObject, new: &CalendarObject) -> bool {
    let zone = |object: &CalendarObject| {
        let start = object.master().and_then(Component::start)?;
        start.tzid().and_then(|tzid| object.zones().get(tzid)).cloned()
    };
    match (zone(old), zone(new)) {
        (Some(a), Some(b)) => a.is_same(&b),
        (None, None) => true,
        _ => false,
    }
}
