//! Accounts through the command line.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::place::{Ended, Place, ended, run};

/// Runs a command on the place's database.
fn convene(place: &Place, arguments: &[&str]) -> Ended {
    let database = place.database();
    run(&mut command(place, arguments, &database))
}

fn command(place: &Place, arguments: &[&str], database: &str) -> Command {
    let mut command = place.convene(&[arguments, &["--database", database]].concat());
    // The cheapest that argon2 takes: these tests are not about its cost.
    command.env("CONVENE_PASSWORDS_MEMORY_KIB", "8").env("CONVENE_PASSWORDS_PASSES", "1");
    command
}

fn succeeds(place: &Place, arguments: &[&str]) -> String {
    let ended = convene(place, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended.stdout
}

fn fails(place: &Place, arguments: &[&str], parts: &[&str]) {
    let ended = convene(place, arguments);
    assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
    for part in parts {
        assert!(ended.stderr.contains(part), "{arguments:?}: {part:?} is not in {}", ended.stderr);
    }
}

/// The listing as JSON.
fn listed(place: &Place) -> serde_json::Value {
    serde_json::from_str(&succeeds(place, &["user", "list", "--json"])).unwrap()
}

#[test]
fn an_account_is_made_listed_and_removed() {
    let place = Place::new();
    let made = succeeds(
        &place,
        &[
            "user",
            "add",
            "Ann",
            "--email",
            "ann@example.com",
            "--email",
            "A@Example.com",
            "--display-name",
            "Ann Example",
            "--admin",
        ],
    );
    assert!(made.contains("Password, shown only now: "), "{made}");
    assert_eq!(
        listed(&place),
        serde_json::json!([{
            "name": "Ann",
            "kind": "user",
            "display_name": "Ann Example",
            "admin": true,
            "addresses": ["mailto:ann@example.com", "mailto:a@example.com", "/dav/principals/ann/"],
        }])
    );
    let table = succeeds(&place, &["user", "list"]);
    assert!(table.contains("Ann   admin  Ann Example   ann@example.com a@example.com"), "{table}");
    fails(&place, &["user", "remove", "ann"], &["--yes"]);
    succeeds(&place, &["user", "remove", "ann", "--yes"]);
    assert_eq!(listed(&place), serde_json::json!([]));
}

#[test]
fn names_and_addresses_belong_to_one_account() {
    let place = Place::new();
    succeeds(&place, &["user", "add", "ann", "--email", "ann@example.com"]);
    succeeds(&place, &["user", "add", "bob", "--email", "bob@example.com"]);
    for (arguments, parts) in [
        (&["user", "add", "ANN", "--email", "x@example.com"][..], &["`ANN`", "already"][..]),
        (
            &["user", "add", "eve", "--email", "MAILTO:Ann@Example.com"],
            &["ann@example.com", "`ann`"],
        ),
        (&["room", "add", "eve", "--email", "bob@example.com"], &["bob@example.com", "`bob`"]),
        (&["user", "address", "add", "bob", "ann@example.com"], &["ann@example.com", "`ann`"]),
        (&["user", "address", "add", "bob", "nowhere"], &["`nowhere`", "NAME@DOMAIN"]),
        (&["user", "address", "add", "eve", "e@example.com"], &["no account `eve`"]),
        (&["user", "address", "remove", "bob", "bob@example.com"], &["only mail address", "`bob`"]),
        (&["user", "address", "remove", "bob", "x@example.com"], &["`bob` does not have"]),
        (&["user", "remove", "eve", "--yes"], &["no account `eve`"]),
        (&["user", "passwd", "eve"], &["no account `eve`"]),
    ] {
        fails(&place, arguments, parts);
    }
    succeeds(&place, &["user", "address", "add", "bob", "robert@example.com"]);
    succeeds(&place, &["user", "address", "remove", "bob", "bob@example.com"]);
    succeeds(&place, &["user", "address", "add", "ann", "bob@example.com"]);
    let listed = listed(&place);
    assert_eq!(listed[1]["addresses"][0], "/dav/principals/bob/");
    assert_eq!(listed[0]["addresses"][2], "mailto:bob@example.com");
}

#[test]
fn a_name_that_is_none_is_a_mistake_in_the_command_line() {
    let place = Place::new();
    let ended = convene(&place, &["user", "add", "a/b", "--email", "a@example.com"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("letters, digits"), "{}", ended.stderr);
}

#[test]
fn a_file_makes_many_accounts_or_none() {
    let place = Place::new();
    let good = "name,email,display name,password,kind\n\
                ann,ann@example.com,Ann Example,s3cret,user\n\
                bob,bob@example.com,,,\n\
                blue,blue@example.com,Blue Room,,room\n";
    let bad = place.write("bad.csv", &format!("{good}ann,other@example.com,,,\n"));
    fails(&place, &["user", "add", "--from", &bad], &["`ann`", "already"]);
    assert_eq!(listed(&place), serde_json::json!([]));

    let good = place.write("good.csv", good);
    let made = succeeds(&place, &["user", "add", "--from", &good, "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made[0], serde_json::json!({ "name": "ann" }));
    assert_eq!(made[1]["password"].as_str().map(str::len), Some(24), "{made}");
    assert_eq!(made[2], serde_json::json!({ "name": "blue" }), "a room needs no password");
    let kinds: Vec<_> =
        listed(&place).as_array().unwrap().iter().map(|a| a["kind"].clone()).collect();
    assert_eq!(kinds, ["user", "room", "user"]);
    assert_eq!(listed(&place)[1]["booking"], "accept-if-free");
}

#[test]
fn a_password_can_come_on_standard_input() {
    let place = Place::new();
    let database = place.database();
    let arguments = ["user", "add", "ann", "--email", "ann@example.com", "--password-stdin"];
    for (input, code) in [("\n", 1), ("s3cret\n", 0)] {
        let mut child =
            command(&place, &arguments, &database).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let ended = ended(child);
        assert_eq!(ended.code, Some(code), "{input:?}: {ended:?}");
        assert!(!ended.stdout.contains("s3cret"), "{ended:?}");
    }
    let changed = succeeds(&place, &["user", "passwd", "ANN", "--generate"]);
    assert!(changed.contains("has a new password"), "{changed}");
}

#[test]
fn a_room_answers_as_it_is_told() {
    let place = Place::new();
    succeeds(
        &place,
        &["room", "add", "blue", "--email", "blue@example.com", "--booking", "manual"],
    );
    succeeds(
        &place,
        &["room", "add", "beamer", "--email", "beamer@example.com", "--kind", "resource"],
    );
    let listed = listed(&place);
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["booking"]),
        (&"resource".into(), &"accept-if-free".into())
    );
    assert_eq!((&listed[1]["kind"], &listed[1]["booking"]), (&"room".into(), &"manual".into()));
}

#[test]
fn commands_work_on_postgres_as_well() {
    let place = Place::new();
    let database = testkit::postgres::fresh_database();
    for arguments in [
        &["user", "add", "ann", "--email", "ann@example.com"][..],
        &["user", "list"],
        &["check"],
        &["user", "remove", "ann", "--yes"],
    ] {
        let ended = run(&mut command(&place, arguments, &database));
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn the_settings_in_force_are_a_file_that_sets_them_again() {
    let place = Place::new();
    let printed = run(place.convene(&["config"]).env("CONVENE_LIMITS_MAX_REQUESTS", "7"));
    assert!(printed.stdout.contains("max_requests = 7"), "{printed:?}");
    let file = place.write("again.toml", &printed.stdout);
    let again = run(&mut place.convene(&["config", "--config", &file]));
    assert_eq!(again.stdout, printed.stdout);
    let json = run(&mut place.convene(&["config", "--config", &file, "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["limits"]["max_requests"], 7);
}
