//! Finding Postgres' programs, or installing them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with `initdb` and `postgres`.
pub(super) fn programs() -> Result<PathBuf, String> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    install()?;
    find().ok_or_else(|| "the package postgresql was installed but brought no initdb".to_owned())
}

fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    folders.extend(debian_folders());
    folders.extend(from_pg_config());
    folders.into_iter().find(|folder| has(folder, "initdb") && has(folder, "postgres"))
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}

/// `/usr/lib/postgresql/*/bin`, the latest version first.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

fn install() -> Result<(), String> {
    if !super::cluster::is_root() {
        return Err("initdb and postgres are neither in PATH nor in /usr/lib/postgresql, and only root can \
                    install them"
            .to_owned());
    }
    for arguments in
        [&["update"][..], &["install", "--yes", "--no-install-recommends", "postgresql"]]
    {
        let output = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .map_err(|error| {
                format!("initdb and postgres are missing, and so is apt-get ({error})")
            })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("apt-get {} failed: {}", arguments.join(" "), said.trim()));
        }
    }
    Ok(())
}
