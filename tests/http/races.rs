//! Many at once: nothing is lost, nothing is half done, nobody is told that something went wrong inside
//! (design section 2.3).

use std::sync::Barrier;
use std::thread::{self, sleep};
use std::time::Duration;

use store::LockKey;

use crate::harness::case::{Case, case, case_on};
use crate::harness::client::{Client, Response};
use crate::harness::samples::{event, meeting, task};
use crate::harness::{Engine, Person, World};
use crate::icalendar::Component;
use crate::scenario::stage::Stage;

/// How long a request takes to get to where it waits.
const A_WHILE: Duration = Duration::from_millis(300);

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("fifty attendees accept at the same moment", fifty_answers),
        case("of two edits with the same If-Match one wins", edits_with_if_match),
        case("of many creations with If-None-Match one wins", creations_with_if_none_match),
        case("of many objects with one UID one is stored", one_uid),
        case("of many MKCALENDARs of one name one succeeds", mkcalendars),
        case("PUT against DELETE ends in one of the two", put_against_delete),
        case(
            "an answer against a move of the meeting leaves the two copies in agreement",
            answer_against_move,
        ),
        case(
            "people who invite each other at the same time do not lock each other out",
            mutual_invitations,
        ),
        case("who reads while others write sees whole states", reading_while_writing),
        case_on(
            "what arrives in a calendar while that is deleted is declined",
            arrival_against_deletion,
        ),
    ]
}

/// Runs the deeds at the same moment, each with a connection of its own, and gives their results in order.
fn at_once<T: Send>(deeds: Vec<Box<dyn FnOnce() -> T + Send + '_>>) -> Vec<T> {
    let start = Barrier::new(deeds.len());
    thread::scope(|scope| {
        let threads: Vec<_> = deeds
            .into_iter()
            .map(|deed| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    deed()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no request failed")).collect()
    })
}

/// The same request by `count` clients at once.
fn all_at_once(
    client: &Client,
    count: usize,
    deed: impl Fn(&Client, usize) -> Response + Sync,
) -> Vec<Response> {
    let clients: Vec<Client> = (0..count).map(|_| client.clone()).collect();
    let deed = &deed;
    at_once(
        clients
            .iter()
            .enumerate()
            .map(|(number, client)| {
                Box::new(move || deed(client, number)) as Box<dyn FnOnce() -> Response + Send>
            })
            .collect(),
    )
}

/// One answer has `status`, the others one of `others`.
#[track_caller]
fn expect_one(answers: &[Response], status: u16, others: &[u16]) {
    let winners = answers.iter().filter(|answer| answer.status() == status).count();
    assert_eq!(winners, 1, "{:?}", answers.iter().map(Response::status).collect::<Vec<_>>());
    for answer in answers {
        assert!(answer.status() == status || others.contains(&answer.status()), "{answer}");
    }
}

fn fifty_answers(engine: Engine) {
    let guests: Vec<String> = (1..=50).map(|number| format!("guest{number}")).collect();
    let mut people = vec![Person::of_this_house("olga")];
    people.extend(guests.iter().map(|name| Person::of_this_house(name)));
    let stage = Stage::set(engine, &people);
    let olga = stage.client("olga");
    let path = olga.at("calendar/party.ics");
    let names: Vec<&str> = guests.iter().map(String::as_str).collect();
    olga.put(&path, &meeting("party", "Party", "olga", &names)).expect(201);

    // Each has read the invitation before anybody answers.
    let answers: Vec<(&Client, String, String)> = guests
        .iter()
        .map(|guest| {
            let mut copy = stage.find(guest, "party").expect("an invitation");
            let line =
                copy.calendar.items_mut().next().and_then(|item| item.attendee_mut(&mail(guest)));
            line.expect("the guest's line").set_parameter("PARTSTAT", Some("ACCEPTED"));
            (stage.client(guest), copy.href, copy.calendar.to_string())
        })
        .collect();
    let statuses = at_once(
        answers
            .iter()
            .map(|(client, href, body)| {
                Box::new(move || client.put(href, body).expect(204).status())
                    as Box<dyn FnOnce() -> u16 + Send>
            })
            .collect(),
    );
    assert_eq!(statuses, vec![204; 50]);

    let party = Component::parse(olga.get(&path).expect(200).text()).expect("the organizer's copy");
    for guest in &guests {
        let line = party.item().attendee(&mail(guest)).expect("a line for each");
        assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("ACCEPTED"), "{guest}");
        assert_eq!(line.parameter("SCHEDULE-STATUS").as_deref(), Some("2.0"), "{guest}");
        let copy = stage.find(guest, "party").expect("a copy").calendar;
        assert_eq!(copy.item().properties_named("ATTENDEE").count(), 51);
        for line in copy.item().properties_named("ATTENDEE") {
            let partstat = line.parameter("PARTSTAT").unwrap_or_default();
            let own = line.is_address(&mail(guest));
            assert!(
                partstat == "ACCEPTED" || (!own && partstat == "NEEDS-ACTION"),
                "{guest}: {line}"
            );
        }
    }
    let inbox = olga.propfind(&olga.at("inbox/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(inbox.responses.len() - 1, 50, "one REPLY from each");
}

fn mail(name: &str) -> String {
    format!("mailto:{name}@example.com")
}

fn edits_with_if_match(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.put(&path, &meeting("a", "Start", "alice", &["bob"])).expect(201);
    for round in 0..10 {
        let etag = alice.get(&path).etag();
        let answers = all_at_once(&alice, 2, |client, number| {
            let body = meeting("a", &format!("Round {round} by {number}"), "alice", &["bob"]);
            client.request("PUT", &path).header("If-Match", &etag).calendar(&body).send()
        });
        expect_one(&answers, 204, &[412]);
        let winner = answers.iter().position(|answer| answer.status() == 204).unwrap_or_default();
        let stored = alice.get(&path);
        assert!(stored.text().contains(&format!("Round {round} by {winner}")), "{stored}");
    }
}

fn creations_with_if_none_match(world: &World) {
    let alice = world.user("alice");
    for round in 0..5 {
        let uid = format!("r{round}");
        let path = alice.at(&format!("calendar/{uid}.ics"));
        let answers = all_at_once(&alice, 6, |client, number| {
            let body = event(&uid, &format!("by {number}"));
            client.request("PUT", &path).header("If-None-Match", "*").calendar(&body).send()
        });
        expect_one(&answers, 201, &[412]);
    }
}

fn one_uid(world: &World) {
    let alice = world.user("alice");
    for round in 0..5 {
        let uid = format!("r{round}");
        let answers = all_at_once(&alice, 6, |client, number| {
            client.put(&client.at(&format!("calendar/{uid}-{number}.ics")), &event(&uid, "E"))
        });
        expect_one(&answers, 201, &[403, 409]);
    }
    let listing = alice.propfind(&alice.at("calendar/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(listing.responses.len() - 1, 5);
}

fn mkcalendars(world: &World) {
    let alice = world.user("alice");
    for round in 0..5 {
        let answers = all_at_once(&alice, 6, |client, _| {
            client.mkcalendar(&client.at(&format!("work{round}/")))
        });
        expect_one(&answers, 201, &[403, 405]);
    }
    let home = alice.propfind(&alice.at(""), "1", &["D:resourcetype"]).multistatus();
    assert_eq!(home.responses.len(), 10);
}

fn put_against_delete(world: &World) {
    let alice = world.user("alice");
    let bob = world.user("bob");
    let path = alice.at("calendar/a.ics");
    for round in 0..10 {
        let answers = all_at_once(&alice, 4, |client, number| {
            if number % 2 == 0 {
                client.put(
                    &path,
                    &meeting("a", &format!("Round {round}.{number}"), "alice", &["bob"]),
                )
            } else {
                client.delete(&path)
            }
        });
        for answer in &answers {
            assert!(matches!(answer.status(), 201 | 204 | 404), "{answer}");
        }
        // The listing, the resource and the attendee's copy tell the same.
        let there = alice.get(&path).status() == 200;
        let listing = alice.propfind(&alice.at("calendar/"), "1", &["D:getetag"]).multistatus();
        assert_eq!(listing.find(&path).is_some(), there);
        let copies = bob.propfind(&bob.at("calendar/"), "1", &["D:getetag"]).multistatus();
        let copy = copies
            .hrefs()
            .into_iter()
            .find(|href| href.ends_with(".ics"))
            .expect("bob was told")
            .to_owned();
        let cancelled = bob.get(&copy).text().contains("STATUS:CANCELLED");
        assert_eq!(cancelled, !there, "round {round}");
    }
}

fn answer_against_move(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    for round in 0..8 {
        let uid = format!("m{round}");
        let path = alice.at(&format!("calendar/{uid}.ics"));
        let invitation = meeting(&uid, "Meeting", "alice", &["bob"]);
        alice.put(&path, &invitation).expect(201);
        let listing = bob.propfind(&bob.at("calendar/"), "1", &["D:getetag"]).multistatus();
        let copies: Vec<Response> = listing
            .hrefs()
            .iter()
            .filter(|href| href.ends_with(".ics"))
            .map(|href| bob.get(href))
            .filter(|copy| copy.text().contains(&format!("UID:{uid}\r\n")))
            .collect();
        let [copy] = &copies[..] else { panic!("bob has {} copies", copies.len()) };
        let href = listing
            .hrefs()
            .into_iter()
            .find(|href| bob.get(href).text() == copy.text())
            .expect("its path");
        let mut answer = Component::parse(copy.text()).expect("bob's copy");
        let line = answer.items_mut().next().and_then(|item| item.attendee_mut(&mail("bob")));
        line.expect("bob's line").set_parameter("PARTSTAT", Some("ACCEPTED"));
        let (answer, moved) =
            (answer.to_string(), invitation.replace("T10", "T14").replace("T11", "T15"));
        at_once(vec![
            Box::new(|| alice.put(&path, &moved).expect(204))
                as Box<dyn FnOnce() -> Response + Send>,
            // Too late, the answer would move the meeting back: design rule 20.
            Box::new(|| bob.put(href, &answer).expect_any(&[204, 403])),
        ]);
        let organizers = Component::parse(alice.get(&path).text()).expect("alice's copy");
        let attendees = Component::parse(bob.get(href).text()).expect("bob's copy");
        assert_eq!(organizers.item().value("DTSTART"), Some("20260302T140000Z"));
        assert_eq!(attendees.item().value("DTSTART"), organizers.item().value("DTSTART"));
        let partstat = |calendar: &Component| {
            let line = calendar.item().attendee(&mail("bob")).cloned().expect("bob's line");
            line.parameter("PARTSTAT").unwrap_or_else(|| "NEEDS-ACTION".to_owned())
        };
        assert_eq!(partstat(&organizers), "NEEDS-ACTION", "RFC 6638 3.2.8");
        assert_eq!(partstat(&attendees), partstat(&organizers));
    }
}

fn mutual_invitations(world: &World) {
    let people = ["alice", "bob", "carol", "dave"];
    let clients: Vec<Client> = people.iter().map(|name| world.user(name)).collect();
    let deeds = clients
        .iter()
        .map(|client| {
            Box::new(move || {
                let others: Vec<&str> =
                    people.into_iter().filter(|name| *name != client.name()).collect();
                for round in 0..10 {
                    let uid = format!("{}-{round}", client.name());
                    let path = client.at(&format!("calendar/{uid}.ics"));
                    client.put(&path, &meeting(&uid, "First", client.name(), &others)).expect(201);
                    client.put(&path, &meeting(&uid, "Second", client.name(), &others)).expect(204);
                }
            }) as Box<dyn FnOnce() + Send>
        })
        .collect();
    at_once(deeds);
    for client in &clients {
        let listing = client.propfind(&client.at("calendar/"), "1", &["D:getetag"]).multistatus();
        assert_eq!(listing.responses.len() - 1, 40, "{}", client.name());
        let inbox = client.propfind(&client.at("inbox/"), "1", &["D:getetag"]).multistatus();
        assert_eq!(inbox.responses.len() - 1, 60, "{}", client.name());
    }
}

/// Each write moves two attendees' copies; no reader may see a listing and a token that do not fit.
fn reading_while_writing(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let reader = bob.clone();
    at_once(vec![
        Box::new(|| {
            for round in 0..30 {
                let uid = format!("m{}", round % 6);
                let path = alice.at(&format!("calendar/{uid}.ics"));
                let body = meeting(&uid, &format!("Round {round}"), "alice", &["bob"]);
                alice.put(&path, &body).expect_any(&[201, 204]);
            }
        }) as Box<dyn FnOnce() + Send>,
        Box::new(|| {
            let mut token = String::new();
            let mut known = std::collections::BTreeMap::new();
            for _ in 0..40 {
                let answer = reader.sync(&reader.at("calendar/"), &token).multistatus();
                for member in &answer.responses {
                    known.insert(member.href.clone(), member.text("D:getetag").to_owned());
                }
                token = answer.sync_token.clone().expect("a sync-token");
            }
            let answer = reader.sync(&reader.at("calendar/"), &token).multistatus();
            for member in &answer.responses {
                known.insert(member.href.clone(), member.text("D:getetag").to_owned());
            }
        }),
    ]);
    let full = bob.sync(&bob.at("calendar/"), "").multistatus();
    assert_eq!(full.responses.len(), 6);
}

/// The meeting or task comes after it was read which meetings there are, and before the calendar is locked: RFC 6638
/// 3.2.2.4 holds for it as well.
fn arrival_against_deletion(engine: Engine) {
    let people = "ORGANIZER:mailto:alice@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n\
                  ATTENDEE;RSVP=TRUE:mailto:bob@example.com\r\nEND:VTODO";
    let task = task("t", "Task").replace("END:VTODO", people);
    for (calendar, uid, invitation) in
        [("calendar", "m", meeting("m", "M", "alice", &["bob"])), ("tasks", "t", task)]
    {
        let world = World::household(engine);
        let (alice, bob) = (world.user("alice"), world.user("bob"));
        // With a connection of its own.
        let another = bob.clone();
        let path = alice.at(&format!("{calendar}/{uid}.ics"));
        let other = bob.at("other/");
        bob.mkcalendar(&other).expect(201);
        let invite = || alice.put(&path, &invitation).expect(201);
        // The calendar for events stays until another one is named; that for tasks may go.
        let choose = format!(
            "<D:set><D:prop><C:schedule-default-calendar-URL><D:href>{other}</D:href>\
             </C:schedule-default-calendar-URL></D:prop></D:set>"
        );
        let rename = || bob.proppatch(&bob.at("inbox/"), &choose).expect(207);
        let delete = || another.delete(&bob.at(&format!("{calendar}/"))).expect(204);
        let lock = LockKey::Resource { home: "bob", collection: calendar, name: "" };
        thread::scope(|scope| match engine {
            // Writes come in the order in which they ask; what is read before is read at once.
            Engine::Sqlite => world.holding(lock, || {
                scope.spawn(invite);
                sleep(A_WHILE);
                scope.spawn(rename);
                sleep(A_WHILE);
                scope.spawn(delete);
                sleep(A_WHILE);
            }),
            // Only the deletion needs the lock.
            Engine::Postgres => world.holding(lock, || {
                scope.spawn(delete);
                sleep(A_WHILE);
                invite();
                rename();
            }),
        });
        bob.get(&bob.at(&format!("{calendar}/"))).expect(404);
        let stored = Component::parse(alice.get(&path).expect(200).text()).expect("alice's copy");
        let line = stored.item().attendee(&mail("bob")).expect("bob's line");
        assert_eq!(line.parameter("PARTSTAT").as_deref(), Some("DECLINED"), "{calendar}");
    }
}
