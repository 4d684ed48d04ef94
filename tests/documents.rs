//! What documents say of the sources is so: docs/pitfalls.md names tests that exist, and the door is the only one that
//! writes calendar objects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the rows of a table, without its head.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(2).map(|row| row.split(" | ").collect()).collect()
}

/// `file::name`, or a scenario's file.
fn is_there(test: &str) -> Result<(), String> {
    let (file, name) = test.split_once("::").unwrap_or((test, ""));
    let path = root().join(file);
    if !path.is_file() {
        return Err(format!("{test}: there is no such file"));
    }
    if name.is_empty() {
        return if file.ends_with(".scenario") { Ok(()) } else { Err(format!("{test}: which?")) };
    }
    let text = read(&path);
    if text.contains(&format!("fn {name}(")) {
        return Ok(());
    }
    Err(format!("{test}: there is no such test"))
}

#[test]
fn every_pitfall_has_its_tests_or_says_why_not() {
    let document = read(&root().join("docs/pitfalls.md"));
    let rows = rows(&document);
    let mut problems = Vec::new();
    for row in &rows {
        let [number, _, tests] = row[..] else { panic!("{row:?}") };
        let mut parts = tests.split('`');
        let mut said = String::new();
        let mut named = 0;
        while let Some(text) = parts.next() {
            said.push_str(text);
            let Some(test) = parts.next() else { break };
            named += 1;
            problems.extend(is_there(test).err().map(|problem| format!("{number}: {problem}")));
        }
        if named == 0 && !said.trim().ends_with('.') {
            problems.push(format!("{number}: neither a test nor a sentence"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));

    // All 44 of the one kind and all 80 of the other, each once.
    let numbers: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
    let expected = (1..=44).map(|number| format!("S{number}"));
    let distinct: BTreeSet<&str> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), numbers.len(), "a number stands twice");
    for number in expected {
        assert!(distinct.contains(number.as_str()), "{number} is missing");
    }
    let after_dot: BTreeSet<u32> =
        numbers.iter().filter_map(|number| number.split_once('.')?.1.parse().ok()).collect();
    assert!(after_dot.into_iter().eq(1..=80), "a number of 1 to 80 is missing");
}

#[test]
fn only_the_door_writes_calendar_objects() {
    // ARCHITECTURE.md, intercept; pitfall S37
    let mut problems = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            let is_allowed = name.starts_with("crates/store/")
                || name.starts_with("crates/scheduling/src/intercept")
                || name.contains("/tests")
                || name.contains("/benches");
            if is_allowed {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let text = read(&path);
                // Handing the writer from the store to the door takes no name of its type.
                let writes = ["store::ObjectWriter", "store::ObjectTx", "store::ObjectWrite"];
                problems.extend(
                    writes
                        .iter()
                        .filter(|word| text.contains(**word))
                        .map(|word| format!("{name} names {word}")),
                );
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
