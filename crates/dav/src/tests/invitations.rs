//! What of scheduling shows in the answers to a write (RFC 6638 3.2.10, 8.1, 8.2; RFC 8144 3.1).

use jiff::Timestamp;
use scheduling::intercept::{Door, Settings, Writing};
use store::{OpenOptions, PrincipalId, PutObject, Store};

use super::{Answer, NOW, Server, event, event_on};
use crate::xml::names;

const MEETING: &str = "/dav/calendars/alice/calendar/meeting.ics";
const INBOX: &str = "/dav/calendars/bob/inbox/";

/// A meeting of alice with bob.
fn meeting(day: u32) -> String {
    event_on("meeting", day).replace(
        "SUMMARY:",
        "ORGANIZER:mailto:alice@example.com\r\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\r\n\
         ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com\r\nSUMMARY:",
    )
}

impl Server {
    async fn invite(&self, headers: &str, day: u32) -> Answer {
        self.send("alice", &format!("PUT {MEETING}"), headers, &meeting(day)).await
    }

    async fn bobs_inbox(&self) -> Vec<String> {
        let body = "<sync-collection xmlns='DAV:'><sync-token/><sync-level>1</sync-level>\
            <prop><getetag/></prop></sync-collection>";
        let answer = self.send("bob", &format!("REPORT {INBOX}"), "", body).await;
        assert_eq!(answer.status, 207, "{}", answer.body);
        answer.hrefs()
    }
}

#[tokio::test]
async fn an_object_that_the_server_rewrote_has_a_schedule_tag_and_no_etag() {
    let server = Server::start().await;
    let put = server.invite("If-None-Match: *", 4).await;
    assert_eq!((put.status.as_u16(), put.header("etag")), (201, ""), "{}", put.body);
    let tag = put.header("schedule-tag").to_owned();
    assert!(tag.len() > 2 && tag.starts_with('"'), "{tag}");
    let got = server.send("alice", &format!("GET {MEETING}"), "", "").await;
    assert_eq!(got.header("schedule-tag"), tag);
    assert!(got.body.contains("SCHEDULE-STATUS"), "{}", got.body);
    let stale = server.invite("If-Schedule-Tag-Match: \"x\"", 5).await;
    assert_eq!(stale.status, 412);
    let changed = server.invite(&format!("If-Schedule-Tag-Match: {tag}"), 5).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    assert_ne!(changed.header("schedule-tag"), tag);
}

#[tokio::test]
async fn what_the_server_made_of_an_object_comes_back_when_it_is_preferred() {
    let server = Server::start().await;
    let put = server.invite("Prefer: return=representation", 4).await;
    assert_eq!(put.status, 201);
    assert!(put.body.contains("SCHEDULE-STATUS"), "{}", put.body);
    let got = server.send("alice", &format!("GET {MEETING}"), "", "").await;
    assert_eq!((&put.body, put.header("etag")), (&got.body, got.header("etag")));
}

#[tokio::test]
async fn the_inbox_is_listed_read_and_emptied() {
    let server = Server::start().await;
    server.invite("", 4).await;
    let items = server.bobs_inbox().await;
    let [item] = items.as_slice() else { panic!("{items:?}") };
    let body = format!(
        "<C:calendar-multiget xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'>\
         <prop><C:calendar-data/></prop><href>{item}</href></C:calendar-multiget>"
    );
    let read = server.send("bob", &format!("REPORT {INBOX}"), "", &body).await;
    let (_, data) = read.property(item, names::CALENDAR_DATA).unwrap();
    assert!(data.text().contains("METHOD:REQUEST"), "{}", data.text());
    // RFC 6638 2.2: the inbox has the reports of a calendar.
    for (inside, found) in [
        ("<C:prop-filter name='SUMMARY'><C:text-match>meeting</C:text-match></C:prop-filter>", 1),
        ("<C:prop-filter name='SUMMARY'><C:text-match>party</C:text-match></C:prop-filter>", 0),
        ("<C:time-range start='20270104T000000Z' end='20270105T000000Z'/>", 1),
        ("<C:time-range start='20270105T000000Z' end='20270106T000000Z'/>", 0),
    ] {
        let body = format!(
            "<C:calendar-query xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><prop><getetag/></prop>\
             <C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'>{inside}\
             </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        );
        let answer = server.send("bob", &format!("REPORT {INBOX}"), "", &body).await;
        assert_eq!(answer.hrefs().len(), found, "{inside}: {}", answer.body);
    }
    // RFC 6638 2.2: only the server puts things there; the owner takes them out.
    let put = server.send("bob", &format!("PUT {item}"), "", &meeting(4)).await;
    assert_eq!((put.status.as_u16(), put.precondition().as_str()), (403, "DAV:need-privileges"));
    assert_eq!(server.send("bob", &format!("DELETE {item}"), "", "").await.status, 204);
    assert_eq!(server.bobs_inbox().await, [""; 0]);
    // His copy in the calendar is another object.
    let body = "<propfind xmlns='DAV:'><prop><getetag/></prop></propfind>";
    let calendar =
        server.send("bob", "PROPFIND /dav/calendars/bob/calendar/", "Depth: 1", body).await;
    assert_eq!(calendar.hrefs().len(), 2);
}

#[tokio::test]
async fn an_import_tells_nobody() {
    let server = Server::start().await;
    let put = server.invite("Scheduling-Enabled: F", 4).await;
    assert_eq!(put.status, 201, "{}", put.body);
    assert_eq!(server.bobs_inbox().await, [""; 0]);
}

#[tokio::test]
async fn deleting_an_invitation_answers_unless_the_header_says_no() {
    let server = Server::start().await;
    for (headers, answered) in [("Schedule-Reply: F", false), ("", true)] {
        server.invite("", if answered { 5 } else { 4 }).await;
        let body = "<propfind xmlns='DAV:'><prop><getetag/></prop></propfind>";
        let line = "PROPFIND /dav/calendars/bob/calendar/";
        let copy = server.send("bob", line, "Depth: 1", body).await.hrefs().remove(1);
        let deleted = server.send("bob", &format!("DELETE {copy}"), headers, "").await;
        assert_eq!(deleted.status, 204, "{}", deleted.body);
        let got = server.send("alice", &format!("GET {MEETING}"), "", "").await;
        assert_eq!(got.body.contains("PARTSTAT=DECLINED"), answered, "{headers}: {}", got.body);
    }
}

#[tokio::test]
async fn messages_leave_the_inbox_after_a_time() {
    let server = Server::start().await;
    server.invite("", 4).await;
    let store = Store::open(&server.url, OpenOptions::default()).await.unwrap();
    let writer = store.object_writer().unwrap();
    let door = Door::new(store, writer, Settings::default());
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    let writing = Writing {
        principal: PrincipalId::new(0),
        caller: "convene",
        client: "test",
        request_id: "0",
        now: at(NOW + 1),
    };
    for (before, removed, left) in [(NOW, 0, 1), (NOW + 1, 1, 0), (NOW + 1, 0, 0)] {
        assert_eq!(door.clear_inboxes(&writing, at(before)).await.unwrap(), removed);
        assert_eq!(server.bobs_inbox().await.len(), left, "before {before}");
    }
    let copy = server.send("bob", "PROPFIND /dav/calendars/bob/calendar/", "Depth: 1", "").await;
    assert_eq!(copy.hrefs().len(), 2, "the meeting stays: {}", copy.body);
}

impl Server {
    /// Makes what somebody has of the meeting unreadable.
    async fn damage(&self, user: &str) {
        let mut queries = self.store.read().await.unwrap();
        let calendar = queries.find_collection(user, "calendar").await.unwrap().unwrap();
        let row = queries.list_members(calendar.id, None, 10).await.unwrap().remove(0);
        drop(queries);
        let octets = b"BEGIN:VCALENDAR\r\nnot a line\r\n".to_vec();
        let damaged = PutObject {
            uid: "meeting".to_owned(),
            etag: store::etag_of(&octets),
            octets: octets.into(),
            schedule_tag: row.schedule_tag.clone(),
            scheduled: true,
            ..event(0)
        };
        self.store_unseen(user, vec![(row.name, damaged)]).await;
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_read_breaks_nobody_elses_write() {
    // The attendee's copy: the organizer's write stands, and its status says what became of it.
    let server = Server::start().await;
    server.invite("", 4).await;
    server.damage("bob").await;
    let again = server.invite("Prefer: return=representation", 5).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let line = again.body.lines().find(|line| line.contains("bob@")).unwrap();
    assert!(line.contains("SCHEDULE-STATUS=5.1"), "{line}");
    assert_eq!(server.bobs_inbox().await.len(), 2, "he can read the messages");
    let gone = server.send("alice", &format!("DELETE {MEETING}"), "", "").await;
    assert_eq!(gone.status, 204, "{}", gone.body);

    // The organizer's: an answer stands in the attendee's own copy.
    let server = Server::start().await;
    server.invite("", 4).await;
    let copies = server.send("bob", "PROPFIND /dav/calendars/bob/calendar/", "Depth: 1", "").await;
    let href = copies.hrefs().into_iter().find(|href| href.ends_with(".ics")).unwrap();
    let copy = server.send("bob", &format!("GET {href}"), "", "").await.body;
    server.damage("alice").await;
    let answer = copy.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    assert_ne!(answer, copy);
    let put = server.send("bob", &format!("PUT {href}"), "", &answer).await;
    assert_eq!(put.status, 204, "{}", put.body);
    let copy = server.send("bob", &format!("GET {href}"), "", "").await.body;
    assert!(copy.contains("PARTSTAT=ACCEPTED"), "{copy}");

    // The owner puts it right again, or throws it away.
    let put = server.invite("", 6).await;
    assert_eq!(put.status, 204, "{}", put.body);
    server.damage("alice").await;
    let gone = server.send("alice", &format!("DELETE {MEETING}"), "", "").await;
    assert_eq!(gone.status, 204, "{}", gone.body);
}
