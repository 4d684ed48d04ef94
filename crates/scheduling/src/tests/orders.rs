//! Laws of merges, on every order in which a handful of messages can arrive, for events and tasks alike (RFC 5546 section
//! 2.1.5, RFC 5545 section 3.2.13): what comes of them is the same, and what comes twice counts once.

use std::collections::BTreeMap;

use calendar::zone::Zone;
use calendar::{CalendarObject, InstanceId, Limits, Message};

use super::laws::sight;
use super::support::{Town, UID, address, component};
use crate::itip::Intent;
use crate::simulator::Parcel;

const KINDS: [&str; 2] = ["VEVENT", "VTODO"];

/// Each order of so many things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(of - 1);
    let longer = shorter.iter().flat_map(|order| {
        (0..of).map(move |at| {
            let mut order = order.clone();
            order.insert(at, of - 1);
            order
        })
    });
    longer.collect()
}

/// A series of ann's, of five days, or one of its days.
fn part(kind: &str, names: &[&str], hour: u8, lines: &str) -> String {
    let end = if kind == "VTODO" { "DUE" } else { "DTEND" };
    let day = lines.split_once("RECURRENCE-ID").map_or("02", |(_, id)| {
        let (_, value) = id.split_once("202603").unwrap();
        &value[..2]
    });
    let mut text = format!(
        "ORGANIZER:mailto:ann@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com\n\
         DTSTART:202603{day}T{hour:02}0000Z\n{end}:202603{day}T{:02}0000Z\n{lines}",
        hour + 1
    );
    for name in names {
        text.push_str(&format!("\nATTENDEE;RSVP=TRUE:mailto:{name}@example.com"));
    }
    text
}

fn series(kind: &str, names: &[&str], more: &str) -> String {
    part(kind, names, 9, &format!("RRULE:FREQ=DAILY;COUNT=5\n{more}"))
}

fn store(town: &mut Town, kind: &str, parts: &[String]) {
    town.world.wait(1);
    town.world.put(1, &component(kind, &parts.join("\n\n")), Intent::default()).unwrap().unwrap();
}

/// Who comes, on each day.
fn comes(object: &CalendarObject) -> BTreeMap<InstanceId, Vec<String>> {
    let instances = object.all_instances(&Zone::utc(), &Limits::default());
    let lines = instances.map(|instance| {
        let mut lines: Vec<String> = instance
            .component
            .attendees()
            .map(|line| format!("{} {}", line.address().unwrap().as_str(), line.partstat()))
            .collect();
        lines.sort();
        (instance.id, lines)
    });
    lines.collect()
}

const EVERYBODY: [&str; 3] = ["ben", "cho", "dov"];

/// A REPLY: its second, who, to what, and what he says.
type Reply = (u32, &'static str, &'static str, &'static str);

const DAY_3: &str = "RECURRENCE-ID:20260303T090000Z";
const DAY_5: &str = "RECURRENCE-ID:20260305T090000Z";
const FROM_DAY_3: &str = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z";
const FROM_DAY_4: &str = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z";

const ANSWERS: [&[Reply]; 6] = [
    &[(1, "ben", "", "ACCEPTED"), (2, "cho", "", "TENTATIVE"), (3, "dov", "", "DECLINED")],
    &[(1, "ben", "", "ACCEPTED"), (2, "ben", "", "DECLINED"), (3, "ben", "", "TENTATIVE")],
    &[
        (1, "ben", "", "ACCEPTED"),
        (2, "ben", DAY_3, "DECLINED"),
        (3, "cho", DAY_3, "ACCEPTED"),
        (4, "cho", "", "TENTATIVE"),
        (5, "dov", DAY_5, "DECLINED"),
    ],
    &[
        (1, "ben", FROM_DAY_4, "DECLINED"),
        (2, "cho", FROM_DAY_4, "ACCEPTED"),
        (3, "dov", DAY_5, "ACCEPTED"),
    ],
    &[
        (1, "ben", DAY_5, "ACCEPTED"),
        (2, "ben", FROM_DAY_3, "DECLINED"),
        (3, "cho", "", "ACCEPTED"),
    ],
    &[
        (1, "ben", FROM_DAY_3, "TENTATIVE"),
        (2, "ben", DAY_5, "ACCEPTED"),
        (3, "cho", FROM_DAY_4, "DECLINED"),
        (4, "cho", "", "ACCEPTED"),
    ],
];

fn reply(kind: &str, (second, who, about, partstat): Reply, town: &Town) -> Parcel {
    let text = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REPLY\nBEGIN:{kind}\nUID:{UID}\nSEQUENCE:1\n\
         DTSTAMP:20260201T0000{second:02}Z\nORGANIZER:mailto:ann@example.com\n{about}\n\
         ATTENDEE;PARTSTAT={partstat}:mailto:{who}@example.com\nEND:{kind}\nEND:VCALENDAR\n"
    );
    let message = Message::parse(text.replace("\n\n", "\n").as_bytes(), &Limits::default());
    Parcel::new(address(who), town.id("ann"), address("ann"), message.unwrap())
}

#[test]
fn the_order_of_answers_does_not_matter() {
    for kind in KINDS {
        for answers in ANSWERS {
            let mut expected = None;
            for order in orders(answers.len()) {
                let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
                let special = part(kind, &EVERYBODY, 12, &format!("{DAY_5}\nSUMMARY:Special"));
                store(&mut town, kind, &[series(kind, &EVERYBODY, "SUMMARY:Talk"), special]);
                town.news();
                for at in &order {
                    let parcel = reply(kind, answers[*at], &town);
                    town.world.hand_over(&parcel).unwrap();
                    let once = town.text("ann");
                    town.world.hand_over(&parcel).unwrap();
                    assert_eq!(town.text("ann"), once, "{kind} {order:?}: twice equals once");
                }
                let shown = comes(town.copy("ann"));
                let expected = expected.get_or_insert_with(|| shown.clone());
                assert_eq!(&shown, expected, "{kind} {answers:?} in the order {order:?}");
            }
        }
    }
}

/// What ann stores, one after the other.
fn histories(kind: &str) -> Vec<Vec<Vec<String>>> {
    let all = EVERYBODY;
    let others = ["cho", "dov"];
    let day = |names: &[&str], hour: u8, lines: &str| part(kind, names, hour, lines);
    let talk = || series(kind, &all, "SUMMARY:Talk");
    let without_day_4 = || series(kind, &all, "EXDATE:20260304T090000Z\nSUMMARY:Talk");
    let special = || day(&all, 12, &format!("{DAY_3}\nSUMMARY:Special"));
    vec![
        // Moved twice.
        vec![
            vec![talk()],
            vec![part(kind, &all, 10, "RRULE:FREQ=DAILY;COUNT=5\nSUMMARY:Talk")],
            vec![part(kind, &all, 11, "RRULE:FREQ=DAILY;COUNT=4\nSUMMARY:Talk")],
        ],
        // One day told apart, another left out, the first given back.
        vec![
            vec![talk()],
            vec![talk(), special()],
            vec![without_day_4(), special()],
            vec![without_day_4()],
        ],
        // Off one day, and on again.
        vec![
            vec![talk()],
            vec![talk(), day(&others, 9, &format!("{DAY_3}\nSUMMARY:Special"))],
            vec![talk(), special()],
        ],
        // All later days, and then some of them.
        vec![
            vec![talk()],
            vec![talk(), day(&all, 12, &format!("{FROM_DAY_3}\nSUMMARY:Later"))],
            vec![
                talk(),
                day(&all, 12, &format!("{FROM_DAY_3}\nSUMMARY:Later")),
                day(&all, 14, &format!("{DAY_5}\nSUMMARY:Special")),
            ],
        ],
        // All later days without him, and cancelled.
        vec![
            vec![talk()],
            vec![talk(), day(&others, 12, &format!("{FROM_DAY_4}\nSUMMARY:Later"))],
            vec![
                talk(),
                day(&others, 12, &format!("{FROM_DAY_4}\nSTATUS:CANCELLED\nSUMMARY:Later")),
            ],
        ],
        // A guest of one day is invited to the series.
        vec![
            vec![series(kind, &others, "SUMMARY:Talk"), special()],
            vec![series(kind, &all, "SUMMARY:Talk"), special()],
            vec![series(kind, &all, "LOCATION:Hall\nSUMMARY:Talk"), special()],
        ],
    ]
}

#[test]
fn the_order_of_what_one_is_told_does_not_matter() {
    for kind in KINDS {
        for (number, history) in histories(kind).into_iter().enumerate() {
            let told = || {
                let mut town = Town::of(&["ann", "ben", "cho", "dov"]);
                history.iter().for_each(|parts| store(&mut town, kind, parts));
                let ben = town.id("ben");
                let under_way = town.world.under_way().iter();
                let parcels: Vec<Parcel> =
                    under_way.filter(|parcel| parcel.recipient == ben).cloned().collect();
                (town, parcels)
            };
            let count = told().1.len();
            assert!((2..=6).contains(&count), "{kind} {number}: {count}");
            for order in orders(count) {
                let (mut town, parcels) = told();
                for at in &order {
                    town.world.hand_over(&parcels[*at]).unwrap();
                    let once = town.world.copy(2, UID).map(CalendarObject::octets);
                    town.world.hand_over(&parcels[*at]).unwrap();
                    let twice = town.world.copy(2, UID).map(CalendarObject::octets);
                    assert!(once == twice, "{kind} {number} {order:?}: twice equals once");
                }
                let agreed = sight::agree(Some(town.copy("ann")), town.world.copy(2, UID), "ben");
                assert_eq!(
                    agreed,
                    Ok(()),
                    "{kind} {number} in the order {order:?}\n{}",
                    town.text("ben")
                );
            }
        }
    }
}
