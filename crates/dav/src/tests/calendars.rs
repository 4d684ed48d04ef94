//! Making and removing calendars (RFC 4791 5.3.1, RFC 5689, RFC 4918 9.6).

use super::Server;
use crate::xml::names;

const HOME: &str = "/dav/calendars/alice";

fn mkcalendar(prop: &str) -> String {
    format!("<C:mkcalendar {}><set><prop>{prop}</prop></set></C:mkcalendar>", super::NAMESPACES)
}

fn mkcol(prop: &str) -> String {
    format!("<mkcol {}><set><prop>{prop}</prop></set></mkcol>", super::NAMESPACES)
}

const CALENDAR: &str = "<resourcetype><collection/><C:calendar/></resourcetype>";

#[tokio::test]
async fn a_calendar_is_made_with_its_properties() {
    let server = Server::start().await;
    // RFC 4791 5.3.1.2
    let prop = "<displayname>Lisa's Events</displayname>\
        <C:calendar-description xml:lang='en'>Calendar restricted to events.</C:calendar-description>\
        <C:supported-calendar-component-set><C:comp name='vevent'/></C:supported-calendar-component-set>\
        <C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>\
        <ICAL:calendar-color>#F00</ICAL:calendar-color><Z:z>1</Z:z>";
    for (line, body) in [
        ("MKCALENDAR /dav/calendars/alice/ev%65nts/", mkcalendar(prop)),
        ("MKCOL /dav/calendars/alice/%C3%A9v%C3%A9nements", mkcol(&format!("{CALENDAR}{prop}"))),
    ] {
        let made = server.send("alice", line, "Content-Type: application/xml", &body).await;
        assert_eq!((made.status.as_u16(), made.body.as_str()), (201, ""), "{line}");
        assert_eq!(made.header("cache-control"), "no-cache");
    }
    for href in ["/dav/calendars/alice/events/", "/dav/calendars/alice/%C3%A9v%C3%A9nements/"] {
        let found = server
            .propfind(
                href,
                "0",
                "<displayname/><resourcetype/><C:supported-calendar-component-set/>\
                 <C:schedule-calendar-transp/><ICAL:calendar-color/><Z:z/>",
            )
            .await;
        let property = |name| found.property(href, name).unwrap();
        assert_eq!(property(names::DISPLAYNAME).1.text(), "Lisa's Events");
        assert!(property(names::RESOURCETYPE).1.find(names::CALENDAR).is_some());
        let (_, components) = property(names::SUPPORTED_CALENDAR_COMPONENT_SET);
        let components: Vec<_> =
            components.elements().map(|comp| comp.attribute("name").unwrap()).collect();
        assert_eq!(components, ["VEVENT"]);
        let (_, transparency) = property(names::SCHEDULE_CALENDAR_TRANSP);
        assert!(transparency.find(names::TRANSPARENT).is_some());
        assert_eq!(property(names::CALENDAR_COLOR).1.text(), "#F00");
        assert_eq!(property(crate::xml::QName::new("urn:z", "z")).0, 200);
    }
}

#[tokio::test]
async fn a_calendar_is_made_without_properties_too() {
    let server = Server::start().await;
    for (name, body) in [
        ("a", String::new()),
        ("b", mkcalendar("")),
        ("c", "<C:mkcalendar xmlns:C='urn:ietf:params:xml:ns:caldav'/>".to_owned()),
    ] {
        let line = format!("MKCALENDAR {HOME}/{name}/");
        let made = server.send("alice", &line, "Prefer: return=minimal", &body).await;
        assert_eq!(made.status, 201, "{body}: {}", made.body);
        let href = format!("{HOME}/{name}/");
        let found = server.propfind(&href, "0", "<C:supported-calendar-component-set/>").await;
        // RFC 4791 5.2.3: every kind where none is named.
        let (_, set) = found.property(&href, names::SUPPORTED_CALENDAR_COMPONENT_SET).unwrap();
        assert_eq!(set.elements().count(), 4);
    }
}

#[tokio::test]
async fn nothing_is_made_when_one_property_is_refused() {
    let server = Server::start().await;
    let components = |name: &str| {
        format!(
            "<C:supported-calendar-component-set><C:comp name='{name}'/></C:supported-calendar-component-set>"
        )
    };
    for (prop, blamed, status, condition) in [
        (
            "<getetag>x</getetag>".to_owned(),
            names::GETETAG,
            403,
            names::CANNOT_MODIFY_PROTECTED_PROPERTY,
        ),
        (
            "<C:calendar-timezone>x</C:calendar-timezone>".to_owned(),
            names::CALENDAR_TIMEZONE,
            403,
            names::VALID_CALENDAR_DATA,
        ),
        (
            components("VPOLL"),
            names::SUPPORTED_CALENDAR_COMPONENT_SET,
            403,
            names::SUPPORTED_CALENDAR_COMPONENT,
        ),
        (
            "<C:supported-calendar-component-set/>".to_owned(),
            names::SUPPORTED_CALENDAR_COMPONENT_SET,
            403,
            names::SUPPORTED_CALENDAR_COMPONENT,
        ),
        (
            "<resourcetype><collection/><Z:z/></resourcetype>".to_owned(),
            names::RESOURCETYPE,
            403,
            names::VALID_RESOURCETYPE,
        ),
    ] {
        let prop = format!("<displayname>Work</displayname>{prop}");
        // RFC 4791 5.3.1.1: 207, as PROPPATCH answers.
        let line = format!("MKCALENDAR {HOME}/work/");
        let answer = server.send("alice", &line, "", &mkcalendar(&prop)).await;
        assert_eq!(answer.status, 207, "{prop}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-cache");
        let href = format!("{HOME}/work/");
        assert_eq!(answer.property(&href, blamed).unwrap().0, status, "{prop}");
        assert_eq!(answer.property(&href, names::DISPLAYNAME).unwrap().0, 424, "{prop}");

        // RFC 5689 3.5
        let line = format!("MKCOL {HOME}/work/");
        let calendar = if blamed == names::RESOURCETYPE { "" } else { CALENDAR };
        let answer = server.send("alice", &line, "", &mkcol(&format!("{calendar}{prop}"))).await;
        assert_eq!(answer.status.as_u16(), status, "{prop}: {}", answer.body);
        let response = answer.xml();
        assert!(response.is(names::MKCOL_RESPONSE), "{}", answer.body);
        let refused = response.find(names::PROPSTAT).unwrap();
        assert!(refused.find(names::PROP).unwrap().find(blamed).is_some(), "{}", answer.body);
        let error = refused.find(names::ERROR).unwrap();
        assert!(error.find(condition).is_some(), "{}", answer.body);
        let found = server.propfind(&href, "0", "<displayname/>").await;
        assert_eq!(found.status, 404, "{prop}");
    }
}

#[tokio::test]
async fn a_calendar_is_made_only_where_one_can_be() {
    let server = Server::start().await;
    let long = format!("MKCALENDAR {HOME}/{}/", "n".repeat(256));
    for (line, body, status, condition) in [
        // RFC 4791 5.3.1: preconditions
        ("MKCALENDAR /dav/calendars/alice/calendar/", "", 403, "DAV:resource-must-be-null"),
        ("MKCALENDAR /dav/calendars/alice/inbox", "", 403, "DAV:resource-must-be-null"),
        (
            "MKCALENDAR /dav/calendars/alice/calendar/sub/",
            "",
            403,
            "CALDAV:calendar-collection-location-ok",
        ),
        ("MKCALENDAR /dav/calendars/alice/gone/sub/", "", 409, ""),
        ("MKCALENDAR /dav/calendars/bob/work/", "", 403, "DAV:need-privileges"),
        ("MKCALENDAR /dav/calendars/", "", 403, "DAV:need-privileges"),
        (&long, "", 403, ""),
        // RFC 4918 9.3.1
        ("MKCOL /dav/calendars/alice/calendar/", &mkcol(CALENDAR), 405, ""),
        // RFC 5689 3.3: a home holds calendars only.
        ("MKCOL /dav/calendars/alice/plain/", "", 403, "DAV:valid-resourcetype"),
        (
            "MKCOL /dav/calendars/alice/plain/",
            &mkcol("<displayname>x</displayname>"),
            403,
            "DAV:valid-resourcetype",
        ),
        // RFC 4918 9.3: a body that is not understood
        ("MKCOL /dav/calendars/alice/plain/", "<propfind xmlns='DAV:'/>", 415, ""),
        ("MKCALENDAR /dav/calendars/alice/plain/", "<mkcol xmlns='DAV:'/>", 415, ""),
        ("MKCALENDAR /dav/calendars/alice/plain/", "<mkcol", 400, ""),
        (
            "MKCALENDAR /dav/calendars/alice/plain/",
            "<C:mkcalendar xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><remove><prop><displayname/></prop></remove></C:mkcalendar>",
            400,
            "",
        ),
    ] {
        let answer = server.send("alice", line, "", body).await;
        assert_eq!(answer.status.as_u16(), status, "{line}: {}", answer.body);
        let unmet = answer.precondition();
        assert!(condition.is_empty() || unmet == condition, "{line}: {}", answer.body);
    }
    let odd = server
        .send("alice", "MKCOL /dav/calendars/alice/p/", "Content-Type: xzy-foo/bar-512", "afafafaf")
        .await;
    assert_eq!(odd.status, 415);
}

#[tokio::test]
async fn a_calendar_is_deleted_whole() {
    let server = Server::start().await;
    server.send("alice", &format!("MKCALENDAR {HOME}/work/"), "", "").await;
    for number in 0..20 {
        let body = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{number}\r\n\
             DTSTAMP:20270101T000000Z\r\nDTSTART:20270104T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let put = server.send("alice", &format!("PUT {HOME}/work/{number}.ics"), "", &body).await;
        assert_eq!(put.status, 201);
    }
    for (path, headers, status) in [
        ("work", "Depth: 1", 400),
        ("work", "If-Match: \"x\"", 412),
        ("work", "If-None-Match: *", 412),
        ("work", "If-Match: *\nDepth: infinity", 204),
        ("work", "", 404),
        ("inbox", "", 403),
        ("outbox", "", 403),
    ] {
        let answer = server.send("alice", &format!("DELETE {HOME}/{path}/"), headers, "").await;
        assert_eq!(answer.status.as_u16(), status, "{path} {headers}: {}", answer.body);
    }
    // RFC 6638 4.3: invitations need a place to go.
    let default = server.send("alice", &format!("DELETE {HOME}/calendar/"), "", "").await;
    assert_eq!(default.status, 403);
    assert_eq!(default.precondition(), "CALDAV:default-calendar-needed");
    // The same name can be used again, and is empty.
    server.send("alice", &format!("MKCALENDAR {HOME}/work/"), "", "").await;
    let listing = server.propfind(&format!("{HOME}/work/"), "1", "<getetag/>").await;
    assert_eq!(listing.hrefs(), [format!("{HOME}/work/")]);
}
