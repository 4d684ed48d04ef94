//! The organizer creates, modifies or removes (RFC 6638 section 3.2.1).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use calendar::diff::diff;
use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Partstat, Property, Role,
    ScheduleAgent,
};
use jiff::Timestamp;

use super::audience::{Audience, Audiences, Scope, View};
use super::changes::Changes;
use super::instances::{drop_excluded, keep_answers};
use super::message::{Builder, Cancelled, CancelledFor};
use super::participation::{Participation, settle};
use super::role::{organizer_of, role_of};
use super::sight::{Sight, Standing, look, look_at_removed};
use super::{Change, Decision, Message, Notice, Route, SchedulingRole, Stored, sequence};
use crate::directory::Person;
use crate::summary::{Kind, Summary};
use crate::{AnswerRecord, Delivery, Reason, Refusal, Verdict, status, tree};

/// Decides about an organizer's write.
pub(super) fn decide(
    change: &Change<'_>,
    old: Option<&CalendarObject>,
    new: Option<&CalendarObject>,
) -> Result<Decision, Refusal> {
    let Some(sent) = new else { return remove(change, old) };
    let before = old.map(|old| look(old, change.writer, change.directory)).unwrap_or_default();
    let mut reasons = Vec::new();
    let mut new = Cow::Borrowed(sent);
    if let Some(without) = drop_excluded(&new, &mut reasons)? {
        new = Cow::Owned(without);
    }
    let mut differences = old.map(|old| diff(old, &new)).unwrap_or_default();
    if let Some(old) = old
        && let Some(kept) = keep_answers(old, &new, &differences, &mut reasons)?
    {
        differences = diff(old, &kept);
        new = Cow::Owned(kept);
    }
    let changes = Changes::between(old, &new, differences);
    let mut decision = write(change, old, &new, &before, &changes)?;
    if let (Stored::Verbatim, Cow::Owned(new)) = (&decision.stored, new) {
        decision.stored = Stored::Rewritten(new);
    }
    decision.reasons.splice(0..0, reasons);
    Ok(decision)
}

fn remove(change: &Change<'_>, old: Option<&CalendarObject>) -> Result<Decision, Refusal> {
    let (before, told) =
        old.map(|old| look_at_removed(old, change.writer, change.directory)).unwrap_or_default();
    let (before, changes) = (&before, &Changes::default());
    let (after, participation) = (Sight::new(), Participation::default());
    let view =
        View { old, new: None, before, after: &after, changes, participation: &participation };
    let outcome = Outcome { change, old, new: None, audiences: view.audiences(), changes };
    let messages = outcome.messages()?;
    let text = "it was cancelled for him before, and a mail says that once";
    let told = told.iter().map(|who| Reason::of(who, InstanceId::Master, Verdict::NotTold, text));
    Ok(Decision {
        role: SchedulingRole::Organizer,
        stored: Stored::Nothing,
        messages,
        refresh: false,
        answers: old.map(|old| last_word(old, change.now)).into_iter().collect(),
        reasons: outcome.audiences.reasons.into_iter().chain(told).collect(),
    })
}

/// What stays of a meeting that is none any more: the number from which one goes on that is stored again under this
/// UID, and below which every answer is about the former one.
pub(super) fn last_word(old: &CalendarObject, now: Timestamp) -> AnswerRecord {
    let last = old.components().map(Component::sequence).max().unwrap_or(0);
    AnswerRecord::now(None, InstanceId::Master, last.saturating_add(1), now)
}

fn write(
    change: &Change<'_>,
    old: Option<&CalendarObject>,
    new: &CalendarObject,
    before: &Sight,
    changes: &Changes,
) -> Result<Decision, Refusal> {
    let mut edited = new.tree().clone();
    let participation = settle(change, new, changes, &mut edited);
    let settled = rebuilt(edited.clone())?;
    let after = look(&settled, change.writer, change.directory);
    let audiences = View {
        old,
        new: Some(&settled),
        before,
        after: &after,
        changes,
        participation: &participation,
    }
    .audiences();
    if tells_anybody(before) || tells_anybody(&after) {
        let last = change.remembered.last_word().filter(|_| !tells_anybody(before)).unwrap_or(0);
        let said = (change.remembered, last);
        sequence::count(old, said, new, &concerned(&settled, changes, &audiences), &mut edited);
    }
    write_statuses(change, &settled, &audiences, &participation, &mut edited);

    let draft = rebuilt(edited)?;
    let outcome = Outcome { change, old, new: Some(&draft), audiences, changes };
    let messages = outcome.messages()?;
    let role = role_of(&draft, change.writer);
    let answers = match old.filter(|_| role != SchedulingRole::Organizer) {
        Some(old) => vec![last_word(old, change.now)],
        None => outcome.floors(&draft, &participation),
    };
    let mut reasons = participation.reasons;
    reasons.extend(outcome.audiences.reasons);
    let is_same = draft.octets() == new.octets();
    Ok(Decision {
        role,
        messages,
        refresh: participation.changed && !is_told_by_messages(changes, [old, Some(new)]),
        answers,
        reasons,
        stored: if is_same { Stored::Verbatim } else { Stored::Rewritten(draft) },
    })
}

/// Whether everybody hears by a message whose answers are void. Who is not in an override of all later dates sees the
/// series end before it, and does not see what its rule is from there on.
fn is_told_by_messages(changes: &Changes, versions: [Option<&CalendarObject>; 2]) -> bool {
    let mut parts = versions.into_iter().flatten().flat_map(CalendarObject::overrides);
    changes.is_changed(InstanceId::Master) && !parts.any(Component::is_this_and_future)
}

pub(super) fn rebuilt(tree: Component) -> Result<CalendarObject, Refusal> {
    CalendarObject::from_tree(tree)
        .map_err(|error| Refusal::ValidCalendarObjectResource { detail: error.detail() })
}

/// The server acts for the organizer as soon as there is somebody to be told.
fn tells_anybody(sight: &Sight) -> bool {
    sight
        .values()
        .flat_map(|listing| &listing.lines)
        .any(|(_, line)| line.standing == Standing::Told)
}

/// The components that SEQUENCE is counted on (design rule 7).
fn concerned(
    new: &CalendarObject,
    changes: &Changes,
    audiences: &Audiences,
) -> BTreeSet<InstanceId> {
    let mut concerned = audiences.concerned.clone();
    concerned.extend(
        tree::parts(new).into_iter().map(|(id, _)| id).filter(|id| changes.is_significant(*id)),
    );
    if !changes.given_back.is_empty() {
        concerned.insert(InstanceId::Master);
    }
    concerned
}

/// Writes on the lines of those the server schedules what came of the last message to them, whichever instance that told
/// of (RFC 6638 sections 3.2.9 and 7.3), and that an answer is awaited. A write of which nobody hears leaves the
/// client's lines alone.
fn write_statuses(
    change: &Change<'_>,
    new: &CalendarObject,
    audiences: &Audiences,
    participation: &Participation,
    edited: &mut Component,
) {
    let mut outcomes: BTreeMap<Person, Delivery> = BTreeMap::new();
    for audience in &audiences.groups {
        audience.predict(change, &mut outcomes);
    }
    if outcomes.is_empty() && participation.misread.is_empty() {
        return;
    }
    for ((id, _), component) in
        tree::parts(new).into_iter().zip(tree::parts_mut(edited, new.kind().as_str()))
    {
        let stored = change.old.and_then(|old| tree::part_for(old, id));
        let stored = stored.map(tree::lines_by_address).unwrap_or_default();
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            if Attendee::new(line).schedule_agent() != ScheduleAgent::Server {
                continue;
            }
            let Some(address) = tree::address(line) else {
                status::set(line, Delivery::UnknownUser);
                continue;
            };
            let person = change.directory.person(&address);
            if change.writer.has(&address) {
                continue;
            }
            if let Some(delivery) = outcomes.get(&person) {
                status::set(line, *delivery);
            } else if let Some(stored) = stored.get(&address) {
                tree::copy_param(stored, line, "SCHEDULE-STATUS");
            }
            if participation.misread.contains(&(person, id)) {
                status::set_ignored(line);
            }
            ask_for_answer(line);
        }
    }
}

/// Clients offer to answer where RSVP=TRUE says that somebody waits for it: so it is said of everybody who takes part
/// and has not answered, unless the organizer's client said something about RSVP itself.
fn ask_for_answer(line: &mut Property) {
    let attendee = Attendee::new(line);
    let takes_part = attendee.role() != Role::NonParticipant;
    let is_asked = takes_part && attendee.partstat() == Partstat::NeedsAction;
    if is_asked && line.param("RSVP").is_none() {
        line.set_param("RSVP", "TRUE");
    }
}

impl Audience {
    fn predict(&self, change: &Change<'_>, outcomes: &mut BTreeMap<Person, Delivery>) {
        for recipient in self.cancel_to.iter().chain(&self.request_to) {
            let delivery = match recipient.route {
                Route::Local { notice: Notice::Quiet, .. } => continue,
                Route::Local { .. } => Delivery::Delivered,
                Route::External => Delivery::Rejected,
            };
            outcomes.insert(change.directory.person(&recipient.address), delivery);
        }
        if self.scope != Scope::Nothing {
            let unknown = self.unknown.iter().map(|address| change.directory.person(address));
            outcomes.extend(unknown.map(|person| (person, Delivery::UnknownUser)));
        }
    }
}

/// What was found out, to be made into a decision.
struct Outcome<'a> {
    change: &'a Change<'a>,
    old: Option<&'a CalendarObject>,
    new: Option<&'a CalendarObject>,
    audiences: Audiences,
    changes: &'a Changes,
}

impl Outcome<'_> {
    /// Below which revision an answer is too old: it was given to another time, or before he was
    /// asked.
    fn floors(&self, draft: &CalendarObject, participation: &Participation) -> Vec<AnswerRecord> {
        if self.old.is_none() {
            return Vec::new();
        }
        let number = |id| tree::part_for(draft, id).map_or(0, Component::sequence);
        let now = self.change.now;
        let rescheduled = tree::parts(draft)
            .into_iter()
            .filter(|(id, _)| self.changes.is_rescheduled(*id))
            .map(|(id, component)| AnswerRecord::now(None, id, component.sequence(), now));
        // What was said to an override does not hold for what the series says in its place.
        let given_back = self
            .changes
            .given_back
            .iter()
            .map(|id| AnswerRecord::now(None, *id, number(InstanceId::Master), now));
        let first_told = self.audiences.first_told.iter().map(|(address, id)| AnswerRecord {
            sender: Some(address.clone()),
            instance: *id,
            sequence: number(*id),
            dtstamp: Timestamp::UNIX_EPOCH,
        });
        // What he said before he was taken off does not bring him back.
        let taken_off = self.audiences.groups.iter().flat_map(|audience| {
            let instances = audience.cancelled.iter().copied();
            let stand =
                instances.filter(|id| self.cancelled_for(*id) == CancelledFor::ThoseTakenOff);
            stand.flat_map(|id| audience.members.iter().map(move |address| (address, id)))
        });
        let taken_off = taken_off.map(|(address, id)| AnswerRecord {
            sender: Some(address.clone()),
            instance: id,
            sequence: number(id),
            dtstamp: Timestamp::UNIX_EPOCH,
        });
        // Only a user of this server shares its clock.
        let local = participation
            .reinvited
            .iter()
            .filter(|((person, _), _)| matches!(person, Person::Local(_)));
        let reinvited =
            local.map(|((_, id), address)| AnswerRecord::now(Some(address), *id, number(*id), now));
        rescheduled.chain(given_back).chain(taken_off).chain(first_told).chain(reinvited).collect()
    }

    /// CANCELs first: where one attendee gets both, that is the order in which they apply.
    fn messages(&self) -> Result<Vec<Message>, Refusal> {
        let organizer = self.new.and_then(organizer_of).or_else(|| self.old.and_then(organizer_of));
        let Some(sender) = organizer else { return Ok(Vec::new()) };
        let mut messages = Vec::new();
        for audience in
            self.audiences.groups.iter().filter(|audience| !audience.cancel_to.is_empty())
        {
            messages.extend(self.cancel(audience, &sender)?);
        }
        for audience in
            self.audiences.groups.iter().filter(|audience| !audience.request_to.is_empty())
        {
            messages.extend(self.request(audience, &sender)?);
        }
        Ok(messages)
    }

    fn cancel(
        &self,
        audience: &Audience,
        sender: &CalendarAddress,
    ) -> Result<Option<Message>, Refusal> {
        let Some(old) = self.old else { return Ok(None) };
        let cancelled = audience.cancelled.iter();
        let cancelled: Vec<Cancelled> =
            cancelled.filter_map(|id| self.cancelled(old, *id, audience)).collect();
        let Some(first) = cancelled.first() else { return Ok(None) };
        let summary = Summary::of(Kind::Cancellation, old, &first.component);
        let builder = Builder { source: old, now: self.change.now };
        let members: BTreeSet<Person> =
            audience.members.iter().map(|address| self.change.directory.person(address)).collect();
        let itip = builder.cancel(cancelled, |address| {
            members.contains(&self.change.directory.person(address))
        })?;
        Ok(Some(Message {
            itip,
            sender: sender.clone(),
            recipients: audience.cancel_to.clone(),
            summary,
        }))
    }

    /// An instance as it was, and of the series all later ones where the new version takes these as well (RFC 5546
    /// section 3.2.5).
    fn cancelled(
        &self,
        old: &CalendarObject,
        id: InstanceId,
        audience: &Audience,
    ) -> Option<Cancelled> {
        let mut component = tree::instance(old, id)?;
        let now = self.new.and_then(|new| tree::part(new, id));
        let reaches_on = now.is_some_and(Component::is_this_and_future)
            && audience.seen.contains(&InstanceId::Master);
        component.set_this_and_future(reaches_on);
        let sequence = component.sequence().saturating_add(1);
        Some(Cancelled { component, sequence, whom: self.cancelled_for(id) })
    }

    fn cancelled_for(&self, id: InstanceId) -> CancelledFor {
        let stands = self.new.is_some_and(|new| match tree::part(new, id) {
            Some(component) => !component.is_cancelled(),
            None => id != InstanceId::Master && !self.changes.left_out.contains(&id),
        });
        if stands { CancelledFor::ThoseTakenOff } else { CancelledFor::Everybody }
    }

    fn request(
        &self,
        audience: &Audience,
        sender: &CalendarAddress,
    ) -> Result<Option<Message>, Refusal> {
        let Some(new) = self.new else { return Ok(None) };
        let is_sent = |id| audience.scope.holds(id) && audience.seen.contains(&id);
        let builder = Builder { source: new, now: self.change.now };
        let Some((id, subject)) = self.subject(new, audience) else { return Ok(None) };
        let itip = builder.request(is_sent, |id| audience.seen.contains(&id))?;
        let was = self.old.and_then(|old| Some((old, tree::part_for(old, id)?)));
        let kind = match was {
            Some(was) if !audience.is_new => {
                Kind::Update { changes: Summary::changes(was, (new, subject)) }
            }
            _ => Kind::Invitation,
        };
        let summary = Summary::of(kind, new, subject);
        Ok(Some(Message {
            itip,
            sender: sender.clone(),
            recipients: audience.request_to.clone(),
            summary,
        }))
    }

    /// The component a REQUEST is mostly about: the first that changed, else the first.
    fn subject<'n>(
        &self,
        new: &'n CalendarObject,
        audience: &Audience,
    ) -> Option<(InstanceId, &'n Component)> {
        let ids = || audience.seen.iter().copied().filter(|id| audience.scope.holds(*id));
        let id = ids().find(|id| self.changes.is_changed(*id)).or_else(|| ids().next())?;
        Some((id, tree::part(new, id)?))
    }
}
