//! Scenarios: stories in files, each a test of its own name.

mod audit;
mod block;
pub(crate) mod language;
pub(crate) mod outside;
mod play;
pub(crate) mod stage;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::case::{Case, case_on};
use language::Scenario;

/// The project's own scenarios, and those in the folder that `CONVENE_SCENARIOS` names.
pub(crate) fn stories() -> Vec<Case> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut stories: Vec<Case> =
        files(&own, "scenario").iter().map(|file| own_story(file)).collect();
    assert!(!stories.is_empty(), "there are no scenarios in {}", own.display());
    if let Some(folder) = env::var_os("CONVENE_SCENARIOS") {
        let folder = PathBuf::from(folder);
        let outside = files(&folder, "txt");
        assert!(!outside.is_empty(), "there are no scenarios in {}", folder.display());
        stories.extend(outside.into_iter().map(|file| {
            let name = format!("outside scenario: {}", stem(&file));
            case_on(&name, move |engine| outside::play(engine, &read(&file)))
        }));
    }
    stories
}

/// A file that cannot be read as a scenario is a failed test of its own name.
fn own_story(file: &Path) -> Case {
    let parsed = Scenario::parse(&read(file));
    let place = file.display().to_string();
    let name = match &parsed {
        Ok(scenario) => format!("scenario: {}", scenario.title),
        Err(_) => format!("scenario: {}", stem(file)),
    };
    case_on(&name, move |engine| match &parsed {
        Ok(scenario) => play::play(engine, scenario),
        Err(problem) => panic!("{place}: {problem}"),
    })
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("the folder {} cannot be read: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder entry can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()))
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
