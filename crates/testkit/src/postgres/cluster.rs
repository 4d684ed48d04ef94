//! A cluster in a temporary folder, that ends with us.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::install;

/// A running cluster. It stops, and its folder goes, when this process ends in whatever way.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    /// The watcher reads this pipe: when nobody can write to it any more, it stops the server.
    _pipe: ChildStdin,
}

/// Makes the cluster, starts it, and waits for the end of the pipe that is its standard input.
///
/// Arguments: the folder with the programs, the port. The folder is made here, so that it belongs to
/// whoever runs this. Nothing is synced to disk: after a crash of the machine nobody wants this data.
const WATCHER: &str = r#"
set -eu
programs=$1 port=$2 server=
trap '' INT TERM HUP PIPE
folder=$(mktemp -d "${TMPDIR:-/tmp}/convene-postgres.XXXXXX")
finish() {
    cd /
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
if ! "$programs/initdb" --pgdata=data --username=convene --auth=trust --encoding=UTF8 --no-locale --no-sync \
    >initdb.log 2>&1; then
    echo "failed initdb: $(tail -n 3 initdb.log | tr '\n' ' ')"
    exit 1
fi
"$programs/postgres" -D data -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB \
    </dev/null >server.log 2>&1 &
server=$!
until grep -q 'ready to accept connections' server.log; do
    if ! kill -0 "$server" 2>/dev/null; then
        echo "failed postgres: $(tail -n 3 server.log | tr '\n' ' ')"
        exit 1
    fi
    sleep 0.1
done
echo ready
cat >/dev/null
"#;

const PATIENCE: Duration = Duration::from_secs(120);

impl Cluster {
    pub(super) fn start() -> Result<Self, String> {
        let programs = install::programs()?;
        // Another process may take the port between our look and Postgres' bind: then try another.
        let mut reason = String::new();
        for _ in 0..3 {
            match Self::start_on(&programs, free_port()?) {
                Ok(cluster) => return Ok(cluster),
                Err(said) => reason = said,
            }
        }
        Err(reason)
    }

    fn start_on(programs: &Path, port: u16) -> Result<Self, String> {
        let mut watcher = watcher(programs, port)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Not in our process group: ^C ends us, and the pipe tells the watcher.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("sh cannot be started: {error}"))?;
        let pipe = watcher.stdin.take().ok_or("the watcher has no input")?;
        wait_until_ready(&mut watcher)?;
        Ok(Self { port, _pipe: pipe })
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://convene@127.0.0.1:{}/postgres", self.port)
    }
}

/// The watcher, under an unprivileged user if we are root: Postgres refuses to run as root.
fn watcher(programs: &Path, port: u16) -> Result<Command, String> {
    let shell = ["sh", "-c", WATCHER, "convene-postgres"].map(str::to_owned);
    let rest = [programs.display().to_string(), port.to_string()];
    let mut command = if is_root() {
        let user = unprivileged_user()?;
        let mut command = if in_path("setpriv") {
            let mut command = Command::new("setpriv");
            command.args([
                &format!("--reuid={user}"),
                &format!("--regid={user}"),
                "--clear-groups",
                "--",
            ]);
            command
        } else if in_path("runuser") {
            let mut command = Command::new("runuser");
            command.args(["-u", &user, "--"]);
            command
        } else {
            return Err("Postgres refuses to run as root, and neither setpriv nor runuser is here to run it \
                        as another user"
                .to_owned());
        };
        command.args(&shell);
        command
    } else {
        let [program, arguments @ ..] = &shell;
        let mut command = Command::new(program);
        command.args(arguments);
        command
    };
    command.args(rest).current_dir("/");
    Ok(command)
}

/// Reads the watcher's lines until it is ready or failed.
fn wait_until_ready(watcher: &mut Child) -> Result<(), String> {
    use std::io::{BufRead as _, BufReader};
    let output = watcher.stdout.take().ok_or("the watcher has no output")?;
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) if line == "ready" => return Ok(()),
            Ok(line) if line.starts_with("failed") => return Err(line),
            Ok(_) => {}
            Err(_) => return Err("the throw-away Postgres did not start".to_owned()),
        }
    }
}

pub(super) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A user to run Postgres as: the package's own, else one that every system has.
fn unprivileged_user() -> Result<String, String> {
    ["postgres", "nobody"]
        .into_iter()
        .find(|user| {
            Command::new("id").args(["-u", user]).output().is_ok_and(|id| id.status.success())
        })
        .map(str::to_owned)
        .ok_or_else(|| {
            "Postgres refuses to run as root, and there is no user postgres or nobody".to_owned()
        })
}

fn in_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder: PathBuf| folder.join(program))
        .any(|file| file.is_file())
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}
