//! The real program, as a process that can be killed.

use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use super::client::Client;
use super::database::Database;
use super::{Engine, Person, accounts_file};

/// How long a start may take, migrations and recovery included.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database and the program that serves it, now and then.
#[derive(Debug)]
pub(crate) struct Program {
    database: Database,
    server: SocketAddr,
    running: Option<Child>,
}

impl Program {
    /// Makes a database with these accounts and starts to serve it.
    pub(crate) fn start(engine: Engine, people: &[Person]) -> Self {
        let database = Database::create(engine);
        let accounts = database.folder().join("accounts.csv");
        fs::write(&accounts, accounts_file(people)).expect("the account list can be written");
        let mut program = Self { database, server: free_address(), running: None };
        let output = program.run(&["user", "add", "--from", &accounts.to_string_lossy()]);
        assert!(output.status.success(), "convene user add: {output:?}");
        program.serve();
        program
    }

    /// Starts the server again, on the same address.
    pub(crate) fn serve(&mut self) {
        let child = self
            .command()
            .args(["serve", "--listen", &self.server.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
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

    /// Runs a command of the program on this database.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the program can be started")
    }

    pub(crate) fn user(&self, name: &str) -> Client {
        Client::with_password(self.server, name, name)
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

    fn command(&self) -> Command {
        command(self.database.url())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command of the program on a database, with cheap password hashes and nothing from the environment.
pub(crate) fn command(database: &str) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CONVENE_"))
    {
        command.env_remove(name);
    }
    command
        .env("CONVENE_DATABASE", database)
        .env("CONVENE_PASSWORDS_MEMORY_KIB", "8")
        .env("CONVENE_PASSWORDS_PASSES", "1");
    command
}

/// The program of the same build as this test: `CONVENE_BIN`, or the one that cargo makes beside it.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = env::var_os("CONVENE_BIN") {
            return binary.into();
        }
        let this = env::current_exe().expect("a test has a path");
        let folder = this.ancestors().nth(2).expect("a test lies in PROFILE/deps").to_owned();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "convene", "--bin", "convene"]);
        build.arg("--target-dir").arg(folder.parent().expect("a profile lies in a target folder"));
        if folder.file_name() == Some(OsStr::new("release")) {
            build.arg("--release");
        }
        let built =
            build.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo can be started");
        assert!(built.success(), "cargo build --bin convene failed");
        folder.join("convene")
    })
}

/// An address where nobody listens now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address")
}
