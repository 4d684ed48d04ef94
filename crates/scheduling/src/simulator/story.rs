//! The language of stories: a sentence a step, read into deeds. It is the language of `tests/scenarios`, with the post
//! in people's hands: nothing arrives before the story says so.

use std::str::FromStr;

use calendar::{CalendarAddress, Component, Limits, Method, Property};
use jiff::Timestamp;
use thiserror::Error;

/// Who lives here in every story; `NAME@example.com` is the address.
const HOUSEHOLD: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// What is wrong with a story, or where it took another course.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {text}")]
pub struct StoryError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub text: String,
}

/// A story as it was read.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) title: String,
    pub(super) people: Vec<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) sentence: String,
    pub(super) deed: Deed,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    Write {
        who: String,
        what: String,
        write: Write,
    },
    /// The last write was refused.
    Refused,
    /// Everything under way, in order, and what the server does by itself afterwards.
    EverythingArrives,
    Arrives(Which),
    ArrivesAgain(Which),
    IsLost(Which),
    NothingIsUnderWay,
    Waits(i64),
    /// Somebody's copy, of one date or of what its first component describes.
    Shows {
        who: String,
        what: String,
        on: Option<Timestamp>,
        block: Vec<Line>,
    },
    HasNo {
        who: String,
        what: String,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Write {
    /// A meeting with the usual hour and title, and these lines besides.
    Invite {
        guests: Vec<CalendarAddress>,
        block: Vec<Line>,
    },
    /// Exactly these lines.
    Save {
        kind: &'static str,
        block: Vec<Line>,
    },
    Edit {
        on: Option<Timestamp>,
        block: Vec<Line>,
    },
    Answer {
        on: Option<Timestamp>,
        partstat: String,
    },
    Delegate {
        to: CalendarAddress,
    },
    LeaveOut {
        on: Timestamp,
    },
    Delete,
}

/// A message under way or delivered.
#[derive(Clone, Debug)]
pub(super) struct Which {
    pub(super) is_last: bool,
    pub(super) method: Method,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// A line below a step.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// To be set, or to be there.
    Is(Property),
    /// `-NAME`: to be taken away, or not to be there.
    IsNot(String),
}

impl Script {
    pub(super) fn parse(text: &str) -> Result<Self, StoryError> {
        let mut lines =
            (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#')).peekable();
        let title = lines.next().map(|(_, line)| line.trim().to_owned()).unwrap_or_default();
        let mut addresses: Vec<(String, CalendarAddress)> = Vec::new();
        for name in HOUSEHOLD {
            addresses.push((name.to_owned(), read_address(1, &format!("{name}@example.com"))?));
        }
        let mut cites = false;
        while let Some((line, header)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
            let words: Vec<&str> = header.split_whitespace().collect();
            match words[..] {
                ["See:", _, ..] => cites = true,
                ["Outside:", name, address] => {
                    addresses.push((name.to_owned(), read_address(line, address)?));
                }
                _ => return Err(error(line, "expected `See:` or `Outside: NAME ADDRESS`")),
            }
        }
        if title.is_empty() || !cites {
            let text =
                "a story starts with its sentence and a `See:` line that says where it is written";
            return Err(error(1, text));
        }
        let mut steps = Vec::new();
        while let Some((line, sentence)) = lines.next() {
            if sentence.trim().is_empty() {
                continue;
            }
            let mut block = Vec::new();
            while let Some((line, below)) = lines.next_if(|(_, line)| line.starts_with("    ")) {
                block.push(read_line(line, &write_out(below.trim(), &addresses))?);
            }
            let deed = deed(sentence, block, &addresses).map_err(|text| error(line, text))?;
            steps.push(Step { line, sentence: sentence.trim().to_owned(), deed });
        }
        Ok(Self { title, people: HOUSEHOLD.map(str::to_owned).to_vec(), steps })
    }
}

pub(super) fn error(line: usize, text: impl Into<String>) -> StoryError {
    StoryError { line, text: text.into() }
}

fn read_address(line: usize, text: &str) -> Result<CalendarAddress, StoryError> {
    CalendarAddress::parse(text).map_err(|_| error(line, format!("{text} is no address")))
}

/// Replaces `@bob` with his address.
fn write_out(line: &str, addresses: &[(String, CalendarAddress)]) -> String {
    let mut written = line.to_owned();
    for (name, address) in addresses {
        for before in [":", "\"", "="] {
            written = written
                .replace(&format!("{before}@{name}"), &format!("{before}{}", address.as_str()));
        }
    }
    written
}

fn read_line(line: usize, text: &str) -> Result<Line, StoryError> {
    if let Some(name) = text.strip_prefix('-') {
        return Ok(Line::IsNot(name.to_ascii_uppercase()));
    }
    let around = format!("BEGIN:X\r\n{text}\r\nEND:X\r\n");
    let component = Component::parse(around.as_bytes(), &Limits::default())
        .map_err(|_| error(line, format!("{text} is no content line")))?;
    let property = component.properties().next().cloned();
    property.map(Line::Is).ok_or_else(|| error(line, format!("{text} is no content line")))
}

fn deed(
    sentence: &str,
    block: Vec<Line>,
    addresses: &[(String, CalendarAddress)],
) -> Result<Deed, String> {
    let sentence = sentence.trim().trim_end_matches(':').replace(" and ", ", ");
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let deed = match what_happens(&words)? {
        Some(deed) => Some(deed),
        None => what_somebody_does(&words, block, addresses)?,
    };
    deed.ok_or_else(|| format!("no sentence of the language: {sentence}"))
}

/// What the post and the clock do, and what is so of them.
fn what_happens(words: &[&str]) -> Result<Option<Deed>, String> {
    Ok(Some(match *words {
        ["it", "is", "refused"] => Deed::Refused,
        ["everything", "arrives"] => Deed::EverythingArrives,
        ["nothing", "is", "under", "way"] => Deed::NothingIsUnderWay,
        [seconds, "seconds", "pass"] => {
            Deed::Waits(seconds.parse().map_err(|_| format!("{seconds} is no number"))?)
        }
        [ref which @ .., "arrives", "again"] => Deed::ArrivesAgain(which_of(which)?),
        [ref which @ .., "arrives"] => Deed::Arrives(which_of(which)?),
        [ref which @ .., "is", "lost"] => Deed::IsLost(which_of(which)?),
        _ => return Ok(None),
    }))
}

/// What people do, and what they have.
fn what_somebody_does(
    words: &[&str],
    block: Vec<Line>,
    addresses: &[(String, CalendarAddress)],
) -> Result<Option<Deed>, String> {
    let address = |name: &str| {
        let known = addresses.iter().find(|(known, _)| known == name.trim_end_matches(','));
        known.map(|(_, address)| address.clone()).ok_or_else(|| format!("nobody is called {name}"))
    };
    let write = |who: &str, what: &str, write: Write| Deed::Write {
        who: who.to_owned(),
        what: what.to_owned(),
        write,
    };
    Ok(Some(match *words {
        [who, "invites", ref guests @ .., "to", what] => {
            let guests = guests.iter().map(|name| address(name)).collect::<Result<_, _>>()?;
            write(who, what, Write::Invite { guests, block })
        }
        [who, "saves", "the", "task", what] => {
            write(who, what, Write::Save { kind: "VTODO", block })
        }
        [who, "saves", what] => write(who, what, Write::Save { kind: "VEVENT", block }),
        [who, "edits", what] => write(who, what, Write::Edit { on: None, block }),
        [who, "edits", what, "on", date] => {
            write(who, what, Write::Edit { on: Some(instant(date)?), block })
        }
        [who, "answers", what, "with", partstat] => {
            write(who, what, Write::Answer { on: None, partstat: partstat.to_owned() })
        }
        [who, "answers", what, "on", date, "with", partstat] => {
            let on = Some(instant(date)?);
            write(who, what, Write::Answer { on, partstat: partstat.to_owned() })
        }
        [who, "leaves", "out", what, "on", date] => {
            write(who, what, Write::LeaveOut { on: instant(date)? })
        }
        [who, "delegates", what, "to", to] => {
            write(who, what, Write::Delegate { to: address(to)? })
        }
        [who, "deletes", what] => write(who, what, Write::Delete),
        [who, "has", "no", what] => Deed::HasNo { who: who.to_owned(), what: what.to_owned() },
        [who, what, "shows"] => {
            Deed::Shows { who: owner(who)?, what: what.to_owned(), on: None, block }
        }
        [who, what, "on", date, "shows"] => {
            let on = Some(instant(date)?);
            Deed::Shows { who: owner(who)?, what: what.to_owned(), on, block }
        }
        _ => return Ok(None),
    }))
}

/// `REPLY from bob`, `the last REQUEST to carol`.
fn which_of(words: &[&str]) -> Result<Which, String> {
    let (is_last, words) = match words {
        ["the", "last", rest @ ..] => (true, rest),
        _ => (false, words),
    };
    let owned = |name: &str| Some(name.to_owned());
    let (method, from, to) = match words {
        [method] => (*method, None, None),
        [method, "from", from] => (*method, owned(from), None),
        [method, "to", to] => (*method, None, owned(to)),
        [method, "from", from, "to", to] => (*method, owned(from), owned(to)),
        _ => return Err("expected a message, such as `REPLY from bob`".to_owned()),
    };
    let method = Method::parse(method).ok_or_else(|| format!("{method} is no method"))?;
    Ok(Which { is_last, method, from, to })
}

fn owner(word: &str) -> Result<String, String> {
    word.strip_suffix("'s").map(str::to_owned).ok_or_else(|| format!("expected `{word}'s`"))
}

/// A date of a series: the instant at which it would start.
fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::from_str(text)
        .map_err(|_| format!("{text} is no time, such as 2026-03-03T10:00:00Z"))
}
