//! The tests over HTTP: one binary, every test with a sentence for a name, each once for SQLite and once for Postgres.
//!
//! `cargo test -p tests -- sqlite: scenario` runs those whose name holds the words; `--list` shows all names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; the whole binary is tests"
)]

mod access;
mod access_matrix;
mod bad_input;
mod collections;
mod conditions;
mod crash;
mod delivery;
mod discovery;
mod files;
mod free_busy;
mod groups;
mod harness;
mod horizon;
mod http;
mod icalendar;
mod inboxes;
mod large;
mod outsiders;
mod properties;
mod queries;
mod races;
mod reports;
mod rfc4791_examples;
mod rooms;
mod scale;
mod scenario;
mod scheduling_privileges;
mod series;
mod sync;
mod transfer;
mod walk;

use std::process::ExitCode;
use std::sync::Arc;

use harness::Engine;
use harness::case::Case;
use harness::process;
use icalendar::compare::checks;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if process::is_program() {
        return convene::cli::main();
    }
    let arguments = Arguments::from_args();
    let themes: Vec<(&str, Vec<Case>)> = vec![
        ("", scenario::stories()),
        ("access: ", access::cases()),
        ("access: ", access_matrix::cases()),
        ("bad input: ", bad_input::cases()),
        ("collections: ", collections::cases()),
        ("conditions: ", conditions::cases()),
        ("crash: ", crash::cases()),
        ("delivery: ", delivery::cases()),
        ("inboxes: ", inboxes::cases()),
        ("discovery: ", discovery::cases()),
        ("files: ", files::cases()),
        ("free-busy: ", free_busy::cases()),
        ("groups: ", groups::cases()),
        ("horizon: ", horizon::cases()),
        ("http: ", http::cases()),
        ("large: ", large::cases()),
        ("outsiders: ", outsiders::cases()),
        ("properties: ", properties::cases()),
        ("queries: ", queries::cases()),
        ("races: ", races::cases()),
        ("reports: ", reports::cases()),
        ("reports: ", rfc4791_examples::cases()),
        ("rooms: ", rooms::cases()),
        ("scale: ", scale::cases()),
        ("scheduling privileges: ", scheduling_privileges::cases()),
        ("series: ", series::cases()),
        ("sync: ", sync::cases()),
        ("transfer: ", transfer::cases()),
        ("walk: ", walk::cases()),
    ];
    let mut trials: Vec<Trial> = themes
        .into_iter()
        .flat_map(|(theme, cases)| cases.into_iter().flat_map(|case| on_each(theme, case)))
        .collect();
    trials.extend(own_checks());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A case becomes one test for each database.
fn on_each(theme: &str, case: Case) -> Vec<Trial> {
    let run = Arc::new(case.run);
    Engine::ALL
        .iter()
        .map(|engine| {
            let (engine, run) = (*engine, Arc::clone(&run));
            Trial::test(format!("{engine}: {theme}{}", case.name), move || {
                run(engine);
                Ok(())
            })
        })
        .collect()
}

/// The tools of these tests are held to something as well.
fn own_checks() -> Vec<Trial> {
    let checks: Vec<(&str, fn())> = vec![
        ("comparison: spelling does not count", checks::spelling_does_not_count),
        ("comparison: differences are seen", checks::differences_are_seen),
        (
            "comparison: a delivery status counts where it is asked for",
            checks::a_delivery_status_counts_where_it_is_asked_for,
        ),
        (
            "outside scenarios: steps and messages are read",
            scenario::outside::checks::steps_and_messages_are_read,
        ),
    ];
    checks
        .into_iter()
        .map(|(name, check)| {
            Trial::test(name, move || {
                check();
                Ok(())
            })
        })
        .collect()
}
