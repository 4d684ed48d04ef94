//! calendar-multiget and calendar-query (RFC 4791 7.8, 7.9) on objects without recurrence.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response, document};
use crate::harness::samples::{event_at, event_with, lines, meeting, task};
use crate::harness::table::Table;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("multiget gives data and tags of each href", multiget),
        case("multiget says which hrefs are not there", multiget_missing),
        case("two hundred hrefs in one multiget are answered, each once", large_multiget),
        case("multiget works on a home and without a Depth", multiget_elsewhere),
        case("a query by component finds that kind", query_by_component),
        case("a query by time finds what overlaps", query_by_time),
        case(
            "a query by UID finds one object, with the collations that are required",
            query_by_uid,
        ),
        case("a query with no match is an empty 207", query_without_match),
        case("a query for ETags only carries no data", query_for_etags),
        case("schedule-tag is a property of scheduling objects only", schedule_tag_property),
        case("a report that is not known is refused by name", unknown_reports),
        case("a filter that cannot be is refused", bad_filters),
    ]
}

fn stock(alice: &Client) {
    for (name, start, end) in [
        ("feb", "20260227T230000Z", "20260228T010000Z"),
        ("mar1", "20260301T100000Z", "20260301T110000Z"),
        ("mar2", "20260302T100000Z", "20260302T110000Z"),
    ] {
        let path = alice.at(&format!("calendar/{name}.ics"));
        alice.put(&path, &event_at(name, &format!("Event {name}"), start, end)).expect(201);
    }
}

/// What stands between the root and its properties and hrefs.
const ALL: &str = "<D:prop><D:getetag/><C:calendar-data/></D:prop>";

fn query(client: &Client, path: &str, filter: &str) -> Response {
    client.report(
        &client.at(path),
        "C:calendar-query",
        &format!(
            "{ALL}<C:filter><C:comp-filter name=\"VCALENDAR\">{filter}</C:comp-filter></C:filter>"
        ),
    )
}

#[track_caller]
fn names(client: &Client, answer: &Response) -> Vec<String> {
    let start = client.at("calendar/");
    let multistatus = answer.multistatus();
    multistatus
        .hrefs()
        .iter()
        .map(|href| href.trim_start_matches(&start).trim_end_matches(".ics").to_owned())
        .collect()
}

fn multiget(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    let paths = ["feb", "mar2"].map(|name| alice.at(&format!("calendar/{name}.ics")));
    let answer = alice.multiget(&alice.at("calendar/"), &[&paths[0], &paths[1]]).multistatus();
    assert_eq!(answer.hrefs(), paths);
    for path in &paths {
        let got = alice.get(path).expect(200);
        let member = answer.member(path);
        assert_eq!(member.text("D:getetag"), got.etag());
        assert_eq!(lines(member.text("C:calendar-data")), lines(got.text()));
    }
}

/// RFC 4791 7.9: 404 for what is not there; an href outside the collection gets no data.
fn multiget_missing(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    world
        .user("bob")
        .put(
            "/dav/calendars/bob/calendar/b.ics",
            &event_at("b", "B", "20260301T100000Z", "20260301T110000Z"),
        )
        .expect(201);
    let (there, gone) = (alice.at("calendar/feb.ics"), alice.at("calendar/none.ics"));
    let foreign = "/dav/calendars/bob/calendar/b.ics";
    let answer = alice.multiget(&alice.at("calendar/"), &[&gone, &there, foreign]).multistatus();
    assert_eq!(answer.member(&gone).status, Some(404));
    answer.member(&there).property("C:calendar-data");
    let foreign = answer.member(foreign);
    assert!(matches!(foreign.status, Some(403 | 404)), "{foreign:?}");
    // An href in any spelling is the same resource.
    let spelled = alice.at("calendar/%66eb.ics");
    let answer = alice.multiget(&alice.at("calendar/"), &[&spelled]).multistatus();
    answer.only().property("C:calendar-data");
}

/// vdirsyncer asks for all at once.
fn large_multiget(world: &World) {
    let alice = world.user("alice");
    let paths: Vec<String> =
        (0..200).map(|number| alice.at(&format!("calendar/e{number:03}.ics"))).collect();
    for (number, path) in paths.iter().enumerate() {
        let body = event_at(&format!("e{number}"), "E", "20260301T100000Z", "20260301T110000Z");
        alice.put(path, &body).expect(201);
    }
    let mut hrefs: Vec<&str> = paths.iter().map(String::as_str).collect();
    let answer = alice.multiget(&alice.at("calendar/"), &hrefs).multistatus();
    assert_eq!(answer.hrefs(), hrefs);
    assert!(answer.responses.iter().all(|member| member.found.contains_key("C:calendar-data")));
    // The same href twice is one resource.
    hrefs.extend_from_within(..10);
    assert_eq!(alice.multiget(&alice.at("calendar/"), &hrefs).multistatus().responses.len(), 200);
}

fn multiget_elsewhere(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    let path = alice.at("calendar/feb.ics");
    let body = document("C:calendar-multiget", &format!("{ALL}<D:href>{path}</D:href>"));
    let answer = alice.request("REPORT", &alice.at("calendar/")).xml(&body).send().multistatus();
    answer.member(&path).property("C:calendar-data");
    let answer = alice.request("REPORT", &alice.at("")).xml(&body).send().multistatus();
    answer.member(&path).property("C:calendar-data");
    // RFC 4791 7.9: on an object itself.
    let answer = alice.request("REPORT", &path).xml(&body).send().multistatus();
    answer.member(&path).property("C:calendar-data");
}

fn query_by_component(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    alice.put(&alice.at("tasks/t.ics"), &task("t", "T")).expect(201);
    let events = query(&alice, "calendar/", "<C:comp-filter name=\"VEVENT\"/>");
    assert_eq!(names(&alice, &events), ["feb", "mar1", "mar2"]);
    for member in &events.multistatus().responses {
        let got = alice.get(&member.href).expect(200);
        assert_eq!(lines(member.text("C:calendar-data")), lines(got.text()));
    }
    assert!(
        names(&alice, &query(&alice, "calendar/", "<C:comp-filter name=\"VTODO\"/>")).is_empty()
    );
    assert_eq!(
        query(&alice, "tasks/", "<C:comp-filter name=\"VTODO\"/>").multistatus().responses.len(),
        1
    );
    // RFC 4791 9.7: the outermost comp-filter alone matches every calendar object.
    assert_eq!(names(&alice, &query(&alice, "calendar/", "")).len(), 3);
    let none = "<C:comp-filter name=\"VTODO\"><C:is-not-defined/></C:comp-filter>";
    assert_eq!(names(&alice, &query(&alice, "calendar/", none)).len(), 3);
}

/// RFC 4791 9.9: start is inside, end is outside; either may be left out.
fn query_by_time(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    let at = |range: &str| {
        let filter =
            format!("<C:comp-filter name=\"VEVENT\"><C:time-range {range}/></C:comp-filter>");
        names(&alice, &query(&alice, "calendar/", &filter))
    };
    for (range, expected) in [
        ("start=\"20260301T000000Z\" end=\"20260302T000000Z\"", vec!["mar1"]),
        ("start=\"20260301T000000Z\"", vec!["mar1", "mar2"]),
        ("end=\"20260301T000000Z\"", vec!["feb"]),
        ("start=\"20260228T000000Z\" end=\"20260228T010000Z\"", vec!["feb"]),
        ("start=\"20260228T010000Z\" end=\"20260301T100000Z\"", vec![]),
        ("start=\"20260301T110000Z\" end=\"20260302T100000Z\"", vec![]),
        ("start=\"20260301T103000Z\" end=\"20260301T103001Z\"", vec!["mar1"]),
        ("start=\"20260227T000000Z\" end=\"20260303T000000Z\"", vec!["feb", "mar1", "mar2"]),
        ("start=\"20270101T000000Z\"", vec![]),
    ] {
        assert_eq!(at(range), expected, "{range}");
    }
}

/// RFC 4791 7.5.1: i;ascii-casemap and i;octet.
fn query_by_uid(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    let find = |attributes: &str, text: &str| {
        let filter = format!(
            "<C:comp-filter name=\"VEVENT\"><C:prop-filter name=\"UID\">\
             <C:text-match {attributes}>{text}</C:text-match></C:prop-filter></C:comp-filter>"
        );
        names(&alice, &query(&alice, "calendar/", &filter))
    };
    assert_eq!(find("collation=\"i;octet\"", "mar1"), ["mar1"]);
    assert!(find("collation=\"i;octet\"", "MAR1").is_empty());
    assert_eq!(find("collation=\"i;ascii-casemap\"", "MAR1"), ["mar1"]);
    assert_eq!(find("", "Mar1"), ["mar1"], "i;ascii-casemap is the default");
    assert_eq!(find("", "mar"), ["mar1", "mar2"], "a text-match is a substring");
    assert_eq!(find("negate-condition=\"yes\"", "mar"), ["feb"]);
    assert!(find("", "none").is_empty());
}

/// Pitfall Y13.
fn query_without_match(world: &World) {
    let alice = world.user("alice");
    let answer = query(&alice, "calendar/", "<C:comp-filter name=\"VEVENT\"/>").expect(207);
    assert!(answer.multistatus().responses.is_empty());
}

fn query_for_etags(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    // Evolution, tsdav and calcurse ask so, without a Depth.
    let body = document(
        "C:calendar-query",
        "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter>",
    );
    for depth in ["1", "infinity"] {
        let request = alice.request("REPORT", &alice.at("calendar/")).header("Depth", depth);
        let answer = request.xml(&body).send().multistatus();
        assert_eq!(answer.responses.len(), 3);
        for member in &answer.responses {
            assert_eq!(member.text("D:getetag"), alice.get(&member.href).etag());
            assert_eq!(member.found.len(), 1);
        }
    }
}

/// RFC 6638 3.2.10, 9.3.
fn schedule_tag_property(world: &World) {
    let alice = world.user("alice");
    stock(&alice);
    let plain = alice.at("calendar/feb.ics");
    assert_eq!(alice.get(&plain).header("Schedule-Tag"), None);
    let path = alice.at("calendar/m.ics");
    let tag = alice.put(&path, &meeting("m", "M", "alice", &["bob"])).expect(201).schedule_tag();
    assert_eq!(alice.get(&path).schedule_tag(), tag);
    let answer = alice.multiget(&alice.at("calendar/"), &[&path, &plain]).multistatus();
    assert_eq!(answer.member(&path).text("C:schedule-tag"), tag);
    assert_eq!(answer.member(&plain).refused.get("C:schedule-tag"), Some(&404));
}

/// RFC 3253 3.6.
fn unknown_reports(world: &World) {
    let alice = world.user("alice");
    alice
        .put(&alice.at("calendar/a.ics"), &event_with("a", &["DTSTART:20260301T100000Z"]))
        .expect(201);
    for report in ["X:unheard-of", "D:version-tree"] {
        alice
            .report(&alice.at("calendar/"), report, "<D:prop/>")
            .expect_error(403, "D:supported-report");
    }
    alice.sync(&alice.at("calendar/a.ics"), "").expect_error(403, "D:supported-report");
    alice.sync(&alice.at("nowhere/"), "").expect(404);
    alice.multiget(&alice.at("nowhere/"), &[&alice.at("nowhere/a.ics")]).expect(404);
}

/// RFC 4791 7.8: (CALDAV:valid-filter), (CALDAV:supported-collation).
fn bad_filters(world: &World) {
    let alice = world.user("alice");
    let mut table = Table::default();
    let event = |inside: &str| format!("<C:comp-filter name=\"VEVENT\">{inside}</C:comp-filter>");
    let match_uid = |attributes: &str| {
        event(&format!(
            "<C:prop-filter name=\"UID\"><C:text-match {attributes}>x</C:text-match></C:prop-filter>"
        ))
    };
    for (filter, precondition) in [
        (event("<C:time-range start=\"tomorrow\"/>"), "C:valid-filter"),
        (event("<C:time-range start=\"20260301T000000\"/>"), "C:valid-filter"),
        (
            event("<C:time-range start=\"20260302T000000Z\" end=\"20260301T000000Z\"/>"),
            "C:valid-filter",
        ),
        ("<C:comp-filter/>".to_owned(), "C:valid-filter"),
        (match_uid("collation=\"i;klingon\""), "C:supported-collation"),
    ] {
        table.refused(&filter, &query(&alice, "calendar/", &filter), &[403], &[precondition]);
    }
    let report = |body: &str| alice.report(&alice.at("calendar/"), "C:calendar-query", body);
    table.refused("no filter", &report(ALL), &[400, 403], &[]);
    let events = format!("{ALL}<C:filter><C:comp-filter name=\"VEVENT\"/></C:filter>");
    table.refused("VEVENT outside of VCALENDAR", &report(&events), &[403], &["C:valid-filter"]);
    table.end();
}
