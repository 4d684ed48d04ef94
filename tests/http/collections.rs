//! Making, naming and deleting calendars (RFC 4791 5.3.1, RFC 5689), and what may lie in one.

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response, document};
use crate::harness::samples::{event, object, task};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("an account starts with a calendar, a task list, an inbox and an outbox", first_home),
        case("MKCALENDAR without a body makes a calendar", mkcalendar_plain),
        case("MKCALENDAR sets the properties it was given", mkcalendar_with_properties),
        case("MKCALENDAR with a property that cannot be set makes nothing", mkcalendar_is_atomic),
        case("MKCALENDAR needs a free place where calendars may lie", mkcalendar_places),
        case("extended MKCOL makes a calendar", extended_mkcol),
        case(
            "extended MKCOL with a property that cannot be set makes nothing",
            extended_mkcol_is_atomic,
        ),
        case("names of any letters work, however they are percent-encoded", names_of_any_letters),
        case("a calendar is found with and without its last slash", no_redirect_for_a_slash),
        case("deleting a calendar deletes what is in it", delete_calendar),
        case("MOVE gives a calendar another name", rename_calendar),
        case("MOVE leaves what is at its destination, and what is no calendar", rename_refused),
        case("inbox and outbox stay", inbox_and_outbox_stay),
        case("a UID is used once in a calendar", no_uid_conflict),
        case("a calendar takes only its kinds of component", supported_components),
        case("a task list takes tasks, and journals go where they are allowed", kinds),
        case("every calendar says the limits it keeps", limits_are_properties),
    ]
}

fn kind_of(client: &Client, path: &str) -> Vec<String> {
    let answer = client.propfind(path, "0", &["D:resourcetype"]).multistatus();
    answer
        .only()
        .property("D:resourcetype")
        .child_names()
        .iter()
        .map(|name| (*name).to_owned())
        .collect()
}

fn first_home(world: &World) {
    let alice = world.user("alice");
    let home = alice.propfind(&alice.at(""), "1", &["D:resourcetype"]).multistatus();
    let below = ["", "calendar/", "inbox/", "outbox/", "tasks/"].map(|name| alice.at(name));
    assert_eq!(home.hrefs(), below);
    for (path, kinds) in [
        ("calendar/", ["C:calendar", "D:collection"]),
        ("tasks/", ["C:calendar", "D:collection"]),
        ("inbox/", ["C:schedule-inbox", "D:collection"]),
        ("outbox/", ["C:schedule-outbox", "D:collection"]),
    ] {
        assert_eq!(kind_of(&alice, &alice.at(path)), kinds, "{path}");
    }
    for (path, component) in [("calendar/", "VEVENT"), ("tasks/", "VTODO")] {
        assert!(components_of(&alice, path).contains(&component.to_owned()), "{path}");
    }
}

fn components_of(client: &Client, path: &str) -> Vec<String> {
    let answer = client
        .propfind(&client.at(path), "0", &["C:supported-calendar-component-set"])
        .multistatus();
    let set = answer.only().property("C:supported-calendar-component-set");
    set.children_named("C:comp").filter_map(|comp| comp.attributes.get("name").cloned()).collect()
}

fn mkcalendar_plain(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    assert_eq!(kind_of(&alice, &alice.at("work/")), ["C:calendar", "D:collection"]);
    alice.put(&alice.at("work/a.ics"), &event("a", "A")).expect(201);
    // RFC 4791 5.2.3: without the property a calendar takes every kind; calendar clients rely on events.
    assert!(components_of(&alice, "work/").contains(&"VEVENT".to_owned()));
    // A request with an empty D:prop asks for nothing (python-caldav sends it).
    let body = document("C:mkcalendar", "<D:set><D:prop/></D:set>");
    alice.request("MKCALENDAR", &alice.at("home")).xml(&body).send().expect(201);
    assert_eq!(kind_of(&alice, &alice.at("home/")), ["C:calendar", "D:collection"]);
}

const WITH_PROPERTIES: &str = "<D:set><D:prop>\
    <D:displayname>Lisa's &lt;Events&gt;</D:displayname>\
    <C:calendar-description xml:lang=\"en\">Only events.</C:calendar-description>\
    <C:supported-calendar-component-set><C:comp name=\"VEVENT\"/></C:supported-calendar-component-set>\
    <A:calendar-color>#FF2968FF</A:calendar-color><A:calendar-order>3</A:calendar-order>\
    <X:note>dead</X:note></D:prop></D:set>";

/// RFC 4791 5.3.1.2.
fn mkcalendar_with_properties(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("work/");
    let body = document("C:mkcalendar", WITH_PROPERTIES);
    alice.request("MKCALENDAR", &path).xml(&body).send().expect(201);
    let names = [
        "D:displayname",
        "C:calendar-description",
        "A:calendar-color",
        "A:calendar-order",
        "X:note",
    ];
    let found = alice.propfind(&path, "0", &names).multistatus();
    let calendar = found.only();
    assert_eq!(calendar.text("D:displayname"), "Lisa's <Events>");
    assert_eq!(calendar.text("C:calendar-description"), "Only events.");
    assert_eq!(
        calendar.property("C:calendar-description").attributes.get("xml:lang").map(String::as_str),
        Some("en"),
        "RFC 4918 4.3: xml:lang is kept"
    );
    assert_eq!(calendar.text("A:calendar-color"), "#FF2968FF");
    assert_eq!(calendar.text("A:calendar-order"), "3");
    assert_eq!(calendar.text("{http://example.com/ns}note"), "dead");
    assert_eq!(components_of(&alice, "work/"), ["VEVENT"]);
}

/// RFC 4791 5.3.1: the instructions are carried out together or not at all.
fn mkcalendar_is_atomic(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("work/");
    let body = document(
        "C:mkcalendar",
        "<D:set><D:prop><D:displayname>Work</D:displayname><D:getetag>\"x\"</D:getetag></D:prop></D:set>",
    );
    let answer = alice.request("MKCALENDAR", &path).xml(&body).send().expect_any(&[207, 403, 409]);
    assert!(answer.text().contains("getetag"), "which property it was\n{answer}");
    alice.propfind(&path, "0", &["D:displayname"]).expect(404);
}

fn mkcalendar_places(world: &World) {
    let alice = world.user("alice");
    let taken = alice.mkcalendar(&alice.at("calendar/")).expect_any(&[403, 405]);
    let names_it = taken.status() == 405 || taken.xml().contains("D:resource-must-be-null");
    assert!(names_it, "RFC 4791 5.3.1\n{taken}");
    alice.mkcalendar(&alice.at("nowhere/work/")).expect(409);
    alice
        .mkcalendar(&alice.at("calendar/work/"))
        .expect_error(403, "C:calendar-collection-location-ok");
    for elsewhere in ["/dav/work/", "/dav/principals/work/", "/work/", "/dav/calendars/work/"] {
        let answer = alice.mkcalendar(elsewhere);
        assert!(matches!(answer.status(), 403 | 405 | 409), "{answer}");
    }
    alice.mkcalendar("/dav/calendars/bob/work/").expect_error(403, "D:need-privileges");
    alice.propfind("/dav/calendars/bob/work/", "0", &["D:displayname"]).expect(403);
    assert_eq!(
        alice.propfind(&alice.at(""), "1", &["D:resourcetype"]).multistatus().responses.len(),
        5
    );
}

fn mkcol(client: &Client, path: &str, properties: &str) -> crate::harness::client::Response {
    let body = document("D:mkcol", &format!("<D:set><D:prop>{properties}</D:prop></D:set>"));
    client.request("MKCOL", path).xml(&body).send()
}

/// RFC 5689 3.
fn extended_mkcol(world: &World) {
    let alice = world.user("alice");
    let calendar = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>";
    mkcol(&alice, &alice.at("work/"), &format!("{calendar}<D:displayname>Work</D:displayname>"))
        .expect(201);
    assert_eq!(kind_of(&alice, &alice.at("work/")), ["C:calendar", "D:collection"]);
    let found = alice.propfind(&alice.at("work/"), "0", &["D:displayname"]).multistatus();
    assert_eq!(found.only().text("D:displayname"), "Work");
    // RFC 4918 9.3.1: MKCOL on something that is there is 405, without its parent 409.
    mkcol(&alice, &alice.at("work/"), calendar).expect(405);
    mkcol(&alice, &alice.at("nowhere/work/"), calendar).expect(409);
}

/// RFC 5689 3 and 3.5: the answer says which property failed.
fn extended_mkcol_is_atomic(world: &World) {
    let alice = world.user("alice");
    let calendar = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>";
    for failing in ["<D:getetag>\"x\"</D:getetag>", "<D:sync-token>x</D:sync-token>"] {
        let answer = mkcol(&alice, &alice.at("work/"), &format!("{calendar}{failing}"));
        assert!(answer.status() >= 400, "{answer}");
        assert_eq!(answer.xml().name, "D:mkcol-response", "{answer}");
        alice.propfind(&alice.at("work/"), "0", &["D:displayname"]).expect(404);
    }
    let unknown = "<D:resourcetype><D:collection/><X:album/></D:resourcetype>";
    let answer = mkcol(&alice, &alice.at("work/"), unknown);
    assert!(answer.status() >= 400, "{answer}");
    assert!(answer.xml().contains("D:valid-resourcetype"), "RFC 5689 3.3\n{answer}");
    alice.propfind(&alice.at("work/"), "0", &["D:displayname"]).expect(404);
}

fn names_of_any_letters(world: &World) {
    let alice = world.user("alice");
    let put = |path: &str| alice.put(path, &event("a", "A"));
    alice.mkcalendar(&alice.at("t%C3%A4glich%20%40%2B%26/")).expect(201);
    put(&alice.at("t%C3%A4glich%20%40%2B%26/a%3Fb%23c%25.ics")).expect(201);
    // RFC 3986 6.2.2: the same name, written otherwise.
    alice.get(&alice.at("t%c3%a4glich%20@+&/a%3fb%23c%25.ics")).expect(200);
    let listing =
        alice.propfind(&alice.at("t%C3%A4glich%20@+&/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(listing.hrefs(), [alice.at("täglich @+&/"), alice.at("täglich @+&/a?b#c%.ics")]);
    // The href that the server writes leads back to the resource.
    let raw = alice.propfind(&alice.at("t%C3%A4glich%20@+&/"), "1", &["D:getetag"]).xml();
    for response in raw.children_named("D:response") {
        let href = response.hrefs()[0];
        alice.propfind(href, "0", &["D:getetag"]).expect(207);
    }
    alice.delete(&alice.at("t%C3%A4glich%20%40%2B%26/a%3Fb%23c%25.ics")).expect(204);
}

/// clients/README.md: Thunderbird opens a dialog on a redirect of a calendar's own URL.
fn no_redirect_for_a_slash(world: &World) {
    let alice = world.user("alice");
    for path in ["calendar", "", "inbox", "outbox"] {
        let with = alice.at(path);
        let without = with.trim_end_matches('/');
        let answer = alice.propfind(without, "0", &["D:resourcetype"]).multistatus();
        assert_eq!(answer.only().href.trim_end_matches('/'), without);
    }
    alice.propfind("/dav/principals/alice", "0", &["D:resourcetype"]).expect(207);
    alice.options(&alice.at("calendar")).expect_any(&[200, 204]);
}

fn delete_calendar(world: &World) {
    let alice = world.user("alice");
    alice.mkcalendar(&alice.at("work/")).expect(201);
    for name in ["a", "b"] {
        alice.put(&alice.at(&format!("work/{name}.ics")), &event(name, "In it")).expect(201);
    }
    alice.delete(&alice.at("work/")).expect(204);
    alice.propfind(&alice.at("work/"), "0", &["D:resourcetype"]).expect(404);
    alice.get(&alice.at("work/a.ics")).expect(404);
    alice.delete(&alice.at("work/")).expect(404);
    // The name is free again, and empty.
    alice.mkcalendar(&alice.at("work/")).expect(201);
    let listing = alice.propfind(&alice.at("work/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(listing.responses.len(), 1);
}

fn moved(client: &Client, from: &str, to: &str, headers: &[(&str, &str)]) -> Response {
    let mut request =
        client.request("MOVE", &client.at(from)).header("Destination", &client.at(to));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send()
}

/// RFC 4918 9.9; design rule 17: moving tells nobody. RFC 6638 9.2: the default stays the default.
fn rename_calendar(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let meeting =
        "ORGANIZER:mailto:bob@example.com\r\nATTENDEE:mailto:alice@example.com\r\nEND:VEVENT";
    let invite = |uid: &str| {
        let body = event(uid, uid).replace("END:VEVENT", meeting);
        bob.put(&bob.at(&format!("calendar/{uid}.ics")), &body).expect(201);
    };
    invite("one");
    let token = alice.sync(&alice.at("calendar/"), "").multistatus().sync_token.unwrap_or_default();
    let set = "<D:set><D:prop><D:displayname>At work</D:displayname></D:prop></D:set>";
    alice.proppatch(&alice.at("calendar/"), set).expect(207);
    let ctag = "CS:getctag";
    let before = alice.propfind(&alice.at(""), "0", &[ctag]).multistatus();

    moved(&alice, "calendar/", "work/", &[]).expect(201);
    alice.propfind(&alice.at("calendar/"), "0", &[ctag]).expect(404);
    let named = alice.propfind(&alice.at("work/"), "0", &["D:displayname"]).multistatus();
    assert_eq!(named.only().property("D:displayname").text, "At work");
    let after = alice.propfind(&alice.at(""), "0", &[ctag]).multistatus();
    assert_ne!(after.only().property(ctag).text, before.only().property(ctag).text);
    assert!(
        alice.sync(&alice.at("work/"), &token).multistatus().hrefs().is_empty(),
        "nothing changed in it"
    );
    let default = "C:schedule-default-calendar-URL";
    let inbox = alice.propfind(&alice.at("inbox/"), "0", &[default]).multistatus();
    assert_eq!(inbox.only().property(default).hrefs(), [alice.at("work/")]);
    invite("two");
    let all = alice.propfind(&alice.at("work/"), "1", &["D:getetag"]).multistatus();
    assert_eq!(all.hrefs().len(), 3, "the calendar and two meetings");
}

fn rename_refused(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    alice.mkcalendar(&alice.at("work/")).expect(201);
    moved(&alice, "work/", "calendar/", &[("Overwrite", "F")]).expect(412);
    moved(&alice, "work/", "calendar/", &[("Overwrite", "T")]).expect(403);
    moved(&alice, "work/", "inbox/", &[]).expect(403);
    moved(&alice, "inbox/", "post/", &[]).expect(403);
    moved(&alice, "none/", "post/", &[]).expect(404);
    moved(&alice, "work/", "work/", &[]).expect(403);
    moved(&alice, "work/", "calendar/inside.ics", &[]).expect(403);
    moved(&alice, "work/", "play/", &[("Depth", "0")]).expect(400);
    let away = alice.request("MOVE", &alice.at("work/")).header("Destination", &bob.at("work/"));
    away.send().expect_error(403, "D:need-privileges");
    let copy = alice.request("COPY", &alice.at("work/")).header("Destination", &alice.at("play/"));
    copy.send().expect(403);
    alice.propfind(&alice.at("work/"), "0", &["D:displayname"]).expect(207);
}

fn inbox_and_outbox_stay(world: &World) {
    let alice = world.user("alice");
    for path in ["inbox/", "outbox/", ""] {
        let refused = alice.delete(&alice.at(path)).expect(403);
        assert!(path.is_empty() || refused.text().contains("stays where it is"), "{refused}");
        alice.propfind(&alice.at(path), "0", &["D:resourcetype"]).expect(207);
    }
    // Pitfall 6f.48.
    for path in ["inbox/a.ics", "outbox/a.ics"] {
        alice.put(&alice.at(path), &event("a", "A")).expect_any(&[403, 405]);
        alice.get(&alice.at(path)).expect(404);
    }
}

/// RFC 4791 5.3.2.1, with the resource that has the UID.
fn no_uid_conflict(world: &World) {
    let alice = world.user("alice");
    alice.put(&alice.at("calendar/a.ics"), &event("uid", "A")).expect(201);
    let conflict = alice.put(&alice.at("calendar/b.ics"), &event("uid", "B"));
    assert!(matches!(conflict.status(), 403 | 409), "{conflict}");
    let error = conflict.xml();
    let href = error.find(&["C:no-uid-conflict", "D:href"]).map(|href| href.text.clone());
    assert_eq!(href.as_deref(), Some(alice.at("calendar/a.ics").as_str()), "{conflict}");
    alice.get(&alice.at("calendar/b.ics")).expect(404);
    // A resource keeps its UID.
    let changed = alice.put(&alice.at("calendar/a.ics"), &event("other", "A"));
    assert!(matches!(changed.status(), 403 | 409), "{changed}");
    assert!(changed.xml().contains("C:no-uid-conflict"), "{changed}");
    // Pitfall Y15: the same unscheduled UID in two calendars is two objects.
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("work/a.ics"), &event("uid", "A")).expect(201);
    // Deleted, the UID is free.
    alice.delete(&alice.at("calendar/a.ics")).expect(204);
    alice.put(&alice.at("calendar/b.ics"), &event("uid", "B")).expect(201);
}

fn supported_components(world: &World) {
    let alice = world.user("alice");
    alice
        .put(&alice.at("tasks/a.ics"), &event("a", "A"))
        .expect_error(403, "C:supported-calendar-component");
    let body = document(
        "C:mkcalendar",
        "<D:set><D:prop><C:supported-calendar-component-set><C:comp name=\"VTODO\"/><C:comp name=\"VJOURNAL\"/>\
         </C:supported-calendar-component-set></D:prop></D:set>",
    );
    alice.request("MKCALENDAR", &alice.at("diary/")).xml(&body).send().expect(201);
    let mut components = components_of(&alice, "diary/");
    components.sort();
    assert_eq!(components, ["VJOURNAL", "VTODO"]);
    alice
        .put(&alice.at("diary/a.ics"), &event("a", "A"))
        .expect_error(403, "C:supported-calendar-component");
    alice.get(&alice.at("diary/a.ics")).expect(404);
}

fn kinds(world: &World) {
    let alice = world.user("alice");
    alice.put(&alice.at("tasks/t.ics"), &task("t", "Task")).expect(201);
    let body = document(
        "C:mkcalendar",
        "<D:set><D:prop><C:supported-calendar-component-set><C:comp name=\"VJOURNAL\"/>\
         </C:supported-calendar-component-set></D:prop></D:set>",
    );
    alice.request("MKCALENDAR", &alice.at("diary/")).xml(&body).send().expect(201);
    let journal = object("VJOURNAL", "j", &["DTSTART;VALUE=DATE:20260302", "SUMMARY:Day"]);
    alice.put(&alice.at("diary/j.ics"), &journal).expect(201);
    assert_eq!(alice.get(&alice.at("diary/j.ics")).text(), journal);
}

/// RFC 4791 5.2.5 to 5.2.9; design section 2.10.
fn limits_are_properties(world: &World) {
    let alice = world.user("alice");
    let names = [
        "C:max-resource-size",
        "C:max-instances",
        "C:max-attendees-per-instance",
        "C:supported-calendar-data",
        "D:supported-report-set",
    ];
    let found = alice.propfind(&alice.at("calendar/"), "0", &names).multistatus();
    let calendar = found.only();
    for name in &names[..3] {
        let number: u64 =
            calendar.text(name).parse().unwrap_or_else(|_| panic!("{name} is a number"));
        assert!(number > 0, "{name}");
    }
    let data = calendar
        .property("C:supported-calendar-data")
        .child("C:calendar-data")
        .expect("a C:calendar-data");
    assert_eq!(data.attributes.get("content-type").map(String::as_str), Some("text/calendar"));
    let reports = calendar.property("D:supported-report-set");
    for report in ["C:calendar-query", "C:calendar-multiget", "D:sync-collection"] {
        assert!(reports.contains(report), "RFC 3253 3.1.5: {report}");
    }
}
