//! How clients find their calendars: the requests that Thunderbird, Evolution, vdirsyncer, tsdav, python-caldav, DAVx5
//! and Apple's clients make on first contact (RFC 6764, RFC 5397, RFC 4791 6.2, RFC 6638 2).

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, propfind_body};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("/.well-known/caldav redirects before it asks who", well_known),
        case("Thunderbird finds the calendars from the host name", thunderbird),
        case("Apple's clients find the calendars from any of their starting points", apple),
        case("DAVx5 finds the calendars and what they can do", davx5),
        case("Evolution finds the calendars and sees scheduling on each", evolution),
        case("vdirsyncer finds the calendars with Depth 1", vdirsyncer),
        case("tsdav finds the calendars without a Depth", tsdav),
        case("a principal says where scheduling happens", scheduling_properties),
        case("OPTIONS advertises the same classes everywhere", dav_classes),
    ]
}

const ROOT: &str = "/dav/";
const PRINCIPAL: &str = "/dav/principals/alice/";
const HOME: &str = "/dav/calendars/alice/";

/// RFC 6764 5; design section 3: 301, relative, for every method and for anybody.
fn well_known(world: &World) {
    for client in [world.nobody(), world.user("alice"), world.with_password("alice", "wrong")] {
        for method in ["GET", "HEAD", "PROPFIND", "OPTIONS"] {
            for path in ["/.well-known/caldav", "/.well-known/caldav/"] {
                let answer = client.request(method, path).header("Depth", "0").send().expect(301);
                assert_eq!(answer.header("Location").as_deref(), Some(ROOT), "{answer}");
            }
        }
    }
}

/// Asks as a client does that sends credentials only after a 401, and only to the resource that asked for them.
#[track_caller]
fn ask(
    world: &World,
    path: &str,
    depth: &str,
    properties: &[&str],
) -> crate::harness::multistatus::Multistatus {
    let anonymous = world.nobody().propfind(path, depth, properties).expect(401);
    let challenge = anonymous.header_or_fail("WWW-Authenticate");
    assert!(challenge.starts_with("Basic realm="), "{challenge}");
    world.user("alice").propfind(path, depth, properties).multistatus()
}

fn thunderbird(world: &World) {
    let first = [
        "D:resourcetype",
        "D:owner",
        "D:displayname",
        "D:current-user-principal",
        "D:current-user-privilege-set",
        "A:calendar-color",
        "C:calendar-home-set",
    ];
    for start in [ROOT, "/"] {
        let answer = ask(world, start, "0", &first);
        assert_eq!(answer.only().href_in("D:current-user-principal"), PRINCIPAL, "{start}");
    }
    let answer = ask(world, PRINCIPAL, "0", &["C:calendar-home-set"]);
    assert_eq!(answer.only().href_in("C:calendar-home-set"), HOME);
    let listed =
        ["D:resourcetype", "D:displayname", "D:current-user-privilege-set", "A:calendar-color"];
    let answer = ask(world, HOME, "1", &listed);
    let calendar = answer.member("/dav/calendars/alice/calendar/");
    assert!(calendar.property("D:resourcetype").child("C:calendar").is_some());
    assert!(!calendar.text("D:displayname").is_empty());
    let each = [
        "D:resourcetype",
        "D:owner",
        "D:current-user-principal",
        "D:current-user-privilege-set",
        "D:supported-report-set",
        "C:supported-calendar-component-set",
        "CS:getctag",
    ];
    let answer = ask(world, "/dav/calendars/alice/calendar/", "0", &each);
    let calendar = answer.only();
    let privileges = calendar.property("D:current-user-privilege-set");
    for privilege in ["D:read", "D:write", "D:write-content", "D:write-properties"] {
        assert!(
            privileges.contains(privilege),
            "without {privilege} it is read-only: {privileges:?}"
        );
    }
    assert_eq!(calendar.href_in("D:owner"), PRINCIPAL);
    assert!(calendar.property("D:supported-report-set").contains("D:sync-collection"));
    world.nobody().options(HOME).expect(401);
    let classes = world.user("alice").options(HOME).header_or_fail("DAV");
    assert!(classes.contains("calendar-auto-schedule"), "{classes}");
}

/// Pitfalls Q2, Q4, Q5, Q6.
fn apple(world: &World) {
    let alice = world.user("alice");
    for start in ["/", ROOT, "/dav/principals/", "/.well-known/caldav"] {
        let names = ["D:current-user-principal", "D:principal-URL", "D:resourcetype"];
        let answer = alice.propfind(start, "0", &names);
        if answer.status() == 301 {
            continue;
        }
        assert_eq!(
            answer.multistatus().only().href_in("D:current-user-principal"),
            PRINCIPAL,
            "{start}"
        );
    }
    let names = [
        "C:calendar-home-set",
        "C:calendar-user-address-set",
        "C:schedule-inbox-URL",
        "C:schedule-outbox-URL",
        "D:displayname",
        "D:principal-URL",
        "D:principal-collection-set",
        "D:supported-report-set",
        "D:resourcetype",
    ];
    let answer = alice.propfind(PRINCIPAL, "0", &names).multistatus();
    let principal = answer.only();
    assert_eq!(principal.href_in("D:principal-URL"), PRINCIPAL);
    assert_eq!(principal.href_in("D:principal-collection-set"), "/dav/principals/");
    assert!(principal.property("D:resourcetype").child("D:principal").is_some());
    let names = [
        "D:resourcetype",
        "D:displayname",
        "CS:getctag",
        "D:sync-token",
        "C:supported-calendar-component-set",
        "C:schedule-calendar-transp",
        "C:schedule-default-calendar-URL",
        "D:current-user-privilege-set",
        "A:calendar-order",
    ];
    let answer = alice.propfind(HOME, "1", &names).multistatus();
    answer.member(HOME).property("CS:getctag");
    let calendar = answer.member("/dav/calendars/alice/calendar/");
    assert!(
        calendar.property("C:schedule-calendar-transp").child("C:opaque").is_some(),
        "RFC 6638 9.1"
    );
    let inbox = answer.member("/dav/calendars/alice/inbox/");
    assert_eq!(inbox.href_in("C:schedule-default-calendar-URL"), "/dav/calendars/alice/calendar/");
    // iOS writes an @ in a home's path as %40.
    let encoded = alice.propfind("/dav/calendars/%61lice/", "0", &["D:resourcetype"]).multistatus();
    assert_eq!(encoded.only().href, HOME);
}

fn davx5(world: &World) {
    let alice = world.user("alice");
    let answer = alice.propfind(ROOT, "0", &["D:current-user-principal"]).multistatus();
    assert_eq!(answer.only().href_in("D:current-user-principal"), PRINCIPAL);
    let names = [
        "C:calendar-home-set",
        "D:displayname",
        "D:group-membership",
        "C:calendar-user-address-set",
    ];
    let answer = alice.propfind(PRINCIPAL, "0", &names).multistatus();
    assert_eq!(answer.only().href_in("C:calendar-home-set"), HOME);
    let names = [
        "D:resourcetype",
        "D:displayname",
        "D:owner",
        "D:current-user-privilege-set",
        "C:calendar-description",
        "A:calendar-color",
        "C:calendar-timezone",
        "C:supported-calendar-component-set",
        "D:supported-report-set",
        "CS:getctag",
        "D:sync-token",
    ];
    let answer = alice.propfind(HOME, "1", &names).multistatus();
    for (path, component) in [("calendar/", "VEVENT"), ("tasks/", "VTODO")] {
        let calendar = answer.member(&alice.at(path));
        let set = calendar.property("C:supported-calendar-component-set");
        assert!(
            set.children
                .iter()
                .any(|comp| comp.attributes.get("name").is_some_and(|name| name == component)),
            "{set:?}"
        );
        calendar.property("D:sync-token");
    }
}

fn evolution(world: &World) {
    let names =
        ["D:resourcetype", "D:current-user-principal", "D:principal-URL", "C:calendar-home-set"];
    for start in ["/", ROOT] {
        let answer = ask(world, start, "0", &names);
        assert_eq!(answer.only().href_in("D:current-user-principal"), PRINCIPAL);
    }
    let alice = world.user("alice");
    for elsewhere in ["/.well-known/carddav", "/.well-known/webdav/Notes/"] {
        let answer = alice.propfind(elsewhere, "0", &names);
        assert!(matches!(answer.status(), 404 | 405), "{answer}");
    }
    for path in [HOME, "/dav/calendars/alice/calendar/", "/dav/calendars/alice/tasks/"] {
        let answer = alice.options(path).expect_any(&[200, 204]);
        let classes = answer.header_or_fail("DAV");
        for class in ["calendar-access", "calendar-auto-schedule"] {
            assert!(
                classes.split(',').any(|listed| listed.trim() == class),
                "{class} on {path}: {classes}"
            );
        }
        assert!(answer.header_or_fail("Allow").contains("PROPFIND"));
    }
}

fn vdirsyncer(world: &World) {
    let alice = world.user("alice");
    for start in ["/", ROOT] {
        alice.propfind(start, "1", &["D:resourcetype"]).multistatus();
        let answer = alice.propfind(start, "0", &["D:current-user-principal"]).multistatus();
        assert_eq!(answer.only().href_in("D:current-user-principal"), PRINCIPAL);
    }
    let answer = alice.propfind(HOME, "1", &["D:resourcetype"]).multistatus();
    let calendars: Vec<&str> = answer
        .responses
        .iter()
        .filter(|member| member.property("D:resourcetype").child("C:calendar").is_some())
        .map(|member| member.href.as_str())
        .collect();
    assert_eq!(calendars, [format!("{HOME}calendar/"), format!("{HOME}tasks/")]);
}

fn tsdav(world: &World) {
    let alice = world.user("alice");
    let body = propfind_body(&["D:resourcetype"]);
    alice.request("PROPFIND", "/.well-known/caldav").xml(&body).send().expect(301);
    let answer = alice.propfind(ROOT, "0", &["D:current-user-principal"]).multistatus();
    assert_eq!(answer.only().href_in("D:current-user-principal"), PRINCIPAL);
    let names =
        ["C:calendar-description", "D:displayname", "CS:getctag", "D:resourcetype", "D:sync-token"];
    alice
        .propfind(HOME, "1", &names)
        .multistatus()
        .member("/dav/calendars/alice/calendar/")
        .text("CS:getctag");
}

/// RFC 6638 2.1, 2.2, 2.4.1.
fn scheduling_properties(world: &World) {
    let names = [
        "C:schedule-inbox-URL",
        "C:schedule-outbox-URL",
        "C:calendar-user-address-set",
        "C:calendar-user-type",
    ];
    let answer = world.user("alice").propfind(PRINCIPAL, "0", &names).multistatus();
    let principal = answer.only();
    assert_eq!(principal.href_in("C:schedule-inbox-URL"), format!("{HOME}inbox/"));
    assert_eq!(principal.href_in("C:schedule-outbox-URL"), format!("{HOME}outbox/"));
    let addresses = principal.property("C:calendar-user-address-set").hrefs();
    assert!(addresses.contains(&"mailto:alice@example.com"), "{addresses:?}");
    assert_eq!(principal.text("C:calendar-user-type"), "INDIVIDUAL");
}

/// RFC 4918 18, RFC 4791 5.1, RFC 6638 2, RFC 5689 3.1.
fn dav_classes(world: &World) {
    let alice: Client = world.user("alice");
    let first = alice.options(HOME).header_or_fail("DAV");
    let classes: Vec<&str> = first.split(',').map(str::trim).collect();
    for class in ["1", "3", "calendar-access", "calendar-auto-schedule", "extended-mkcol"] {
        assert!(classes.contains(&class), "{class} is missing in {first}");
    }
    for path in [ROOT, PRINCIPAL, "/dav/calendars/alice/calendar/", "/dav/calendars/alice/inbox/"] {
        assert_eq!(alice.options(path).header_or_fail("DAV"), first, "{path}");
    }
}
