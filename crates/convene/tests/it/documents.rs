//! The commands that the documents show are commands of this program.

use clap::{CommandFactory as _, error::ErrorKind};
use convene::cli::Cli;

use crate::workspace;

/// Documents, and how many commands of ours they show at the least.
const DOCUMENTS: [(&str, usize); 6] = [
    ("README.md", 20),
    ("ARCHITECTURE.md", 2),
    ("CONTRIBUTING.md", 0),
    ("docs/scheduling-rules.md", 1),
    ("crates/scheduling/stories/README.md", 0),
    ("docker-compose.yml", 1),
];

#[test]
fn every_command_in_a_document_is_one() {
    for (document, least) in DOCUMENTS {
        let text = std::fs::read_to_string(workspace::folder().join(document)).unwrap();
        let shown: Vec<Shown> = text.lines().flat_map(shown).collect();
        assert!(shown.len() >= least, "{document}: only {} commands", shown.len());
        for Shown { words, is_whole } in shown {
            let parsed = Cli::command().try_get_matches_from(&words);
            // A name in capitals stands for somebody's own.
            let is_wrong = |kind| match kind {
                ErrorKind::ValueValidation | ErrorKind::DisplayHelp => false,
                ErrorKind::MissingRequiredArgument
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => is_whole,
                _ => true,
            };
            if let Err(error) = parsed
                && is_wrong(error.kind())
            {
                panic!("{document}: {words:?}: {error}");
            }
        }
    }
}

/// A command as a document shows it.
struct Shown {
    words: Vec<String>,
    /// To be typed as it stands; in running text only its beginning may be named.
    is_whole: bool,
}

/// The commands in a line: all of it when it is code, else what stands between backticks.
fn shown(line: &str) -> Vec<Shown> {
    if let Some(code) = line.strip_prefix("    ") {
        let code = code.replace("cargo run --release --", "convene");
        return of(&code, true).into_iter().collect();
    }
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter_map(|code| of(code, false)).collect()
}

fn of(code: &str, is_whole: bool) -> Option<Shown> {
    let code =
        code.rsplit_once("docker compose exec convene ").map_or(code, |(_, command)| command);
    let settings = |word: &String| word.starts_with("CONVENE_");
    let words: Vec<String> = words(code).into_iter().skip_while(settings).collect();
    let is_ours = words.first().is_some_and(|word| word == "convene") && words.len() > 1;
    is_ours.then_some(Shown { words, is_whole })
}

/// As a shell would split them, as far as the documents go: quotes hold words together, an ellipsis or an arrow ends them.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in code.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words.into_iter().take_while(|word| !["…", "→"].contains(&word.as_str())).collect()
}
