//! The example queries of RFC 4791 7.8 to 7.10 on the data of its appendix B.

use crate::harness::World;
use crate::harness::case::{Case, case_on};
use crate::harness::client::{Client, Response, document};
use crate::harness::{Engine, Person};

pub(crate) fn cases() -> Vec<Case> {
    vec![case_on("the examples of RFC 4791 7.8 to 7.10 have the answers of the RFC", examples)]
}

const APPENDIX_B: [(&str, &str); 8] = [
    ("abcd1", include_str!("../appendix-b/abcd1.ics")),
    ("abcd2", include_str!("../appendix-b/abcd2.ics")),
    ("abcd3", include_str!("../appendix-b/abcd3.ics")),
    ("abcd4", include_str!("../appendix-b/abcd4.ics")),
    ("abcd5", include_str!("../appendix-b/abcd5.ics")),
    ("abcd6", include_str!("../appendix-b/abcd6.ics")),
    ("abcd7", include_str!("../appendix-b/abcd7.ics")),
    ("abcd8", include_str!("../appendix-b/abcd8.ics")),
];

/// What an answer says of an object.
enum Data {
    /// All that is stored.
    Whole,
    /// These lines; `ZONE` is the VTIMEZONE that is stored.
    Lines(&'static str),
}

/// An example: its section, the report and its body, and the objects of the answer.
struct Example {
    section: &'static str,
    report: &'static str,
    body: &'static str,
    answer: &'static [(&'static str, Data)],
}

const EXAMPLES: &[Example] = &[
    Example {
        section: "7.8.1",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/>
            <C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="UID"/><C:prop name="DTSTART"/>
            <C:prop name="DTEND"/><C:prop name="DURATION"/><C:prop name="RRULE"/><C:prop name="RDATE"/>
            <C:prop name="EXRULE"/><C:prop name="EXDATE"/><C:prop name="RECURRENCE-ID"/></C:comp>
            <C:comp name="VTIMEZONE"/></C:comp></C:calendar-data></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:time-range start="20060104T000000Z" end="20060105T000000Z"/>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        // The RFC's second object has a PRODID, which was not asked for.
        answer: &[
            (
                "abcd2",
                Data::Lines(
                    "BEGIN:VCALENDAR|VERSION:2.0|ZONE|\
                     BEGIN:VEVENT|DTSTART;TZID=US/Eastern:20060102T120000|DURATION:PT1H|\
                     RRULE:FREQ=DAILY;COUNT=5|SUMMARY:Event #2|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|\
                     BEGIN:VEVENT|DTSTART;TZID=US/Eastern:20060104T140000|DURATION:PT1H|\
                     RECURRENCE-ID;TZID=US/Eastern:20060104T120000|SUMMARY:Event #2 bis|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|\
                     BEGIN:VEVENT|DTSTART;TZID=US/Eastern:20060106T140000|DURATION:PT1H|\
                     RECURRENCE-ID;TZID=US/Eastern:20060106T120000|SUMMARY:Event #2 bis bis|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|END:VCALENDAR",
                ),
            ),
            (
                "abcd3",
                Data::Lines(
                    "BEGIN:VCALENDAR|VERSION:2.0|ZONE|\
                     BEGIN:VEVENT|DTSTART;TZID=US/Eastern:20060104T100000|DURATION:PT1H|\
                     SUMMARY:Event #3|UID:DC6C50A017428C5216A2F1CD@example.com|END:VEVENT|\
                     END:VCALENDAR",
                ),
            ),
        ],
    },
    Example {
        section: "7.8.2",
        report: "C:calendar-query",
        body: r#"<D:prop><C:calendar-data>
            <C:limit-recurrence-set start="20060103T000000Z" end="20060105T000000Z"/>
            </C:calendar-data></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:time-range start="20060103T000000Z" end="20060105T000000Z"/>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        answer: &[
            (
                "abcd2",
                Data::Lines(
                    "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example Corp.//CalDAV Client//EN|ZONE|\
                     BEGIN:VEVENT|DTSTAMP:20060206T001121Z|\
                     DTSTART;TZID=US/Eastern:20060102T120000|DURATION:PT1H|\
                     RRULE:FREQ=DAILY;COUNT=5|SUMMARY:Event #2|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|\
                     BEGIN:VEVENT|DTSTAMP:20060206T001121Z|\
                     DTSTART;TZID=US/Eastern:20060104T140000|DURATION:PT1H|\
                     RECURRENCE-ID;TZID=US/Eastern:20060104T120000|SUMMARY:Event #2 bis|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|END:VCALENDAR",
                ),
            ),
            ("abcd3", Data::Whole),
        ],
    },
    Example {
        section: "7.8.3",
        report: "C:calendar-query",
        body: r#"<D:prop><C:calendar-data>
            <C:expand start="20060103T000000Z" end="20060105T000000Z"/></C:calendar-data></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:time-range start="20060103T000000Z" end="20060105T000000Z"/>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        // The times of the RFC's answer have lost the Z that 9.6.5 asks for.
        answer: &[
            (
                "abcd2",
                Data::Lines(
                    "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example Corp.//CalDAV Client//EN|\
                     BEGIN:VEVENT|DTSTAMP:20060206T001121Z|DTSTART:20060103T170000Z|DURATION:PT1H|\
                     RECURRENCE-ID:20060103T170000Z|SUMMARY:Event #2|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|\
                     BEGIN:VEVENT|DTSTAMP:20060206T001121Z|DTSTART:20060104T190000Z|DURATION:PT1H|\
                     RECURRENCE-ID:20060104T170000Z|SUMMARY:Event #2 bis|\
                     UID:00959BC664CA650E933C892C@example.com|END:VEVENT|END:VCALENDAR",
                ),
            ),
            (
                "abcd3",
                Data::Lines(
                    "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example Corp.//CalDAV Client//EN|\
                     BEGIN:VEVENT|ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cyrus@example.com|\
                     ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:lisa@example.com|\
                     DTSTAMP:20060206T001220Z|DTSTART:20060104T150000Z|DURATION:PT1H|\
                     LAST-MODIFIED:20060206T001330Z|ORGANIZER:mailto:cyrus@example.com|\
                     SEQUENCE:1|STATUS:TENTATIVE|SUMMARY:Event #3|\
                     UID:DC6C50A017428C5216A2F1CD@example.com|\
                     X-ABC-GUID:E1CX5Dr-0007ym-Hz@example.com|END:VEVENT|END:VCALENDAR",
                ),
            ),
        ],
    },
    Example {
        section: "7.8.4",
        report: "C:calendar-query",
        body: r#"<D:prop><C:calendar-data>
            <C:limit-freebusy-set start="20060102T000000Z" end="20060103T000000Z"/>
            </C:calendar-data></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VFREEBUSY">
            <C:time-range start="20060102T000000Z" end="20060103T000000Z"/>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        // The RFC's answer has other hours in DTSTART and DTEND than its appendix B.
        answer: &[(
            "abcd8",
            Data::Lines(
                "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Example Corp.//CalDAV Client//EN|\
                 BEGIN:VFREEBUSY|ORGANIZER;CN=\"Bernard Desruisseaux\":mailto:bernard@example.com|\
                 UID:76ef34-54a3d2@example.com|DTSTAMP:20050530T123421Z|DTSTART:20060101T000000Z|\
                 DTEND:20060108T000000Z|\
                 FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z|\
                 END:VFREEBUSY|END:VCALENDAR",
            ),
        )],
    },
    Example {
        section: "7.8.5",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO">
            <C:comp-filter name="VALARM">
            <C:time-range start="20060106T100000Z" end="20060107T100000Z"/>
            </C:comp-filter></C:comp-filter></C:comp-filter></C:filter>"#,
        // Task #2 of the RFC's answer is due at noon: see `noon`. That of its appendix B is due on that day,
        // and its alarm is on the evening before.
        answer: &[("noon", Data::Whole)],
    },
    Example {
        section: "7.8.6",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:prop-filter name="UID"><C:text-match collation="i;octet"
            >DC6C50A017428C5216A2F1CD@example.com</C:text-match></C:prop-filter>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        answer: &[("abcd3", Data::Whole)],
    },
    Example {
        section: "7.8.7",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:prop-filter name="ATTENDEE"><C:text-match collation="i;ascii-casemap"
            >mailto:lisa@example.com</C:text-match><C:param-filter name="PARTSTAT">
            <C:text-match collation="i;ascii-casemap">NEEDS-ACTION</C:text-match></C:param-filter>
            </C:prop-filter></C:comp-filter></C:comp-filter></C:filter>"#,
        answer: &[("abcd3", Data::Whole)],
    },
    Example {
        section: "7.8.8",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/>
            </C:comp-filter></C:filter>"#,
        answer: &[("abcd1", Data::Whole), ("abcd2", Data::Whole), ("abcd3", Data::Whole)],
    },
    Example {
        section: "7.8.9",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO">
            <C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter>
            <C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match>
            </C:prop-filter></C:comp-filter></C:comp-filter></C:filter>"#,
        answer: &[("abcd4", Data::Whole), ("abcd5", Data::Whole), ("noon", Data::Whole)],
    },
    Example {
        section: "7.8.10",
        report: "C:calendar-query",
        body: r#"<D:prop><D:getetag/><C:calendar-data/></D:prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
            <C:prop-filter name="X-ABC-GUID"><C:text-match>ABC</C:text-match></C:prop-filter>
            </C:comp-filter></C:comp-filter></C:filter>"#,
        // The RFC shows a server that cannot search this property (7.7 leaves it to the server). This one
        // can, and no value holds ABC.
        answer: &[],
    },
    Example {
        section: "7.9.1",
        report: "C:calendar-multiget",
        body: "<D:prop><D:getetag/><C:calendar-data/></D:prop>\
            <D:href>/dav/calendars/bernard/work/abcd1.ics</D:href>\
            <D:href>/dav/calendars/bernard/work/mtg1.ics</D:href>",
        answer: &[("abcd1", Data::Whole)],
    },
];

fn examples(engine: Engine) {
    let world = World::with_people(engine, &[Person::of_this_house("bernard")]);
    let bernard = world.user("bernard");
    let work = bernard.at("work/");
    let components = "<D:set><D:prop><C:supported-calendar-component-set><C:comp name=\"VEVENT\"/>\
        <C:comp name=\"VTODO\"/><C:comp name=\"VFREEBUSY\"/></C:supported-calendar-component-set>\
        </D:prop></D:set>";
    let body = document("C:mkcalendar", components);
    bernard.request("MKCALENDAR", &work).xml(&body).send().expect(201);
    for (name, file) in APPENDIX_B {
        bernard.put(&format!("{work}{name}.ics"), &file.replace('\n', "\r\n")).expect(201);
    }
    busy_time(&bernard, &work);
    bernard.put(&format!("{work}noon.ics"), &noon()).expect(201);
    for example in EXAMPLES {
        let answer = bernard.report(&work, example.report, example.body);
        check(&bernard, &work, example, &answer);
    }
}

/// Task #2 as the answer of 7.8.5 has it.
fn noon() -> String {
    let [_, _, _, _, (_, task), ..] = APPENDIX_B;
    task.replace("DUE;VALUE=DATE:20060106", "DUE;TZID=US/Eastern:20060106T120000")
        .replace("UID:E10BA47467C5C69BB74E8720@", "UID:noon@")
        .replace('\n', "\r\n")
}

#[track_caller]
fn check(client: &Client, work: &str, example: &Example, answer: &Response) {
    let section = example.section;
    let multistatus = answer.multistatus();
    let mut hrefs: Vec<String> =
        example.answer.iter().map(|(name, _)| format!("{work}{name}.ics")).collect();
    if section == "7.9.1" {
        hrefs.push(format!("{work}mtg1.ics"));
        assert_eq!(multistatus.member(&hrefs[1]).status, Some(404), "{section}");
    }
    assert_eq!(multistatus.hrefs(), hrefs, "{section}");
    for ((_, data), href) in example.answer.iter().zip(&hrefs) {
        let member = multistatus.member(href);
        let stored = client.get(href).expect(200);
        if example.body.contains("getetag") {
            assert_eq!(member.text("D:getetag"), stored.etag(), "{section}");
        }
        let expected = match data {
            Data::Whole => stored.text().replace("\r\n", "|"),
            Data::Lines(lines) => lines.replace("ZONE", zone()),
        };
        assert_eq!(
            unordered(expected.split(['|', '\n'])),
            unordered(member.text("C:calendar-data").lines()),
            "{section}: {href}"
        );
    }
}

/// The VTIMEZONE of the events.
fn zone() -> &'static str {
    let [(_, event), ..] = APPENDIX_B;
    let start = event.find("BEGIN:VTIMEZONE").expect("a time zone");
    let end = event.find("\nBEGIN:VEVENT").expect("an event");
    &event[start..end]
}

/// The lines of a calendar, each run of properties in one order: theirs has no meaning.
fn unordered<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut ordered: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let is_edge = |line: &&str| line.starts_with("BEGIN:") || line.starts_with("END:");
    for run in ordered.split_mut(is_edge) {
        run.sort_unstable();
    }
    ordered
}

/// 7.10.1: the text asks about nine to five of one day, and the answer is of that day; the request that is
/// printed ends on the next.
fn busy_time(client: &Client, work: &str) {
    for (end, expected) in [
        (
            "20060104T220000Z",
            &[
                "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H",
                "FREEBUSY:20060104T190000Z/PT1H",
            ][..],
        ),
        (
            "20060105T220000Z",
            &[
                "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/PT1H",
                "FREEBUSY:20060104T190000Z/PT1H",
                "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/PT2H",
                "FREEBUSY:20060105T170000Z/PT1H",
            ],
        ),
    ] {
        let range = format!("<C:time-range start=\"20060104T140000Z\" end=\"{end}\"/>");
        let answer = client.report(work, "C:free-busy-query", &range).expect(200);
        assert_eq!(answer.header("Content-Type").as_deref(), Some("text/calendar; charset=utf-8"));
        let lines = answer.text().lines();
        let busy: Vec<&str> = lines.filter(|line| line.starts_with("FREEBUSY")).collect();
        assert_eq!(busy, expected, "7.10.1 up to {end}");
    }
}
