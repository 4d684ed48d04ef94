//! How clients find a user's calendars (RFC 6764 6, RFC 5397, shared traces of Thunderbird, Evolution,
//! vdirsyncer, tsdav and python-caldav).

use super::Server;
use crate::xml::names;

#[tokio::test]
async fn the_well_known_address_leads_to_the_root_before_authentication() {
    let server = Server::start().await;
    for method in ["GET", "PROPFIND", "OPTIONS", "REPORT"] {
        let answer = server.send("", &format!("{method} /.well-known/caldav"), "", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (301, "/dav/"));
    }
}

#[tokio::test]
async fn every_other_anonymous_request_is_told_to_log_in() {
    let server = Server::start().await;
    for line in [
        "PROPFIND /",
        "PROPFIND /dav/",
        "OPTIONS /dav/calendars/alice/",
        "GET /nowhere",
        "PROPFIND /dav/calendars/nobody/",
        "PUT /dav/%00",
        "LOCK /dav/",
    ] {
        let answer = server.send("", line, "Depth: 0", "").await;
        assert_eq!(answer.status, 401, "{line}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge, "Basic realm=\"convene\", charset=\"UTF-8\"");
    }
}

#[tokio::test]
async fn the_principal_is_told_wherever_it_is_asked() {
    let server = Server::start().await;
    for path in
        ["/", "/dav", "/dav/", "/dav/calendars/", "/dav/calendars/alice", "/dav/principals/bob/"]
    {
        let answer = server.propfind(path, "0", "<current-user-principal/>").await;
        let href = answer.hrefs().remove(0);
        assert_eq!(
            answer.hrefs_in(&href, names::CURRENT_USER_PRINCIPAL),
            ["/dav/principals/alice/"],
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_principal_leads_to_home_inbox_outbox_and_addresses() {
    let server = Server::start().await;
    let answer = server
        .propfind(
            "/dav/principals/alice/",
            "0",
            "<C:calendar-home-set/><C:calendar-user-address-set/><C:schedule-inbox-URL/>\
             <C:schedule-outbox-URL/><principal-URL/><displayname/><resourcetype/>\
             <C:calendar-user-type/><group-membership/><A:addressbook-home-set xmlns:A='urn:x'/>",
        )
        .await;
    let me = "/dav/principals/alice/";
    for (name, href) in [
        (names::CALENDAR_HOME_SET, "/dav/calendars/alice/"),
        (names::SCHEDULE_INBOX_URL, "/dav/calendars/alice/inbox/"),
        (names::SCHEDULE_OUTBOX_URL, "/dav/calendars/alice/outbox/"),
        (names::PRINCIPAL_URL, me),
    ] {
        assert_eq!(answer.hrefs_in(me, name), [href], "{name}");
    }
    let addresses = answer.hrefs_in(me, names::CALENDAR_USER_ADDRESS_SET);
    assert_eq!(addresses, ["mailto:alice@example.com", me]);
    assert_eq!(answer.property(me, names::DISPLAYNAME).unwrap().1.text(), "alice & family");
    assert_eq!(answer.property(me, names::CALENDAR_USER_TYPE).unwrap().1.text(), "INDIVIDUAL");
    assert!(answer.property(me, names::RESOURCETYPE).unwrap().1.find(names::PRINCIPAL).is_some());
    assert_eq!(answer.property(me, names::GROUP_MEMBERSHIP).unwrap().0, 200);
    assert_eq!(
        answer.property(me, crate::xml::QName::new("urn:x", "addressbook-home-set")).unwrap().0,
        404
    );
}

#[tokio::test]
async fn the_home_lists_what_is_in_it_with_its_resource_types() {
    let server = Server::start().await;
    let answer = server
        .propfind(
            "/dav/calendars/alice/",
            "1",
            "<resourcetype/><displayname/><current-user-privilege-set/><CS:getctag/>\
             <C:supported-calendar-component-set/><sync-token/><CS:source/><ICAL:calendar-color/>",
        )
        .await;
    assert_eq!(answer.status, 207);
    let home = "/dav/calendars/alice/";
    let expected =
        ["", "calendar/", "inbox/", "outbox/", "tasks/"].map(|name| format!("{home}{name}"));
    assert_eq!(answer.hrefs(), expected);
    for (name, resourcetype) in [
        ("calendar/", names::CALENDAR),
        ("tasks/", names::CALENDAR),
        ("inbox/", names::SCHEDULE_INBOX),
        ("outbox/", names::SCHEDULE_OUTBOX),
    ] {
        let (_, property) = answer.property(&format!("{home}{name}"), names::RESOURCETYPE).unwrap();
        assert!(property.find(resourcetype).is_some(), "{name}");
        assert!(property.find(names::COLLECTION).is_some(), "{name}");
    }
    let (_, components) = answer
        .property("/dav/calendars/alice/tasks/", names::SUPPORTED_CALENDAR_COMPONENT_SET)
        .unwrap();
    let kinds: Vec<_> = components.elements().filter_map(|comp| comp.attribute("name")).collect();
    assert_eq!(kinds, ["VTODO"]);
    let calendar = "/dav/calendars/alice/calendar/";
    for name in [names::GETCTAG, names::SYNC_TOKEN] {
        assert_eq!(answer.property(calendar, name).unwrap().0, 200, "{name}");
    }
    assert_eq!(answer.property(home, names::GETCTAG).unwrap().0, 200);
    assert_eq!(answer.property(calendar, names::SOURCE).unwrap().0, 404);
    // Thunderbird shows a calendar without these as read-only.
    let (_, privileges) = answer.property(calendar, names::CURRENT_USER_PRIVILEGE_SET).unwrap();
    let held: Vec<_> = privileges
        .elements()
        .flat_map(|held| held.elements().map(|e| e.name().local.to_owned()))
        .collect();
    for privilege in ["all", "read", "write", "write-content", "write-properties", "bind", "unbind"]
    {
        assert!(held.iter().any(|name| name == privilege), "{privilege}: {held:?}");
    }
}

#[tokio::test]
async fn options_say_the_same_everywhere() {
    let server = Server::start().await;
    for (path, allowed) in [
        ("/", "PROPFIND"),
        ("/dav/", "PROPFIND"),
        ("/dav/principals/alice/", "PROPFIND"),
        ("/dav/calendars/alice/", "REPORT"),
        ("/dav/calendars/alice/calendar/", "REPORT"),
        ("/dav/calendars/alice/outbox/", "PROPPATCH"),
        ("/dav/calendars/alice/calendar/x.ics", "PUT"),
    ] {
        let answer = server.send("alice", &format!("OPTIONS {path}"), "", "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("dav"),
            "1, 3, extended-mkcol, calendar-access, calendar-auto-schedule"
        );
        assert!(answer.header("allow").split(", ").any(|method| method == allowed), "{path}");
    }
}
