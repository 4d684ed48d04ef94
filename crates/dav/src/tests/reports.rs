//! calendar-multiget and calendar-query (RFC 4791 7.8 and 7.9).

use super::{Answer, Server, event_on};
use crate::xml::names;

const HOME: &str = "/dav/calendars/alice/";
const CALENDAR: &str = "/dav/calendars/alice/calendar/";

impl Server {
    async fn report(&self, path: &str, headers: &str, body: &str) -> Answer {
        self.send("alice", &format!("REPORT {path}"), headers, body).await
    }

    async fn multiget(&self, path: &str, prop: &str, hrefs: &[&str]) -> Answer {
        let hrefs: String = hrefs.iter().map(|href| format!("<href>{href}</href>")).collect();
        let body = format!(
            "<C:calendar-multiget {}><prop>{prop}</prop>{hrefs}</C:calendar-multiget>",
            super::NAMESPACES
        );
        self.report(path, "", &body).await
    }

    async fn query(&self, path: &str, headers: &str, inside: &str) -> Answer {
        let body = format!(
            "<C:calendar-query {}><prop><getetag/></prop>{inside}</C:calendar-query>",
            super::NAMESPACES
        );
        self.report(path, headers, &body).await
    }

    async fn store(&self, path: &str, body: &str) {
        let answer = self.send("alice", &format!("PUT {HOME}{path}"), "", body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
    }
}

impl Answer {
    /// The last path segments of the responses, sorted.
    fn names(&self) -> Vec<String> {
        assert_eq!(self.status, 207, "{}", self.body);
        let last = |href: String| href.rsplit('/').next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = self.hrefs().into_iter().map(last).collect();
        names.sort();
        names
    }

    /// The status of the response about this address.
    fn status_of(&self, href: &str) -> String {
        let body = self.xml();
        let response = body
            .find_all(names::RESPONSE)
            .find(|response| response.find(names::HREF).unwrap().text() == href)
            .unwrap_or_else(|| panic!("no {href}: {}", self.body));
        let status = response.find(names::STATUS).expect("a status").text().into_owned();
        status.split(' ').nth(1).unwrap().to_owned()
    }
}

/// A filter on events.
fn events(inside: &str) -> String {
    format!(
        "<C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'>{inside}\
         </C:comp-filter></C:comp-filter></C:filter>"
    )
}

fn range(start: &str, end: &str) -> String {
    let attribute = |name: &str, day: &str| match day {
        "" => String::new(),
        day => format!(" {name}='{day}T000000Z'"),
    };
    format!("<C:time-range{}{}/>", attribute("start", start), attribute("end", end))
}

#[tokio::test]
async fn a_multiget_answers_about_each_address() {
    let server = Server::start().await;
    for number in 0..20 {
        server.store(&format!("calendar/{number}.ics"), &event_on(&number.to_string(), 4)).await;
    }
    let there: Vec<String> = (0..20).map(|number| format!("{CALENDAR}{number}.ics")).collect();
    let mut hrefs: Vec<&str> = there.iter().map(String::as_str).collect();
    hrefs.extend([
        "/dav/calendars/alice/calendar/gone%20too.ics",
        "/dav/calendars/alice/calendar/%31.ics",
        "http://dav.example/dav/calendars/alice/calendar/2.ics",
        "/dav/calendars/alice/tasks/1.ics",
        "/dav/calendars/bob/calendar/1.ics",
    ]);
    let answer = server.multiget(CALENDAR, "<getetag/><C:calendar-data/>", &hrefs).await;
    assert_eq!(answer.status, 207);
    assert_eq!(answer.hrefs().len(), 23);
    for (number, href) in there.iter().enumerate() {
        let (status, data) = answer.property(href, names::CALENDAR_DATA).unwrap();
        // XML makes CRLF one character, unless it is written as a reference (RFC 4791 9.6).
        let sent = event_on(&number.to_string(), 4);
        assert_eq!(data.text().replace("\r\n", "\n"), sent.replace("\r\n", "\n"));
        assert_eq!(status, 200);
        assert!(answer.property(href, names::GETETAG).is_some());
    }
    for (href, status) in [
        ("/dav/calendars/alice/calendar/gone%20too.ics", "404"),
        ("/dav/calendars/alice/tasks/1.ics", "403"),
        ("/dav/calendars/bob/calendar/1.ics", "403"),
    ] {
        assert_eq!(answer.status_of(href), status, "{href}");
    }
}

#[tokio::test]
async fn a_multiget_reaches_as_far_as_its_resource() {
    let server = Server::start().await;
    server.store("calendar/a.ics", &event_on("a", 4)).await;
    let a = format!("{CALENDAR}a.ics");
    let lost = "/dav/calendars/alice/lost/a.ics";
    // RFC 4791 7.9: any depth within a collection; the object itself.
    let home = server.multiget(HOME, "<getetag/>", &[&a, lost]).await;
    assert_eq!(home.property(&a, names::GETETAG).unwrap().0, 200);
    assert_eq!(home.status_of(lost), "404");
    let object = server.multiget(&a, "<getetag/>", &[&a, lost]).await;
    assert_eq!(object.property(&a, names::GETETAG).unwrap().0, 200);
    assert_eq!(object.status_of(lost), "403");
    let gone = server.multiget(&format!("{CALENDAR}gone.ics"), "<getetag/>", &[&a]).await;
    assert_eq!(gone.status, 404);
    let outbox = server.multiget(&format!("{HOME}outbox/"), "<getetag/>", &[&a]).await;
    assert_eq!(outbox.status, 403);
}

#[tokio::test]
async fn absent_properties_are_told_unless_little_is_preferred() {
    let server = Server::start().await;
    server.store("calendar/a.ics", &event_on("a", 4)).await;
    let a = format!("{CALENDAR}a.ics");
    let full = server.multiget(CALENDAR, "<getetag/><C:schedule-tag/><Z:z/>", &[&a]).await;
    assert_eq!(full.property(&a, names::SCHEDULE_TAG).unwrap().0, 404);
    let body = format!(
        "<C:calendar-multiget {}><prop><getetag/><Z:z/></prop><href>{a}</href></C:calendar-multiget>",
        super::NAMESPACES
    );
    let minimal = server.report(CALENDAR, "Prefer: return=minimal", &body).await;
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    assert!(!minimal.body.contains("404"));
    // RFC 4791 9.10: nothing asked, nothing but the address.
    let body = format!(
        "<C:calendar-multiget {}><href>{a}</href></C:calendar-multiget>",
        super::NAMESPACES
    );
    let bare = server.report(CALENDAR, "", &body).await;
    assert_eq!((bare.status.as_u16(), bare.hrefs()), (207, vec![a]));
}

#[tokio::test]
async fn a_query_finds_what_its_filter_says() {
    let server = Server::start().await;
    for (name, day) in [("a", 4), ("b", 5), ("c", 28), ("Dd", 6)] {
        server.store(&format!("calendar/{name}.ics"), &event_on(name, day)).await;
    }
    let weekly = event_on("weekly", 5).replace("SUMMARY:", "RRULE:FREQ=WEEKLY\r\nSUMMARY:");
    server.store("calendar/weekly.ics", &weekly).await;
    let all_day = event_on("day", 7)
        .replace("DTSTART:20270107T100000Z", "DTSTART;VALUE=DATE:20270107")
        .replace("DTEND:20270107T110000Z\r\n", "");
    server.store("calendar/day.ics", &all_day).await;

    let uid = |test: &str| events(&format!("<C:prop-filter name='UID'>{test}</C:prop-filter>"));
    for (filter, expected) in [
        (events(""), "Dd a b c day weekly"),
        (events("<C:is-not-defined/>"), ""),
        (
            "<C:filter><C:comp-filter name='VCALENDAR'/></C:filter>".to_owned(),
            "Dd a b c day weekly",
        ),
        (events("").replace("VEVENT", "VTODO"), ""),
        (events("<C:is-not-defined/>").replace("VEVENT", "VTODO"), "Dd a b c day weekly"),
        // 9.7.5
        (uid("<C:text-match>D</C:text-match>"), "Dd day"),
        (uid("<C:text-match collation='i;octet'>D</C:text-match>"), "Dd"),
        (uid("<C:text-match negate-condition='yes'>d</C:text-match>"), "a b c weekly"),
        (uid("<C:is-not-defined/>"), ""),
        (uid(""), "Dd a b c day weekly"),
        // 9.9
        (events(&range("20270104", "20270105")), "a"),
        (events(&range("20270105", "20270106")), "b weekly"),
        (events(&range("20270107", "20270108")), "day"),
        (events(&range("20270108", "20270109")), ""),
        (events(&range("20270112", "20270113")), "weekly"),
        (events(&range("20270128", "")), "c weekly"),
        (events(&range("", "20270105")), "a"),
        // Far beyond what the index holds.
        (events(&range("20990106", "20990107")), "weekly"),
        (events(&range("20990107", "20990108")), ""),
        (
            events(&format!(
                "{}<C:prop-filter name='UID'><C:text-match>b</C:text-match></C:prop-filter>",
                range("20270105", "20270106")
            )),
            "b",
        ),
        // 9.7.2 and 9.7.3: what only the objects tell
        (
            events(
                "<C:prop-filter name='SUMMARY'><C:text-match>ing D</C:text-match></C:prop-filter>",
            ),
            "Dd day",
        ),
        (events("<C:prop-filter name='RRULE'/>"), "weekly"),
        (events("<C:prop-filter name='RRULE'><C:is-not-defined/></C:prop-filter>"), "Dd a b c day"),
        (
            events(
                "<C:prop-filter name='DTSTART'><C:param-filter name='VALUE'><C:text-match>date</C:text-match></C:param-filter></C:prop-filter>",
            ),
            "day",
        ),
        (events("<C:comp-filter name='VALARM'/>"), ""),
        (
            events("<C:comp-filter name='VALARM'><C:is-not-defined/></C:comp-filter>"),
            "Dd a b c day weekly",
        ),
        (
            events(&format!("{}<C:prop-filter name='RRULE'/>", range("20270105", "20270106"))),
            "weekly",
        ),
        // 9.7.1: both hold, so an object in both ranges.
        (
            format!(
                "<C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'>{}</C:comp-filter>\
                 <C:comp-filter name='VEVENT'>{}</C:comp-filter></C:comp-filter></C:filter>",
                range("20270105", "20270106"),
                range("20270201", "20270203"),
            ),
            "weekly",
        ),
    ] {
        for headers in ["Depth: 1", ""] {
            let answer = server.query(CALENDAR, headers, &filter).await;
            let names = answer.names().join(" ").replace(".ics", "");
            assert_eq!(names, expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn a_query_places_floating_times_by_the_zone_it_sends() {
    let server = Server::start().await;
    let floating = event_on("f", 5).replace("100000Z", "233000").replace("110000Z", "234500");
    server.store("calendar/f.ics", &floating).await;
    let day = events(&range("20270106", "20270107"));
    assert_eq!(server.query(CALENDAR, "", &day).await.names(), [""; 0]);
    let zone = "<C:timezone>BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTIMEZONE\n\
        TZID:America/New_York\nBEGIN:STANDARD\nDTSTART:19671029T020000\nTZOFFSETFROM:-0400\n\
        TZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n</C:timezone>";
    assert_eq!(server.query(CALENDAR, "", &format!("{day}{zone}")).await.names(), ["f.ics"]);
    // RFC 4791 7.3: else by that of the calendar.
    let property = zone.replace("C:timezone", "C:calendar-timezone");
    let set = format!("<set><prop>{property}</prop></set>");
    assert_eq!(server.proppatch(CALENDAR, &set).await.status, 207);
    assert_eq!(server.query(CALENDAR, "", &day).await.names(), ["f.ics"]);
}

#[tokio::test]
async fn a_query_reaches_as_far_as_its_depth() {
    let server = Server::start().await;
    server.send("alice", &format!("MKCALENDAR {HOME}work/"), "", "").await;
    server.store("calendar/a.ics", &event_on("a", 4)).await;
    server.store("work/b.ics", &event_on("b", 5)).await;
    let first = events(&range("20270104", "20270105"));
    for (path, headers, filter, expected) in [
        (HOME, "Depth: 1", events(""), vec!["a.ics", "b.ics"]),
        (HOME, "Depth: infinity", events(""), vec!["a.ics", "b.ics"]),
        (HOME, "Depth: 0", events(""), vec![]),
        (HOME, "", events(""), vec![]),
        ("/dav/calendars/alice/inbox/", "", events(""), vec![]),
        // RFC 3253 3.6: the resource itself.
        ("/dav/calendars/alice/calendar/a.ics", "", first.clone(), vec!["a.ics"]),
        ("/dav/calendars/alice/work/b.ics", "", first, vec![]),
    ] {
        let answer = server.query(path, headers, &filter).await;
        assert_eq!(answer.names(), expected, "{path} {headers}");
    }
}

#[tokio::test]
async fn a_query_returns_the_data_it_is_asked_for() {
    let server = Server::start().await;
    server.store("calendar/a.ics", &event_on("a<&>", 4)).await;
    let body = format!(
        "<C:calendar-query {}><prop><C:calendar-data/></prop>{}</C:calendar-query>",
        super::NAMESPACES,
        events("")
    );
    let answer = server.report(CALENDAR, "Depth: 1", &body).await;
    let (_, data) = answer.property(&format!("{CALENDAR}a.ics"), names::CALENDAR_DATA).unwrap();
    assert_eq!(data.text().replace("\r\n", "\n"), event_on("a<&>", 4).replace("\r\n", "\n"));
}

#[tokio::test]
async fn only_the_parts_asked_for_are_returned() {
    let server = Server::start().await;
    let weekly = event_on("weekly", 5).replace("SUMMARY:", "RRULE:FREQ=WEEKLY\r\nSUMMARY:");
    server.store("calendar/weekly.ics", &weekly).await;
    let href = format!("{CALENDAR}weekly.ics");
    let span = "start='20270112T000000Z' end='20270120T000000Z'";
    for (inside, present, absent) in [
        // RFC 4791 9.6.1 and 9.6.4
        (
            "<C:comp name='VCALENDAR'><C:prop name='VERSION'/><C:comp name='VEVENT'>\
             <C:prop name='UID'/><C:prop name='SUMMARY' novalue='yes'/></C:comp></C:comp>"
                .to_owned(),
            vec!["VERSION:2.0", "UID:weekly", "SUMMARY:\n"],
            vec!["PRODID", "DTSTART", "Meeting"],
        ),
        // 9.6.5
        (
            format!("<C:expand {span}/>"),
            vec!["DTSTART:20270112T100000Z", "RECURRENCE-ID:20270119T100000Z"],
            vec!["RRULE", "20270105T100000Z"],
        ),
        // 9.6.6
        (format!("<C:limit-recurrence-set {span}/>"), vec!["RRULE", "20270105T100000Z"], vec![]),
    ] {
        let prop = format!("<getetag/><C:calendar-data>{inside}</C:calendar-data>");
        let multiget = server.multiget(CALENDAR, &prop, &[&href]).await;
        let body = format!(
            "<C:calendar-query {}><prop>{prop}</prop>{}</C:calendar-query>",
            super::NAMESPACES,
            events("")
        );
        let query = server.report(CALENDAR, "", &body).await;
        for answer in [multiget, query] {
            let (status, data) = answer.property(&href, names::CALENDAR_DATA).unwrap();
            let data = data.text().replace("\r\n", "\n");
            assert_eq!(status, 200);
            assert!(present.iter().all(|text| data.contains(text)), "{inside}: {data}");
            assert!(!absent.iter().any(|text| data.contains(text)), "{inside}: {data}");
            assert!(answer.property(&href, names::GETETAG).is_some());
        }
    }
}

#[tokio::test]
async fn an_expansion_without_bounds_is_cut_off_for_that_object_alone() {
    let server = Server::start().await;
    let daily = event_on("daily", 5).replace("SUMMARY:", "RRULE:FREQ=DAILY\r\nSUMMARY:");
    server.store("calendar/daily.ics", &daily).await;
    server.store("calendar/once.ics", &event_on("once", 6)).await;
    let prop = "<C:calendar-data><C:expand start='20270101T000000Z' end='21990101T000000Z'/></C:calendar-data>";
    let hrefs = [format!("{CALENDAR}daily.ics"), format!("{CALENDAR}once.ics")];
    let hrefs: Vec<&str> = hrefs.iter().map(String::as_str).collect();
    let answer = server.multiget(CALENDAR, prop, &hrefs).await;
    assert_eq!(answer.status_of(hrefs[0]), "507");
    assert_eq!(answer.property(hrefs[1], names::CALENDAR_DATA).unwrap().0, 200);
}

#[tokio::test]
async fn more_than_so_many_matches_are_cut_off_and_told() {
    // RFC 4791 7.8 and 7.9, number-of-matches-within-limits: at the limit and one past it.
    let server = Server::start_with(|config| config.max_matches = 2).await;
    let stored = ["a", "b", "c"];
    for (number, name) in stored.iter().enumerate() {
        let hrefs: Vec<_> =
            stored[..number].iter().map(|name| format!("{CALENDAR}{name}.ics")).collect();
        if !hrefs.is_empty() {
            let answer = server.query(CALENDAR, "", &events("")).await;
            assert_eq!(answer.hrefs(), hrefs, "within the limit");
        }
        server.store(&format!("calendar/{name}.ics"), &event_on(name, 4)).await;
    }
    for filter in [events(""), events(&range("20270104", "20270105"))] {
        let answer = server.query(CALENDAR, "", &filter).await;
        assert_eq!(answer.hrefs().len(), 3, "{}", answer.body);
        assert_eq!(answer.status_of(CALENDAR), "507");
        assert!(answer.body.contains("<D:number-of-matches-within-limits/>"), "{}", answer.body);
    }
    let hrefs = stored.map(|name| format!("{CALENDAR}{name}.ics"));
    let hrefs: Vec<&str> = hrefs.iter().map(String::as_str).collect();
    assert_eq!(server.multiget(CALENDAR, "<getetag/>", &hrefs[..2]).await.hrefs(), hrefs[..2]);
    let answer = server.multiget(CALENDAR, "<getetag/>", &hrefs).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.precondition(), "DAV:number-of-matches-within-limits");
}

#[tokio::test]
async fn reports_that_cannot_be_answered_name_their_condition() {
    let server = Server::start().await;
    let query = |prop: &str, inside: &str| {
        format!(
            "<C:calendar-query {}><prop>{prop}</prop>{inside}</C:calendar-query>",
            super::NAMESPACES
        )
    };
    let data = "<C:calendar-data content-type='application/calendar+json'/>";
    for (body, status, condition) in [
        ("<x xmlns='urn:x'/>".to_owned(), 403, "DAV:supported-report"),
        ("<principal-match xmlns='DAV:'/>".to_owned(), 403, "DAV:supported-report"),
        (String::new(), 400, ""),
        ("<C:calendar-multiget xmlns:C='urn:ietf:params:xml:ns:caldav'/>".to_owned(), 400, ""),
        // RFC 4791 7.8: preconditions
        (query("", ""), 403, "CALDAV:valid-filter"),
        (query("", "<C:filter/>"), 403, "CALDAV:valid-filter"),
        (query(data, &events("")), 403, "CALDAV:supported-calendar-data"),
        (
            query(
                "<C:calendar-data><C:expand start='18000101T000000Z' end='20270101T000000Z'/></C:calendar-data>",
                &events(""),
            ),
            403,
            "CALDAV:min-date-time",
        ),
        (query("", &events(&range("18990101", ""))), 403, "CALDAV:min-date-time"),
        (query("", &events(&range("", "22010101"))), 403, "CALDAV:max-date-time"),
        (
            query("", &format!("{}<C:timezone>x</C:timezone>", events(""))),
            403,
            "CALDAV:valid-calendar-data",
        ),
        (
            query(
                "",
                &events("<C:prop-filter name='UID'><C:text-match collation='x'/></C:prop-filter>"),
            ),
            403,
            "CALDAV:supported-collation",
        ),
    ] {
        let answer = server.report(CALENDAR, "Depth: 1", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        let unmet = answer.precondition();
        assert!(condition.is_empty() || unmet == condition, "{body}: {}", answer.body);
    }
}
