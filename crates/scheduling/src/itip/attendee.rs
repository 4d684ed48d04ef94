//! An attendee answers, removes his copy, or stores an invitation that came another way (RFC 6638
//! section 3.2.2).

use std::collections::{BTreeMap, BTreeSet};

use calendar::diff::diff;
use calendar::zone::Zone;
use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, ForceSend, InstanceId, Partstat, Property,
};

use super::message::{Builder, PROGRESS, delegation_partners};
use super::organizer::rebuilt;
use super::reinstate::{self, Reinstated};
use super::restore::{Restored, restore};
use super::role::role_of;
use super::{
    Change, Decision, Message, Notice, Recipient, Route, SchedulingRole, Stored, allowed,
    delegation, respelled,
};
use crate::summary::{self, Summary};
use crate::{AnswerRecord, Delivery, Reason, Refusal, Verdict, status, tree};

/// What an attendee says about one instance.
struct Answer {
    id: InstanceId,
    address: CalendarAddress,
    partstat: Partstat,
}

/// An attendee writes his copy.
pub(super) fn modify(
    change: &Change<'_>,
    stored: &CalendarObject,
    sent: &CalendarObject,
) -> Result<Decision, Refusal> {
    let adopted = adopt_instance(stored, sent)?;
    let (original, sent) = (sent, adopted.as_ref().unwrap_or(sent));
    let respelled = respelled::as_invited(change, stored, sent)?;
    let sent = respelled.as_ref().unwrap_or(sent);
    let reinstated = reinstate::apply(change, stored, sent)?;
    let (stored, sent) = match &reinstated {
        Some(Reinstated { stored, sent }) => (stored, sent),
        None => (stored, sent),
    };
    let differences = diff(stored, sent);
    allowed::check(stored, sent, &differences, change.writer)?;
    let declined = left_out(stored, sent);
    let Restored { mut tree, reasons } = restore(stored, sent, &declined, change.writer);
    let force_send = take_force_send(sent, &mut tree);
    let kind = sent.kind().as_str();
    for component in tree::parts_mut(&mut tree, kind) {
        say_on_all_lines(stored, component, change);
        settle_task(stored, component, change);
        delegation::complete(stored, component, change.writer);
    }
    let settled = rebuilt(tree.clone())?;
    let answers = answers(change, Some(stored), &settled, force_send.as_ref());
    let draft = Draft { tree, settled, answers, declined, reasons, force_send };
    write(change, Some(stored), original, draft)
}

/// Instances that the attendee took out: by EXDATE, whatever components of them he kept, or, where he is in single
/// instances only, by leaving out the component of one.
fn left_out(stored: &CalendarObject, sent: &CalendarObject) -> Vec<InstanceId> {
    if stored.master().is_some() {
        let before = tree::excluded(stored);
        let added = tree::excluded(sent).into_iter().filter(|id| !before.contains(id));
        return added.filter(|id| tree::instance(stored, *id).is_some()).collect();
    }
    let (kept, missing): (Vec<InstanceId>, Vec<InstanceId>) = tree::parts(stored)
        .into_iter()
        .map(|(id, _)| id)
        .partition(|id| tree::part(sent, *id).is_some());
    // Who wrote none of his instances wrote about something else.
    if kept.is_empty() { Vec::new() } else { missing }
}

/// A client may write the only instance that an attendee is in as if it were a whole event: without
/// its RECURRENCE-ID.
fn adopt_instance(
    stored: &CalendarObject,
    sent: &CalendarObject,
) -> Result<Option<CalendarObject>, Refusal> {
    let (None, Some(master)) = (stored.master(), sent.master()) else { return Ok(None) };
    let start = |object: &CalendarObject, component: &Component| {
        component.start().map(|start| start.instant(object.zones(), &Zone::utc()))
    };
    let meant = stored.overrides().find(|component| {
        tree::part(sent, stored.instance_id(component)).is_none()
            && start(stored, component) == start(sent, master)
    });
    let Some(recurrence_id) = meant.and_then(|component| component.property("RECURRENCE-ID"))
    else {
        return Ok(None);
    };
    let mut tree = sent.tree().clone();
    if let Some(master) = tree::master_mut(&mut tree, sent.kind().as_str()) {
        master.push_property(recurrence_id.clone());
        for name in ["RRULE", "RDATE", "EXDATE"] {
            master.remove_properties(name);
        }
    }
    rebuilt(tree).map(Some)
}

/// An attendee stores an invitation that reached him another way, from an organizer elsewhere: what
/// he already answered goes out.
pub(super) fn create(change: &Change<'_>, sent: &CalendarObject) -> Result<Decision, Refusal> {
    let mut tree = sent.tree().clone();
    let force_send = take_force_send(sent, &mut tree);
    let settled = rebuilt(tree.clone())?;
    let answers = answers(change, None, &settled, force_send.as_ref());
    let (declined, reasons) = (Vec::new(), Vec::new());
    write(change, None, sent, Draft { tree, settled, answers, declined, reasons, force_send })
}

/// An attendee removes his copy: he declines what he had not declined (RFC 6638 sections 3.2.2.4
/// and 8.1).
pub(super) fn remove(change: &Change<'_>, stored: &CalendarObject) -> Result<Decision, Refusal> {
    let mut decision = Decision::without_messages(SchedulingRole::Attendee, None);
    if !change.intent.reply {
        decision.answers = removals(change, stored, |_| true);
        let text = "the client asked for no reply (Schedule-Reply: F)";
        decision.reasons.push(Reason::general(InstanceId::Master, Verdict::NotTold, text));
        return Ok(decision);
    }
    let mut answers = Vec::new();
    for (id, component) in tree::parts(stored) {
        let Some((address, line)) = own_line(change, component) else { continue };
        if stays_away(line) || component.is_cancelled() {
            let text = "already declined, delegated or cancelled";
            decision.reasons.push(Reason::of(&address, id, Verdict::NotTold, text));
        } else {
            answers.push(Answer { id, address, partstat: Partstat::Declined });
        }
    }
    decision.answers = removals(change, stored, |line| !stays_away(line));
    let components =
        answers.iter().filter_map(|answer| declining(change, stored, answer.id)).collect();
    decision.messages.extend(reply(change, stored, &answers, components)?);
    decision.reasons.extend(answers.iter().map(explain));
    Ok(decision)
}

/// He does not come, or somebody comes in his place: nobody waits for him to say so.
fn stays_away(line: Attendee<'_>) -> bool {
    matches!(line.partstat(), Partstat::Declined | Partstat::Delegated)
}

/// That he removed it, and when: what was sent before does not bring it back. Removing what was cancelled says nothing,
/// and what nobody hears of orders nothing: the organizer may have asked him again meanwhile.
fn removals(
    change: &Change<'_>,
    stored: &CalendarObject,
    counts: impl Fn(Attendee<'_>) -> bool,
) -> Vec<AnswerRecord> {
    let parts = tree::parts(stored).into_iter().filter(|(_, part)| !part.is_cancelled());
    let named = parts.filter_map(|(id, part)| {
        let (own, _) = own_line(change, part).filter(|(_, line)| counts(*line))?;
        Some(AnswerRecord::now(Some(&own), id, part.sequence(), change.now))
    });
    named.collect()
}

/// An attendee's object on its way into the store.
struct Draft {
    tree: Component,
    settled: CalendarObject,
    answers: Vec<Answer>,
    /// Instances that he left out by EXDATE.
    declined: Vec<InstanceId>,
    reasons: Vec<Reason>,
    force_send: Option<ForceSend>,
}

fn write(
    change: &Change<'_>,
    stored: Option<&CalendarObject>,
    sent: &CalendarObject,
    draft: Draft,
) -> Result<Decision, Refusal> {
    let Draft { mut tree, settled, mut answers, declined, mut reasons, force_send } = draft;
    let delegations = delegation::requests(change, stored, &settled)?;

    let ids: BTreeSet<InstanceId> = answers.iter().map(|answer| answer.id).collect();
    let mut components: Vec<Component> = tree::parts(&settled)
        .into_iter()
        .filter(|(id, _)| ids.contains(id))
        .map(|(_, part)| part.clone())
        .collect();
    let mut records: Vec<AnswerRecord> =
        answers.iter().map(|answer| answer.record(change, &settled)).collect();
    // What nobody hears of orders nothing: what he said before is still on its way perhaps.
    let leaving = leaving(change, stored, &declined)
        .into_iter()
        .filter(|(answer, _)| !ids.contains(&answer.id) && !is_settled(change, stored, answer.id));
    for (answer, component) in leaving {
        records.extend(stored.map(|stored| answer.record(change, stored)));
        answers.push(answer);
        components.push(component);
    }
    let mut messages = Vec::new();
    messages.extend(reply(change, &settled, &answers, components)?);
    write_status(change, &settled, &answers, force_send.as_ref(), &mut tree);
    delegation::write_statuses(&delegations, &mut tree, sent.kind().as_str());
    messages.extend(delegations);

    reasons.extend(answers.iter().map(explain));
    let draft = rebuilt(tree)?;
    let is_same = draft.octets() == sent.octets();
    Ok(Decision {
        role: role_of(&draft, change.writer),
        messages,
        reasons,
        stored: if is_same { Stored::Verbatim } else { Stored::Rewritten(draft) },
        refresh: false,
        answers: records,
    })
}

/// The instances that he leaves out, each with his line declined. A cancelled one is no answer.
fn leaving(
    change: &Change<'_>,
    stored: Option<&CalendarObject>,
    declined: &[InstanceId],
) -> Vec<(Answer, Component)> {
    let answer = |id: &InstanceId| {
        let mut component = declining(change, stored?, *id).filter(|part| !part.is_cancelled())?;
        // EXDATE names one instance, whatever its component describes besides.
        component.set_this_and_future(false);
        let (address, _) = own_line(change, &component)?;
        Some((Answer { id: *id, address, partstat: Partstat::Declined }, component))
    };
    declined.iter().filter_map(answer).collect()
}

/// Whether the organizer knows already that he does not come to this very instance, or that somebody comes in his place.
/// What he said to the series says nothing of it: that may change. An instance may be told apart by other people's
/// answers only.
fn is_settled(change: &Change<'_>, stored: Option<&CalendarObject>, id: InstanceId) -> bool {
    let said_of = |part: &Component| said(change, part);
    let was = stored.and_then(|stored| tree::part(stored, id)).and_then(said_of);
    let of_series = stored.and_then(CalendarObject::master).and_then(said_of);
    was != of_series
        && was.is_some_and(|(said, _)| matches!(said, Partstat::Declined | Partstat::Delegated))
}

impl Answer {
    /// His own answers order what he is told by what he said.
    fn record(&self, change: &Change<'_>, object: &CalendarObject) -> AnswerRecord {
        let number = tree::part_for(object, self.id).map_or(0, Component::sequence);
        AnswerRecord::now(Some(&self.address), self.id, number, change.now)
    }
}

/// How his reply went is written on the organizer's lines, whichever instance it was about (RFC 6638 section 7.3).
fn write_status(
    change: &Change<'_>,
    settled: &CalendarObject,
    answers: &[Answer],
    force_send: Option<&ForceSend>,
    edited: &mut Component,
) {
    let is_misread = matches!(force_send, Some(ForceSend::Other(_)));
    if answers.is_empty() && !is_misread {
        return;
    }
    let delivery = delivery_to_organizer(change, settled);
    for component in tree::parts_mut(edited, settled.kind().as_str()) {
        for line in component.properties_mut().filter(|line| line.is("ORGANIZER")) {
            if is_misread {
                status::set_ignored(line);
            } else {
                status::set(line, delivery);
            }
        }
    }
}

/// The components in which the attendee now says something else than before (RFC 6638 section
/// 3.2.2.3).
fn answers(
    change: &Change<'_>,
    stored: Option<&CalendarObject>,
    settled: &CalendarObject,
    force_send: Option<&ForceSend>,
) -> Vec<Answer> {
    let is_forced = force_send == Some(&ForceSend::Reply);
    let mut answers = Vec::new();
    for (id, component) in tree::parts(settled) {
        let Some((address, line)) = own_line(change, component) else { continue };
        if component.is_cancelled() {
            continue;
        }
        let before = stored.and_then(|stored| tree::instance(stored, id));
        let before = before.as_ref().and_then(|component| said(change, component));
        let now = Some(says(line));
        let says_new = match &before {
            Some(_) => {
                before != now || stored.is_some_and(|stored| has_got_on(stored, id, component))
            }
            None => line.partstat() != Partstat::NeedsAction,
        };
        // What he had said of an instance with the series, or with all later ones, he says by itself when he changes what
        // he says of these. Where the organizer has no component for it, that he has not decided has to be said as well.
        let is_apart =
            change.organizers.or(stored).is_some_and(|known| tree::part(known, id).is_some());
        let stays_behind = before.is_some()
            && before == stored.and_then(|stored| said_of_all(change, stored, id))
            && now != said_of_all(change, settled, id)
            && (line.partstat() != Partstat::NeedsAction || !is_apart);
        if says_new || stays_behind || is_forced {
            answers.push(Answer { id, address, partstat: line.partstat() });
        }
    }
    answers
}

/// What he says of the series, or of all instances from an earlier one on: it holds for one of which he says nothing.
fn said_of_all(
    change: &Change<'_>,
    object: &CalendarObject,
    id: InstanceId,
) -> Option<(Partstat, Vec<CalendarAddress>)> {
    let reaching = object.overrides().filter(|part| part.is_this_and_future());
    let earlier = reaching.filter(|part| object.instance_id(part) < id);
    let last = earlier.max_by_key(|part| object.instance_id(part));
    said(change, last.or_else(|| object.master())?)
}

/// Whether he says otherwise than before how far a task is, which is an answer too (RFC 5546 section 4.5.4).
fn has_got_on(stored: &CalendarObject, id: InstanceId, component: &Component) -> bool {
    let progress = |part: &Component| {
        PROGRESS.map(|name| {
            let value = part.property(name).map(|line| line.value().trim().to_ascii_uppercase());
            value.filter(|value| value != "0" && value != "NEEDS-ACTION")
        })
    };
    component.name() == "VTODO"
        && tree::instance(stored, id).is_some_and(|before| progress(&before) != progress(component))
}

fn said(change: &Change<'_>, component: &Component) -> Option<(Partstat, Vec<CalendarAddress>)> {
    own_line(change, component).map(|(_, line)| says(line))
}

fn says(line: Attendee<'_>) -> (Partstat, Vec<CalendarAddress>) {
    (line.partstat(), line.delegated_to())
}

pub(super) fn own_line<'a>(
    change: &Change<'_>,
    component: &'a Component,
) -> Option<(CalendarAddress, Attendee<'a>)> {
    tree::attendees(component).find(|(address, _)| change.writer.has(address))
}

/// Takes SCHEDULE-FORCE-SEND off, and tells what it said on ORGANIZER (RFC 6638 section 7.2).
fn take_force_send(sent: &CalendarObject, edited: &mut Component) -> Option<ForceSend> {
    let mut said = None;
    for component in tree::parts_mut(edited, sent.kind().as_str()) {
        for line in component.properties_mut().filter(|line| tree::is_participant(line)) {
            let force_send = Attendee::new(line).schedule_force_send();
            if line.is("ORGANIZER") {
                said = said.or(force_send);
            }
            line.remove_param("SCHEDULE-FORCE-SEND");
        }
    }
    said
}

/// One who is listed by several of his addresses is one attendee: what his client wrote on one of his lines he says on
/// all.
fn say_on_all_lines(stored: &CalendarObject, component: &mut Component, change: &Change<'_>) {
    let own = |component: &Component| {
        let lines = tree::lines_by_address(component).into_iter();
        let own = lines.filter(|(address, _)| change.writer.has(address));
        own.map(|(address, line)| (address, line.clone())).collect::<BTreeMap<_, _>>()
    };
    let lines = own(component);
    if lines.len() < 2 {
        return;
    }
    let reference = tree::instance(stored, stored.instance_id(component));
    let before = reference.as_ref().map(own).unwrap_or_default();
    let says = |line: &Property| says(Attendee::new(line));
    let is_new = |(address, line): &(&CalendarAddress, &Property)| {
        before.get(*address).map(says) != Some(says(line))
    };
    let Some((_, said)) = lines.iter().find(is_new) else { return };
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        if tree::address(line).is_some_and(|address| change.writer.has(&address)) {
            ["PARTSTAT", "DELEGATED-TO", "RSVP"]
                .iter()
                .for_each(|parameter| tree::copy_param(said, line, parameter));
        }
    }
}

/// A client that ticks a task off, or says how far it is, may forget to say so in PARTSTAT (RFC 5546 section 3.4.3).
fn settle_task(stored: &CalendarObject, component: &mut Component, change: &Change<'_>) {
    if component.name() != "VTODO" {
        return;
    }
    let reference = tree::instance(stored, stored.instance_id(component));
    let Some(reference) = reference else { return };
    let now_says = |name: &str| {
        let value = |part: &Component| part.property(name).map(|line| line.value().to_owned());
        value(component).filter(|now| value(&reference).as_ref() != Some(now))
    };
    let status = now_says("STATUS").map(|status| status.to_ascii_uppercase());
    let percent = now_says("PERCENT-COMPLETE").and_then(|percent| percent.trim().parse().ok());
    let partstat = match (status.as_deref(), percent) {
        (Some("COMPLETED"), _) | (None, Some(100_u8)) => Partstat::Completed,
        (Some("IN-PROCESS"), _) | (None, Some(1..)) => Partstat::InProcess,
        _ => return,
    };
    let was = own_line(change, &reference).map(|(_, line)| line.partstat());
    let own = component.properties_mut().filter(|line| tree::is_attendee(line));
    for line in
        own.filter(|line| tree::address(line).is_some_and(|address| change.writer.has(&address)))
    {
        let now = Attendee::new(line).partstat();
        // Who says how far he is has more to say than that he takes part.
        let says_less =
            matches!(now, Partstat::NeedsAction | Partstat::Accepted | Partstat::Tentative);
        if says_less || was.as_ref() == Some(&now) {
            line.set_param("PARTSTAT", partstat.as_str());
        }
    }
}

/// An instance of the stored object with his own PARTSTAT declined: nobody waits for his answer any more.
pub(super) fn declining(
    change: &Change<'_>,
    stored: &CalendarObject,
    id: InstanceId,
) -> Option<Component> {
    let mut component = tree::instance(stored, id)?;
    for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
        if tree::address(line).is_some_and(|address| change.writer.has(&address)) {
            line.set_param("PARTSTAT", Partstat::Declined.as_str());
            line.remove_param("DELEGATED-TO");
            line.remove_param("RSVP");
        }
    }
    Some(component)
}

/// One REPLY with all answers: to the organizer, and to whoever delegated to the writer (design
/// rules 10 and 16).
fn reply(
    change: &Change<'_>,
    source: &CalendarObject,
    answers: &[Answer],
    components: Vec<Component>,
) -> Result<Option<Message>, Refusal> {
    let (Some(first), Some(component)) = (answers.first(), components.first()) else {
        return Ok(None);
    };
    let mut speakers: BTreeSet<CalendarAddress> = BTreeSet::new();
    let mut delegators: BTreeSet<CalendarAddress> = BTreeSet::new();
    for (address, line) in components.iter().filter_map(|component| own_line(change, component)) {
        speakers.insert(address);
        speakers.extend(delegation_partners(line));
        delegators.extend(line.delegated_from());
    }
    let mut recipients: Vec<Recipient> =
        organizer(source).into_iter().filter_map(|line| recipient(change, line)).collect();
    for delegator in delegators {
        let line = tree::attendees(component).find(|(address, _)| *address == delegator);
        let is_told = recipients
            .iter()
            .any(|told| change.directory.is_same_person(&told.address, &delegator));
        if !is_told && !change.writer.has(&delegator) {
            recipients.extend(line.and_then(|(_, line)| recipient(change, line.property())));
        }
    }
    if recipients.is_empty() {
        return Ok(None);
    }
    let kind = summary::answer(&first.partstat, &first.address);
    let summary = Summary::of(kind, source, component);
    let builder = Builder { source, now: change.now };
    let itip = builder.reply(components, |address| speakers.contains(address))?;
    Ok(Some(Message { itip, sender: first.address.clone(), recipients, summary }))
}

fn organizer(object: &CalendarObject) -> Option<&Property> {
    object.organizer().map(|organizer| organizer.property())
}

fn recipient(change: &Change<'_>, line: &Property) -> Option<Recipient> {
    let address = tree::address(line)?;
    let route = match change.directory.find(&address) {
        Some(user) => Route::Local { principal: user.principal, notice: Notice::Normal },
        None if Attendee::new(line).is_mail() => Route::External,
        None => return None,
    };
    Some(Recipient { address, route })
}

fn delivery_to_organizer(change: &Change<'_>, object: &CalendarObject) -> Delivery {
    match organizer(object)
        .and_then(|line| recipient(change, line))
        .map(|recipient| recipient.route)
    {
        Some(Route::Local { .. }) => Delivery::Delivered,
        Some(Route::External) => Delivery::Rejected,
        None => Delivery::UnknownUser,
    }
}

fn explain(answer: &Answer) -> Reason {
    Reason::of(
        &answer.address,
        answer.id,
        Verdict::Reply,
        format!("he answers {}", answer.partstat),
    )
}
