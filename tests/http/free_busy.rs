//! Busy time: POST to the outbox (RFC 6638 5, appendix B.5) and the free-busy-query report (RFC 4791 7.10); pitfalls 53
//! to 58, S23.

use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response};
use crate::harness::samples::{event, event_at, event_with, meeting};
use crate::harness::{Engine, Person, World};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("each attendee has an answer of his own, whatever becomes of the others", recipients),
        case("what makes somebody busy", what_counts),
        case("a transparent calendar and the inbox make nobody busy", calendars),
        crate::harness::case::case_on(
            "people are asked for and ask by any of their addresses",
            own_addresses,
        ),
        case("times without a zone are in UTC, and a VTIMEZONE is understood", times),
        case("the meeting that is being moved is left out for its organizer", masked),
        case("an endless series is busy beyond what is indexed", beyond_the_horizon),
        case("what is no request for busy time is refused by name", refusals),
        case("the outbox says that it takes POST", allowed),
        case("a calendar and a home tell busy time in a report", report),
    ]
}

/// A request of `organizer` about 2 and 3 March 2026.
fn question(organizer: &str, attendees: &[&str]) -> String {
    question_with(organizer, attendees, "20260302T000000Z", "20260304T000000Z", "")
}

fn question_with(
    organizer: &str,
    attendees: &[&str],
    start: &str,
    end: &str,
    more: &str,
) -> String {
    let attendees: String = attendees.iter().map(|line| format!("ATTENDEE{line}\r\n")).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//tests//EN\r\nMETHOD:REQUEST\r\n\
         BEGIN:VFREEBUSY\r\nUID:4FD3AD926350\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDTEND:{end}\r\n\
         ORGANIZER;CN=\"Organizer\":{organizer}\r\n{attendees}{more}END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
}

fn post(client: &Client, body: &str) -> Response {
    client.request("POST", &client.at("outbox/")).calendar(body).send()
}

/// One answer: recipient, REQUEST-STATUS, and the VFREEBUSY, if there is one.
type Answer = (String, String, Option<Component>);

#[track_caller]
fn answers(response: Response) -> Vec<Answer> {
    let response = response.expect(200);
    let root = response.xml();
    assert_eq!(root.name, "C:schedule-response", "{response}");
    root.children_named("C:response")
        .map(|answer| {
            let recipient = answer.find(&["C:recipient", "D:href"]).expect("a recipient");
            let status = answer.child("C:request-status").expect("a status");
            let data = answer.child("C:calendar-data");
            (
                recipient.text.clone(),
                status.text.clone(),
                data.map(|data| Component::parse(&data.text).expect("calendar data")),
            )
        })
        .collect()
}

/// The busy periods of one attendee, as `FBTYPE start/length`.
#[track_caller]
fn busy(client: &Client, of: &str, more: &str) -> Vec<String> {
    let own = format!("mailto:{}@example.com", client.name());
    let line = format!(":mailto:{of}@example.com");
    let body = question_with(&own, &[&line], "20260302T000000Z", "20260304T000000Z", more);
    let mut answers = answers(post(client, &body));
    let (_, status, data) = answers.remove(0);
    assert_eq!(status, "2.0;Success");
    periods(&data.expect("an answer with data"))
}

fn periods(calendar: &Component) -> Vec<String> {
    let lines = calendar.item().properties_named("FREEBUSY");
    lines
        .flat_map(|line| {
            let kind = line.parameter("FBTYPE").unwrap_or_else(|| "BUSY".to_owned());
            line.value.split(',').map(move |period| format!("{kind} {period}")).collect::<Vec<_>>()
        })
        .collect()
}

#[track_caller]
fn store(client: &Client, uid: &str, lines: &[&str]) {
    client.put(&client.at(&format!("calendar/{uid}.ics")), &event_with(uid, lines)).expect(201);
}

fn recipients(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    store(&bob, "a", &["DTSTART:20260302T110000Z", "DTEND:20260302T120000Z"]);
    store(&bob, "b", &["DTSTART:20260303T170000Z", "DTEND:20260303T180000Z"]);
    let lines = [
        ";CN=\"Bob\":mailto:bob@example.com",
        ":MAILTO:Carol@EXAMPLE.com",
        ":mailto:zoe@elsewhere.example",
        ":nobody@example.com",
        ":urn:uuid:00000000-0000-0000-0000-000000000000",
    ];
    // Pitfall 53: the headers of older drafts mean nothing.
    let answers = answers(
        alice
            .request("POST", &alice.at("outbox/"))
            .header("Originator", "mailto:mallory@example.com")
            .header("Recipient", "mailto:mallory@example.com")
            .calendar(&question("mailto:alice@example.com", &lines))
            .send(),
    );
    let told: Vec<(&str, &str)> =
        answers.iter().map(|(who, status, _)| (who.as_str(), status.as_str())).collect();
    assert_eq!(
        told,
        [
            ("mailto:bob@example.com", "2.0;Success"),
            ("MAILTO:Carol@EXAMPLE.com", "2.0;Success"),
            ("mailto:zoe@elsewhere.example", "5.3;No scheduling support for user"),
            ("nobody@example.com", "3.7;Invalid calendar user"),
            ("urn:uuid:00000000-0000-0000-0000-000000000000", "3.7;Invalid calendar user"),
        ]
    );
    let about_bob = answers[0].2.as_ref().expect("data");
    assert_eq!(about_bob.value("METHOD"), Some("REPLY"));
    let item = about_bob.item();
    for (name, value) in [
        ("UID", "4FD3AD926350"),
        ("DTSTART", "20260302T000000Z"),
        ("DTEND", "20260304T000000Z"),
        ("ORGANIZER", "mailto:alice@example.com"),
        ("ATTENDEE", "mailto:bob@example.com"),
    ] {
        assert_eq!(item.value(name), Some(value));
    }
    let attendee = item.property("ATTENDEE").expect("an attendee");
    assert_eq!(attendee.parameter("CN").as_deref(), Some("Bob"));
    assert_eq!(periods(about_bob), ["BUSY 20260302T110000Z/PT1H", "BUSY 20260303T170000Z/PT1H"]);
    assert!(periods(answers[1].2.as_ref().expect("data")).is_empty());
    assert!(answers[2..].iter().all(|(_, _, data)| data.is_none()));
}

/// RFC 4791 7.10 and the attendee's own answer (pitfall 54).
fn what_counts(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let own = |partstat: &str| format!("ATTENDEE;PARTSTAT={partstat}:mailto:bob@example.com");
    for (number, (lines, expected)) in [
        (vec!["DTEND:20260302T110000Z".to_owned()], Some("BUSY 20260302T100000Z/PT1H")),
        (vec!["DTEND:20260302T110000Z".into(), "TRANSP:TRANSPARENT".into()], None),
        (vec!["DTEND:20260302T110000Z".into(), "STATUS:CANCELLED".into()], None),
        (
            vec!["DTEND:20260302T110000Z".into(), "STATUS:TENTATIVE".into()],
            Some("BUSY-TENTATIVE 20260302T100000Z/PT1H"),
        ),
        // Lasts no time.
        (Vec::new(), None),
        (vec!["DURATION:PT2H".into(), own("ACCEPTED")], Some("BUSY 20260302T100000Z/PT2H")),
        (
            vec!["DURATION:PT2H".into(), own("TENTATIVE")],
            Some("BUSY-TENTATIVE 20260302T100000Z/PT2H"),
        ),
        (vec!["DURATION:PT2H".into(), own("DECLINED")], None),
    ]
    .into_iter()
    .enumerate()
    {
        let uid = format!("e{number}");
        let lines: Vec<&str> = std::iter::once("DTSTART:20260302T100000Z")
            .chain(lines.iter().map(String::as_str))
            .collect();
        store(&bob, &uid, &lines);
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(busy(&alice, "bob", ""), expected, "{lines:?}");
        bob.delete(&bob.at(&format!("calendar/{uid}.ics"))).expect(204);
    }
    // Periods that overlap or touch are one; what reaches beyond the range is cut.
    store(&bob, "x", &["DTSTART:20260302T100000Z", "DTEND:20260302T110000Z"]);
    store(&bob, "y", &["DTSTART:20260302T110000Z", "DTEND:20260302T120000Z"]);
    store(&bob, "z", &["DTSTART:20260303T230000Z", "DTEND:20260304T060000Z"]);
    assert_eq!(
        busy(&alice, "bob", ""),
        ["BUSY 20260302T100000Z/PT2H", "BUSY 20260303T230000Z/PT1H"]
    );
}

fn calendars(world: &World) {
    let (alice, bob, carol) = (world.user("alice"), world.user("bob"), world.user("carol"));
    let free = bob.at("free/");
    bob.mkcalendar(&free).expect(201);
    bob.put(&format!("{free}a.ics"), &event("a", "A")).expect(201);
    assert_eq!(busy(&alice, "bob", ""), ["BUSY 20260302T100000Z/PT1H"]);
    let transparent = "<D:set><D:prop><C:schedule-calendar-transp><C:transparent/>\
                       </C:schedule-calendar-transp></D:prop></D:set>";
    bob.proppatch(&free, transparent).expect(207);
    assert!(busy(&alice, "bob", "").is_empty());
    // An invitation is in the calendar once, and not in free-busy again for lying in the inbox.
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["carol"])).expect(201);
    assert_eq!(busy(&alice, "carol", ""), ["BUSY-TENTATIVE 20260302T100000Z/PT1H"]);
    let calendar = carol.at("calendar/");
    let copies = carol.propfind(&calendar, "1", &["D:getetag"]).multistatus();
    let copy =
        copies.hrefs().into_iter().find(|href| *href != calendar).expect("a copy").to_owned();
    carol.delete(&copy).expect(204);
    assert!(busy(&alice, "carol", "").is_empty());
}

fn own_addresses(engine: Engine) {
    let mut alice = Person::of_this_house("alice");
    alice.addresses.push("a.smith@example.com".to_owned());
    let world = World::with_people(engine, &[alice, Person::of_this_house("bob")]);
    let alice = world.user("alice");
    for organizer in
        ["mailto:alice@example.com", "MAILTO:a.smith@EXAMPLE.COM", "/dav/principals/alice/"]
    {
        let body = question(organizer, &[":mailto:bob@example.com"]);
        assert_eq!(answers(post(&alice, &body)).len(), 1, "{organizer}");
    }
    // A client may write the principal with the host it knows the server by (RFC 6638 2.4.1).
    let host = alice.server();
    let elsewhere = "http://elsewhere.example/dav/principals/bob/";
    let body = question(
        &format!("http://{host}/dav/principals/alice"),
        &[
            &format!(":HTTP://{host}/dav/principals/BOB/"),
            ":/dav/principals/bob",
            &format!(":{elsewhere}"),
        ],
    );
    let statuses: Vec<String> =
        answers(post(&alice, &body)).into_iter().map(|(_, status, _)| status).collect();
    assert_eq!(statuses, ["2.0;Success", "2.0;Success", "3.7;Invalid calendar user"]);
}

fn times(world: &World) {
    let alice = world.user("alice");
    store(&alice, "a", &["DTSTART:20260302T110000Z", "DTEND:20260302T120000Z"]);
    let zoned = question_with(
        "mailto:alice@example.com",
        &[":mailto:alice@example.com"],
        "20260302T110000",
        "20260302T113000",
        "",
    );
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n\
                TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let with_zone = zoned.replace("BEGIN:VFREEBUSY", &format!("{zone}BEGIN:VFREEBUSY"));
    for body in [zoned, with_zone] {
        let mut answers = answers(post(&alice, &body));
        let data = answers.remove(0).2.expect("data");
        assert_eq!(data.item().value("DTSTART"), Some("20260302T110000Z"));
        assert_eq!(periods(&data), ["BUSY 20260302T110000Z/PT30M"]);
    }
}

fn masked(world: &World) {
    let (alice, bob, carol) = (world.user("alice"), world.user("bob"), world.user("carol"));
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["bob"])).expect(201);
    let mask = "X-CALENDARSERVER-MASK-UID:m\r\n";
    assert!(busy(&alice, "bob", mask).is_empty());
    assert!(busy(&alice, "alice", mask).is_empty());
    // Who does not organize it leaves it out of his own time only.
    assert_eq!(busy(&carol, "bob", mask), ["BUSY-TENTATIVE 20260302T100000Z/PT1H"]);
    assert_eq!(busy(&bob, "alice", mask), ["BUSY 20260302T100000Z/PT1H"]);
    assert!(busy(&bob, "bob", mask).is_empty());
}

fn beyond_the_horizon(world: &World) {
    let alice = world.user("alice");
    store(&alice, "daily", &["DTSTART:20260302T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"]);
    let (start, end) = ("20400101T000000Z", "20400103T000000Z");
    let lines = [":mailto:alice@example.com"];
    let body = question_with("mailto:alice@example.com", &lines, start, end, "");
    let mut answers = answers(post(&alice, &body));
    let data = answers.remove(0).2.expect("data");
    assert_eq!(periods(&data), ["BUSY 20400101T100000Z/PT1H", "BUSY 20400102T100000Z/PT1H"]);
}

fn refusals(world: &World) {
    let alice = world.user("alice");
    let own = "mailto:alice@example.com";
    let bob = [":mailto:bob@example.com"];
    let good = question(own, &bob);
    for (body, status, precondition) in [
        (question("mailto:bob@example.com", &bob), 403, "C:valid-organizer"),
        (question("mailto:zoe@elsewhere.example", &bob), 403, "C:valid-organizer"),
        // Who asks is looked at before what is asked.
        (
            question("mailto:bob@example.com", &bob).replace("DTEND:20260304", "DTEND:20260301"),
            403,
            "C:valid-organizer",
        ),
        (question(own, &[]), 400, "C:valid-scheduling-message"),
        (good.replace("METHOD:REQUEST\r\n", ""), 400, "C:valid-scheduling-message"),
        (good.replace("METHOD:REQUEST", "METHOD:PUBLISH"), 400, "C:valid-scheduling-message"),
        (good.replace("DTEND:20260304T000000Z\r\n", ""), 400, "C:valid-scheduling-message"),
        (good.replace("DTEND:20260304", "DTEND:20260301"), 400, "C:valid-scheduling-message"),
        (good.replace("VFREEBUSY", "VEVENT"), 400, "C:valid-scheduling-message"),
        (good.replace("DTEND:2026", "DTEND:2036"), 403, "D:number-of-matches-within-limits"),
        (good.replace("DTEND:2026", "DTEND:9000"), 403, "C:max-date-time"),
        ("BEGIN:VCALENDAR\r\nrubbish".to_owned(), 403, "C:valid-calendar-data"),
    ] {
        let answer = post(&alice, &body).expect_error(status, precondition);
        drop(answer);
    }
    let answer = alice.request("POST", &alice.at("outbox/")).xml("<a/>").send();
    answer.expect_error(403, "C:supported-calendar-data");
    let bobs = alice.request("POST", "/dav/calendars/bob/outbox/").calendar(&good).send();
    bobs.expect_error(403, "D:need-privileges");
    for elsewhere in ["inbox/", "calendar/"] {
        alice.request("POST", &alice.at(elsewhere)).calendar(&good).send().expect(405);
    }
}

fn allowed(world: &World) {
    let alice = world.user("alice");
    for (path, expected) in [("outbox/", true), ("inbox/", false), ("calendar/", false)] {
        let allow = alice.options(&alice.at(path)).header_or_fail("Allow");
        assert_eq!(allow.split(", ").any(|method| method == "POST"), expected, "{path}: {allow}");
    }
}

fn report(world: &World) {
    let alice = world.user("alice");
    let work = alice.at("work/");
    alice.mkcalendar(&work).expect(201);
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    let later = event_at("b", "B", "20260303T100000Z", "20260303T110000Z");
    alice.put(&format!("{work}b.ics"), &later).expect(201);
    let range = "<C:time-range start=\"20260302T000000Z\" end=\"20260304T000000Z\"/>";
    for (path, expected) in [
        ("calendar/", &["BUSY 20260302T100000Z/PT1H"][..]),
        ("work/", &["BUSY 20260303T100000Z/PT1H"][..]),
        ("", &["BUSY 20260302T100000Z/PT1H", "BUSY 20260303T100000Z/PT1H"][..]),
    ] {
        let answer = alice.report(&alice.at(path), "C:free-busy-query", range).expect(200);
        assert!(answer.header_or_fail("Content-Type").starts_with("text/calendar"), "{answer}");
        let calendar = Component::parse(answer.text()).expect("a calendar");
        // Pitfall 53: no METHOD here.
        assert_eq!(calendar.value("METHOD"), None);
        assert_eq!(periods(&calendar), expected, "{path}");
    }
    // RFC 4791 7.10 has no precondition for these; 9.9 asks for UTC.
    for body in [
        "",
        "<C:time-range start=\"20260302T000000Z\"/>",
        "<C:time-range start=\"20260302T000000\" end=\"20260304T000000\"/>",
        "<C:time-range start=\"20260302\" end=\"20260304\"/>",
    ] {
        alice.report(&alice.at("calendar/"), "C:free-busy-query", body).expect(400);
    }
    let inbox = alice.report(&alice.at("inbox/"), "C:free-busy-query", range);
    inbox.expect_error(403, "D:supported-report");
}
