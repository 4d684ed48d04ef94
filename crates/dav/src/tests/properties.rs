//! Properties, live and dead (RFC 4918 4, 9.2; RFC 4791 5.2; RFC 6638 9).

use super::{NAMESPACES, Server};
use crate::xml::{QName, names};

const CALENDAR: &str = "/dav/calendars/alice/calendar/";
const INBOX: &str = "/dav/calendars/alice/inbox/";

#[tokio::test]
async fn what_clients_set_comes_back_as_they_set_it() {
    let server = Server::start().await;
    let set = "<set xml:lang='fr'><prop><displayname>Réunions &amp; fêtes</displayname>\
         <C:calendar-description xml:lang='en'>Work</C:calendar-description>\
         <ICAL:calendar-color symbolic-color='red'>#FF0000FF</ICAL:calendar-color>\
         <Z:dead Z:kind='1'>a<b><Z:c xmlns:Z='urn:other'/></b> c </Z:dead></prop></set>";
    let answer = server.proppatch(CALENDAR, set).await;
    assert_eq!(answer.status, 207);
    assert_eq!(answer.property(CALENDAR, QName::new("urn:z", "dead")).unwrap().0, 200);

    let answer = server
        .propfind(
            CALENDAR,
            "0",
            "<displayname/><C:calendar-description/><ICAL:calendar-color/><Z:dead/>",
        )
        .await;
    let lang = |name| {
        let (status, property) = answer.property(CALENDAR, name).unwrap();
        assert_eq!(status, 200, "{name}");
        let lang = property.attribute_named(names::XML_LANG).unwrap().to_owned();
        (property.text().into_owned(), lang)
    };
    assert_eq!(lang(names::DISPLAYNAME), ("Réunions & fêtes".into(), "fr".into()));
    assert_eq!(lang(names::CALENDAR_DESCRIPTION), ("Work".into(), "en".into()));
    let (_, color) = answer.property(CALENDAR, names::CALENDAR_COLOR).unwrap();
    assert_eq!(color.attribute("symbolic-color"), Some("red"));
    let (_, dead) = answer.property(CALENDAR, QName::new("urn:z", "dead")).unwrap();
    assert_eq!(dead.attribute_named(QName::new("urn:z", "kind")), Some("1"));
    assert_eq!(dead.text(), "a c ");
    let b = dead.find(QName::new("DAV:", "b")).unwrap();
    assert!(b.find(QName::new("urn:other", "c")).is_some());

    // In allprop and propname as well (RFC 4918 9.1), and gone when removed.
    let all = server.send("alice", &format!("PROPFIND {CALENDAR}"), "Depth: 0", "").await;
    assert_eq!(all.property(CALENDAR, QName::new("urn:z", "dead")).unwrap().1.text(), "a c ");
    let body = format!("<propfind {NAMESPACES}><propname/></propfind>");
    let names_only = server.send("alice", &format!("PROPFIND {CALENDAR}"), "Depth: 0", &body).await;
    let (_, dead) = names_only.property(CALENDAR, QName::new("urn:z", "dead")).unwrap();
    assert!(dead.content().is_empty());
    let removed =
        server.proppatch(CALENDAR, "<remove><prop><Z:dead/><Z:never/></prop></remove>").await;
    assert_eq!(removed.property(CALENDAR, QName::new("urn:z", "never")).unwrap().0, 200);
    let answer = server.propfind(CALENDAR, "0", "<Z:dead/>").await;
    assert_eq!(answer.property(CALENDAR, QName::new("urn:z", "dead")).unwrap().0, 404);
}

#[tokio::test]
async fn a_change_of_properties_moves_ctag_and_token() {
    let server = Server::start().await;
    let home = "/dav/calendars/alice/";
    let ask = || async {
        let answer = server.propfind(home, "1", "<CS:getctag/><sync-token/>").await;
        [(home, names::GETCTAG), (CALENDAR, names::GETCTAG), (CALENDAR, names::SYNC_TOKEN)]
            .map(|(href, name)| answer.property(href, name).unwrap().1.text().into_owned())
    };
    let before = ask().await;
    assert_eq!(before, ask().await);
    for set in [
        "<set><prop><displayname>New</displayname></prop></set>",
        "<set><prop><C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp></prop></set>",
    ] {
        let before = ask().await;
        server.proppatch(CALENDAR, set).await;
        let after = ask().await;
        assert!(before.iter().zip(&after).all(|(before, after)| before != after), "{after:?}");
    }
}

#[tokio::test]
async fn all_changes_are_made_or_none() {
    // RFC 4918 9.2.1.
    let server = Server::start().await;
    let answer = server
        .proppatch(CALENDAR, "<set><prop><displayname>No</displayname><getctag xmlns='http://calendarserver.org/ns/'>1</getctag></prop></set>")
        .await;
    assert_eq!(answer.property(CALENDAR, names::DISPLAYNAME).unwrap().0, 424);
    assert_eq!(answer.property(CALENDAR, names::GETCTAG).unwrap().0, 403);
    assert!(answer.body.contains("<D:cannot-modify-protected-property/>"));
    let answer = server.propfind(CALENDAR, "0", "<displayname/>").await;
    assert_eq!(answer.property(CALENDAR, names::DISPLAYNAME).unwrap().0, 404);
}

#[tokio::test]
async fn each_value_is_held_to_its_grammar() {
    let server = Server::start().await;
    let zone = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\n\
        BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n\
        END:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";
    let no_zone = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";
    let timezone = |value: &str| format!("<C:calendar-timezone>{value}</C:calendar-timezone>");
    let default = |href: &str| {
        format!(
            "<C:schedule-default-calendar-URL><href>{href}</href></C:schedule-default-calendar-URL>"
        )
    };
    for (path, property, status, condition) in [
        (CALENDAR, timezone(zone), 200, ""),
        (CALENDAR, timezone(no_zone), 403, "C:valid-calendar-data"),
        (CALENDAR, timezone("Europe/Berlin"), 403, "C:valid-calendar-data"),
        (
            CALENDAR,
            "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>".into(),
            200,
            "",
        ),
        (CALENDAR, "<C:schedule-calendar-transp>yes</C:schedule-calendar-transp>".into(), 409, ""),
        (CALENDAR, "<displayname><b/></displayname>".into(), 409, ""),
        (
            CALENDAR,
            "<C:supported-calendar-component-set/>".into(),
            403,
            "D:cannot-modify-protected-property",
        ),
        (CALENDAR, "<resourcetype/>".into(), 403, "D:cannot-modify-protected-property"),
        (CALENDAR, "<getetag>x</getetag>".into(), 403, "D:cannot-modify-protected-property"),
        (CALENDAR, "<lockdiscovery/>".into(), 403, "D:cannot-modify-protected-property"),
        (INBOX, default(CALENDAR), 200, ""),
        (INBOX, default("http://dav.example/dav/calendars/alice/calendar"), 200, ""),
        (
            INBOX,
            default("/dav/calendars/alice/tasks/"),
            403,
            "C:valid-schedule-default-calendar-URL",
        ),
        (
            INBOX,
            default("/dav/calendars/alice/gone/"),
            403,
            "C:valid-schedule-default-calendar-URL",
        ),
        (
            INBOX,
            default("/dav/calendars/bob/calendar/"),
            403,
            "C:valid-schedule-default-calendar-URL",
        ),
        (INBOX, default("http://other.example/"), 403, "C:valid-schedule-default-calendar-URL"),
        (
            INBOX,
            "<C:schedule-default-calendar-URL/>".into(),
            403,
            "C:valid-schedule-default-calendar-URL",
        ),
        // Apple keeps such on homes and inboxes.
        (INBOX, "<C:calendar-free-busy-set/>".into(), 200, ""),
        (
            "/dav/calendars/alice/",
            "<ICAL:calendar-color>#FFF</ICAL:calendar-color>".into(),
            200,
            "",
        ),
        (
            "/dav/calendars/alice/",
            "<displayname>x</displayname>".into(),
            403,
            "D:cannot-modify-protected-property",
        ),
    ] {
        let answer = server.proppatch(path, &format!("<set><prop>{property}</prop></set>")).await;
        assert_eq!(answer.status, 207, "{property}: {}", answer.body);
        assert!(
            answer.body.contains(&format!("HTTP/1.1 {status} ")),
            "{property}: {}",
            answer.body
        );
        assert!(answer.body.contains(condition), "{property}: {}", answer.body);
    }
    let answer = server.propfind(CALENDAR, "0", "<C:calendar-timezone/>").await;
    let (_, found) = answer.property(CALENDAR, names::CALENDAR_TIMEZONE).unwrap();
    assert!(found.text().contains("TZID:Z"));
    let answer = server
        .proppatch(INBOX, "<remove><prop><C:schedule-default-calendar-URL/></prop></remove>")
        .await;
    assert!(answer.body.contains("<C:default-calendar-needed/>"), "{}", answer.body);
}

#[tokio::test]
async fn the_inbox_names_the_default_calendar() {
    let server = Server::start().await;
    let answer = server.propfind(INBOX, "0", "<C:schedule-default-calendar-URL/>").await;
    assert_eq!(answer.hrefs_in(INBOX, names::SCHEDULE_DEFAULT_CALENDAR_URL), [CALENDAR]);
}

#[tokio::test]
async fn dead_properties_of_objects_are_listed_with_them() {
    let server = Server::start().await;
    server.fill(9).await;
    let object = format!("{CALENDAR}event%2000008.ics");
    let set = "<set><prop><Z:note>n</Z:note></prop></set>";
    assert_eq!(server.proppatch(&object, set).await.status, 207);
    let refused = server.proppatch(&object, "<set><prop><getetag>x</getetag></prop></set>").await;
    assert!(refused.body.contains("<D:cannot-modify-protected-property/>"));
    let answer = server.propfind(CALENDAR, "1", "<Z:note/>").await;
    let note = QName::new("urn:z", "note");
    assert_eq!(answer.property(&object, note).unwrap().1.text(), "n");
    assert_eq!(answer.property(&format!("{CALENDAR}event%2000000.ics"), note).unwrap().0, 404);
}

#[tokio::test]
async fn allprop_leaves_out_what_is_not_webdavs_own() {
    // RFC 4791 5.2, RFC 3744 5, RFC 6578 4: not in allprop; RFC 4918 9.1: unless included.
    let server = Server::start().await;
    let body = format!(
        "<propfind {NAMESPACES}><allprop/><include><CS:getctag/><Z:x/></include></propfind>"
    );
    let answer = server.send("alice", &format!("PROPFIND {CALENDAR}"), "Depth: 0", &body).await;
    for name in [names::RESOURCETYPE, names::CREATIONDATE, names::SUPPORTEDLOCK, names::GETCTAG] {
        assert_eq!(answer.property(CALENDAR, name).unwrap().0, 200, "{name}");
    }
    for name in [names::OWNER, names::SYNC_TOKEN, names::MAX_INSTANCES, names::SUPPORTED_REPORT_SET]
    {
        assert_eq!(answer.property(CALENDAR, name), None, "{name}");
    }
}

#[tokio::test]
async fn limits_and_reports_are_advertised() {
    let server = Server::start().await;
    let answer = server
        .propfind(
            CALENDAR,
            "0",
            "<C:max-resource-size/><C:min-date-time/><C:max-date-time/><C:max-instances/>\
             <C:max-attendees-per-instance/><C:supported-calendar-data/><C:supported-collation-set/>\
             <supported-report-set/><supported-privilege-set/><acl/><supported-method-set/>\
             <supported-live-property-set/><acl-restrictions/><C:supported-rscale-set/>",
        )
        .await;
    assert!(!answer.body.contains("404"), "{}", answer.body);
    for (name, text) in
        [(names::MIN_DATE_TIME, "19000101T000000Z"), (names::MAX_DATE_TIME, "22000101T000000Z")]
    {
        assert_eq!(answer.property(CALENDAR, name).unwrap().1.text(), text);
    }
    let (_, rscales) = answer.property(CALENDAR, names::SUPPORTED_RSCALE_SET).unwrap();
    assert_eq!(rscales.find(names::SUPPORTED_RSCALE).unwrap().text(), "GREGORIAN");
    for report in ["C:calendar-query", "C:calendar-multiget", "D:sync-collection"] {
        assert!(answer.body.contains(&format!("<D:report><{report}/></D:report>")), "{report}");
    }
}

#[tokio::test]
async fn a_proppatch_that_prefers_little_gets_little() {
    // RFC 8144 2.2.
    let server = Server::start().await;
    let body = "<propertyupdate xmlns='DAV:'><set><prop><displayname>x</displayname></prop></set></propertyupdate>";
    let line = format!("PROPPATCH {CALENDAR}");
    let answer = server.send("alice", &line, "Prefer: return=minimal", body).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("preference-applied"), "return=minimal");
}
