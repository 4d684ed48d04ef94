//! A CalDAV client for tests: one user, one server, and answers that explain themselves when they disappoint.

use std::fmt::{self, Write as _};
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::multistatus::Multistatus;
use super::wire::{Answer, Connection};
use super::xml::Element;

/// A user at his client, or nobody. Cloning makes a second client of the same user, with its own connection.
#[derive(Debug)]
pub(crate) struct Client {
    server: SocketAddr,
    name: String,
    authorization: Option<String>,
    connection: Mutex<Option<(Connection, Instant)>>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            server: self.server,
            name: self.name.clone(),
            authorization: self.authorization.clone(),
            connection: Mutex::new(None),
        }
    }
}

impl Client {
    /// Somebody who sends no credentials.
    pub(crate) fn anonymous(server: SocketAddr) -> Self {
        Self { server, name: "nobody".into(), authorization: None, connection: Mutex::new(None) }
    }

    /// A user with Basic credentials (RFC 7617).
    pub(crate) fn with_password(server: SocketAddr, name: &str, password: &str) -> Self {
        let credentials = BASE64.encode(format!("{name}:{password}"));
        Self {
            server,
            name: name.into(),
            authorization: Some(format!("Basic {credentials}")),
            connection: Mutex::new(None),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn server(&self) -> SocketAddr {
        self.server
    }

    /// A path below the user's calendar home.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("/dav/calendars/{}/{path}", self.name)
    }

    pub(crate) fn request<'a>(&'a self, method: &str, path: &str) -> Request<'a> {
        Request {
            client: self,
            method: method.into(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn options(&self, path: &str) -> Response {
        self.request("OPTIONS", path).send()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    pub(crate) fn put(&self, path: &str, calendar: &str) -> Response {
        self.request("PUT", path).calendar(calendar).send()
    }

    pub(crate) fn delete(&self, path: &str) -> Response {
        self.request("DELETE", path).send()
    }

    /// PROPFIND with `prop` and the given properties, written as in `D:getetag`.
    pub(crate) fn propfind(&self, path: &str, depth: &str, properties: &[&str]) -> Response {
        let body = propfind_body(properties);
        self.request("PROPFIND", path).header("Depth", depth).xml(&body).send()
    }

    pub(crate) fn proppatch(&self, path: &str, instructions: &str) -> Response {
        let body = document("D:propertyupdate", instructions);
        self.request("PROPPATCH", path).xml(&body).send()
    }

    /// MKCALENDAR without a body (RFC 4791 5.3.1).
    pub(crate) fn mkcalendar(&self, path: &str) -> Response {
        self.request("MKCALENDAR", path).send()
    }

    /// REPORT with Depth 1; `body` is what stands inside the report's element.
    pub(crate) fn report(&self, path: &str, report: &str, body: &str) -> Response {
        let body = document(report, body);
        self.request("REPORT", path).header("Depth", "1").xml(&body).send()
    }

    /// sync-collection from a token (RFC 6578 3.2); the empty token asks for everything.
    pub(crate) fn sync(&self, path: &str, token: &str) -> Response {
        self.report(
            path,
            "D:sync-collection",
            &format!(
                "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
                 <D:prop><D:getetag/></D:prop>"
            ),
        )
    }

    /// calendar-multiget of ETag, Schedule-Tag and data (RFC 4791 7.9).
    pub(crate) fn multiget(&self, collection: &str, hrefs: &[&str]) -> Response {
        let mut body =
            "<D:prop><D:getetag/><C:schedule-tag/><C:calendar-data/></D:prop>".to_owned();
        for href in hrefs {
            let _ = write!(body, "<D:href>{href}</D:href>");
        }
        self.report(collection, "C:calendar-multiget", &body)
    }

    fn exchange(&self, method: &str, octets: &[u8]) -> io::Result<Answer> {
        let mut slot = self.connection.lock().expect("a test thread panicked with the connection");
        let mut connection = match slot.take() {
            // The server closes one that nobody uses for a while.
            Some((connection, used)) if used.elapsed() < KEPT => connection,
            _ => Connection::open(self.server)?,
        };
        let answer = connection.exchange(method, octets)?;
        if answer.header("Connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
            *slot = Some((connection, Instant::now()));
        }
        Ok(answer)
    }
}

/// How long a connection is kept for the next request.
const KEPT: Duration = Duration::from_secs(5);

/// The body of a PROPFIND for named properties (RFC 4918 9.1).
pub(crate) fn propfind_body(properties: &[&str]) -> String {
    let names: String = properties.iter().map(|name| format!("<{name}/>")).collect();
    document("D:propfind", &format!("<D:prop>{names}</D:prop>"))
}

/// An XML document whose root declares the prefixes that these tests use.
pub(crate) fn document(root: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <{root} xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
         xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:A=\"http://apple.com/ns/ical/\" \
         xmlns:X=\"http://example.com/ns\">{inside}</{root}>"
    )
}

/// A request that is being put together.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    client: &'a Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    pub(crate) fn calendar(self, calendar: &str) -> Self {
        self.body("text/calendar; charset=utf-8", calendar)
    }

    pub(crate) fn xml(self, document: &str) -> Self {
        self.body("application/xml; charset=utf-8", document)
    }

    /// Sends it; a broken connection fails the test.
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        let line = format!("{} {} as {}", self.method, self.path, self.client.name);
        self.try_send().unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Sends it; for tests in which the server may go away.
    pub(crate) fn try_send(self) -> io::Result<Response> {
        let octets = self.octets();
        let answer = self.client.exchange(&self.method, &octets)?;
        let mut question = format!("{} {} as {}", self.method, self.path, self.client.name);
        for (name, value) in &self.headers {
            let _ = write!(question, "\n  {name}: {value}");
        }
        if let Some(body) = &self.body {
            let _ = write!(question, "\n{}", excerpt(body));
        }
        Ok(Response { question, answer })
    }

    fn octets(&self) -> Vec<u8> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.path, self.client.server);
        if let Some(authorization) = &self.client.authorization {
            let _ = write!(head, "Authorization: {authorization}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut octets = head.into_bytes();
        octets.extend_from_slice(self.body.as_deref().unwrap_or_default());
        octets
    }
}

/// An answer together with the question, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    question: String,
    answer: Answer,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.answer.header(name)
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.answer.body
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.answer.body)
            .unwrap_or_else(|_| self.fail("the body is not UTF-8"))
    }

    /// The answer must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        if self.answer.status != status {
            self.fail(&format!("expected status {status}"));
        }
        self
    }

    /// The answer must have one of these statuses.
    #[track_caller]
    pub(crate) fn expect_any(self, statuses: &[u16]) -> Self {
        if !statuses.contains(&self.answer.status) {
            self.fail(&format!("expected one of the statuses {statuses:?}"));
        }
        self
    }

    /// The answer must be an error that names its precondition (RFC 4918 16) and says in a sentence what is wrong.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, precondition: &str) -> Self {
        let answer = self.expect(status);
        let error = answer.xml();
        if error.name != "D:error" {
            answer.fail(&format!("expected a D:error that holds {precondition}"));
        }
        if error.child(precondition).is_none() {
            answer.fail(&format!("expected the precondition {precondition}"));
        }
        if !says_something(&error.all_text()) {
            answer.fail("expected a sentence that says what is wrong");
        }
        answer
    }

    #[track_caller]
    pub(crate) fn header_or_fail(&self, name: &str) -> String {
        self.header(name).unwrap_or_else(|| self.fail(&format!("expected a {name} header")))
    }

    /// The entity tag of the answer, which must be a strong one.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        let etag = self.header_or_fail("ETag");
        if !is_strong(&etag) {
            self.fail("expected a strong ETag");
        }
        etag
    }

    #[track_caller]
    pub(crate) fn schedule_tag(&self) -> String {
        self.header_or_fail("Schedule-Tag")
    }

    #[track_caller]
    pub(crate) fn xml(&self) -> Element {
        Element::parse(&self.answer.body)
            .unwrap_or_else(|error| self.fail(&format!("expected an XML body: {error}")))
    }

    /// The body as a multistatus; the status must be 207.
    #[track_caller]
    pub(crate) fn multistatus(&self) -> Multistatus {
        if self.answer.status != 207 {
            self.fail("expected status 207");
        }
        Multistatus::read(&self.xml()).unwrap_or_else(|error| self.fail(&error))
    }

    /// Ends the test with what was asked and what was answered.
    #[track_caller]
    pub(crate) fn fail(&self, reason: &str) -> ! {
        panic!("{reason}\n{self}")
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--- asked: {}", self.question)?;
        writeln!(f, "--- answered: {}", self.answer.status)?;
        for (name, value) in &self.answer.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        f.write_str(&excerpt(&self.answer.body))
    }
}

/// RFC 9110 8.8.1: a strong validator has no `W/` in front.
pub(crate) fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// A sentence for a person: some words, not only a code.
pub(crate) fn says_something(text: &str) -> bool {
    text.split_whitespace().count() >= 3
}

fn excerpt(body: &[u8]) -> String {
    const SHOWN: usize = 6_000;
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    if body.len() > SHOWN {
        format!("{text} … ({} octets in all)", body.len())
    } else {
        text.into_owned()
    }
}
