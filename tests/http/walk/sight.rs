//! What one sees of a meeting, date by date. The server expands it (RFC 4791 9.6.5), for the organizer's object and the
//! attendee's copy alike.

use std::collections::BTreeMap;

use crate::harness::client::Client;
use crate::harness::multistatus::Member;
use crate::icalendar::Component;

/// An instance as its participants see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    times: [Option<String>; 2],
    texts: [Option<String>; 2],
    people: BTreeMap<String, String>,
}

type Sights = BTreeMap<String, Sight>;

/// The resource that holds a UID in a user's calendar.
pub(super) fn find(client: &Client, uid: &str, expand: Option<&str>) -> Option<Member> {
    let data = match expand {
        Some(range) => format!("<C:calendar-data><C:expand {range}/></C:calendar-data>"),
        None => "<C:calendar-data/>".to_owned(),
    };
    let body = format!(
        "<D:prop><D:getetag/><C:schedule-tag/>{data}</D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">\
         <C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"UID\"><C:text-match collation=\"i;octet\">{uid}\
         </C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>"
    );
    let answer = client.report(&client.at("calendar/"), "C:calendar-query", &body).multistatus();
    answer.responses.into_iter().find(|member| member.href.ends_with(".ics"))
}

/// What an attendee sees in somebody's object: the instances he is in that are not cancelled.
pub(super) fn of(client: &Client, uid: &str, attendee: &str) -> Sights {
    const RANGE: &str = "start=\"20260101T000000Z\" end=\"20270101T000000Z\"";
    let Some(found) = find(client, uid, Some(RANGE)) else { return Sights::new() };
    let calendar = Component::parse(found.text("C:calendar-data")).expect("a calendar");
    let is_his = |item: &&Component| {
        item.attendee(&format!("mailto:{attendee}@example.com")).is_some()
            && item.property("ORGANIZER").is_some()
            && item.value("STATUS") != Some("CANCELLED")
    };
    calendar
        .items()
        .filter(is_his)
        .map(|item| (item.value("RECURRENCE-ID").unwrap_or_default().to_owned(), sight(item)))
        .collect()
}

fn sight(item: &Component) -> Sight {
    let text = |name: &str| item.value(name).map(str::to_owned);
    let people = item.properties_named("ATTENDEE").map(|line| {
        let partstat = line.parameter("PARTSTAT").unwrap_or_else(|| "NEEDS-ACTION".to_owned());
        (line.value.to_ascii_lowercase(), partstat)
    });
    Sight {
        times: [text("DTSTART"), text("DTEND")],
        texts: [text("SUMMARY"), text("LOCATION")],
        people: people.collect(),
    }
}

/// Whether the attendee's copy shows what the organizer's object says of the instances he is in.
pub(super) fn agree(organizers: &Sights, his: &Sights, name: &str) -> Result<(), String> {
    let own = format!("mailto:{name}@example.com");
    for (id, told) in organizers {
        match his.get(id) {
            Some(sight) if sight == told => {}
            Some(sight) => return Err(format!("{name}, {id}: {sight:?} is not {told:?}")),
            // What he declined and threw away he does not see.
            None if told.people.get(&own).is_some_and(|partstat| partstat == "DECLINED") => {}
            None => return Err(format!("{name}, {id}: {told:?} is missing")),
        }
    }
    match his.keys().find(|id| !organizers.contains_key(*id)) {
        Some(id) => Err(format!("{name}, {id}: it should not be there")),
        None => Ok(()),
    }
}
