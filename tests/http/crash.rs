//! The real program killed amid scheduling (design section 2.2): what was answered is complete in all calendars and
//! inboxes, what was not is there whole or not at all.

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::harness::case::{Case, case_on};
use crate::harness::client::Client;
use crate::harness::process::Program;
use crate::harness::random::Random;
use crate::harness::samples::{event, meeting};
use crate::harness::wire::Connection;
use crate::harness::{Engine, Person};
use crate::icalendar::Component;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on(
            "killed amid scheduling, the server has done each write whole or not at all",
            killed_amid_scheduling,
        ),
        case_on("a body of 100 MB takes no memory", large_bodies_take_no_memory),
        case_on("a message to many is one message", many_outsiders_take_little_memory),
    ]
}

const GUESTS: [&str; 3] = ["bob", "carol", "dave"];
const WRITERS: usize = 3;

/// What is known of one meeting: the last version that was answered, and the last that was sent.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    answered: usize,
    sent: usize,
}

fn people() -> Vec<Person> {
    ["alice", "bob", "carol", "dave"].map(Person::of_this_house).into()
}

/// `CONVENE_LONG=1` kills the server amid 1,000 writes, otherwise amid fewer.
fn killed_amid_scheduling(engine: Engine) {
    let long = env::var_os("CONVENE_LONG").is_some_and(|value| value == "1");
    let (rounds, writes) = if long { (25, 1_000) } else { (4, 120) };
    let mut random = Random::from_seed(7);
    let mut program = Program::start(engine, &people());
    let mut meetings: BTreeMap<String, Progress> = BTreeMap::new();
    let (mut done, mut cut_off) = (0, 0);
    let mut round = 0;
    while round < rounds || done < writes {
        let share = writes / rounds / WRITERS + 1;
        let victim = random.below(share * WRITERS);
        let progress = write_until_killed(&mut program, round, share, victim);
        done += progress.values().map(|progress| progress.answered).sum::<usize>();
        cut_off += progress.values().filter(|progress| progress.sent > progress.answered).count();
        meetings.extend(progress);
        let check = program.run(&["check"]);
        assert!(
            check.status.success(),
            "after kill {round}, convene check says\n{}{}",
            String::from_utf8_lossy(&check.stdout),
            String::from_utf8_lossy(&check.stderr)
        );
        program.serve();
        verify(&program, &meetings);
        round += 1;
    }
    assert!(cut_off > 0, "no write was under way when the server was killed");
}

/// Three clients of alice's write meetings, two versions of each; after `victim` answers the server is killed.
fn write_until_killed(
    program: &mut Program,
    round: usize,
    share: usize,
    victim: usize,
) -> BTreeMap<String, Progress> {
    let dead = AtomicBool::new(false);
    let clients: Vec<Client> = (0..WRITERS).map(|_| program.user("alice")).collect();
    let (answered, answers) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let writers: Vec<_> = clients
            .iter()
            .enumerate()
            .map(|(writer, client)| {
                let (answered, dead) = (answered.clone(), &dead);
                scope.spawn(move || {
                    let mut meetings = BTreeMap::new();
                    for number in 0..share.div_ceil(2) {
                        let uid = format!("r{round}-w{writer}-{number}");
                        let mut progress = Progress::default();
                        for version in 1..=2 {
                            if dead.load(Ordering::Acquire) {
                                break;
                            }
                            progress.sent = version;
                            match write(client, &uid, version) {
                                Ok(()) => progress.answered = version,
                                // Only a dead server may leave a request without an answer.
                                Err(_) => break,
                            }
                            let _ = answered.send(());
                        }
                        meetings.insert(uid, progress);
                    }
                    meetings
                })
            })
            .collect();
        drop(answered);
        // A write is under way when the next answers are waited for: now is the moment.
        for _ in 0..victim {
            if answers.recv().is_err() {
                break;
            }
        }
        program.kill();
        dead.store(true, Ordering::Release);
        writers
            .into_iter()
            .flat_map(|writer| writer.join().expect("a writer does not fail"))
            .collect()
    })
}

fn write(client: &Client, uid: &str, version: usize) -> std::io::Result<()> {
    let path = client.at(&format!("calendar/{uid}.ics"));
    let body = meeting(uid, &format!("Version {version}"), "alice", &GUESTS);
    let answer = client.request("PUT", &path).calendar(&body).try_send()?;
    answer.expect_any(&[201, 204]);
    Ok(())
}

fn verify(program: &Program, meetings: &BTreeMap<String, Progress>) {
    let alices = versions(&program.user("alice"), "calendar/");
    let copies = GUESTS.map(|guest| {
        let client = program.user(guest);
        (guest, versions(&client, "calendar/"), versions(&client, "inbox/"))
    });
    for (uid, progress) in meetings {
        let stored =
            alices.get(uid).map_or(0, |versions| versions.iter().copied().max().unwrap_or(0));
        assert!(
            (progress.answered..=progress.sent).contains(&stored),
            "{uid}: alice has version {stored} of {progress:?}"
        );
        let told: Vec<usize> = (1..=stored).collect();
        for (guest, calendar, inbox) in &copies {
            let copy = calendar.get(uid).cloned().unwrap_or_default();
            let expected: Vec<usize> = if stored == 0 { Vec::new() } else { vec![stored] };
            assert_eq!(copy, expected, "{uid}: {guest}'s copy, when alice has version {stored}");
            assert_eq!(inbox.get(uid).cloned().unwrap_or_default(), told, "{uid}: {guest}'s inbox");
        }
    }
}

/// The versions of each meeting in a collection.
fn versions(client: &Client, collection: &str) -> BTreeMap<String, Vec<usize>> {
    let path = client.at(collection);
    let listing = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    let members: Vec<&str> = listing.hrefs().into_iter().filter(|href| *href != path).collect();
    let mut versions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    if members.is_empty() {
        return versions;
    }
    for member in &client.multiget(&path, &members).multistatus().responses {
        let calendar = Component::parse(member.text("C:calendar-data")).expect("calendar data");
        let item = calendar.item();
        let version = item.value("SUMMARY").and_then(|summary| summary.strip_prefix("Version "));
        let version = version.and_then(|version| version.parse().ok()).expect("a version");
        versions.entry(item.value("UID").unwrap_or_default().to_owned()).or_default().push(version);
    }
    versions.values_mut().for_each(|versions| versions.sort_unstable());
    versions
}

/// However much is sent: memory stays flat, the refusal names the limit, the server lives.
fn large_bodies_take_no_memory(engine: Engine) {
    const ALLOWED_KIB: u64 = 48 * 1024;
    let program = Program::start(engine, &people());
    let alice = program.user("alice");
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    let (before, _) = program.memory();
    let path = alice.at("calendar/b.ics");
    thread::scope(|scope| {
        for chunked in [false, true] {
            let (alice, path) = (&alice, &path);
            scope.spawn(move || pour(alice, "PUT", path, "text/calendar", chunked));
            scope.spawn(move || pour(alice, "PROPFIND", path, "application/xml", chunked));
        }
    });
    let (after, highest) = program.memory();
    assert!(after < before + ALLOWED_KIB, "resident memory went from {before} to {after} KiB");
    assert!(
        highest < before + ALLOWED_KIB,
        "resident memory went from {before} up to {highest} KiB"
    );
    alice.get(&alice.at("calendar/a.ics")).expect(200);
    alice.get(&path).expect(404);
}

/// What waits for 3,000 outsiders would be 400 MB if each had his own.
fn many_outsiders_take_little_memory(engine: Engine) {
    const ALLOWED_KIB: u64 = 64 * 1024;
    let program = Program::start(engine, &people());
    let alice = program.user("alice");
    let guests: String = (0..3_000)
        .map(|number| {
            format!(
                "ATTENDEE;RSVP=TRUE;CN=Guest {number}:mailto:guest{number}@elsewhere.example\r\n"
            )
        })
        .collect();
    let meeting = crate::harness::samples::meeting("party", "Party", "alice", &[]);
    let meeting = meeting.replace("END:VEVENT", &format!("{guests}END:VEVENT"));
    let (before, _) = program.memory();
    alice.put(&alice.at("calendar/party.ics"), &meeting).expect(201);
    let (_, highest) = program.memory();
    assert!(
        highest < before + ALLOWED_KIB,
        "resident memory went from {before} up to {highest} KiB"
    );
    let stored = alice.get(&alice.at("calendar/party.ics")).expect(200);
    assert_eq!(stored.text().replace("\r\n ", "").matches("SCHEDULE-STATUS=5.3").count(), 3_000);
}

/// 100 MB in pieces, until the server has heard enough. It may hang up on who goes on talking; what it says, if
/// anything, is a refusal.
fn pour(client: &Client, method: &str, path: &str, content_type: &str, chunked: bool) {
    const PIECE: usize = 1 << 16;
    const PIECES: usize = 1_600;
    let mut connection = Connection::open(client.server()).expect("the server listens");
    let length = if chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", PIECE * PIECES)
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWxpY2U6YWxpY2U=\r\nDepth: 0\r\n\
         Content-Type: {content_type}\r\n{length}\r\n\r\n"
    );
    let mut piece = if chunked { format!("{PIECE:x}\r\n").into_bytes() } else { Vec::new() };
    piece.extend_from_slice(&[b'x'; PIECE]);
    if chunked {
        piece.extend_from_slice(b"\r\n");
    }
    connection.send(head.as_bytes()).expect("the server reads");
    for _ in 0..PIECES {
        if connection.send(&piece).is_err() {
            break;
        }
    }
    if let Ok(answer) = connection.read_answer(method) {
        assert!(matches!(answer.status, 403 | 413), "{method} of 100 MB: {answer:?}");
        if method == "PUT" {
            let body = String::from_utf8_lossy(&answer.body);
            assert!(body.contains("max-resource-size"), "{body}");
        }
    }
}
