//! People without an account: what is for them waits in a queue, and a burst of it is held (design rule 6; pitfalls S1,
//! S3, S41).

use serde_json::Value;

use crate::harness::case::{Case, case_on};
use crate::harness::process::Program;
use crate::harness::samples::event_with;
use crate::harness::{Engine, Person};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("messages to outsiders wait in the queue, and the status says so", queued),
        case_on("a burst of invitations is held until it is released or dropped", burst),
    ]
}

const FOUR_AN_HOUR: [(&str, &str); 1] = [("CONVENE_SCHEDULING_BURST_MESSAGES", "4")];

fn house(engine: Engine) -> Program {
    Program::start_with(engine, &["alice", "bob"].map(Person::of_this_house), &FOUR_AN_HOUR)
}

fn meeting(uid: &str, organizer: &str, guests: &[&str]) -> String {
    let mut lines = vec![
        "DTSTART:20300107T090000Z".to_owned(),
        "DURATION:PT1H".to_owned(),
        format!("SUMMARY:{uid}"),
        format!("ORGANIZER:mailto:{organizer}@example.com"),
    ];
    lines.extend(guests.iter().map(|guest| format!("ATTENDEE;RSVP=TRUE:mailto:{guest}")));
    event_with(uid, &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

#[track_caller]
fn succeeds(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// What waits, as `held REQUEST zoe@elsewhere.example`.
#[track_caller]
fn waiting(program: &Program) -> Vec<String> {
    let listed: Value =
        serde_json::from_str(&succeeds(program, &["queue", "list", "--json"])).expect("JSON");
    let text = |message: &Value, key: &str| message[key].as_str().expect(key).to_owned();
    let to = |message: &Value| text(message, "to").replace("mailto:", "");
    let messages = listed.as_array().expect("a list").iter();
    messages
        .map(|message| {
            format!("{} {} {}", text(message, "state"), text(message, "method"), to(message))
        })
        .collect()
}

fn queued(engine: Engine) {
    let program = house(engine);
    let alice = program.user("alice");
    let path = alice.at("calendar/a.ics");
    alice
        .put(&path, &meeting("a", "alice", &["zoe@elsewhere.example", "bob@example.com"]))
        .expect(201);
    assert_eq!(waiting(&program), ["queued REQUEST zoe@elsewhere.example"]);
    let stored = alice.get(&path).expect(200).text().replace("\r\n ", "");
    let line =
        |who: &str| stored.lines().find(|line| line.ends_with(who)).expect("his line").to_owned();
    assert!(line("zoe@elsewhere.example").contains("SCHEDULE-STATUS=5.3"), "{stored}");
    assert!(line("bob@example.com").contains("SCHEDULE-STATUS=1.2"), "{stored}");
    alice.delete(&path).expect(204);
    let expected = ["queued REQUEST zoe@elsewhere.example", "queued CANCEL zoe@elsewhere.example"];
    assert_eq!(waiting(&program), expected);
    let table = succeeds(&program, &["queue", "list"]);
    assert!(table.starts_with("NUMBER") && table.contains("zoe@elsewhere.example"), "{table}");
}

fn burst(engine: Engine) {
    let program = house(engine);
    let (alice, bob) = (program.user("alice"), program.user("bob"));
    let put = |uid: &str, guests: &[&str]| {
        alice
            .put(&alice.at(&format!("calendar/{uid}.ics")), &meeting(uid, "alice", guests))
            .expect(201);
    };
    let outsiders = ["a", "b", "c"].map(|name| format!("{name}@elsewhere.example"));
    let [a, b, c] = outsiders.each_ref().map(String::as_str);
    put("one", &[a, b, c, "bob@example.com"]);
    assert_eq!(waiting(&program).len(), 3);
    // Two more are one too many; who has an account is told all the same, and nobody else is slowed down.
    put("two", &[a, b, "bob@example.com"]);
    assert_eq!(
        waiting(&program)[..2],
        ["held REQUEST a@elsewhere.example", "held REQUEST b@elsewhere.example"]
    );
    let inbox = bob.propfind(&bob.at("inbox/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(inbox.hrefs().len(), 3, "the inbox and two invitations");
    let told = succeeds(&program, &["explain", "two"]);
    assert!(told.contains("held in the queue"), "{told}");
    bob.put(&bob.at("calendar/b.ics"), &meeting("b", "bob", &[a])).expect(201);
    assert_eq!(waiting(&program).iter().filter(|line| line.starts_with("held")).count(), 2);

    let held: Value =
        serde_json::from_str(&succeeds(&program, &["queue", "list", "--held", "--json"]))
            .expect("JSON");
    let number = held[0]["number"].as_i64().expect("a number").to_string();
    assert_eq!(succeeds(&program, &["queue", "release", &number]), "One message is released.\n");
    assert!(
        !program.run(&["queue", "release", &number]).status.success(),
        "it is not held any more"
    );
    assert!(!program.run(&["queue", "drop"]).status.success(), "which?");
    put("three", &[c]);
    let from_bob = succeeds(&program, &["queue", "drop", "--from", "bob@example.com"]);
    assert_eq!(from_bob, "0 messages are dropped.\n");
    let dropped = succeeds(&program, &["queue", "drop", "--from", "alice@example.com"]);
    assert_eq!(dropped, "2 messages are dropped.\n");
    assert!(waiting(&program).iter().all(|line| line.starts_with("queued")));
    assert_eq!(waiting(&program).len(), 5, "three, one that was released, one of bob's");
}
