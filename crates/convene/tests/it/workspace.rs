//! What cargo makes of this workspace.

use std::{path::Path, process::Command};

/// The folder of the workspace.
pub(crate) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What `cargo metadata` says of it.
pub(crate) fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(folder())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `cargo run`, which README.md begins with, asks which program is meant where there are several.
#[test]
fn cargo_run_means_the_server() {
    let metadata = metadata();
    let default = metadata["workspace_default_members"].as_array().unwrap();
    let [default] = &default[..] else { panic!("not one default member: {default:?}") };
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["id"] == *default).unwrap();
    assert_eq!(package["name"], "convene");
    let programs: Vec<&str> = package["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(programs, ["convene"]);
}
