//! What the people of a random history do with their copies of the meeting, as clients would.

use crate::harness::random::Random;
use crate::icalendar::{Component, Property};

use super::{ATTENDEES, ORGANIZER};

/// The first day of the meeting, in March 2026.
const FIRST: usize = 2;

/// How the times of a meeting are written; the rest is in the objects.
#[derive(Debug)]
pub(super) struct Meeting {
    zone: Option<&'static str>,
    /// How many days it recurs; none for a single meeting.
    days: Option<usize>,
    hour: usize,
}

impl Meeting {
    pub(super) fn any(random: &mut Random) -> Self {
        let zone = (random.below(2) == 0).then_some("Europe/Berlin");
        let days = (random.below(3) > 0).then(|| 3 + random.below(3));
        Self { zone, days, hour: 9 }
    }

    pub(super) fn invitation(&mut self, uid: &str, random: &mut Random) -> Component {
        self.hour = 9;
        let mut lines = vec![
            format!("UID:{uid}"),
            "DTSTAMP:20260101T000000Z".to_owned(),
            format!("ORGANIZER:{}", address(ORGANIZER)),
            format!("ATTENDEE;PARTSTAT=ACCEPTED:{}", address(ORGANIZER)),
            "SUMMARY:First".to_owned(),
            self.time("DTSTART", FIRST, self.hour),
            self.time("DTEND", FIRST, self.hour + 1),
        ];
        lines.extend(self.days.map(|days| format!("RRULE:FREQ=DAILY;COUNT={days}")));
        let guests = ATTENDEES.iter().filter(|_| random.below(3) > 0);
        lines.extend(guests.map(|name| format!("ATTENDEE;RSVP=TRUE:{}", address(name))));
        let properties = lines.iter().map(|line| property(line)).collect();
        let event = Component { name: "VEVENT".into(), properties, components: Vec::new() };
        let mut components = vec![event];
        components.splice(0..0, self.zone.map(|_| berlin()));
        let properties = vec![property("VERSION:2.0"), property("PRODID:-//example//walk//EN")];
        Component { name: "VCALENDAR".into(), properties, components }
    }

    /// The organizer changes something; says what.
    pub(super) fn organize(&mut self, calendar: &mut Component, random: &mut Random) -> String {
        let who = ATTENDEES[random.below(ATTENDEES.len())];
        let day = FIRST + random.below(self.days.unwrap_or(1));
        let hour = 9 + random.below(6);
        match random.below(if self.days.is_some() { 14 } else { 7 }) {
            0 | 1 => {
                let text = format!("SUMMARY:Title {}", random.below(100));
                for_all(calendar, |item| item.set(property(&text)));
                text
            }
            2 => {
                let text = format!("LOCATION:Place {}", random.below(100));
                for_all(calendar, |item| item.set(property(&text)));
                text
            }
            3 => {
                for_all(calendar, |item| toggle(item, who));
                format!("{who} in or out")
            }
            4 => {
                self.hour = hour;
                self.move_all(calendar);
                format!("all at {hour}")
            }
            5 => {
                for_all(calendar, |item| set_partstat(item, who, "NEEDS-ACTION"));
                format!("ask {who} again")
            }
            6 => {
                for_all(calendar, |item| item.set(property("SEQUENCE:0")));
                "forget SEQUENCE".to_owned()
            }
            7 => {
                self.on(calendar, day, |item| item.set(property("SUMMARY:Another title")));
                format!("another title on {day}")
            }
            8 => {
                let (start, end) =
                    (self.time("DTSTART", day, hour), self.time("DTEND", day, hour + 1));
                self.on(calendar, day, |item| {
                    item.set(property(&start));
                    item.set(property(&end));
                });
                format!("on {day} at {hour}")
            }
            9 => {
                self.leave_out(calendar, day);
                format!("not on {day}, by EXDATE")
            }
            10 => {
                self.on(calendar, day, |item| item.set(property("STATUS:CANCELLED")));
                format!("not on {day}, by STATUS")
            }
            11 => {
                self.on(calendar, day, |item| toggle(item, who));
                format!("{who} in or out on {day}")
            }
            12 => {
                let id = self.time("RECURRENCE-ID", day, self.hour);
                let exdate = self.time("EXDATE", day, self.hour);
                let (id, exdate) = (property(&id), property(&exdate));
                calendar.components.retain(|item| item.property("RECURRENCE-ID") != Some(&id));
                for_all(calendar, |item| item.properties.retain(|line| *line != exdate));
                format!("as usual on {day}")
            }
            _ => {
                let days = 2 + random.below(5);
                self.days = Some(days);
                for_all(calendar, |item| {
                    if item.property("RRULE").is_some() {
                        item.set(property(&format!("RRULE:FREQ=DAILY;COUNT={days}")));
                    }
                });
                self.drop_strays(calendar);
                format!("{days} days")
            }
        }
    }

    /// An attendee changes something; says what.
    pub(super) fn attend(
        &self,
        calendar: &mut Component,
        who: &str,
        random: &mut Random,
    ) -> String {
        let day = FIRST + random.below(self.days.unwrap_or(1));
        let partstat = ["ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION"][random.below(4)];
        match random.below(if self.days.is_some() { 7 } else { 4 }) {
            0 | 1 => {
                for_all(calendar, |item| set_partstat(item, who, partstat));
                format!("{partstat} to all")
            }
            2 => {
                let alarm =
                    "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Go\nTRIGGER:-PT5M\nEND:VALARM";
                let alarm = Component::parse(alarm).expect("an alarm");
                for_all(calendar, |item| item.components = vec![alarm.clone()]);
                "an alarm".to_owned()
            }
            3 => {
                for_all(calendar, |item| item.set(property("CATEGORIES:Mine")));
                for_all(calendar, |item| item.set(property("SUMMARY:My own title")));
                "a title of his own".to_owned()
            }
            4 | 5 => {
                self.on(calendar, day, |item| set_partstat(item, who, partstat));
                format!("{partstat} to {day}")
            }
            _ => {
                self.leave_out(calendar, day);
                format!("without {day}")
            }
        }
    }

    fn time(&self, name: &str, day: usize, hour: usize) -> String {
        match self.zone {
            Some(zone) => format!("{name};TZID={zone}:202603{day:02}T{hour:02}0000"),
            None => format!("{name}:202603{day:02}T{hour:02}0000Z"),
        }
    }

    /// Edits the component of a day, which is made where there is none. A day that is not in the series, or is left
    /// out, stays so.
    fn on(&self, calendar: &mut Component, day: usize, edit: impl FnOnce(&mut Component)) {
        let id = property(&self.time("RECURRENCE-ID", day, self.hour));
        if let Some(item) =
            calendar.items_mut().find(|item| item.property("RECURRENCE-ID") == Some(&id))
        {
            return edit(item);
        }
        let exdate = property(&self.time("EXDATE", day, self.hour));
        let series = calendar.items().find(|item| item.property("RRULE").is_some()).cloned();
        let Some(mut item) = series.filter(|series| !series.properties.contains(&exdate)) else {
            return;
        };
        if day >= FIRST + count(&item) {
            return;
        }
        item.properties.retain(|line| !matches!(line.name.as_str(), "RRULE" | "EXDATE"));
        item.set(property(&self.time("DTSTART", day, self.hour)));
        item.set(property(&self.time("DTEND", day, self.hour + 1)));
        item.set(id);
        edit(&mut item);
        calendar.components.push(item);
    }

    fn leave_out(&self, calendar: &mut Component, day: usize) {
        let id = property(&self.time("RECURRENCE-ID", day, self.hour));
        let exdate = property(&self.time("EXDATE", day, self.hour));
        calendar.components.retain(|item| item.property("RECURRENCE-ID") != Some(&id));
        for item in calendar.items_mut().filter(|item| item.property("RRULE").is_some()) {
            if !item.properties.contains(&exdate) {
                item.properties.push(exdate.clone());
            }
        }
    }

    /// A client that moves the series gives up what it had for single days.
    fn move_all(&self, calendar: &mut Component) {
        calendar.components.retain(|item| item.property("RECURRENCE-ID").is_none());
        let (start, end) =
            (self.time("DTSTART", FIRST, self.hour), self.time("DTEND", FIRST, self.hour + 1));
        for_all(calendar, |item| {
            item.properties.retain(|line| line.name != "EXDATE");
            item.set(property(&start));
            item.set(property(&end));
        });
    }

    fn drop_strays(&self, calendar: &mut Component) {
        let days = self.days.unwrap_or(1);
        let ids: Vec<Property> = (FIRST..FIRST + days)
            .map(|day| property(&self.time("RECURRENCE-ID", day, self.hour)))
            .collect();
        calendar
            .components
            .retain(|item| item.property("RECURRENCE-ID").is_none_or(|id| ids.contains(id)));
    }
}

fn for_all(calendar: &mut Component, edit: impl Fn(&mut Component)) {
    calendar.items_mut().for_each(edit);
}

fn toggle(item: &mut Component, who: &str) {
    let address = address(who);
    if item.attendee(&address).is_some() {
        item.properties.retain(|line| line.name != "ATTENDEE" || !line.is_address(&address));
    } else {
        item.properties.push(property(&format!("ATTENDEE;RSVP=TRUE:{address}")));
    }
}

fn set_partstat(item: &mut Component, who: &str, partstat: &str) {
    if let Some(line) = item.attendee_mut(&address(who)) {
        line.set_parameter("PARTSTAT", Some(partstat));
    }
}

fn count(series: &Component) -> usize {
    let rule = series.value("RRULE").and_then(|rule| rule.rsplit('=').next());
    rule.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn address(name: &str) -> String {
    format!("mailto:{name}@example.com")
}

fn property(line: &str) -> Property {
    Property::parse(line).expect("a content line")
}

fn berlin() -> Component {
    const ZONE: &str = "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\n\
        BEGIN:DAYLIGHT\nDTSTART:19810329T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:+0100\n\
        TZOFFSETTO:+0200\nEND:DAYLIGHT\nBEGIN:STANDARD\nDTSTART:19961027T030000\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE";
    Component::parse(ZONE).expect("a time zone")
}
