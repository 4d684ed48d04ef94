//! The project's scenario language (tests/scenarios/README.md): a story in sentences, read into steps. Nothing here
//! knows how a step is carried out.

use super::block::{self, Line};
use crate::harness::Person;

/// Who lives on the server in every scenario; `NAME@example.com` is the address.
const HOUSEHOLD: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) title: String,
    pub(crate) people: Vec<Person>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) sentence: String,
    /// The date of a series that it is about: `on 20260303T120000Z`, as RECURRENCE-ID has it.
    pub(crate) on: Option<String>,
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// A request that changes something, with the headers it carries besides.
    Write {
        who: String,
        write: Write,
        headers: Vec<(String, String)>,
    },
    /// The last write was answered with this.
    Refused {
        status: u16,
        precondition: Option<String>,
    },
    /// The answer to the last write carries an ETag, or none.
    AnswerHasEtag(bool),
    /// Each of these has one new inbox item of this kind.
    Receive {
        who: Vec<String>,
        method: String,
        exactly: bool,
        block: Vec<Line>,
    },
    /// The user's copy.
    Shows {
        who: String,
        what: String,
        patience: Patience,
        exactly: bool,
        block: Vec<Line>,
    },
    HasNo {
        who: String,
        what: String,
    },
    IsIn {
        who: String,
        what: String,
        calendar: String,
    },
    IsAsSent {
        who: String,
        what: String,
    },
    /// Remembers the copy and its tags.
    Keeps {
        who: String,
        what: String,
    },
    HasKept {
        who: String,
        what: String,
        tag: Tag,
        same: bool,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// A meeting with the usual hour and title, and these lines besides.
    Invite {
        what: String,
        guests: Vec<String>,
        block: Vec<Line>,
    },
    Save {
        what: String,
        kind: &'static str,
        calendar: Option<String>,
        block: Vec<Line>,
    },
    Edit {
        what: String,
        kept: bool,
        block: Vec<Line>,
    },
    Answer {
        what: String,
        partstat: String,
    },
    Delegate {
        what: String,
        to: String,
    },
    Delete {
        what: String,
    },
    Move {
        what: String,
        calendar: String,
    },
    Copy {
        what: String,
        calendar: String,
    },
    MakeCalendar {
        calendar: String,
    },
    DeleteCalendar {
        calendar: String,
    },
}

impl Write {
    /// What it is about: a meeting, a task, a calendar.
    pub(crate) fn subject(&self) -> &str {
        match self {
            Self::Invite { what, .. }
            | Self::Save { what, .. }
            | Self::Edit { what, .. }
            | Self::Answer { what, .. }
            | Self::Delegate { what, .. }
            | Self::Delete { what }
            | Self::Move { what, .. }
            | Self::Copy { what, .. } => what,
            Self::MakeCalendar { calendar } | Self::DeleteCalendar { calendar } => calendar,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    Now,
    /// A background job may have to bring it about.
    Soon,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Schedule,
    Entity,
}

impl Scenario {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut lines =
            text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')).peekable();
        let title = lines.next().map(|(_, line)| line.trim().to_owned()).unwrap_or_default();
        let mut people: Vec<Person> =
            HOUSEHOLD.iter().map(|name| Person::of_this_house(name)).collect();
        let mut addresses: Vec<(String, String)> = HOUSEHOLD
            .iter()
            .map(|name| ((*name).to_owned(), format!("mailto:{name}@example.com")))
            .collect();
        let mut cites = false;
        while let Some((number, line)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
            let (key, value) =
                line.split_once(": ").ok_or_else(|| at(number, "expected `Key: value`"))?;
            let mut words = value.split_whitespace();
            match (key, words.next(), words.next()) {
                ("See", Some(_), _) => cites = true,
                ("Outside", Some(name), Some(address)) => {
                    addresses.push((name.to_owned(), format!("mailto:{address}")));
                }
                ("Also", Some(name), Some(address)) => {
                    let person = people
                        .iter_mut()
                        .find(|person| person.name == name)
                        .ok_or_else(|| at(number, "nobody of that name"))?;
                    person.addresses.push(address.to_owned());
                }
                _ => return Err(at(number, "expected See, Outside or Also")),
            }
        }
        if title.is_empty() || !cites {
            return Err("a scenario starts with its sentence and a `See:` line that says where it is written".into());
        }
        let mut steps = Vec::new();
        while let Some((number, line)) = lines.next() {
            if line.trim().is_empty() {
                continue;
            }
            let mut indented = Vec::new();
            while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with("    ")) {
                indented.push(write_out(line.trim(), &addresses));
            }
            let block = block::parse(&indented).map_err(|error| at(number, &error))?;
            let (sentence, on) = split_date(line.trim_end());
            let deed = deed(&sentence, block, &addresses).map_err(|error| at(number, &error))?;
            let sentence = line.trim_end().to_owned();
            steps.push(Step { line: number + 1, sentence, on, deed });
        }
        Ok(Self { title, people, steps })
    }
}

fn at(number: usize, problem: &str) -> String {
    format!("line {}: {problem}", number + 1)
}

/// Replaces `@bob` with his address, where a calendar user address may stand.
fn write_out(line: &str, addresses: &[(String, String)]) -> String {
    let mut written = line.to_owned();
    for (name, address) in addresses {
        for before in [":", "\"", "="] {
            written =
                replace_word(&written, &format!("{before}@{name}"), &format!("{before}{address}"));
        }
    }
    written
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let after = &rest[at + word.len()..];
        out.push_str(&rest[..at]);
        let ends =
            after.chars().next().is_none_or(|next| !next.is_ascii_alphanumeric() && next != '.');
        out.push_str(if ends { by } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// One sentence, with the block that follows it.
fn deed(line: &str, block: Vec<Line>, addresses: &[(String, String)]) -> Result<Deed, String> {
    let (sentence, headers) = split_headers(line)?;
    let sentence =
        sentence.trim_end_matches(':').replace(", exactly", " exactly").replace(" and ", ", ");
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let write = |who: &str, write: Write| Deed::Write {
        who: who.to_owned(),
        write,
        headers: headers.clone(),
    };
    let owned = |text: &str| text.to_owned();
    let deed = match words[..] {
        ["it", "is", "refused", "with", status, ..] => {
            let status = status.parse().map_err(|_| format!("{status} is no status"))?;
            Deed::Refused { status, precondition: words.get(5).map(|word| owned(word)) }
        }
        ["the", "answer", "has", "an", "ETag"] => Deed::AnswerHasEtag(true),
        ["the", "answer", "has", "no", "ETag"] => Deed::AnswerHasEtag(false),
        [who, "invites", ref guests @ .., "to", what] => {
            let address = |name: &String| {
                let known = addresses.iter().find(|(known, _)| known == name);
                known
                    .map(|(_, address)| address.clone())
                    .ok_or_else(|| format!("nobody is called {name}"))
            };
            let guests = names(guests).iter().map(address).collect::<Result<_, _>>()?;
            write(who, Write::Invite { what: owned(what), guests, block })
        }
        [who, "saves", "the", "task", what] => {
            write(who, Write::Save { what: owned(what), kind: "VTODO", calendar: None, block })
        }
        [who, "saves", what] => {
            write(who, Write::Save { what: owned(what), kind: "VEVENT", calendar: None, block })
        }
        [who, "saves", what, "in", calendar] => {
            let calendar = Some(owned(calendar));
            write(who, Write::Save { what: owned(what), kind: "VEVENT", calendar, block })
        }
        [who, "edits", "the", "kept", what] => {
            write(who, Write::Edit { what: owned(what), kept: true, block })
        }
        [who, "edits", what] => write(who, Write::Edit { what: owned(what), kept: false, block }),
        [who, "answers", what, "with", partstat] => {
            write(who, Write::Answer { what: owned(what), partstat: owned(partstat) })
        }
        [who, "delegates", what, "to", to] => {
            write(who, Write::Delegate { what: owned(what), to: owned(to) })
        }
        [who, "deletes", "the", "calendar", calendar] => {
            write(who, Write::DeleteCalendar { calendar: owned(calendar) })
        }
        [who, "makes", "the", "calendar", calendar] => {
            write(who, Write::MakeCalendar { calendar: owned(calendar) })
        }
        [who, "deletes", what] => write(who, Write::Delete { what: owned(what) }),
        [who, "moves", what, "to", calendar] => {
            write(who, Write::Move { what: owned(what), calendar: owned(calendar) })
        }
        [who, "copies", what, "to", calendar] => {
            write(who, Write::Copy { what: owned(what), calendar: owned(calendar) })
        }
        [who, "keeps", what] => Deed::Keeps { who: owned(who), what: owned(what) },
        [who, "has", "no", what] => Deed::HasNo { who: owned(who), what: owned(what) },
        [who, what, "is", "in", calendar] => {
            Deed::IsIn { who: owner(who)?, what: owned(what), calendar: owned(calendar) }
        }
        [who, what, "is", "as", "sent"] => Deed::IsAsSent { who: owner(who)?, what: owned(what) },
        [who, what, "has", "the", "kept", ref tag @ ..] => {
            Deed::HasKept { who: owner(who)?, what: owned(what), tag: read_tag(tag)?, same: true }
        }
        [who, what, "has", "another", ref tag @ ..] => {
            Deed::HasKept { who: owner(who)?, what: owned(what), tag: read_tag(tag)?, same: false }
        }
        [who, what, "shows", ref exactly @ ..] => Deed::Shows {
            who: owner(who)?,
            what: owned(what),
            patience: Patience::Now,
            exactly: read_exactly(exactly)?,
            block,
        },
        [who, what, "soon", "shows", ref exactly @ ..] => Deed::Shows {
            who: owner(who)?,
            what: owned(what),
            patience: Patience::Soon,
            exactly: read_exactly(exactly)?,
            block,
        },
        [ref who @ .., "receives" | "receive", method] => {
            Deed::Receive { who: names(who), method: owned(method), exactly: false, block }
        }
        [ref who @ .., "receives" | "receive", method, "exactly"] => {
            Deed::Receive { who: names(who), method: owned(method), exactly: true, block }
        }
        _ => return Err(format!("no sentence of the language: {line}")),
    };
    Ok(deed)
}

/// Takes `on 20260303T120000Z` out of a sentence.
fn split_date(line: &str) -> (String, Option<String>) {
    let is_date = |word: &str| word.len() >= 8 && word.starts_with(|c: char| c.is_ascii_digit());
    let Some((before, after)) = line.split_once(" on ") else { return (line.to_owned(), None) };
    let (date, rest) = after.split_at(after.find([' ', ':', ',']).unwrap_or(after.len()));
    if !is_date(date) {
        return (line.to_owned(), None);
    }
    (format!("{before}{rest}"), Some(date.to_owned()))
}

/// `(Name: value)` at the end of a sentence are request headers.
fn split_headers(line: &str) -> Result<(String, Vec<(String, String)>), String> {
    let mut sentence = line.trim_end_matches(':').to_owned();
    let mut headers = Vec::new();
    while let Some(inside) = sentence.strip_suffix(')') {
        let (before, header) = inside.rsplit_once('(').ok_or("a `)` without `(`")?;
        let (name, value) = header.split_once(':').ok_or("a header is written `(Name: value)`")?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
        sentence = before.trim_end().to_owned();
    }
    Ok((sentence, headers))
}

fn owner(word: &str) -> Result<String, String> {
    word.strip_suffix("'s").map(str::to_owned).ok_or_else(|| format!("expected `{word}'s`"))
}

fn names(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| word.trim_end_matches(',').to_owned()).collect()
}

fn read_tag(words: &[&str]) -> Result<Tag, String> {
    match words {
        ["schedule", "tag"] => Ok(Tag::Schedule),
        ["ETag"] => Ok(Tag::Entity),
        _ => Err("expected `schedule tag` or `ETag`".into()),
    }
}

fn read_exactly(words: &[&str]) -> Result<bool, String> {
    match words {
        [] => Ok(false),
        ["exactly"] => Ok(true),
        _ => Err("expected `shows` or `shows exactly`".into()),
    }
}
