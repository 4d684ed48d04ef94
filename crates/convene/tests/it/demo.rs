//! `convene serve --demo`, as the README tells it, through the real binary.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command},
};

use crate::place::{Place, ended, run};

/// The event that the demo has Alice store.
pub(crate) const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//curl//EN\r\n\
    BEGIN:VEVENT\r\nUID:lunch@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART:20270301T120000Z\r\nDTEND:20270301T130000Z\r\nSUMMARY:Lunch\r\n\
    ORGANIZER:mailto:alice@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n\
    ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

/// A server that was started as a program.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) url: String,
    /// What it printed until it served.
    pub(crate) greeting: String,
}

impl Program {
    /// Waits until it has printed its address and what follows.
    pub(crate) fn start(command: &mut Command, last_line: &str) -> Self {
        let mut child = command.spawn().unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        while !greeting.contains(last_line) {
            if lines.read_line(&mut greeting).unwrap() == 0 {
                let mut errors = String::new();
                child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("it ended: {greeting}{errors}");
            }
        }
        let url = greeting.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        let url = url.trim_end_matches('/').to_owned();
        Self { child, url, greeting }
    }

    /// SIGTERM, as an init system says it.
    pub(crate) fn stop(self) -> crate::place::Ended {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        ended(self.child)
    }
}

/// curl with these arguments; the answer with its head.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-s", "-i"]).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_demo_invites_answers_and_explains() {
    let place = Place::new();
    let mut command = place.convene(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let program = Program::start(&mut command, "Ctrl-C");
    for part in ["alice", "bob", "carol", "Room: blue", "curl -u alice:alice"] {
        assert!(program.greeting.contains(part), "{part} is not in {}", program.greeting);
    }
    let event = place.write("lunch.ics", EVENT);
    let database = format!("sqlite:{}", place.path("convene-data/demo.db").display());
    let dry = ["schedule", "--dry-run", &event, "--as", "alice", "--database", &database];
    let would = run(&mut place.convene(&dry));
    for part in [".ics would be new", "REQUEST from", "to mailto:bob@example.com"] {
        assert!(would.stdout.contains(part), "{part} is not in {would:?}");
    }
    let checked = run(&mut place.convene(&["check", "--database", &database]));
    assert_eq!(checked.stdout, "0 objects, nothing wrong.\n", "a dry run stores nothing");

    let url = &program.url;
    let alices = format!("{url}/dav/calendars/alice/calendar/lunch.ics");
    let put = ["-X", "PUT", "-H", "Content-Type: text/calendar", "--data-binary"];
    let data = format!("@{event}");
    let stored = curl(&[&["-u", "alice:alice"], &put[..], &[&data, &alices]].concat());
    assert!(stored.starts_with("HTTP/1.1 201 "), "{stored}");

    let bobs_calendar = format!("{url}/dav/calendars/bob/calendar/");
    let listed = curl(&["-u", "bob:bob", "-X", "PROPFIND", "-H", "Depth: 1", &bobs_calendar]);
    let path = listed.split(['<', '>']).find(|part| part.ends_with(".ics"));
    let path = path.unwrap_or_else(|| panic!("nothing in {listed}"));
    let bobs = format!("{url}{path}");
    let copy = curl(&["-u", "bob:bob", &bobs]);
    let (_, copy) = copy.split_once("\r\n\r\n").unwrap();
    let answer = place.write("answer.ics", &copy.replace("NEEDS-ACTION", "ACCEPTED"));
    let data = format!("@{answer}");
    let accepted = curl(&[&["-u", "bob:bob"], &put[..], &[&data, &bobs]].concat());
    assert!(accepted.starts_with("HTTP/1.1 204 "), "{accepted}");

    let seen = curl(&["-u", "alice:alice", &alices]).replace("\r\n ", "");
    let bobs_line = seen.lines().find(|line| line.ends_with("bob@example.com")).unwrap();
    assert!(bobs_line.contains("PARTSTAT=ACCEPTED"), "{seen}");

    let told = run(&mut place.convene(&["explain", "lunch@example.com", "--database", &database]));
    for part in ["alice: put", "REQUEST from", "Lunch", "bob: put", "REPLY from", "ACCEPTED"] {
        assert!(told.stdout.contains(part), "{part} is not in {}", told.stdout);
    }
    let checked = run(&mut place.convene(&["check", "--database", &database]));
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(0), "3 objects, nothing wrong.\n"));

    let stopped = program.stop();
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    for (method, user) in [("PUT", "alice"), ("PROPFIND", "bob")] {
        let line = stopped.stderr.lines().find(|l| l.contains(method) && l.contains(user));
        let line = line.unwrap_or_else(|| panic!("no line of {user} in {}", stopped.stderr));
        for part in ["path=", "status=", "ms=", "request{id="] {
            assert!(line.contains(part), "{line}");
        }
    }
    assert!(!stopped.stderr.contains("Lunch"), "no calendar data in the log: {}", stopped.stderr);
}

#[test]
fn without_arguments_it_serves_its_own_folder_and_says_what_to_do_next() {
    let place = Place::new();
    let mut command = place.convene(&[]);
    // The one setting that a test has to change: somebody may use port 8080.
    command.env("CONVENE_LISTEN", "127.0.0.1:0").env("CONVENE_LOG_FORMAT", "json");
    let program = Program::start(&mut command, "--demo");
    assert!(program.greeting.contains("convene user add"), "{}", program.greeting);
    assert!(place.path("convene-data/convene.db").exists());
    let listen = program.url.trim_start_matches("http://").to_owned();
    let health = || run(place.convene(&["health"]).env("CONVENE_LISTEN", &listen));
    assert_eq!(health().code, Some(0), "{:?}", health());
    let stopped = program.stop();
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    assert_eq!(health().code, Some(1), "{:?}", health());
    for line in stopped.stderr.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_demo_can_be_started_again() {
    let place = Place::new();
    for _ in 0..2 {
        let mut command = place.convene(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
        let stopped = Program::start(&mut command, "Ctrl-C").stop();
        assert_eq!(stopped.code, Some(0), "{stopped:?}");
    }
}
