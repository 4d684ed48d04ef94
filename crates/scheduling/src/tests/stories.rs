//! The stories in `stories/`, each played by the engine alone.

use std::fs;
use std::path::Path;

use crate::simulator::play;

#[test]
fn every_story_goes_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "story"));
    files.sort();
    assert!(files.len() >= 12, "{}", folder.display());
    let failures: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            play(&text).err().map(|error| format!("{}: {error}", file.display()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_story_is_told_as_it_happened() {
    let told = play(
        "A lunch\nSee: RFC 6638 3.2.1.1\n\nalice invites bob to lunch\neverything arrives\nbob answers lunch with ACCEPTED\n",
    );
    let told = told.unwrap().join("\n");
    for line in [
        "REQUEST to bob: Invitation to “lunch”",
        "REQUEST at bob: merged, a new invitation",
        "REPLY to alice: bob@example.com answers ACCEPTED",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
}

#[test]
fn a_story_that_goes_wrong_says_where() {
    const HEAD: &str = "A lunch\nSee: RFC 6638\n\nalice invites bob to lunch\n";
    for (rest, line, text) in [
        ("bob dances", 5, "no sentence of the language: bob dances"),
        ("bob answers lunch with ACCEPTED", 5, "bob has no copy"),
        ("nothing is under way", 5, "a REQUEST to bob is under way"),
        ("REPLY from bob arrives", 5, "no such message is under way"),
        ("alice's lunch shows:\n    LOCATION:Room 5", 5, "it does not show LOCATION:Room 5"),
        ("alice edits lunch:\n    ORGANIZER:@bob\neverything arrives", 5, "it is refused"),
        ("alice edits lunch:\n    SUMMARY:Long\nit is refused", 7, "it is not refused"),
        ("alice has no lunch", 5, "alice has it"),
        ("frank invites bob to tea", 5, "frank has no account"),
    ] {
        let error = play(&format!("{HEAD}{rest}\n")).unwrap_err();
        assert_eq!(error.line, line, "{rest}: {error}");
        assert!(error.text.starts_with(text), "{rest}: {error}");
    }
    assert_eq!(play("A lunch\n\nalice deletes lunch\n").unwrap_err().line, 1, "no See:");
}
