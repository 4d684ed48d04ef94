//! The fuzz targets as plain tests, on a corpus and on inputs made from it. cargo-fuzz needs a nightly
//! compiler; `fuzz/` at the top level has the same targets for it.
//!
//! `CONVENE_LONG=1 cargo test --release -p calendar --test fuzz` tries many more.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails by panicking; the targets are public for fuzz/"
)]

mod hostile;
mod mutate;
mod targets;

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use calendar::{CalendarObject, Zone};
use mutate::{Random, mutated};

/// Inputs that each target gets in CI, and with `CONVENE_LONG=1`.
const FEW: usize = 1_500;
const MANY: usize = 300_000;

/// The files of the corpus, and of RFC 4791's appendix B.
fn corpus() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["tests/fuzz/corpus", "../../tests/appendix-b"]
        .iter()
        .flat_map(|folder| fs::read_dir(here.join(folder)).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ics"))
        .collect();
    files.sort();
    assert!(files.len() > 20, "the corpus is there: {files:?}");
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Runs a target on the corpus and on what is made from it; `prepare` makes the target's input of an
/// object.
fn run(seed: u64, target: fn(&[u8]), prepare: fn(Vec<u8>, &mut Random) -> Vec<u8>) {
    let corpus = corpus();
    let mut random = Random::from_seed(seed);
    let inputs =
        if env::var_os("CONVENE_LONG").is_some_and(|long| long == "1") { MANY } else { FEW };
    for number in 0..inputs {
        let octets = match corpus.get(number) {
            Some(octets) => octets.clone(),
            None => mutated(&corpus, &mut random),
        };
        let input = prepare(octets, &mut random);
        if catch_unwind(|| target(&input)).is_err() {
            panic!("input {number} breaks it:\n{}", input.escape_ascii());
        }
    }
}

fn as_it_is(octets: Vec<u8>, _: &mut Random) -> Vec<u8> {
    octets
}

#[test]
fn any_octets_are_parsed_or_refused() {
    run(1, targets::parse, as_it_is);
}

#[test]
fn any_object_is_expanded() {
    run(2, targets::expand, as_it_is);
}

#[test]
fn any_filter_is_evaluated_on_any_object() {
    run(3, targets::filter, |octets, random| {
        let mut input = vec![60];
        input.extend((0..60).map(|_| u8::try_from(random.below(256)).unwrap()));
        input.extend(octets);
        input
    });
}

/// A test that has no bound does not end; `cargo bench -p calendar --bench bounds` measures.
#[test]
fn the_costliest_objects_are_dealt_with() {
    for (_, octets) in hostile::objects() {
        targets::parse(&octets);
        targets::expand(&octets);
        let Ok(object) = CalendarObject::parse_stored(&octets) else {
            continue;
        };
        for (_, filter) in hostile::filters() {
            filter.matches(&object, &Zone::utc(), &targets::limits());
        }
    }
}

#[test]
fn any_object_is_edited() {
    run(4, targets::edit, as_it_is);
}

#[test]
fn any_object_is_compared_with_any_other() {
    run(5, targets::compare, as_it_is);
}
