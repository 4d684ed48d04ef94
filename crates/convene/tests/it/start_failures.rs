//! A server that cannot start says what is wrong, where, and how to mend it.

use std::{net::TcpListener, os::unix::fs::PermissionsExt};

use crate::place::{Ended, Place, run};

/// Runs `serve` with these arguments; it must end with 1 and name all of `parts`.
fn fails_with(place: &Place, arguments: &[&str], parts: &[&str]) {
    let all: Vec<&str> = ["serve"].iter().chain(arguments).copied().collect();
    let ended = run(&mut place.convene(&all));
    assert_explained(&all, &ended, parts);
}

fn assert_explained(arguments: &[&str], ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
    assert!(ended.stderr.starts_with("convene: "), "{arguments:?}: {}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{arguments:?}: {part:?} is not in {}", ended.stderr);
    }
}

#[test]
fn a_port_in_use() {
    let place = Place::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = other.local_addr().unwrap().to_string();
    fails_with(
        &place,
        &["--listen", &listen, "--database", &place.database()],
        &[&listen, "another program", "--listen"],
    );
}

#[test]
fn an_address_that_cannot_be_listened_on() {
    let place = Place::new();
    // RFC 5737: no machine has it.
    fails_with(
        &place,
        &["--listen", "192.0.2.1:0"],
        &["192.0.2.1:0", "no such address", "0.0.0.0"],
    );
    fails_with(
        &place,
        &["--listen", "no-such-host.invalid:1"],
        &["no-such-host.invalid", "ADDRESS:PORT"],
    );
    fails_with(&place, &["--listen", "localhost"], &["localhost", "no port"]);
}

#[test]
fn a_demo_that_others_could_reach() {
    let place = Place::new();
    for listen in ["0.0.0.0:0", "192.0.2.1:80", "[::]:0"] {
        fails_with(
            &place,
            &["--demo", "--listen", listen, "--database", &place.database()],
            &[listen, "known passwords", "127.0.0.1"],
        );
    }
    assert!(!place.path("convene.db").exists(), "nothing was made");
}

#[test]
fn a_database_folder_that_cannot_be_made() {
    let place = Place::new();
    let file = place.write("file", "");
    let database = format!("sqlite:{file}/data/convene.db");
    fails_with(&place, &["--listen", "127.0.0.1:0", "--database", &database], &[&file, "folder"]);
}

#[test]
fn a_database_folder_that_may_not_be_written() {
    let place = Place::new();
    let folder = place.path("sealed");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let database = format!("sqlite:{}", folder.join("convene.db").display());
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let ended = run(&mut place.convene_unprivileged(&arguments));
    let path = folder.display().to_string();
    assert_explained(&arguments, &ended, &[&path, "may not write", "uid", "chown"]);
}

fn make_database(place: &Place) {
    let arguments =
        ["user", "add", "ann", "--email", "a@example.com", "--database", &place.database()];
    let made = run(&mut place.convene(&arguments));
    assert_eq!(made.code, Some(0), "{made:?}");
}

#[test]
fn a_database_file_that_may_not_be_written() {
    let place = Place::new();
    make_database(&place);
    std::fs::set_permissions(place.path(""), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::set_permissions(place.path("convene.db"), PermissionsExt::from_mode(0o444)).unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--database", &place.database()];
    let ended = run(&mut place.convene_unprivileged(&arguments));
    let path = place.path("convene.db").display().to_string();
    assert_explained(&arguments, &ended, &[&path, "may not write", "uid", "chown"]);
}

#[test]
fn the_default_folder_where_none_can_be_made() {
    let place = Place::new();
    let sealed = PermissionsExt::from_mode(0o555);
    let arguments = ["serve", "--listen", "127.0.0.1:0"];
    let mut command = place.convene_unprivileged(&arguments);
    std::fs::set_permissions(place.path(""), sealed).unwrap();
    let ended = run(&mut command);
    assert_explained(
        &arguments,
        &ended,
        &["convene-data/convene.db", "may not write", "--database"],
    );
}

#[test]
fn a_file_that_is_no_database() {
    let place = Place::new();
    place.write("convene.db", &"this is not a database. ".repeat(400));
    fails_with(
        &place,
        &["--listen", "127.0.0.1:0", "--database", &place.database()],
        &["convene.db", "not a database"],
    );
}

#[test]
fn a_postgres_that_does_not_answer() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let database = format!("postgres://convene:s3cret@{free}/convene");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let ended = run(&mut place.convene(&arguments));
    assert_explained(
        &arguments,
        &ended,
        &[&free.to_string(), "cannot be reached", "Postgres runs"],
    );
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
}

#[test]
fn a_postgres_without_that_database_or_user() {
    let place = Place::new();
    let there = testkit::postgres::fresh_database();
    let missing = format!("{there}_missing");
    let name = missing.rsplit('/').next().unwrap();
    fails_with(
        &place,
        &["--listen", "127.0.0.1:0", "--database", &missing],
        &["cannot be reached", name, "does not exist", "the database exists"],
    );
}

#[test]
fn a_database_of_a_newer_version() {
    let place = Place::new();
    make_database(&place);
    add_migration_from_the_future(&place.database());
    fails_with(
        &place,
        &["--listen", "127.0.0.1:0", "--database", &place.database()],
        &["99991231", "newer", "backup"],
    );
}

/// As if a later version had been here.
fn add_migration_from_the_future(database: &str) {
    use sqlx::Connection;

    const MIGRATION: &str = "
        INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (99991231, 'from the future', 1, x'00', 0)";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(database).await.unwrap();
        sqlx::query(MIGRATION).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn settings_that_are_not_valid() {
    let place = Place::new();
    let file = place.write("convene.toml", "listen = \"127.0.0.1:0\"\nlisten_backlog = 5\n");
    fails_with(
        &place,
        &["--config", &file],
        &[&file, "line 2", "listen_backlog", "convene config"],
    );
    fails_with(&place, &["--config", "missing.toml"], &["missing.toml", "--config"]);
    let ended = run(place.convene(&["serve"]).env("CONVENE_LIMITS_MAX_REQUESTS", "many"));
    assert_explained(&["serve"], &ended, &["CONVENE_LIMITS_MAX_REQUESTS", "many"]);
    let ended = run(place.convene(&["serve"]).env("CONVENE_LOG", "loud"));
    assert_explained(&["serve"], &ended, &["`log`", "loud", "info"]);
}

#[test]
fn tls_files_that_cannot_be_used() {
    let place = Place::new();
    let missing = place.path("missing.pem").display().to_string();
    let empty = place.write("empty.pem", "");
    for (certificate, key, parts) in [
        (&missing, &empty, [missing.as_str(), "tls_cert"]),
        (&empty, &empty, [empty.as_str(), "no certificate"]),
    ] {
        let file = place.write(
            "convene.toml",
            &format!(
                "listen = \"127.0.0.1:0\"\ntls_cert = \"{certificate}\"\ntls_key = \"{key}\"\n"
            ),
        );
        fails_with(&place, &["--config", &file, "--database", &place.database()], &parts);
    }
}

#[test]
fn a_command_line_that_is_not_valid_ends_with_2() {
    let place = Place::new();
    for arguments in [
        &["serve", "--lisen", "127.0.0.1:1"][..],
        &["serve", "--database", "mysql://host/name"],
        &["user", "add"],
        &["frobnicate"],
    ] {
        let ended = run(&mut place.convene(arguments));
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("error:"), "{arguments:?}: {}", ended.stderr);
    }
}
