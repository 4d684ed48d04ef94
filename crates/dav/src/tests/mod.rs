//! The service in process, on SQLite: requests in, whole answers out.

mod access;
mod calendars;
mod discovery;
mod invitations;
mod listing;
mod objects;
mod principals;
mod properties;
mod reports;
mod requests;
mod sync;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use scheduling::intercept::{Door, Settings};
use store::{
    Booking, BookingMode, CollectionKind, ComponentKind, ComponentSet, NewCollection, NewPrincipal,
    ObjectChange, ObjectWrite, OpenOptions, PrincipalKind, Provenance, PutObject, Reindex, Store,
    StoredIndex,
};
use tower::ServiceExt;

use crate::xml::{Element, QName, names, read};
use crate::{Caller, Clock, Config, DavService, RequestId};

const NOW: i64 = 1_800_000_000;

/// A service with the accounts alice and bob, each with calendar, tasks, inbox and outbox.
struct Server {
    service: DavService,
    store: Store,
    url: String,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("convene.db").display());
        let store = Store::open(&url, OpenOptions::default()).await.unwrap();
        add_account(&store, "alice").await;
        add_account(&store, "bob").await;
        let clock = Clock::new(|| Timestamp::from_second(NOW).unwrap());
        let mut config = Config { page: 7, ..Config::default() };
        configure(&mut config);
        let writer = store.object_writer().unwrap();
        let door = Arc::new(Door::new(store.clone(), writer, Settings::default()));
        let service = DavService::new(store.clone(), door, config, clock);
        Self { service, store, url, _folder: folder }
    }

    /// Sends a request as this user; headers are written as in HTTP, one to a line.
    async fn send(&self, user: &str, line: &str, headers: &str, body: &str) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path).header("host", "dav.example");
        for header in headers.lines().filter(|line| !line.is_empty()) {
            let (name, value) = header.split_once(':').unwrap();
            request = request.header(name, value.trim());
        }
        let mut request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        request.extensions_mut().insert(RequestId("request-1".into()));
        if !user.is_empty() {
            request.extensions_mut().insert(self.caller(user).await);
        }
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn caller(&self, user: &str) -> Caller {
        let found = self.store.read().await.unwrap().find_principal(user).await.unwrap().unwrap();
        Caller { principal: found.id, name: found.name, admin: false }
    }

    /// A PROPFIND as alice for these properties, written as XML.
    async fn propfind(&self, path: &str, depth: &str, prop: &str) -> Answer {
        let body = format!("<propfind {NAMESPACES}><prop>{prop}</prop></propfind>");
        self.send("alice", &format!("PROPFIND {path}"), &format!("Depth: {depth}"), &body).await
    }

    async fn proppatch(&self, path: &str, instructions: &str) -> Answer {
        let body = format!("<propertyupdate {NAMESPACES}>{instructions}</propertyupdate>");
        self.send("alice", &format!("PROPPATCH {path}"), "", &body).await
    }

    /// Stores so many objects in alice's calendar, without the door.
    async fn fill(&self, count: usize) {
        let objects = (0..count).map(|number| (format!("event {number:05}.ics"), event(number)));
        self.store_unseen("alice", objects.collect()).await;
    }

    /// Stores objects in somebody's calendar, without the door.
    async fn store_unseen(&self, user: &str, objects: Vec<(String, PutObject)>) {
        let mut queries = self.store.read().await.unwrap();
        let calendar = queries.find_collection(user, "calendar").await.unwrap().unwrap();
        drop(queries);
        // A second opening of the database, since the door has the writer of the first.
        let store = Store::open(&self.url, OpenOptions::default()).await.unwrap();
        let writer = store.object_writer().unwrap();
        let mut tx = writer.begin(&[]).await.unwrap();
        let writes: Vec<ObjectWrite> = objects
            .into_iter()
            .map(|(name, object)| ObjectWrite {
                collection: calendar.id,
                name,
                change: ObjectChange::Put(object),
            })
            .collect();
        let provenance = Provenance {
            at: Timestamp::from_second(NOW).unwrap(),
            actor: "alice",
            client: "test",
            request_id: "0",
        };
        tx.write_objects(&provenance, &writes).await.unwrap();
        tx.commit().await.unwrap();
    }
}

const NAMESPACES: &str = "xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav' \
    xmlns:CS='http://calendarserver.org/ns/' xmlns:ICAL='http://apple.com/ns/ical/' xmlns:Z='urn:z'";

fn event(number: usize) -> PutObject {
    let octets = format!("BEGIN:VCALENDAR\r\nUID:{number}\r\nEND:VCALENDAR\r\n").into_bytes();
    PutObject {
        uid: number.to_string(),
        kind: ComponentKind::Event,
        etag: store::etag_of(&octets),
        octets: octets.into(),
        schedule_tag: (number == 0).then(|| "tag".to_owned()),
        scheduled: number == 0,
        index: Reindex::Replace(Arc::new(StoredIndex { rows: Vec::new(), indexed_until: None })),
        participation: String::new(),
    }
}

/// An event of one hour on a day of January 2027, as a client sends it.
fn event_on(uid: &str, day: u32) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20270101T000000Z\r\nDTSTART:202701{day:02}T100000Z\r\nDTEND:202701{day:02}T110000Z\r\n\
         SUMMARY:Meeting {uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

async fn add_account(store: &Store, name: &str) {
    let now = Timestamp::from_second(NOW - 1000).unwrap();
    let mut tx = store.write(&[]).await.unwrap();
    let display_name = format!("{name} & family");
    let new = NewPrincipal {
        name,
        kind: PrincipalKind::User,
        display_name: Some(&display_name),
        admin: false,
        booking: Booking::new(BookingMode::Manual),
    };
    let principal = tx.add_principal(&new, now).await.unwrap().id;
    tx.add_address(principal, &format!("mailto:{name}@example.com")).await.unwrap();
    for (collection, kind, component) in [
        ("calendar", CollectionKind::Calendar, ComponentKind::Event),
        ("tasks", CollectionKind::Calendar, ComponentKind::Todo),
        ("inbox", CollectionKind::Inbox, ComponentKind::Event),
        ("outbox", CollectionKind::Outbox, ComponentKind::FreeBusy),
    ] {
        let new = NewCollection {
            owner: principal,
            name: collection,
            kind,
            components: ComponentSet::from_iter([component]),
            timezone: None,
            transparent: false,
        };
        let made = tx.add_collection(&new, now).await.unwrap();
        if collection == "calendar" {
            tx.set_default_collection(principal, ComponentKind::Event, made.id).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

impl Answer {
    fn xml(&self) -> Element {
        read(self.body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The hrefs of the responses, in order.
    fn hrefs(&self) -> Vec<String> {
        let responses = self.xml();
        responses
            .find_all(names::RESPONSE)
            .map(|response| response.find(names::HREF).unwrap().text().into_owned())
            .collect()
    }

    /// The property of the response about this resource, with its status.
    fn property(&self, href: &str, name: QName<'_>) -> Option<(u16, Element)> {
        let responses = self.xml();
        let response = responses
            .find_all(names::RESPONSE)
            .find(|response| response.find(names::HREF).unwrap().text() == href)?;
        response.find_all(names::PROPSTAT).find_map(|propstat| {
            let status = propstat.find(names::STATUS).unwrap().text().into_owned();
            let status = status.split(' ').nth(1).unwrap().parse().unwrap();
            let property = propstat.find(names::PROP).unwrap().find(name)?;
            Some((status, property.clone()))
        })
    }

    /// The hrefs inside a property that was found.
    fn hrefs_in(&self, href: &str, name: QName<'_>) -> Vec<String> {
        let (status, property) = self.property(href, name).unwrap();
        assert_eq!(status, 200, "{name}");
        property.find_all(names::HREF).map(|href| href.text().into_owned()).collect()
    }

    /// The first element inside `DAV:error`.
    fn precondition(&self) -> String {
        let error = self.xml();
        assert!(error.is(names::ERROR), "{}", self.body);
        let detail = error.find(names::DETAIL).expect("a sentence").text().into_owned();
        assert!(detail.len() > 10, "{detail}");
        assert_eq!(error.find(names::REQUEST_ID).unwrap().text(), "request-1");
        error.elements().next().unwrap().name().to_string()
    }
}
