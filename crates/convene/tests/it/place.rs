//! The real binary, run as a person or an init system runs it.

use std::{
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The user `nobody`, whom file permissions hold back.
const NOBODY: &str = "65534";
/// Longer than any command here takes, hashes of a debug build included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder to work in, and the program there.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // `nobody` has to get to what is in it.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.path("convene.db").display())
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// The program with these arguments, in this folder and without settings from outside.
    pub(crate) fn convene(&self, arguments: &[&str]) -> Command {
        self.command(Path::new(env!("CARGO_BIN_EXE_convene")), arguments)
    }

    /// The same as a user whom file permissions hold back; whoever runs the tests, unless that is root.
    pub(crate) fn convene_unprivileged(&self, arguments: &[&str]) -> Command {
        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            return self.convene(arguments);
        }
        let program = self.path("convene");
        std::fs::copy(env!("CARGO_BIN_EXE_convene"), &program).unwrap();
        let mut all = vec!["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"];
        let program = program.display().to_string();
        all.push(&program);
        all.extend(arguments);
        self.command(Path::new("setpriv"), &all)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// Runs a command to its end, which must come soon.
pub(crate) fn run(command: &mut Command) -> Ended {
    ended(command.spawn().unwrap())
}

/// Waits for the end of a command, which must come soon.
pub(crate) fn ended(mut child: Child) -> Ended {
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    });
    let started = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    Ended { code, stdout: text, stderr: reader.join().unwrap() }
}
