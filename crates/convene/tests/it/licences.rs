//! Every dependency may be used under one of the licences that deny.toml allows.

use std::collections::BTreeSet;

use crate::workspace;

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed = allowed();
    let refused: Vec<String> = packages()
        .into_iter()
        .filter(|(_, licence)| !licence.as_deref().is_some_and(|l| is_allowed(l, &allowed)))
        .map(|(name, licence)| {
            format!("{name}: {}", licence.as_deref().unwrap_or("no licence named"))
        })
        .collect();
    assert!(refused.is_empty(), "not allowed by deny.toml:\n{}", refused.join("\n"));
}

#[test]
fn the_allowed_licences_are_permissive() {
    let copyleft: Vec<String> = allowed()
        .into_iter()
        .filter(|licence| {
            ["GPL", "MPL", "EPL", "CDDL", "EUPL", "OSL", "SSPL"].iter().any(|c| licence.contains(c))
        })
        .collect();
    assert!(copyleft.is_empty(), "copyleft in deny.toml: {copyleft:?}");
}

#[test]
fn a_licence_expression_is_allowed_when_one_choice_of_it_is() {
    let allowed: BTreeSet<String> =
        ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]
            .map(str::to_owned)
            .into();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-or-later", false),
        ("MIT OR GPL-2.0-only", true),
        ("MIT AND GPL-2.0-only", false),
        ("GPL-2.0-only/MIT", true),
        ("MPL-2.0 / AGPL-3.0-only", false),
        ("(MIT OR GPL-2.0-only) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND MPL-2.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT WITH Some-exception", false),
        ("MPL-2.0 OR MIT AND GPL-2.0-only", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression:?}");
    }
}

fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(workspace::folder().join("deny.toml")).unwrap();
    let deny: toml::Table = toml::from_str(&text).unwrap();
    let list = deny["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

/// Name, version and licence of everything in Cargo.lock, for every platform.
fn packages() -> Vec<(String, Option<String>)> {
    let metadata = workspace::metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "only {} packages", packages.len());
    packages
        .iter()
        .map(|package| {
            let name = format!("{} {}", package["name"], package["version"]).replace('"', "");
            (name, package["license"].as_str().map(str::to_owned))
        })
        .collect()
}

/// Whether an SPDX expression (with the old `/` for OR) can be met by allowed licences alone.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    choice(&mut words, allowed) && words.is_empty()
}

fn choice(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all_of(words, allowed);
    while words.last() == Some(&"OR") {
        words.pop();
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    let mut met = licence(words, allowed);
    while words.last() == Some(&"AND") {
        words.pop();
        met &= licence(words, allowed);
    }
    met
}

fn licence(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> bool {
    match words.pop() {
        Some("(") => {
            let met = choice(words, allowed);
            words.pop() == Some(")") && met
        }
        Some(name) if words.last() == Some(&"WITH") => {
            words.pop();
            words
                .pop()
                .is_some_and(|exception| allowed.contains(&format!("{name} WITH {exception}")))
        }
        Some(name) => allowed.contains(name),
        None => false,
    }
}
