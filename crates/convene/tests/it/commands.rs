//! What the commands say to the person who gives them.

use std::os::unix::fs::MetadataExt as _;

use crate::place::{Ended, Place, run};

/// Runs a command on the place's database, in the place's folder.
fn convene(place: &Place, arguments: &[&str]) -> Ended {
    let mut command = place.convene(&[arguments, &["--database", "sqlite:convene.db"]].concat());
    command.env("CONVENE_PASSWORDS_MEMORY_KIB", "8").env("CONVENE_PASSWORDS_PASSES", "1");
    run(&mut command)
}

#[track_caller]
fn says(place: &Place, arguments: &[&str], expected: &str) {
    let ended = convene(place, arguments);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), expected), "{ended:?}");
}

#[track_caller]
fn refuses(place: &Place, arguments: &[&str], expected: &str) {
    let ended = convene(place, arguments);
    let expected = format!("convene: {expected}\n");
    assert_eq!((ended.code, ended.stderr), (Some(1), expected), "{arguments:?}");
}

/// Others on the machine have no business with calendars and hashes of passwords.
#[test]
fn a_database_file_is_for_its_user_alone() {
    let place = Place::new();
    let mut command =
        place.convene(&["user", "add", "ann", "--email", "ann@example.com", "--generate"]);
    let made = run(&mut command);
    assert_eq!(made.code, Some(0), "{made:?}");
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().mode() & 0o777;
    assert_eq!(mode("convene-data"), 0o700);
    for entry in std::fs::read_dir(place.path("convene-data")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(mode(&format!("convene-data/{name}")), 0o600, "{name}");
    }
}

/// ann and bob, and a room.
fn house() -> Place {
    let place = Place::new();
    for name in ["ann", "bob"] {
        let email = format!("{name}@example.com");
        assert_eq!(convene(&place, &["user", "add", name, "--email", &email]).code, Some(0));
    }
    let made = convene(&place, &["room", "add", "blue", "--email", "blue@example.com"]);
    assert_eq!(
        made.stdout,
        "blue is made and answers so: accept-if-free, 1 at once, any time ahead, for everybody, \
         a series date by date.\n",
        "{made:?}"
    );
    place
}

#[test]
fn a_mistyped_database_is_no_empty_one() {
    let place = Place::new();
    let refusal = "There is no database `convene.db`. `convene serve` and `convene user add` make one; \
                   --database names another.";
    place.write(
        "lunch.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\n\
         DTSTART:20300101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    for arguments in [
        &["user", "list"][..],
        &["user", "passwd", "ann"],
        &["user", "remove", "ann", "--yes"],
        &["user", "address", "add", "ann", "ann@example.com"],
        &["room", "list"],
        &["room", "set", "blue"],
        &["group", "list"],
        &["group", "member", "add", "choir", "ann"],
        &["queue", "list"],
        &["explain", "1"],
        &["check"],
        &["export", "ann"],
        &["import", "lunch.ics", "--as", "ann"],
        &["deliver", "lunch.ics", "--from", "ann@example.com", "--to", "bob@example.com"],
    ] {
        refuses(&place, arguments, refusal);
    }
    assert!(!place.path("convene.db").exists());
}

#[test]
fn changes_say_what_is_so_now() {
    let place = house();
    for (arguments, expected) in [
        (
            &["user", "address", "add", "ann", "a@example.com"][..],
            "The addresses of ann are now: ann@example.com, a@example.com.\n",
        ),
        (
            &["user", "address", "remove", "ann", "ann@example.com"],
            "The addresses of ann are now: a@example.com.\n",
        ),
        (
            &["user", "address", "add", "ann", "URN:UUID:4D7F"],
            "The addresses of ann are now: a@example.com, urn:uuid:4d7f.\n",
        ),
        (
            &["room", "set", "blue", "--capacity", "3", "--window-days", "30", "--all-or-nothing"],
            "blue answers so: accept-if-free, 3 at once, up to 30 days ahead, for everybody, \
             a series all or nothing.\n",
        ),
        (
            &[
                "room",
                "set",
                "blue",
                "--booking",
                "accept-if-free-else-manual",
                "--who-may-book",
                "bob",
            ],
            "blue answers so: accept-if-free-else-manual, 3 at once, up to 30 days ahead, for bob, \
             a series all or nothing.\n",
        ),
        (
            &["room", "list"],
            "NAME  KIND  BOOKING                     CAPACITY  DAYS AHEAD  SERIES          WHO MAY BOOK  ADDRESSES\n\
             blue  room  accept-if-free-else-manual  3         30          all or nothing  bob           \
             blue@example.com\n",
        ),
        (&["group", "add", "choir", "--email", "choir@example.com"], "choir is made.\n"),
        (&["group", "member", "add", "choir", "bob", "ANN"], "In choir are now: ann, bob.\n"),
        (&["group", "member", "remove", "choir", "ann", "bob"], "Nobody is in choir now.\n"),
        (&["check"], "0 objects, nothing wrong.\n"),
        (&["group", "remove", "choir", "--yes"], "choir is removed.\n"),
        (&["room", "remove", "blue", "--yes"], "blue is removed.\n"),
    ] {
        says(&place, arguments, expected);
    }
}

#[test]
fn a_password_for_a_device_is_shown_once_listed_and_taken_back() {
    let place = house();
    let list = ["user", "app-password", "list", "ann", "--json"];
    let labels = || {
        let listed: serde_json::Value =
            serde_json::from_str(&convene(&place, &list).stdout).unwrap();
        let labels = listed.as_array().unwrap().iter();
        labels.map(|one| one["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(labels().is_empty(), "the account's own is not listed");
    for label in ["phone", "laptop"] {
        let made = convene(&place, &["user", "app-password", "add", "ANN", label]);
        let shown = format!("ANN has a password for {label}, shown only now: ");
        assert!(made.stdout.starts_with(&shown), "{made:?}");
    }
    assert_eq!(labels(), ["laptop", "phone"]);
    let remove = ["user", "app-password", "remove", "ann", "phone"];
    says(&place, &remove, "ann has no password for phone any more.\n");
    assert_eq!(labels(), ["laptop"]);
}

#[test]
fn a_room_is_listed_with_all_its_settings() {
    let place = house();
    let listed = convene(&place, &["room", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(
        listed,
        serde_json::json!([{
            "name": "blue",
            "kind": "room",
            "display_name": null,
            "addresses": ["mailto:blue@example.com", "/dav/principals/blue/"],
            "booking": "accept-if-free",
            "capacity": 1,
            "window_days": null,
            "all_or_nothing": false,
            "who_may_book": null,
        }])
    );
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let place = house();
    assert_eq!(
        convene(&place, &["group", "add", "choir", "--email", "c@example.com", "--member", "ann"])
            .code,
        Some(0)
    );
    let booker = convene(&place, &["room", "set", "blue", "--who-may-book", "choir"]);
    assert_eq!(booker.code, Some(0), "{booker:?}");
    for (arguments, refusal) in [
        (
            &["group", "add", "band", "--email", "band@example.com", "--member", "eve"][..],
            "There is no account `eve`. `convene user list` shows all of them.",
        ),
        (&["group", "member", "add", "choir", "choir"], "`choir` cannot be in itself."),
        (
            &["group", "member", "remove", "choir", "bob"],
            "`bob` is not in `choir`. `convene group list` shows who is.",
        ),
        (
            &["user", "address", "add", "ann", "/dav/principals/eve/"],
            "`/dav/principals/eve/` is not an address by which anybody is invited. Write it as NAME@DOMAIN or \
             urn:uuid:….",
        ),
        (
            &["user", "app-password", "add", "ann", " "],
            "Say what the password is for, such as phone.",
        ),
        (
            &["user", "app-password", "remove", "ann", "phone"],
            "`ann` has no password for `phone`. `convene user app-password list ann` shows all of them.",
        ),
        (&["group", "remove", "ann"], "`ann` is no group. `convene group list` shows all of them."),
        (
            &["room", "remove", "ann"],
            "`ann` is neither a room nor a resource, and answers for itself. `convene room list` shows what \
             can be booked.",
        ),
        (
            &["group", "remove", "choir", "--yes"],
            "Only `choir` may book `blue`; without that account everybody could. First say who may: \
             `convene room set blue --who-may-book NAME`.",
        ),
        (
            &["user", "add", "--from", "away.csv"],
            "`away.csv` cannot be used: No such file or directory (os error 2).",
        ),
        (
            &["import", "away.ics", "--as", "ann"],
            "`away.ics` cannot be read: No such file or directory (os error 2).",
        ),
        (
            &["import", ".", "--as", "ann"],
            "There is no .ics file in `.`; folders within it are not looked into.",
        ),
        (&["export", "ann", "--calendar", "work"], "`ann` has no calendar `work`."),
    ] {
        refuses(&place, arguments, refusal);
    }
    let groups = convene(&place, &["group", "list"]);
    assert!(!groups.stdout.contains("band"), "made as a whole or not at all: {groups:?}");
}
