//! A server in this process, and requests to it.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use convene::{
    Config, Running, Server,
    accounts::{self, AccountName, NewAccount},
    config::{DatabaseUrl, Passwords},
    system_clock,
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use jiff::Timestamp;
use tempfile::TempDir;

/// When the accounts of these tests are made.
pub(crate) const THEN: Timestamp = Timestamp::UNIX_EPOCH;

/// A server on a fresh database, with the accounts alice and bob (password = name).
pub(crate) struct TestServer {
    pub(crate) running: Running,
    /// Holds the SQLite file.
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server whose settings are changed from what tests mostly want.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("test.db").display());
        let mut config = Config {
            listen: "127.0.0.1:0".to_owned(),
            database: DatabaseUrl::parse(&database).unwrap(),
            passwords: Passwords::cheap(),
            ..Config::default()
        };
        change(&mut config);
        let running = Server::start(&config, system_clock()).await.unwrap();
        let server = Self { running, _folder: folder };
        for name in ["alice", "bob"] {
            server.add_account(name, name).await;
        }
        server
    }

    pub(crate) async fn add_account(&self, name: &str, password: &str) {
        let hash = self.running.passwords().hash(password).await.unwrap();
        let name = AccountName::parse(name).unwrap();
        let email = format!("{name}@example.com");
        let account = NewAccount { password_hash: Some(hash), ..NewAccount::user(name, &email) };
        accounts::create(self.running.store(), &[account], THEN).await.unwrap();
    }

    pub(crate) async fn set_password(&self, name: &str, password: &str) {
        let hash = self.running.passwords().hash(password).await.unwrap();
        accounts::set_password(self.running.store(), name, &hash, THEN).await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addr)
    }

    /// A GET with these credentials.
    pub(crate) async fn get_as(&self, name: &str, password: &str, path: &str) -> Answer {
        let header = basic(name, password);
        self.send(Method::GET, path, &[("authorization", &header)], "").await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status, headers: head.headers, body }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// An `Authorization` header (RFC 7617).
pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}
