//! Plays a scenario of the project's own language over HTTP. After every write each inbox is read: what came must be
//! told of by a `receives` before the next write, so who is *not* told is checked without being said.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::audit;
use super::block::{self, Line};
use super::language::{Deed, Patience, Scenario, Step, Tag, Write};
use super::stage::{Copy, Stage};
use crate::harness::Engine;
use crate::harness::client::Response;
use crate::icalendar::compare::{ScheduleStatus, difference};
use crate::icalendar::{Component, Property};

const PATIENCE: Duration = Duration::from_secs(15);

struct Play {
    stage: Stage,
    kept: BTreeMap<(String, String), Copy>,
    sent: BTreeMap<(String, String), String>,
    answer: Option<Response>,
    /// What the last write was about, and what kind of component that is.
    subject: String,
    kind: &'static str,
}

pub(crate) fn play(engine: Engine, scenario: &Scenario) {
    let stage = Stage::set(engine, &scenario.people);
    let mut play = Play {
        stage,
        kept: BTreeMap::new(),
        sent: BTreeMap::new(),
        answer: None,
        subject: String::new(),
        kind: "VEVENT",
    };
    for (position, step) in scenario.steps.iter().enumerate() {
        let next = scenario.steps.get(position + 1);
        if let Err(problem) = play.step(step, next) {
            let audit = audit::tell(&play.stage.world.audit(&uid(&play.subject)));
            panic!("line {}: {}\n{problem}\n{audit}", step.line, step.sentence);
        }
    }
    play.stage.expect_nothing_more();
}

impl Play {
    fn step(&mut self, step: &Step, next: Option<&Step>) -> Result<(), String> {
        let on = step.on.as_deref();
        match &step.deed {
            Deed::Write { who, write, headers } => {
                self.stage.expect_nothing_more();
                self.subject = write.subject().to_owned();
                if let Write::Save { kind, .. } = write {
                    self.kind = kind;
                }
                let answer = self.write(who, write, on, headers)?;
                let refused = matches!(next.map(|next| &next.deed), Some(Deed::Refused { .. }));
                if !refused && !matches!(answer.status(), 201 | 204) {
                    return Err(format!("expected it to succeed\n{answer}"));
                }
                self.answer = Some(answer);
                self.stage.look_into_inboxes();
                Ok(())
            }
            Deed::Refused { status, precondition } => {
                let answer = self.answer.clone().ok_or("nothing was written yet")?;
                match precondition {
                    Some(precondition) => answer.expect_error(*status, precondition),
                    None => answer.expect(*status),
                };
                Ok(())
            }
            Deed::AnswerHasEtag(expected) => {
                let answer = self.answer.as_ref().ok_or("nothing was written yet")?;
                let has = answer.header("ETag").is_some();
                if has == *expected { Ok(()) } else { Err(format!("it is otherwise\n{answer}")) }
            }
            Deed::Receive { who, method, exactly, block } => {
                who.iter().try_for_each(|who| self.receive(who, method, on, *exactly, block))
            }
            Deed::Shows { who, what, patience, exactly, block } => {
                self.shows((who, what, on), *patience, *exactly, block)
            }
            Deed::HasNo { who, what } => match self.stage.find(who, &uid(what)) {
                None => Ok(()),
                Some(copy) => Err(format!("it is at {}\n{}", copy.href, copy.octets)),
            },
            Deed::IsIn { who, what, calendar } => {
                let copy = self.copy(who, what)?;
                let home = self.stage.client(who).at(&format!("{calendar}/"));
                if copy.href.starts_with(&home) {
                    Ok(())
                } else {
                    Err(format!("it is at {}", copy.href))
                }
            }
            Deed::IsAsSent { who, what } => {
                let copy = self.copy(who, what)?;
                let sent =
                    self.sent.get(&(who.clone(), what.clone())).ok_or("it was never sent")?;
                // XML turns CRLF into LF (XML 1.0 2.11), so the octets are read once more by GET.
                let stored = self.stage.client(who).get(&copy.href).expect(200);
                if stored.body() == sent.as_bytes() {
                    Ok(())
                } else {
                    Err(format!("{sent}\nwas stored as\n{stored}"))
                }
            }
            Deed::Keeps { who, what } => {
                let copy = self.copy(who, what)?;
                self.kept.insert((who.clone(), what.clone()), copy);
                Ok(())
            }
            Deed::HasKept { who, what, tag, same } => {
                let (old, new) =
                    (tag_of(self.kept(who, what)?, *tag)?, tag_of(&self.copy(who, what)?, *tag)?);
                if (old == new) == *same {
                    Ok(())
                } else {
                    Err(format!("it was {old} and is {new}"))
                }
            }
        }
    }

    fn write(
        &mut self,
        who: &str,
        write: &Write,
        on: Option<&str>,
        headers: &[(String, String)],
    ) -> Result<Response, String> {
        let at = |path: &str| format!("/dav/calendars/{who}/{path}");
        match write {
            Write::Invite { what, guests, block } => {
                let object = invitation(who, what, guests, block)?;
                let path = self.stage.resource_for(who, &uid(what), "VEVENT");
                self.put(who, what, &path, &object, headers)
            }
            Write::Save { what, kind, calendar, block } => {
                let object = block::build(kind, &uid(what), block);
                let path = match calendar {
                    Some(calendar) => at(&format!("{calendar}/{what}.ics")),
                    None => self.stage.resource_for(who, &uid(what), kind),
                };
                self.put(who, what, &path, &object, headers)
            }
            Write::Edit { what, kept, block } => {
                let current =
                    if *kept { self.kept(who, what)?.clone() } else { self.copy(who, what)? };
                let mut object = current.calendar;
                block::edit(&mut object, on, block)?;
                self.put(who, what, &current.href, &object, headers)
            }
            Write::Answer { what, partstat } => {
                let mut copy = self.copy(who, what)?;
                let line = self.own_line(&mut copy.calendar, on, who)?;
                line.set_parameter("PARTSTAT", Some(partstat));
                self.put(who, what, &copy.href, &copy.calendar, headers)
            }
            Write::Delegate { what, to } => {
                let mut copy = self.copy(who, what)?;
                let delegate = format!("mailto:{to}@example.com");
                let line = self.own_line(&mut copy.calendar, on, who)?;
                line.set_parameter("PARTSTAT", Some("DELEGATED"));
                line.set_parameter("DELEGATED-TO", Some(&delegate));
                line.set_parameter("RSVP", None);
                let from = line.value.clone();
                block::edit(
                    &mut copy.calendar,
                    on,
                    &block::parse(&[format!(
                        "ATTENDEE;RSVP=TRUE;DELEGATED-FROM=\"{from}\":{delegate}"
                    )])?,
                )?;
                self.put(who, what, &copy.href, &copy.calendar, headers)
            }
            Write::Delete { what } => {
                let copy = self.copy(who, what)?;
                self.send("DELETE", who, what, &copy.href, headers)
            }
            Write::Move { what, calendar } => {
                self.transfer("MOVE", who, what, &at(calendar), headers)
            }
            Write::Copy { what, calendar } => {
                self.transfer("COPY", who, what, &at(calendar), headers)
            }
            Write::MakeCalendar { calendar } => {
                self.send("MKCALENDAR", who, calendar, &at(&format!("{calendar}/")), headers)
            }
            Write::DeleteCalendar { calendar } => {
                self.send("DELETE", who, calendar, &at(&format!("{calendar}/")), headers)
            }
        }
    }

    fn put(
        &mut self,
        who: &str,
        what: &str,
        path: &str,
        object: &Component,
        headers: &[(String, String)],
    ) -> Result<Response, String> {
        let body = object.to_string();
        let mut request = self.stage.client(who).request("PUT", path).calendar(&body);
        for (name, value) in headers {
            request = request.header(name, &self.header_value(who, what, name, value)?);
        }
        let answer = request.send();
        self.sent.insert((who.to_owned(), what.to_owned()), body);
        Ok(answer)
    }

    fn transfer(
        &self,
        method: &str,
        who: &str,
        what: &str,
        calendar: &str,
        headers: &[(String, String)],
    ) -> Result<Response, String> {
        let copy = self.copy(who, what)?;
        let name = copy.href.rsplit('/').next().unwrap_or_default();
        let mut headers = headers.to_vec();
        headers.push(("Destination".into(), format!("{calendar}/{name}")));
        self.send(method, who, what, &copy.href, &headers)
    }

    fn send(
        &self,
        method: &str,
        who: &str,
        what: &str,
        path: &str,
        headers: &[(String, String)],
    ) -> Result<Response, String> {
        let mut request = self.stage.client(who).request(method, path);
        for (name, value) in headers {
            request = request.header(name, &self.header_value(who, what, name, value)?);
        }
        Ok(request.send())
    }

    /// `kept` and `current` stand for the tag that the header is about.
    fn header_value(
        &self,
        who: &str,
        what: &str,
        name: &str,
        value: &str,
    ) -> Result<String, String> {
        let tag = if name == "If-Schedule-Tag-Match" { Tag::Schedule } else { Tag::Entity };
        match value {
            "kept" => tag_of(self.kept(who, what)?, tag),
            "current" => tag_of(&self.copy(who, what)?, tag),
            _ => Ok(value.to_owned()),
        }
    }

    fn receive(
        &mut self,
        who: &str,
        method: &str,
        on: Option<&str>,
        exactly: bool,
        block: &[Line],
    ) -> Result<(), String> {
        let mut waiting = self.stage.take_arrived(who);
        let expected = exactly.then(|| message(method, self.kind, &self.subject, block));
        let mut problems = Vec::new();
        for (position, item) in waiting.iter().enumerate() {
            let problem = if item.method != method {
                Some(format!("it is a {}", item.method))
            } else {
                match &expected {
                    Some(expected) => difference(expected, &item.calendar, ScheduleStatus::Ignored),
                    None => block::unmet(&item.calendar, on, block),
                }
            };
            match problem {
                None => {
                    waiting.remove(position);
                    self.stage.arrived.extend(waiting);
                    return Ok(());
                }
                Some(problem) => problems.push(format!("{problem}\nin\n{}", item.calendar)),
            }
        }
        if problems.is_empty() {
            return Err(format!("{who} received nothing"));
        }
        Err(format!("{who} received something else: {}", problems.join("\n")))
    }

    fn shows(
        &self,
        (who, what, on): (&str, &str, Option<&str>),
        patience: Patience,
        exactly: bool,
        block: &[Line],
    ) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let copy = self.copy(who, what)?;
            let problem = if exactly {
                let kind = copy.calendar.item().name.clone();
                let expected = block::build(&kind, &uid(what), block);
                difference(&expected, &copy.calendar, ScheduleStatus::Counts)
            } else {
                block::unmet(&copy.calendar, on, block)
            };
            match problem {
                None => return Ok(()),
                Some(_) if patience == Patience::Soon && started.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(50));
                }
                Some(problem) => return Err(format!("{problem}\nin\n{}", copy.octets)),
            }
        }
    }

    fn copy(&self, who: &str, what: &str) -> Result<Copy, String> {
        self.stage.find(who, &uid(what)).ok_or_else(|| format!("{who} has no {what}"))
    }

    fn kept(&self, who: &str, what: &str) -> Result<&Copy, String> {
        self.kept
            .get(&(who.to_owned(), what.to_owned()))
            .ok_or_else(|| format!("{who} did not keep {what}"))
    }

    /// The user's own ATTENDEE line, in whichever of his addresses.
    fn own_line<'a>(
        &self,
        calendar: &'a mut Component,
        on: Option<&str>,
        who: &str,
    ) -> Result<&'a mut Property, String> {
        let addresses = self.stage.world.addresses_of(who);
        block::item_mut(calendar, on)?
            .properties
            .iter_mut()
            .find(|property| {
                property.name == "ATTENDEE"
                    && addresses
                        .iter()
                        .any(|address| property.is_address(&format!("mailto:{address}")))
            })
            .ok_or_else(|| format!("{who} is not among the attendees"))
    }
}

/// What a scenario calls `lunch` has this UID.
fn uid(what: &str) -> String {
    format!("{what}@scenario.example")
}

/// A meeting of one hour, with the lines that the scenario adds or has instead.
fn invitation(
    who: &str,
    what: &str,
    guests: &[String],
    block: &[Line],
) -> Result<Component, String> {
    let mut lines = vec![
        "DTSTART:20260302T120000Z".to_owned(),
        "DTEND:20260302T130000Z".to_owned(),
        format!("SUMMARY:{what}"),
        format!("ORGANIZER:mailto:{who}@example.com"),
        format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{who}@example.com"),
    ];
    lines.extend(guests.iter().map(|guest| format!("ATTENDEE;RSVP=TRUE:{guest}")));
    let mut object = block::build("VEVENT", &uid(what), &block::parse(&lines)?);
    block::edit(&mut object, None, block)?;
    Ok(object)
}

/// An iTIP message about `subject` of these lines.
fn message(method: &str, kind: &str, subject: &str, block: &[Line]) -> Component {
    let mut calendar = block::build(kind, &uid(subject), block);
    calendar.set(Property {
        name: "METHOD".into(),
        parameters: Vec::new(),
        value: method.to_owned(),
    });
    calendar
}

fn tag_of(copy: &Copy, tag: Tag) -> Result<String, String> {
    match tag {
        Tag::Entity => Ok(copy.etag.clone()),
        Tag::Schedule => {
            copy.schedule_tag.clone().ok_or_else(|| format!("{} has no schedule tag", copy.href))
        }
    }
}
