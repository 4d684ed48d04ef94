//! The real program, as a process that can be killed.
//!
//! It is this very binary, started with [`AS_PROGRAM`] set: then it is the program and no test, so nothing has to be
//! built twice. `CONVENE_BIN` names another build of the program to test instead.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::Value;

use super::client::{Client, Response};
use super::database::Database;
use super::{Engine, Person, accounts_file};

/// Set where this binary is to be the program.
const AS_PROGRAM: &str = "TESTS_AS_PROGRAM";

/// A log of nothing but statements, one to a line, each with the request it belongs to.
const LOG_STATEMENTS: [(&str, &str); 2] =
    [("CONVENE_LOG", "off,convene::serve=info,sqlx::query=debug"), ("CONVENE_LOG_FORMAT", "json")];

/// How long a start may take, migrations and recovery included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database and the program that serves it, now and then.
#[derive(Debug)]
pub(crate) struct Program {
    database: Database,
    server: SocketAddr,
    running: Option<Child>,
    /// Settings that the program is started with, as variables of the environment.
    settings: Vec<(&'static str, &'static str)>,
}

impl Program {
    /// Makes a database with these accounts and starts to serve it.
    pub(crate) fn start(engine: Engine, people: &[Person]) -> Self {
        Self::start_with(engine, people, &[])
    }

    /// As [`Program::start`], with settings as the environment has them.
    pub(crate) fn start_with(
        engine: Engine,
        people: &[Person],
        settings: &[(&'static str, &'static str)],
    ) -> Self {
        let database = Database::create(engine);
        let accounts = database.folder().join("accounts.csv");
        fs::write(&accounts, accounts_file(people)).expect("the account list can be written");
        let server = free_address();
        let mut program = Self { database, server, running: None, settings: settings.to_vec() };
        let output = program.run(&["user", "add", "--from", &accounts.to_string_lossy()]);
        assert!(output.status.success(), "convene user add: {output:?}");
        program.serve();
        program
    }

    /// The URL of its database.
    pub(crate) fn database(&self) -> &str {
        self.database.url()
    }

    /// As [`Program::start`], and keeps a log of the statements that each request makes.
    pub(crate) fn start_counting(engine: Engine, people: &[Person]) -> Self {
        Self::start_with(engine, people, &LOG_STATEMENTS)
    }

    /// Settings for the next start.
    pub(crate) fn set(&mut self, settings: &[(&'static str, &'static str)]) {
        self.settings = settings.to_vec();
    }

    /// Starts the server again, on the same address.
    pub(crate) fn serve(&mut self) {
        let log = fs::File::create(self.log()).expect("the log can be written");
        let child = self
            .command()
            .args(["serve", "--listen", &self.server.to_string()])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program can be started");
        self.running = Some(child);
        let started = Instant::now();
        while TcpStream::connect(self.server).is_err() {
            let ended = self.running.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "convene serve ended: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "convene serve does not listen");
            sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL: no destructor, no flush, no goodbye.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server is gone");
        }
    }

    /// The statements that the request of this answer made, in order: how each begins. What begins and ends transactions
    /// is left out, since concurrent writes share it, and so are the settings of a new connection.
    #[track_caller]
    pub(crate) fn statements(&self, answer: &Response) -> Vec<String> {
        self.logged_statements(answer).into_iter().map(|(begins, _)| begins).collect()
    }

    /// The same, whole; nothing where the beginning is all.
    #[track_caller]
    pub(crate) fn whole_statements(&self, answer: &Response) -> Vec<String> {
        self.logged_statements(answer).into_iter().map(|(_, whole)| whole).collect()
    }

    #[track_caller]
    fn logged_statements(&self, answer: &Response) -> Vec<(String, String)> {
        let id = answer.header_or_fail("X-Request-Id");
        let lines = fs::read_to_string(self.log()).expect("there is a log");
        let line = |line: &str| serde_json::from_str::<Value>(line).expect("the log is JSON");
        let is_of_request = |line: &Value| {
            let spans = line["spans"].as_array();
            spans.is_some_and(|spans| spans.iter().any(|span| span["id"] == id.as_str()))
        };
        let statements = lines.lines().map(line).filter(is_of_request);
        statements
            .map(|line| {
                let field = |name: &str| line[name].as_str().expect("sqlx tells it").to_owned();
                (field("summary"), field("db.statement"))
            })
            .filter(|(statement, _)| {
                let word = statement.split([' ', ';']).next().unwrap_or_default();
                let aside =
                    ["BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK", "SET", "PRAGMA"];
                !aside.contains(&word)
            })
            .collect()
    }

    /// Runs a command of the program on this database.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the program can be started")
    }

    pub(crate) fn user(&self, name: &str) -> Client {
        Client::with_password(self.server, name, name)
    }

    /// Does something, and says how much memory of its own the server had before and at its highest meanwhile, in KiB
    /// (proc(5): RssAnon, looked at every millisecond). Pages of mapped files are the system's.
    pub(crate) fn own_memory_during<T>(&self, act: impl FnOnce() -> T) -> (T, u64, u64) {
        let id = self.running.as_ref().expect("the server runs").id();
        let (stop, stopped) = mpsc::channel::<()>();
        let before = own_memory(id);
        let watch = thread::spawn(move || {
            let mut highest = before;
            while stopped.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                highest = highest.max(own_memory(id));
            }
            highest
        });
        let done = act();
        drop(stop);
        (done, before, watch.join().expect("the watch ends"))
    }

    /// Resident memory now and at its highest, in KiB (proc(5): VmRSS, VmHWM).
    pub(crate) fn memory(&self) -> (u64, u64) {
        let id = self.running.as_ref().expect("the server runs").id();
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the server runs");
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.trim_start_matches(':').trim().split(' ').next())
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("{name} is not in {status}"))
        };
        (field("VmRSS"), field("VmHWM"))
    }

    fn log(&self) -> PathBuf {
        self.database.folder().join("convene.log")
    }

    fn command(&self) -> Command {
        let mut command = command(self.database.url());
        command.envs(self.settings.iter().copied());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command of the program on a database, with cheap password hashes and nothing from the environment.
fn command(database: &str) -> Command {
    let binary = env::var_os("CONVENE_BIN").map(PathBuf::from);
    let this = || env::current_exe().expect("a test has a path");
    let mut command = Command::new(binary.unwrap_or_else(this));
    for (name, _) in
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CONVENE_"))
    {
        command.env_remove(name);
    }
    command
        .env(AS_PROGRAM, "1")
        .env("CONVENE_DATABASE", database)
        .env("CONVENE_PASSWORDS_MEMORY_KIB", "8")
        .env("CONVENE_PASSWORDS_PASSES", "1");
    command
}

/// Whether this process was started to be the program.
pub(crate) fn is_program() -> bool {
    env::var_os(AS_PROGRAM).is_some()
}

/// An address where nobody listens now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address")
}

fn own_memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the server runs");
    status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|rest| rest.trim().split(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("RssAnon is not in {status}"))
}
