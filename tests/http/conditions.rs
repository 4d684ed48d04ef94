//! Conditional requests, exactly as RFC 9110 13 says, and what PUT, GET and DELETE answer (RFC 9110 9.3, RFC 4791 5.3).

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::Client;
use crate::harness::samples::{event, meeting};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("PUT creates with 201, replaces with 204, and GET gives the octets back", put_and_get),
        case("octets are kept as the client wrote them", odd_octets_are_kept),
        case("If-None-Match: * only creates", if_none_match_any),
        case("If-Match only replaces what it names", if_match),
        case("a failed condition changes nothing", failed_condition_changes_nothing),
        case("GET and HEAD answer conditions", conditional_get),
        case("HEAD is GET without the body", head),
        case("DELETE takes a condition, and deletes once", conditional_delete),
        case("the If header is a condition too", if_header),
        case("different octets have different ETags", etag_names_the_octets),
        case("a PUT that the server had to change has no ETag", rewritten_put_has_no_etag),
        case("Prefer: return=representation gives what was stored", return_representation),
        case("PUT needs an existing calendar and is not for collections", put_places),
    ]
}

fn put_and_get(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let first = event("a", "First");
    let created = alice.put(&path, &first).expect(201);
    let got = alice.get(&path).expect(200);
    assert_eq!(got.text(), first);
    assert_eq!(got.etag(), created.etag(), "RFC 9110 8.8.3: one ETag for one representation");
    let content_type = got.header_or_fail("Content-Type").to_ascii_lowercase();
    assert!(content_type.starts_with("text/calendar"), "{content_type}");

    let second = event("a", "Second");
    let replaced = alice.put(&path, &second).expect(204);
    assert_ne!(replaced.etag(), created.etag());
    assert!(replaced.body().is_empty(), "RFC 9110 15.3.5");
    let got = alice.get(&path).expect(200);
    assert_eq!(got.text(), second);
    assert_eq!(got.etag(), replaced.etag());
}

/// RFC 4791 5.3.4: a strong ETag promises the same octets. Folds, LF, case, unknown properties: all are the client's.
fn odd_octets_are_kept(world: &World) {
    let alice = world.user("alice");
    let base = event("odd", "Odd");
    for (name, octets) in [
        ("plain LF", base.replace("\r\n", "\n")),
        (
            "lower case",
            base.replace("BEGIN:VEVENT", "begin:vevent").replace("END:VEVENT", "end:vevent"),
        ),
        ("odd folds", base.replace("SUMMARY:Odd", "SUM\r\n MARY:O\r\n\tdd")),
        (
            "unknown names",
            base.replace("SUMMARY", "X-FOO;X-BAR=\"a:b\";x-baz=1:c\\,d\r\nIANA-THING:x\r\nSUMMARY"),
        ),
        ("beyond ASCII", base.replace("Odd", "Größe 漢字 🎉")),
        ("a long line", base.replace("Odd", &"long ".repeat(100))),
        ("blank last line", format!("{base}\r\n")),
        ("a byte order mark", format!("\u{feff}{base}")),
    ] {
        let path = alice.at("calendar/odd.ics");
        let put = alice.put(&path, &octets).expect_any(&[201, 204]);
        let etag = put.etag();
        let got = alice.get(&path).expect(200);
        assert_eq!(got.text(), octets, "{name}");
        assert_eq!(got.etag(), etag, "{name}");
    }
}

/// RFC 9110 13.1.2.
fn if_none_match_any(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let put =
        |body: &str| alice.request("PUT", &path).header("If-None-Match", "*").calendar(body).send();
    put(&event("a", "First")).expect(201);
    put(&event("a", "Second")).expect(412);
    assert_eq!(alice.get(&path).text(), event("a", "First"));
}

/// RFC 9110 13.1.1: strong comparison, lists, and `*` for anything that is there.
fn if_match(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let put = |value: &str, summary: &str| {
        alice.request("PUT", &path).header("If-Match", value).calendar(&event("a", summary)).send()
    };
    put("*", "missing").expect(412);
    put("\"x\"", "missing").expect(412);
    alice.get(&path).expect(404);
    let first = alice.put(&path, &event("a", "First")).expect(201).etag();
    let second = put(&first, "Second").expect(204).etag();
    put(&first, "stale").expect(412);
    put(&format!("W/{second}"), "weak").expect(412);
    put("\"a\", \"b\"", "strangers").expect(412);
    let third = put(&format!("\"a\", {second}, \"b\""), "Third").expect(204).etag();
    put("*", "Fourth").expect(204);
    put(&third, "stale").expect(412);
    assert_eq!(alice.get(&path).text(), event("a", "Fourth"));
}

fn failed_condition_changes_nothing(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let etag = alice.put(&path, &event("a", "First")).expect(201).etag();
    let token = sync_token(&alice);
    for (method, header, value) in [
        ("PUT", "If-Match", "\"stale\""),
        ("PUT", "If-None-Match", "*"),
        ("PUT", "If-None-Match", etag.as_str()),
        ("DELETE", "If-Match", "\"stale\""),
    ] {
        let request = alice.request(method, &path).header(header, value);
        let request =
            if method == "PUT" { request.calendar(&event("a", "Other")) } else { request };
        request.send().expect(412);
    }
    assert_eq!(alice.get(&path).etag(), etag);
    assert_eq!(sync_token(&alice), token, "nothing to sync");
}

/// RFC 9110 13.1.2 and 13.2.2: weak comparison for If-None-Match, 304 with the ETag and without a body.
fn conditional_get(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let etag = alice.put(&path, &event("a", "First")).expect(201).etag();
    let ask = |method: &str, header: &str, value: &str| {
        alice.request(method, &path).header(header, value).send()
    };
    for method in ["GET", "HEAD"] {
        for value in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let answer = ask(method, "If-None-Match", &value).expect(304);
            assert_eq!(answer.etag(), etag);
        }
        ask(method, "If-None-Match", "\"x\"").expect(200);
        ask(method, "If-Match", &etag).expect(200);
        ask(method, "If-Match", "*").expect(200);
        ask(method, "If-Match", "\"x\"").expect(412);
    }
}

/// RFC 9110 9.3.2.
fn head(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.put(&path, &event("a", "First")).expect(201);
    let got = alice.get(&path).expect(200);
    let head = alice.request("HEAD", &path).send().expect(200);
    assert!(head.body().is_empty());
    for name in ["ETag", "Content-Type", "Content-Length", "Last-Modified"] {
        assert_eq!(head.header(name), got.header(name), "{name}");
    }
    alice.request("HEAD", &alice.at("calendar/none.ics")).send().expect(404);
}

fn conditional_delete(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.delete(&path).expect(404);
    let etag = alice.put(&path, &event("a", "First")).expect(201).etag();
    alice.request("DELETE", &path).header("If-Match", "\"stale\"").send().expect(412);
    alice.request("DELETE", &path).header("If-Match", &etag).send().expect(204);
    alice.get(&path).expect(404);
    alice.delete(&path).expect(404);
    alice.put(&path, &event("a", "Again")).expect(201);
}

/// RFC 4918 10.4: no-tag lists of entity tags; a list that is false is 412.
fn if_header(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let etag = alice.put(&path, &event("a", "First")).expect(201).etag();
    let put = |condition: &str| {
        alice.request("PUT", &path).header("If", condition).calendar(&event("a", "Second")).send()
    };
    put("([\"stale\"])").expect(412);
    put(&format!("(Not [{etag}])")).expect(412);
    put(&format!("([\"stale\"]) ([{etag}])")).expect(204);
}

/// RFC 9110 8.8.3.3: equal ETags mean equal octets; different octets have different ones.
fn etag_names_the_octets(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let first = alice.put(&path, &event("a", "First")).expect(201).etag();
    let second = alice.put(&path, &event("a", "Second")).expect(204).etag();
    assert_ne!(first, second);
    alice.put(&path, &event("a", "First")).expect(204);
    alice
        .request("PUT", &path)
        .header("If-Match", &second)
        .calendar(&event("a", "Third"))
        .send()
        .expect(412);
}

/// RFC 4791 5.3.4; design section 2.4. The first REQUEST counts SEQUENCE, so the octets are not the client's.
fn rewritten_put_has_no_etag(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let put = alice.put(&path, &meeting("a", "Meeting", "alice", &["bob"])).expect(201);
    assert_eq!(put.header("ETag"), None, "{put}");
    alice.get(&path).expect(200).etag();
}

/// RFC 7240 4.2, RFC 8144 2.1: the representation with its own ETag, and the preference named.
fn return_representation(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let put = alice
        .request("PUT", &path)
        .header("Prefer", "return=representation")
        .calendar(&meeting("a", "Meeting", "alice", &["bob"]))
        .send()
        .expect_any(&[200, 201]);
    let got = alice.get(&path).expect(200);
    assert_eq!(put.text(), got.text());
    assert_eq!(put.etag(), got.etag());
    let applied = put.header_or_fail("Preference-Applied");
    assert_eq!(applied.replace(' ', ""), "return=representation");
    let content_type = put.header_or_fail("Content-Type").to_ascii_lowercase();
    assert!(content_type.starts_with("text/calendar"), "{content_type}");

    let minimal = alice
        .request("PUT", &alice.at("calendar/b.ics"))
        .header("Prefer", "return=minimal")
        .calendar(&event("b", "Plain"))
        .send()
        .expect(201);
    minimal.etag();
}

/// RFC 4918 9.7.1: 409 without the parent; 9.7.2: a collection cannot be PUT.
fn put_places(world: &World) {
    let alice = world.user("alice");
    alice.put(&alice.at("nowhere/a.ics"), &event("a", "A")).expect(409);
    alice.put(&alice.at("calendar/"), &event("a", "A")).expect(405);
    alice.put(&alice.at("calendar/sub/a.ics"), &event("a", "A")).expect_any(&[403, 409]);
    let answer = alice.put(&alice.at("a.ics"), &event("a", "A"));
    assert!(
        matches!(answer.status(), 403 | 405 | 409),
        "the home holds collections only\n{answer}"
    );
}

fn sync_token(client: &Client) -> String {
    let answer = client.propfind(&client.at("calendar/"), "0", &["D:sync-token"]).multistatus();
    answer.only().text("D:sync-token").to_owned()
}
