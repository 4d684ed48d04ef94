//! Who is let in, and how long.

use std::time::{Duration, Instant};

use convene::accounts;
use http::{Method, StatusCode};

use crate::http::{THEN, TestServer, basic};

/// The home of alice.
const HOME: &str = "/dav/calendars/alice/";

#[tokio::test]
async fn nobody_gets_in_without_the_right_name_and_password() {
    let server = TestServer::start().await;
    for (what, authorization) in [
        ("nothing", None),
        ("a wrong password", Some(basic("alice", "bob"))),
        ("an empty password", Some(basic("alice", ""))),
        ("an unknown name", Some(basic("mallory", "mallory"))),
        ("another scheme", Some("Bearer alice".to_owned())),
        ("no base64", Some("Basic alice:alice".to_owned())),
    ] {
        let header = authorization.as_deref().map(|value| ("authorization", value));
        let answer = server.send(Method::GET, HOME, header.as_slice(), "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        // RFC 7617 2.1
        assert_eq!(
            answer.header("www-authenticate"),
            "Basic realm=\"convene\", charset=\"UTF-8\"",
            "{what}"
        );
        assert!(
            answer.body.contains("password") || answer.body.contains("Basic"),
            "{what}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn names_are_compared_without_regard_to_case_and_passwords_with_it() {
    let server = TestServer::start().await;
    server.add_account("Größe", "Straße ☃").await;
    for (name, password, expected) in [
        ("alice", "alice", StatusCode::OK),
        ("ALICE", "alice", StatusCode::OK),
        ("alice", "Alice", StatusCode::UNAUTHORIZED),
        ("größe", "Straße ☃", StatusCode::OK),
        ("GRÖSSE", "Straße ☃", StatusCode::UNAUTHORIZED),
    ] {
        let answer = server.get_as(name, password, "/dav/").await;
        assert_eq!(answer.status, expected, "{name} {password}");
    }
}

// RFC 6764 5: clients look there before they ask for a password.
#[tokio::test]
async fn the_well_known_redirect_needs_no_password() {
    let server = TestServer::start().await;
    for method in ["GET", "PROPFIND"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = server.send(method.clone(), "/.well-known/caldav", &[], "").await;
        assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY, "{method}");
        assert_eq!(answer.header("location"), "/dav/", "{method}");
    }
}

#[tokio::test]
async fn a_known_user_costs_no_hash() {
    let dear = convene::config::Passwords { memory_kib: 65_536, passes: 8, parallel: 0 };
    let server = TestServer::start_with(|config| config.passwords = dear).await;
    let started = Instant::now();
    assert_eq!(server.get_as("alice", "alice", "/dav/").await.status, StatusCode::OK);
    let with_hash = started.elapsed();
    let started = Instant::now();
    for _ in 0..10 {
        assert_eq!(server.get_as("alice", "alice", "/dav/").await.status, StatusCode::OK);
    }
    let without = started.elapsed();
    assert!(without < with_hash, "ten requests took {without:?}, the first alone {with_hash:?}");
}

#[tokio::test]
async fn an_old_password_is_good_for_seconds_at_most() {
    let server = TestServer::start().await;
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::OK);
    server.set_password("alice", "new").await;
    assert_eq!(server.get_as("alice", "new", HOME).await.status, StatusCode::OK, "at once");
    is_out_within(&server, "alice", Duration::from_secs(4)).await;
    assert_eq!(server.get_as("alice", "new", HOME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_for_the_phone_is_taken_back_alone() {
    let server = TestServer::start().await;
    let store = server.running.store();
    let hash = server.running.passwords().hash("of the phone").await.unwrap();
    accounts::set_application_password(store, "alice", "phone", &hash, THEN).await.unwrap();
    for password in ["of the phone", "alice"] {
        assert_eq!(server.get_as("alice", password, HOME).await.status, StatusCode::OK);
    }
    accounts::remove_application_password(store, "alice", "phone").await.unwrap();
    is_out_within(&server, "of the phone", Duration::from_secs(4)).await;
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_removed_account_is_out_within_seconds_and_its_name_is_free_again() {
    let server = TestServer::start().await;
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::OK);
    let store = server.running.store();
    let alice = accounts::load(&mut store.read().await.unwrap(), "alice").await.unwrap();
    let mut tx = store.write(&[]).await.unwrap();
    assert!(tx.remove_principal(alice.id).await.unwrap());
    tx.commit().await.unwrap();
    is_out_within(&server, "alice", Duration::from_secs(4)).await;
    server.add_account("alice", "another").await;
    assert_eq!(server.get_as("alice", "another", HOME).await.status, StatusCode::OK);
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::UNAUTHORIZED);
}

/// A password of alice stops to work, and soon.
async fn is_out_within(server: &TestServer, password: &str, patience: Duration) {
    let started = Instant::now();
    while server.get_as("alice", password, HOME).await.status != StatusCode::UNAUTHORIZED {
        assert!(started.elapsed() < patience, "still let in after {patience:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn many_wrong_passwords_are_slowed_down_then_refused_and_lock_out_nobody_who_is_known() {
    let server = TestServer::start().await;
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::OK);
    let started = Instant::now();
    for guess in 0..20 {
        let answer = server.get_as("alice", &format!("guess {guess}"), HOME).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "guess {guess}");
    }
    assert!(started.elapsed() > Duration::from_secs(5), "{:?}", started.elapsed());
    let answer = server.get_as("alice", "guess 21", HOME).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    assert!(answer.body.contains("Try again in"), "{}", answer.body);
    // The phone that guesses must not stop the laptop that knows.
    assert_eq!(server.get_as("alice", "alice", HOME).await.status, StatusCode::OK);
    assert_eq!(server.get_as("bob", "bob", "/dav/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let dear = convene::config::Passwords { memory_kib: 32_768, passes: 4, parallel: 0 };
    let server = TestServer::start_with(|config| config.passwords = dear).await;
    let mut times = [Duration::MAX; 2];
    // The fewest of two, since something else may run on this machine; no more are free of delay.
    for round in 0..2 {
        for (time, name) in times.iter_mut().zip(["alice", "mallory"]) {
            let started = Instant::now();
            server.get_as(name, &format!("wrong {round}"), HOME).await;
            *time = started.elapsed().min(*time);
        }
    }
    let [wrong, unknown] = times.map(|time| time.as_secs_f64());
    assert!((0.3..3.0).contains(&(unknown / wrong)), "unknown {unknown} s, wrong {wrong} s");
}
