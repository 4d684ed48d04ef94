//! Who may do what (RFC 3744, RFC 6638 6; design: identity and access).

use super::Server;
use crate::xml::names;

#[tokio::test]
async fn another_users_home_is_refused_by_naming_resource_and_privilege() {
    let server = Server::start().await;
    for (line, href, privilege) in [
        ("PROPFIND /dav/calendars/bob/", "/dav/calendars/bob/", names::READ),
        ("PROPFIND /dav/calendars/BOB/calendar", "/dav/calendars/bob/calendar/", names::READ),
        ("PROPFIND /dav/calendars/bob/inbox/", "/dav/calendars/bob/inbox/", names::READ),
        (
            "PROPPATCH /dav/calendars/bob/calendar/",
            "/dav/calendars/bob/calendar/",
            names::WRITE_PROPERTIES,
        ),
        ("PUT /dav/calendars/bob/calendar/x.ics", "/dav/calendars/bob/calendar/", names::BIND),
        ("DELETE /dav/calendars/bob/calendar/", "/dav/calendars/bob/", names::UNBIND),
        ("MKCALENDAR /dav/calendars/bob/more/", "/dav/calendars/bob/", names::BIND),
        ("PUT /dav/calendars/alice/inbox/x.ics", "/dav/calendars/alice/inbox/", names::BIND),
        ("MKCALENDAR /dav/calendars/carol/", "/dav/calendars/", names::BIND),
    ] {
        let answer = server.send("alice", line, "Depth: 0", "").await;
        assert_eq!(answer.status, 403, "{line}");
        assert_eq!(answer.precondition(), "DAV:need-privileges", "{line}");
        let error = answer.xml();
        let resource =
            error.find(names::NEED_PRIVILEGES).and_then(|need| need.find(names::RESOURCE)).unwrap();
        assert_eq!(resource.find(names::HREF).unwrap().text(), href);
        let named = resource.find(names::PRIVILEGE).unwrap().elements().next().unwrap();
        assert_eq!(named.name(), privilege, "{line}");
    }
}

#[tokio::test]
async fn the_home_of_nobody_is_not_there() {
    let server = Server::start().await;
    for path in
        ["/dav/calendars/nobody/", "/dav/calendars/nobody/calendar/", "/dav/principals/nobody/"]
    {
        assert_eq!(server.propfind(path, "0", "<displayname/>").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn inbox_and_outbox_cannot_be_removed() {
    let server = Server::start().await;
    for collection in ["inbox", "outbox"] {
        let line = format!("DELETE /dav/calendars/alice/{collection}/");
        assert_eq!(server.send("alice", &line, "", "").await.status, 403, "{line}");
    }
}

#[tokio::test]
async fn users_find_each_other() {
    let server = Server::start().await;
    let answer = server.propfind("/dav/principals/", "1", "<displayname/><resourcetype/>").await;
    assert_eq!(
        answer.hrefs(),
        ["/dav/principals/", "/dav/principals/alice/", "/dav/principals/bob/"]
    );
    let (_, name) = answer.property("/dav/principals/bob/", names::DISPLAYNAME).unwrap();
    assert_eq!(name.text(), "bob & family");
    let homes = server.propfind("/dav/calendars/", "1", "<resourcetype/>").await;
    assert_eq!(homes.hrefs(), ["/dav/calendars/", "/dav/calendars/alice/"]);
}
