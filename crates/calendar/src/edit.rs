//! Typed reading and editing of the lines that scheduling works on (RFC 5545 §3.8, RFC 6638 §7).
//!
//! Invariants: an edit touches the lines it is about and no other; setting what is there already
//! leaves the octets alone; what is set reads back as it was set.

use jiff::{SignedDuration, Timestamp};

use crate::instances::reaches_on;
use crate::message::Method;
use crate::participant::Partstat;
use crate::recur::{Timeline, instant};
use crate::source::{Component, Property, split_values};
use crate::time::CalendarTime;
use crate::zone::{Zone, ZoneSet};

/// What tells the server how to deliver, and never travels (RFC 6638 §7.1, §7.2, §7.3).
const SCHEDULE_PARAMETERS: [&str; 3] = ["SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"];

impl Property {
    /// Sets PARTSTAT (RFC 5545 §3.2.12).
    pub fn set_partstat(&mut self, partstat: &Partstat) {
        self.set_param("PARTSTAT", partstat.as_str());
    }

    /// Sets SCHEDULE-STATUS, codes separated by commas, or removes it (RFC 6638 §7.3).
    pub fn set_schedule_status(&mut self, status: Option<&str>) {
        match status {
            Some(status) => self.set_param("SCHEDULE-STATUS", status),
            None => self.remove_param("SCHEDULE-STATUS"),
        }
    }

    /// Removes the parameters of RFC 6638 §7.
    pub fn strip_schedule_parameters(&mut self) {
        self.retain_params(|p| !SCHEDULE_PARAMETERS.contains(&p.name()));
    }
}

impl Component {
    /// SEQUENCE; 0 where there is none (RFC 5545 §3.8.7.4).
    pub fn sequence(&self) -> u32 {
        self.number("SEQUENCE")
    }

    /// Sets SEQUENCE.
    pub fn set_sequence(&mut self, sequence: u32) {
        if self.property("SEQUENCE").is_none() || self.sequence() != sequence {
            self.set_property(Property::new("SEQUENCE", &sequence.to_string()));
        }
    }

    /// DTSTAMP, where it can be read (RFC 5545 §3.8.7.2).
    pub fn dtstamp(&self) -> Option<Timestamp> {
        let stamp = CalendarTime::from_property(self.property("DTSTAMP")?).ok()?;
        Some(stamp.instant(&ZoneSet::default(), &Zone::utc()))
    }

    /// Sets DTSTAMP.
    pub fn set_dtstamp(&mut self, now: Timestamp) {
        self.set_value("DTSTAMP", &CalendarTime::Utc(now).to_value());
    }

    /// STATUS in upper case (RFC 5545 §3.8.1.11).
    pub fn status(&self) -> Option<String> {
        self.property("STATUS").map(|p| p.value().trim_ascii().to_ascii_uppercase())
    }

    /// Whether STATUS is CANCELLED.
    pub fn is_cancelled(&self) -> bool {
        let status = self.property("STATUS").map(|p| p.value().trim_ascii());
        status.is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED"))
    }

    /// Sets STATUS.
    pub fn set_status(&mut self, status: &str) {
        self.set_value("STATUS", status);
    }

    /// Sets the METHOD of a VCALENDAR (RFC 5546 §1.4).
    pub fn set_method(&mut self, method: Method) {
        self.set_value("METHOD", method.as_str());
    }

    /// The value of a property that is a number; 0 where there is none.
    pub(crate) fn number(&self, name: &str) -> u32 {
        let value = self.property(name).map(|p| p.value().trim_ascii());
        value.and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// Gives the property this raw value, unless it has it.
    fn set_value(&mut self, name: &str, value: &str) {
        if self.property(name).is_none_or(|p| p.value() != value) {
            self.set_property(Property::new(name, value));
        }
    }

    /// Removes the parameters of RFC 6638 §7 from all participants' lines.
    pub fn strip_schedule_parameters(&mut self) {
        for property in self.properties_mut() {
            if property.is("ORGANIZER") || property.is("ATTENDEE") {
                property.strip_schedule_parameters();
            }
        }
    }

    /// DTSTART, where it can be read.
    pub fn start(&self) -> Option<CalendarTime> {
        CalendarTime::from_property(self.property("DTSTART")?).ok()
    }

    /// Leaves out these instances by one EXDATE line (RFC 5545 §3.8.5.1), in the form of DTSTART.
    /// Those that are left out already are not named again.
    pub fn exclude(&mut self, instances: &[Timestamp], zones: &ZoneSet) {
        let Some(start) = self.start() else { return };
        let excluded = self.excluded(zones);
        let mut values: Vec<String> = Vec::new();
        for instance in instances.iter().filter(|instance| !excluded.contains(instance)) {
            let value = start.at(*instance, zones).to_value();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if !values.is_empty() {
            let mut property = start.to_property("EXDATE");
            property.set_value(&values.join(","));
            self.push_property(property);
        }
    }

    /// Takes the instance out of the EXDATE lines. A DATE leaves out all instances of its day, and so
    /// goes when one of them comes back.
    pub fn reinstate(&mut self, instance: Timestamp, zones: &ZoneSet) {
        let day = self.start().map(|start| start.at(instance, zones).local().date());
        let line = self.line(zones);
        let names_it = |value: &str, tzid: Option<&str>| match CalendarTime::parse(value, tzid) {
            Ok(CalendarTime::Date(date)) => Some(date) == day,
            Ok(time) => placed(&time, line.as_ref(), zones) == instance,
            Err(_) => false,
        };
        self.retain_properties(|p| {
            !p.is("EXDATE") || !split_values(p.value()).all(|v| names_it(v, p.param("TZID")))
        });
        for property in self.properties_mut().filter(|p| p.is("EXDATE")) {
            let kept: Vec<&str> = split_values(property.value())
                .filter(|value| !names_it(value, property.param("TZID")))
                .collect();
            let kept = kept.join(",");
            property.set_value(&kept);
        }
    }

    /// Whether it describes its instance and all later ones: RANGE=THISANDFUTURE (RFC 5545 §3.2.13).
    pub fn is_this_and_future(&self) -> bool {
        reaches_on(self)
    }

    /// Makes an override describe its instance and all later ones, or its instance alone.
    pub fn set_this_and_future(&mut self, reaches_on: bool) {
        for property in self.properties_mut().filter(|p| p.is("RECURRENCE-ID")) {
            if reaches_on {
                property.set_param("RANGE", "THISANDFUTURE");
            } else {
                property.remove_param("RANGE");
            }
        }
    }

    /// Ends the series before one of its instances: by UNTIL, and without the later dates.
    pub fn end_before(&mut self, instance: Timestamp, zones: &ZoneSet) {
        let Some(start) = self.start() else { return };
        let before = instance.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(instance);
        // RFC 5545 §3.3.10: UNTIL is of DTSTART's type, and in UTC where that has a zone.
        let until = match start.at(before, zones) {
            CalendarTime::Zoned(..) => CalendarTime::Utc(before),
            own => own,
        };
        for rule in self.properties_mut().filter(|p| p.is("RRULE")) {
            let is_end = |part: &&str| {
                let name = part.split('=').next().unwrap_or_default().trim();
                name.eq_ignore_ascii_case("COUNT") || name.eq_ignore_ascii_case("UNTIL")
            };
            let parts: Vec<&str> = rule.value().split(';').filter(|part| !is_end(part)).collect();
            let value = format!("{};UNTIL={}", parts.join(";"), until.to_value());
            rule.set_value(&value);
        }
        let is_before = |value: &str, tzid: Option<&str>| {
            let date = value.split('/').next().unwrap_or_default();
            CalendarTime::parse(date, tzid)
                .is_ok_and(|time| time.instant(zones, &Zone::utc()) < instance)
        };
        for dates in self.properties_mut().filter(|p| p.is("RDATE")) {
            let kept: Vec<&str> = split_values(dates.value())
                .filter(|value| is_before(value, dates.param("TZID")))
                .collect();
            let kept = kept.join(",");
            dates.set_value(&kept);
        }
        self.retain_properties(|p| !p.is("RDATE") || !p.value().is_empty());
    }

    /// The instants that EXDATE names, in whatever form: what has no zone is on the line of DTSTART, and a DATE is at
    /// its time of day.
    pub fn excluded(&self, zones: &ZoneSet) -> Vec<Timestamp> {
        self.exdates(zones).into_iter().map(|(_, instant)| instant).collect()
    }

    /// The values of EXDATE, each with the instant that it names.
    pub(crate) fn exdates(&self, zones: &ZoneSet) -> Vec<(CalendarTime, Timestamp)> {
        let line = self.line(zones);
        let values = self.properties_named("EXDATE").flat_map(|p| {
            split_values(p.value()).map(|value| CalendarTime::parse(value, p.param("TZID")))
        });
        let placed = values.flatten().map(|time| {
            let instant = placed(&time, line.as_ref(), zones);
            (time, instant)
        });
        placed.collect()
    }

    /// The line that its instances lie on.
    fn line(&self, zones: &ZoneSet) -> Option<Timeline> {
        Some(Timeline::new(&self.start()?, zones))
    }
}

fn placed(time: &CalendarTime, line: Option<&Timeline>, zones: &ZoneSet) -> Timestamp {
    match line {
        Some(line) => instant(line.recurrence_id(time, zones)),
        None => time.instant(zones, &Zone::utc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn event(lines: &str) -> Component {
        let octets = format!("begin:vevent\n{}\nend:vevent\n", lines.replace('|', "\n"));
        Component::parse(octets.as_bytes(), &Limits::default()).unwrap()
    }

    fn lines(component: &Component) -> String {
        let octets = String::from_utf8(component.to_octets()).unwrap();
        let lines: Vec<_> =
            octets.lines().filter(|l| !l.to_uppercase().contains(":VEVENT")).collect();
        lines.join("|")
    }

    #[test]
    fn an_edit_touches_its_line_alone() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let before = "uid:1|Sequence:01|x-foo:a;b|status:confirmed|DTSTAMP:20250101T000000Z";
        type Edit = fn(&mut Component, Timestamp);
        for (edit, expected) in [
            ((|c, _| c.set_sequence(1)) as Edit, before.to_owned()),
            (|c, _| c.set_sequence(2), before.replace("Sequence:01", "SEQUENCE:2")),
            (|c, now| c.set_dtstamp(now), before.replace("20250101T000000", "20260102T030405")),
            (
                |c, _| c.set_status("CANCELLED"),
                before.replace("status:confirmed", "STATUS:CANCELLED"),
            ),
            (|c, _| c.set_method(Method::Reply), format!("{before}|METHOD:REPLY")),
            (|c, _| c.strip_schedule_parameters(), before.to_owned()),
        ] {
            let mut component = event(before);
            edit(&mut component, now);
            assert_eq!(lines(&component), expected);
        }
    }

    #[test]
    fn a_series_ends_before_one_of_its_instances() {
        for (series, instance, expected) in [
            (
                "DTSTART;TZID=Europe/Berlin:20260302T100000|RRULE:FREQ=DAILY;COUNT=9",
                "2026-03-04T09:00:00Z",
                "DTSTART;TZID=Europe/Berlin:20260302T100000|RRULE:FREQ=DAILY;UNTIL=20260304T085959Z",
            ),
            (
                "DTSTART;VALUE=DATE:20260302|RRULE:UNTIL=20270101;FREQ=DAILY",
                "2026-03-04T00:00:00Z",
                "DTSTART;VALUE=DATE:20260302|RRULE:FREQ=DAILY;UNTIL=20260303",
            ),
            (
                "DTSTART:20260302T100000|RRULE:FREQ=DAILY",
                "2026-03-04T10:00:00Z",
                "DTSTART:20260302T100000|RRULE:FREQ=DAILY;UNTIL=20260304T095959",
            ),
            (
                "DTSTART:20260302T100000Z|RDATE:20260303T100000Z,20260305T100000Z|RDATE:20260306T100000Z",
                "2026-03-05T10:00:00Z",
                "DTSTART:20260302T100000Z|RDATE:20260303T100000Z",
            ),
        ] {
            let mut component = event(series);
            component.end_before(instance.parse().unwrap(), &ZoneSet::default());
            assert_eq!(lines(&component), expected);
        }
    }

    #[test]
    fn what_is_set_reads_back() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut component = event("UID:1");
        assert_eq!(
            (component.sequence(), component.dtstamp(), component.status()),
            (0, None, None)
        );
        component.set_sequence(7);
        component.set_dtstamp(now);
        component.set_status("CANCELLED");
        assert_eq!((component.sequence(), component.dtstamp()), (7, Some(now)));
        assert!(component.is_cancelled());
    }

    #[test]
    fn schedule_parameters_are_set_and_stripped() {
        // RFC 6638 7.1, 7.2, 7.3
        let mut component = event(
            "ORGANIZER;schedule-agent=SERVER:mailto:a@x|ATTENDEE;CN=\"B\";SCHEDULE-STATUS=\"1.2\";SCHEDULE-FORCE-SEND=REQUEST:mailto:b@x|X;SCHEDULE-AGENT=NONE:v",
        );
        component.strip_schedule_parameters();
        assert_eq!(
            lines(&component),
            "ORGANIZER:mailto:a@x|ATTENDEE;CN=\"B\":mailto:b@x|X;SCHEDULE-AGENT=NONE:v"
        );
        for attendee in component.properties_mut().filter(|p| p.is("ATTENDEE")) {
            attendee.set_schedule_status(Some("1.2"));
            attendee.set_partstat(&Partstat::Accepted);
        }
        let attendee = component.property("ATTENDEE").unwrap();
        assert_eq!(attendee.param("SCHEDULE-STATUS"), Some("1.2"));
        assert_eq!(attendee.param("PARTSTAT"), Some("ACCEPTED"));
    }

    #[test]
    fn exdate_has_the_form_of_dtstart() {
        // RFC 5545 3.8.5.1, RFC 6638 rule of RECURRENCE-ID: value type and TZID of DTSTART
        for (start, instants, expected) in [
            ("DTSTART:20260101T090000Z", &["2026-01-02T09:00:00Z"][..], "EXDATE:20260102T090000Z"),
            ("DTSTART:20260101T090000", &["2026-01-02T09:00:00Z"], "EXDATE:20260102T090000"),
            (
                "DTSTART;VALUE=DATE:20260101",
                &["2026-01-02T00:00:00Z"],
                "EXDATE;VALUE=DATE:20260102",
            ),
            (
                "DTSTART;TZID=Europe/Berlin:20260101T090000",
                &["2026-01-02T08:00:00Z", "2026-07-02T07:00:00Z", "2026-01-02T08:00:00Z"],
                "EXDATE;TZID=Europe/Berlin:20260102T090000,20260702T090000",
            ),
            (
                "DTSTART:20260101T090000Z|EXDATE;TZID=Europe/Berlin:20260102T100000",
                &["2026-01-02T09:00:00Z"],
                "",
            ),
        ] {
            let mut component = event(start);
            let zones = zones(&component);
            let instants: Vec<Timestamp> = instants.iter().map(|i| i.parse().unwrap()).collect();
            component.exclude(&instants, &zones);
            let added =
                lines(&component).strip_prefix(start).unwrap().trim_start_matches('|').to_owned();
            assert_eq!(added, expected, "{start}");
            assert!(instants.iter().all(|i| component.excluded(&zones).contains(i)), "{start}");
        }
    }

    /// RFC 5545 §3.8.5.1 asks for the form of DTSTART; clients write others.
    #[test]
    fn an_exdate_is_understood_in_every_form() {
        for exdate in [
            "EXDATE;TZID=Europe/Berlin:20260702T090000",
            "EXDATE:20260702T070000Z",
            "EXDATE;TZID=America/New_York:20260702T030000",
            "EXDATE:20260702T090000",
            "EXDATE;VALUE=DATE:20260702",
        ] {
            let start = "DTSTART;TZID=Europe/Berlin:20260701T090000";
            let mut component = event(&format!("{start}|{exdate}"));
            let zones = zones(&component);
            let instant: Timestamp = "2026-07-02T07:00:00Z".parse().unwrap();
            assert_eq!(component.excluded(&zones), [instant], "{exdate}");
            component.reinstate(instant, &zones);
            assert_eq!(lines(&component), start, "{exdate}");
        }
    }

    #[test]
    fn an_instance_comes_back_when_its_exdate_goes() {
        for (exdate, expected) in [
            ("EXDATE:20260102T090000Z", ""),
            ("EXDATE:20260102T090000Z,20260103T090000Z", "EXDATE:20260103T090000Z"),
            (
                "EXDATE;TZID=Europe/Berlin:20260102T100000,20260103T100000",
                "EXDATE;TZID=Europe/Berlin:20260103T100000",
            ),
            (
                "exdate;tzid=Europe/Berlin:20260103T100000",
                "exdate;tzid=Europe/Berlin:20260103T100000",
            ),
            ("EXDATE;VALUE=DATE:20260102", ""),
            ("EXDATE:20260102T090000Z|EXDATE:20260102T090000Z", ""),
            ("EXDATE:nonsense", "EXDATE:nonsense"),
        ] {
            let mut component = event(&format!("DTSTART:20260101T090000Z|{exdate}"));
            component.reinstate("2026-01-02T09:00:00Z".parse().unwrap(), &zones(&component));
            let left = lines(&component).replace("DTSTART:20260101T090000Z", "");
            assert_eq!(left.trim_start_matches('|'), expected, "{exdate}");
        }
    }

    fn zones(component: &Component) -> ZoneSet {
        let mut calendar = Component::new("VCALENDAR");
        calendar.push_component(component.clone());
        ZoneSet::from_tree(&calendar)
    }
}
