//! Listings of calendars (RFC 4918 9.1), also of large ones.

use super::Server;
use crate::props::{Kind, rows};
use crate::xml::{QName, names};

const CALENDAR: &str = "/dav/calendars/alice/calendar/";

#[tokio::test]
async fn members_come_page_by_page_each_once_in_order() {
    let server = Server::start().await;
    // Two whole pages of seven and a part.
    server.fill(16).await;
    let answer = server.propfind(CALENDAR, "1", "<getetag/><getcontenttype/><resourcetype/>").await;
    let mut expected = vec![CALENDAR.to_owned()];
    expected.extend((0..16).map(|number| format!("{CALENDAR}event%20{number:05}.ics")));
    assert_eq!(answer.hrefs(), expected);
    let first = &expected[1];
    let (_, etag) = answer.property(first, names::GETETAG).unwrap();
    assert_eq!(etag.text(), format!("\"{}\"", super::event(0).etag));
    let (_, content_type) = answer.property(first, names::GETCONTENTTYPE).unwrap();
    assert_eq!(content_type.text(), "text/calendar; charset=utf-8; component=vevent");
    assert!(answer.property(first, names::RESOURCETYPE).unwrap().1.content().is_empty());
}

#[tokio::test]
async fn a_last_page_that_is_full_ends_the_listing() {
    for (members, asked) in [(14, "<getcontenttype/>"), (28, "<getetag/>")] {
        let server = Server::start().await;
        server.fill(members).await;
        assert_eq!(server.propfind(CALENDAR, "1", asked).await.hrefs().len(), members + 1);
    }
}

/// By itself a property may be read from less than with others.
#[tokio::test]
async fn a_property_alone_says_what_it_says_among_others() {
    let server = Server::start().await;
    server.fill(1).await;
    let object = format!("{CALENDAR}event%2000000.ics");
    let asked: Vec<(QName<'_>, String)> = rows(Kind::Object)
        .map(|row| (row.name, format!("<X:{} xmlns:X='{}'/>", row.name.local, row.name.namespace)))
        .collect();
    let all: String = asked.iter().map(|(_, element)| element.as_str()).collect();
    let among_others = server.propfind(CALENDAR, "1", &all).await;
    for (name, element) in asked {
        let alone = server.propfind(CALENDAR, "1", &element).await;
        let said = alone.property(&object, name);
        assert!(said.is_some(), "{name}");
        assert_eq!(said, among_others.property(&object, name), "{name}");
    }
    assert_eq!(among_others.property(&object, names::SCHEDULE_TAG).unwrap().0, 200);
}

#[tokio::test]
async fn an_object_is_described_without_its_data() {
    let server = Server::start().await;
    server.fill(2).await;
    let object = format!("{CALENDAR}event%2000000.ics");
    let answer = server
        .propfind(
            &object,
            "infinity",
            "<getetag/><getcontentlength/><getlastmodified/><creationdate/><C:schedule-tag/>\
             <C:calendar-data/><owner/><CS:getctag/>",
        )
        .await;
    assert_eq!(answer.hrefs(), [object.as_str()]);
    for (name, text) in [
        (names::GETCONTENTLENGTH, "39"),
        (names::GETLASTMODIFIED, "Fri, 15 Jan 2027 08:00:00 GMT"),
        (names::CREATIONDATE, "2027-01-15T08:00:00Z"),
        (names::SCHEDULE_TAG, "\"tag\""),
    ] {
        let (status, property) = answer.property(&object, name).unwrap();
        assert_eq!((status, property.text().as_ref()), (200, text), "{name}");
    }
    assert_eq!(answer.hrefs_in(&object, names::OWNER), ["/dav/principals/alice/"]);
    // RFC 4791 9.6: calendar-data is no property.
    assert_eq!(answer.property(&object, names::CALENDAR_DATA).unwrap().0, 404);
    assert_eq!(answer.property(&object, names::GETCTAG).unwrap().0, 404);
    let other = format!("{CALENDAR}event%2000001.ics");
    let answer = server.propfind(&other, "0", "<C:schedule-tag/>").await;
    assert_eq!(answer.property(&other, names::SCHEDULE_TAG).unwrap().0, 404);
}

#[tokio::test]
async fn a_listing_of_thousands_is_whole() {
    let server = Server::start().await;
    server.fill(3000).await;
    let answer = server.propfind(CALENDAR, "1", "<getetag/>").await;
    assert_eq!(answer.hrefs().len(), 3001);
    assert!(!answer.headers.contains_key("content-length"));
}

#[tokio::test]
async fn preferences_shorten_the_answer() {
    // RFC 8144 2.1 and 4.
    let server = Server::start().await;
    server.fill(2).await;
    let body = "<propfind xmlns='DAV:'><prop><getetag/><missing xmlns='urn:z'/></prop></propfind>";
    let line = format!("PROPFIND {CALENDAR}");
    let headers = "Depth: 1\nPrefer: return=minimal, depth-noroot";
    let answer = server.send("alice", &line, headers, body).await;
    assert_eq!(answer.hrefs().len(), 2);
    assert!(!answer.body.contains("404"), "{}", answer.body);
    assert_eq!(answer.header("preference-applied"), "return=minimal, depth-noroot");
    // A resource with nothing to tell still has its response, with an empty propstat.
    let answer = server.send("alice", &line, "Depth: 0\nBrief: t", body).await;
    assert!(answer.body.contains("<D:prop></D:prop>"), "{}", answer.body);
}
