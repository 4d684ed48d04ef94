//! Report bodies with some of them gone, doubled or replaced: read or refused, without a panic and in bounded work.

use calendar::filter::Filter;
use calendar::select::CalendarDataRequest;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::xml::{Element, names, read};

/// RFC 4791 7.8.1, 7.8.3 and 7.8.7, and all that the grammar of filters has.
const BODIES: [&str; 4] = [
    "<C:calendar-query xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getetag/>\
     <C:calendar-data><C:comp name='VCALENDAR'><C:prop name='VERSION'/><C:comp name='VEVENT'>\
     <C:prop name='SUMMARY' novalue='yes'/><C:allcomp/></C:comp><C:comp name='VTIMEZONE'/></C:comp>\
     </C:calendar-data></D:prop><C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'>\
     <C:time-range start='20060104T000000Z' end='20060105T000000Z'/></C:comp-filter></C:comp-filter>\
     </C:filter></C:calendar-query>",
    "<C:calendar-query xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data \
     content-type='text/calendar' version='2.0'><C:expand start='20060103T000000Z' end='20060105T000000Z'/>\
     <C:limit-freebusy-set start='20060102T000000Z' end='20060103T000000Z'/></C:calendar-data></D:prop>\
     <C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VTODO'><C:comp-filter name='VALARM'>\
     <C:time-range start='20060106T100000Z'/></C:comp-filter></C:comp-filter></C:comp-filter></C:filter>\
     </C:calendar-query>",
    "<calendar-query xmlns='urn:ietf:params:xml:ns:caldav'><filter><comp-filter name='VCALENDAR'>\
     <comp-filter name='VEVENT'><prop-filter name='ATTENDEE'><text-match collation='i;ascii-casemap'>\
     mailto:lisa@example.com</text-match><param-filter name='PARTSTAT'><text-match>NEEDS-ACTION</text-match>\
     </param-filter></prop-filter></comp-filter></comp-filter></filter></calendar-query>",
    "<?xml version='1.0' encoding='utf-8'?><f:calendar-query xmlns:f='urn:ietf:params:xml:ns:caldav'>\
     <!-- all of it --><f:filter><f:comp-filter name='VCALENDAR'><f:comp-filter name='VTODO'>\
     <f:prop-filter name='COMPLETED'><f:is-not-defined/></f:prop-filter><f:prop-filter name='STATUS'>\
     <f:text-match negate-condition='yes' collation='i;unicode-casemap'><![CDATA[CAN]]>CEL&#x4c;ED&amp;\
     </f:text-match></f:prop-filter><f:prop-filter name='DUE'><f:time-range end='20060106T100000Z'/>\
     <f:param-filter name='TZID'><f:is-not-defined/></f:param-filter></f:prop-filter></f:comp-filter>\
     </f:comp-filter></f:filter></f:calendar-query>",
];

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let splinter = select(vec![
        "",
        "<",
        ">",
        "/>",
        "</",
        "'",
        "\"",
        "&",
        "&lt;",
        "&#0;",
        "]]>",
        "<!--",
        "<![CDATA[",
        "<!DOCTYPE a>",
        "\0",
        "\u{e9}",
        "xmlns=''",
        "name='VEVENT'",
        "<C:comp-filter name='X'>",
        "</C:comp-filter>",
        "<C:is-not-defined/>",
        "99999999T999999Z",
        "C:",
    ]);
    let wound = (any::<Index>(), 0..60_usize, splinter, 0..4_usize);
    (select(BODIES.to_vec()), prop::collection::vec(wound, 0..6)).prop_map(|(body, wounds)| {
        let mut octets = body.as_bytes().to_vec();
        for (at, length, splinter, copies) in wounds {
            let start = at.index(octets.len() + 1);
            let end = (start + length).min(octets.len());
            let mut inserted = splinter.as_bytes().to_vec();
            inserted.extend_from_slice(&octets[start..end].repeat(copies));
            octets.splice(start..end, inserted);
        }
        octets
    })
}

/// What the reports understand of a body; `None`: not even XML.
fn understand(octets: &[u8]) -> Option<bool> {
    let body = read(octets).ok()?;
    let filter = body.find(names::FILTER).map(Filter::try_from);
    let data = body.find(names::PROP).and_then(|prop: &Element| prop.find(names::CALENDAR_DATA));
    let data = data.map(CalendarDataRequest::try_from);
    Some(filter.is_none_or(|filter| filter.is_ok()) && data.is_none_or(|data| data.is_ok()))
}

proptest! {
    #[test]
    fn any_body_is_understood_or_refused(octets in damaged()) {
        understand(&octets);
    }
}

#[test]
fn the_bodies_are_understood_when_nothing_is_damaged() {
    for body in BODIES {
        assert_eq!(understand(body.as_bytes()), Some(true), "{body}");
    }
}

/// 64 KB of one thing: a test that has no bound does not end.
#[test]
fn large_bodies_are_understood_or_refused() {
    const SIZE: usize = 64 * 1024;
    let filter = |inside: &str| {
        format!(
            "<filter xmlns='urn:ietf:params:xml:ns:caldav'><comp-filter name='VCALENDAR'>{inside}</comp-filter></filter>"
        )
    };
    let times = |part: &str| part.repeat(SIZE / part.len() - 3);

    for body in [
        filter(&times("<comp-filter name='VEVENT'/>")),
        filter(&times("<comp-filter name='X'>")),
        filter(&format!(
            "<comp-filter name='VEVENT'><prop-filter name='UID'><text-match>{}</text-match></prop-filter></comp-filter>",
            times("&amp;")
        )),
        filter(&times("<!---->")),
        format!("<a {}/>", (0..6_000).map(|n| format!("a{n}='' ")).collect::<String>()),
        format!(
            "<a {}/>",
            (0..2_500).map(|n| format!("xmlns:a{n}='urn:{n}' ")).collect::<String>()
        ),
        times("<a>"),
        times("&lt;"),
    ] {
        understand(body.as_bytes());
    }
}
