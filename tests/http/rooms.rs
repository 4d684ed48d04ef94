//! Rooms answer the write that invites them (RFC 6638 4.2, RFC 5546 3.2.3; pitfalls 58 to 62).

use std::fs;
use std::thread;

use convene::system_clock;
use jiff::{SignedDuration, Timestamp};

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::samples::event_with;
use crate::harness::{Engine, Person};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("a room answers in the write that invites it", answers_at_once),
        case_on("a room that is invited by its bare address is shown as a room", named),
        case_on("a room is not promised twice, and is free again when it is given up", conflicts),
        case_on("a series gets an answer for each date that differs", series),
        case_on("a meeting is not in its own way when it moves", moved),
        case_on("the settings of a room decide", settings),
        case_on("what a room leaves to a person waits for one", left_to_a_person),
        case_on("who is in a group within the group may book as well", booked_by_a_group),
        case_on("what somebody answers for a room survives", by_hand),
        case_on("of many who want a room at the same moment one gets it", race),
    ]
}

/// alice, bob and carol, and the rooms blue and red; passwords are names.
fn house(engine: Engine) -> Program {
    let program = Program::start(engine, &["alice", "bob", "carol"].map(Person::of_this_house));
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("rooms.csv");
    let rooms = "name,email,password,kind\nblue,blue@example.com,blue,room\nred,red@example.com,red,resource\n";
    fs::write(&list, rooms).expect("the list can be written");
    run(&program, &["user", "add", "--from", &list.to_string_lossy()]);
    program
}

#[track_caller]
fn run(program: &Program, arguments: &[&str]) {
    let output = program.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// So many days from now, as an iCalendar date.
fn day(days: i64) -> String {
    let at: Timestamp = system_clock().now() + SignedDuration::from_hours(24 * days);
    at.strftime("%Y%m%d").to_string()
}

/// A meeting in a room, from one hour to another of the tenth day from now.
fn booking(uid: &str, organizer: &str, room: &str, hours: (u8, u8)) -> String {
    booking_with(uid, organizer, room, 10, hours, &[])
}

fn booking_with(
    uid: &str,
    organizer: &str,
    room: &str,
    days: i64,
    (from, to): (u8, u8),
    more: &[&str],
) -> String {
    let day = day(days);
    let lines = [
        format!("DTSTART:{day}T{from:02}0000Z"),
        format!("DTEND:{day}T{to:02}0000Z"),
        format!("SUMMARY:{uid}"),
        format!("ORGANIZER:mailto:{organizer}@example.com"),
        format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{organizer}@example.com"),
        format!("ATTENDEE;CUTYPE=ROOM;RSVP=TRUE:mailto:{room}@example.com"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
    event_with(uid, &lines)
}

#[track_caller]
fn put(client: &Client, uid: &str, body: &str) {
    client.put(&client.at(&format!("calendar/{uid}.ics")), body).expect_any(&[201, 204]);
}

#[track_caller]
fn read(client: &Client, uid: &str) -> Component {
    let answer = client.get(&client.at(&format!("calendar/{uid}.ics"))).expect(200);
    Component::parse(answer.text()).expect("a calendar")
}

/// Everything in a collection.
fn members(client: &Client, collection: &str) -> Vec<Component> {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    let members = listing.hrefs().into_iter().filter(|href| *href != path);
    members
        .map(|href| Component::parse(client.get(href).expect(200).text()).expect("a calendar"))
        .collect()
}

/// What the room says, by the organizer's object: the PARTSTAT of each component, the series first.
fn said(object: &Component, room: &str) -> Vec<String> {
    object
        .items()
        .map(|item| {
            let line =
                item.attendee(&format!("mailto:{room}@example.com")).expect("the room's line");
            line.parameter("PARTSTAT").unwrap_or_else(|| "NEEDS-ACTION".to_owned())
        })
        .collect()
}

fn answers_at_once(engine: Engine) {
    let program = house(engine);
    let (alice, blue) = (program.user("alice"), program.user("blue"));
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (12, 13)));

    let own = read(&alice, "lunch");
    let line = own.item().attendee("mailto:blue@example.com").expect("the room");
    assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("ACCEPTED"));
    assert_eq!(line.parameter("SCHEDULE-STATUS").as_deref(), Some("2.0"));
    let replies = members(&alice, "inbox/");
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert_eq!(replies[0].value("METHOD"), Some("REPLY"));
    assert_eq!(replies[0].item().value("COMMENT"), Some("Booked: it was free."));
    // Nobody waits at the room's inbox; its calendar shows the booking.
    assert!(members(&blue, "inbox/").is_empty());
    let bookings = members(&blue, "calendar/");
    assert_eq!(bookings.len(), 1);
    assert_eq!(said(&bookings[0], "blue"), ["ACCEPTED"]);
    // A new title asks nothing (pitfall 59).
    let retitled = own.to_string().replace("SUMMARY:lunch", "SUMMARY:Long lunch");
    put(&alice, "lunch", &retitled);
    assert_eq!(members(&alice, "inbox/").len(), 1);
    assert_eq!(said(&read(&alice, "lunch"), "blue"), ["ACCEPTED"]);
}

/// RFC 5545 3.2.3: without CUTYPE, a line is a person's.
fn named(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let bare = booking_with(
        "lunch",
        "alice",
        "blue",
        10,
        (12, 13),
        &[
            "ATTENDEE:mailto:red@example.com",
            "ATTENDEE;CUTYPE=UNKNOWN:mailto:bob@example.com",
            "ATTENDEE:mailto:carol@example.com",
        ],
    );
    put(&alice, "lunch", &bare.replace("CUTYPE=ROOM;", ""));
    let copies = members(&bob, "calendar/");
    assert_eq!(copies.len(), 1);
    for object in [&read(&alice, "lunch"), &copies[0]] {
        let cutype = |name: &str| {
            let line = object.item().attendee(&format!("mailto:{name}@example.com"));
            line.expect("a line").parameter("CUTYPE")
        };
        let found = ["blue", "red", "bob", "carol"].map(cutype);
        let expected = [Some("ROOM"), Some("RESOURCE"), Some("UNKNOWN"), None];
        assert_eq!(found, expected.map(|it| it.map(str::to_owned)));
    }
}

fn conflicts(engine: Engine) {
    let program = house(engine);
    let (alice, bob, blue) = (program.user("alice"), program.user("bob"), program.user("blue"));
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (12, 13)));
    put(&bob, "clash", &booking("clash", "bob", "blue", (12, 14)));
    assert_eq!(said(&read(&bob, "clash"), "blue"), ["DECLINED"]);
    let reply = members(&bob, "inbox/").remove(0);
    let comment = reply.item().value("COMMENT").expect("a reason");
    assert!(comment.starts_with("It is booked already from "), "{comment}");
    assert!(!comment.contains("lunch"), "{comment}");
    // Pitfall 57: what touches does not collide.
    put(&bob, "after", &booking("after", "bob", "blue", (13, 14)));
    assert_eq!(said(&read(&bob, "after"), "blue"), ["ACCEPTED"]);
    // The other room is free, and a declined booking takes nothing.
    put(&bob, "red", &booking("red", "bob", "red", (12, 14)));
    assert_eq!(said(&read(&bob, "red"), "red"), ["ACCEPTED"]);

    // Cancelled: free again, and gone from the room's calendar.
    alice.delete(&alice.at("calendar/lunch.ics")).expect(204);
    put(&bob, "noon", &booking("noon", "bob", "blue", (12, 13)));
    assert_eq!(said(&read(&bob, "noon"), "blue"), ["ACCEPTED"]);
    let uids: Vec<String> = members(&blue, "calendar/")
        .iter()
        .filter_map(|object| object.uid().map(str::to_owned))
        .collect();
    assert!(!uids.contains(&"lunch".to_owned()), "{uids:?}");
    assert!(members(&blue, "inbox/").is_empty());
    // Moved away: free again.
    put(&bob, "noon", &booking("noon", "bob", "blue", (18, 19)));
    put(&alice, "again", &booking("again", "alice", "blue", (12, 13)));
    assert_eq!(said(&read(&alice, "again"), "blue"), ["ACCEPTED"]);
    // Taken off the meeting by a PUT that names the version (pitfall 62): free again.
    let path = bob.at("calendar/noon.ics");
    let tag = bob.get(&path).expect(200).schedule_tag();
    let without = booking("noon", "bob", "carol", (18, 19));
    bob.request("PUT", &path)
        .header("If-Schedule-Tag-Match", &tag)
        .calendar(&without)
        .send()
        .expect(204);
    put(&alice, "evening", &booking("evening", "alice", "blue", (18, 19)));
    assert_eq!(said(&read(&alice, "evening"), "blue"), ["ACCEPTED"]);
}

fn series(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    put(&alice, "third", &booking_with("third", "alice", "blue", 12, (12, 13), &[]));
    let daily = ["RRULE:FREQ=DAILY;COUNT=5"];
    put(&bob, "daily", &booking_with("daily", "bob", "blue", 10, (12, 13), &daily));
    let object = read(&bob, "daily");
    assert_eq!(said(&object, "blue"), ["ACCEPTED", "DECLINED"]);
    let date = format!("{}T120000Z", day(12));
    let exception = object.items().nth(1).expect("an override");
    assert_eq!(exception.value("RECURRENCE-ID"), Some(date.as_str()));

    // An endless one: what lies beyond the horizon is not looked at.
    let endless = ["RRULE:FREQ=WEEKLY"];
    put(&bob, "endless", &booking_with("endless", "bob", "blue", 10, (15, 16), &endless));
    assert_eq!(said(&read(&bob, "endless"), "blue"), ["ACCEPTED"]);
    // It takes the room on each of its dates, beyond the horizon too.
    for days in [17, 17 + 7 * 150] {
        let uid = format!("late{days}");
        put(&alice, &uid, &booking_with(&uid, "alice", "blue", days, (15, 16), &[]));
        assert_eq!(said(&read(&alice, &uid), "blue"), ["DECLINED"], "{days}");
    }
    // One that collides with it each week has the room on all other days.
    let every_day = ["RRULE:FREQ=DAILY"];
    put(&alice, "each", &booking_with("each", "alice", "blue", 10, (15, 16), &every_day));
    let answers = said(&read(&alice, "each"), "blue");
    let (first, others) = answers.split_first().expect("the series");
    assert_eq!(first, "ACCEPTED");
    assert!(others.len() > 100 && others.iter().all(|said| said == "DECLINED"), "{others:?}");
}

fn moved(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (12, 14)));
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (13, 15)));
    assert_eq!(said(&read(&alice, "lunch"), "blue"), ["ACCEPTED"]);
    put(&alice, "dinner", &booking("dinner", "alice", "blue", (18, 19)));
    // Pitfall 60: asked again, it answers again.
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (18, 20)));
    assert_eq!(said(&read(&alice, "lunch"), "blue"), ["DECLINED"]);
}

fn settings(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let set = |options: &[&str]| run(&program, &[&["room", "set", "blue"], options].concat());
    let ask = |client: &Client, uid: &str, body: &str| {
        put(client, uid, body);
        said(&read(client, uid), "blue")
    };
    set(&["--capacity", "2"]);
    for (uid, expected) in [("one", "ACCEPTED"), ("two", "ACCEPTED"), ("three", "DECLINED")] {
        assert_eq!(ask(&alice, uid, &booking(uid, "alice", "blue", (8, 9))), [expected], "{uid}");
    }
    set(&["--capacity", "1", "--window-days", "5"]);
    assert_eq!(ask(&alice, "far", &booking("far", "alice", "blue", (11, 12))), ["DECLINED"]);
    set(&["--window-days", "0", "--all-or-nothing"]);
    let daily = ["RRULE:FREQ=DAILY;COUNT=5"];
    let series = booking_with("series", "bob", "blue", 8, (8, 9), &daily);
    assert_eq!(ask(&bob, "series", &series), ["DECLINED"]);
    set(&["--who-may-book", "bob"]);
    assert_eq!(ask(&alice, "hers", &booking("hers", "alice", "blue", (20, 21))), ["DECLINED"]);
    assert_eq!(ask(&bob, "his", &booking("his", "bob", "blue", (20, 21))), ["ACCEPTED"]);
    set(&["--who-may-book", "everybody", "--booking", "accept-always"]);
    assert_eq!(ask(&alice, "both", &booking("both", "alice", "blue", (20, 21))), ["ACCEPTED"]);
    set(&["--booking", "decline-if-busy-else-tentative"]);
    assert_eq!(ask(&alice, "maybe", &booking("maybe", "alice", "blue", (22, 23))), ["TENTATIVE"]);
    assert_eq!(ask(&bob, "no", &booking("no", "bob", "blue", (22, 23))), ["DECLINED"]);
    set(&["--booking", "decline-always"]);
    assert_eq!(ask(&alice, "never", &booking("never", "alice", "blue", (5, 6))), ["DECLINED"]);
    let output = program.run(&["room", "set", "alice", "--booking", "manual"]);
    assert!(!output.status.success(), "a person is no room: {output:?}");
}

fn left_to_a_person(engine: Engine) {
    let program = house(engine);
    let (alice, bob, blue) = (program.user("alice"), program.user("bob"), program.user("blue"));
    let set = |mode: &str| run(&program, &["room", "set", "blue", "--booking", mode]);
    let ask = |client: &Client, uid: &str, body: &str| {
        put(client, uid, body);
        said(&read(client, uid), "blue")
    };
    let daily = ["RRULE:FREQ=DAILY;COUNT=5"];
    let series = |uid: &str, hours| booking_with(uid, "bob", "blue", 8, hours, &daily);

    set("accept-if-free-else-manual");
    assert_eq!(ask(&alice, "lunch", &booking("lunch", "alice", "blue", (12, 13))), ["ACCEPTED"]);
    assert!(members(&blue, "inbox/").is_empty());
    assert_eq!(ask(&bob, "clash", &booking("clash", "bob", "blue", (12, 13))), ["NEEDS-ACTION"]);
    assert!(members(&bob, "inbox/").is_empty(), "nobody has answered");
    assert_eq!(members(&blue, "inbox/").len(), 1, "somebody has to");
    // Of a series, the one date waits: the organizer is told so beside the answer to the others.
    assert_eq!(ask(&bob, "weekly", &series("weekly", (12, 13))), ["ACCEPTED", "NEEDS-ACTION"]);
    assert_eq!(members(&blue, "inbox/").len(), 2);

    set("decline-if-busy-else-manual");
    assert_eq!(
        ask(&alice, "dinner", &booking("dinner", "alice", "blue", (18, 19))),
        ["NEEDS-ACTION"]
    );
    assert_eq!(ask(&bob, "no", &booking("no", "bob", "blue", (12, 13))), ["DECLINED"]);
    assert_eq!(
        ask(&bob, "some", &series("some", (12, 13))),
        ["DECLINED"],
        "all dates are taken now"
    );
    assert_eq!(members(&blue, "inbox/").len(), 3);
}

fn booked_by_a_group(engine: Engine) {
    let program = house(engine);
    let group = |name: &str, member: &str| {
        let email = format!("{name}@example.com");
        run(&program, &["group", "add", name, "--email", &email, "--member", member]);
    };
    group("choir", "bob");
    group("staff", "choir");
    run(&program, &["room", "set", "blue", "--who-may-book", "staff"]);
    for (name, expected) in [("alice", "DECLINED"), ("bob", "ACCEPTED")] {
        let client = program.user(name);
        put(&client, name, &booking(name, name, "blue", (12, 13)));
        assert_eq!(said(&read(&client, name), "blue"), [expected], "{name}");
    }
}

fn by_hand(engine: Engine) {
    let program = house(engine);
    let (alice, blue) = (program.user("alice"), program.user("blue"));
    run(&program, &["room", "set", "blue", "--booking", "manual"]);
    put(&alice, "lunch", &booking("lunch", "alice", "blue", (12, 13)));
    assert_eq!(said(&read(&alice, "lunch"), "blue"), ["NEEDS-ACTION"]);
    assert_eq!(members(&blue, "inbox/").len(), 1);
    let path = blue.at("calendar/");
    let listing = blue.propfind(&path, "1", &["D:getetag"]).multistatus();
    let href = listing.hrefs().into_iter().find(|href| *href != path).expect("a copy").to_owned();
    let copy = blue.get(&href).expect(200).text().to_owned();
    let mut copy = Component::parse(&copy).expect("a calendar");
    for item in copy.items_mut() {
        let line = item.attendee_mut("mailto:blue@example.com").expect("the room's line");
        line.set_parameter("PARTSTAT", Some("DECLINED"));
    }
    blue.put(&href, &copy.to_string()).expect(204);
    assert!(members(&blue, "inbox/").is_empty());
    run(&program, &["room", "set", "blue", "--booking", "accept-if-free"]);
    // Pitfall 59: the room does not overrule whoever looks after it.
    let retitled = read(&alice, "lunch").to_string().replace("SUMMARY:lunch", "SUMMARY:Lunch!");
    put(&alice, "lunch", &retitled);
    assert_eq!(said(&read(&alice, "lunch"), "blue"), ["DECLINED"]);
}

fn race(engine: Engine) {
    let program = house(engine);
    let wishes: Vec<(Client, String)> = ["alice", "bob", "carol"]
        .iter()
        .flat_map(|name| (0..4).map(move |number| (*name, format!("{name}{number}"))))
        .map(|(name, uid)| (program.user(name), uid))
        .collect();
    thread::scope(|scope| {
        for (client, uid) in &wishes {
            scope.spawn(move || put(client, uid, &booking(uid, client.name(), "blue", (12, 13))));
        }
    });
    let accepted =
        wishes.iter().filter(|(client, uid)| said(&read(client, uid), "blue") == ["ACCEPTED"]);
    assert_eq!(accepted.count(), 1);
}
