//! What one component of a REPLY makes of the component that it answers.

use calendar::zone::{LAST_INSTANT, Zone};
use calendar::{
    Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Limits, Partstat, Property,
};

use super::Arrival;
use super::stamp::stamp;
use crate::answers::Stamp;
use crate::itip::PROGRESS;
use crate::{AnswerRecord, Reason, Verdict, tree};

/// The status of a reply without REQUEST-STATUS (RFC 6638 section 4.2).
const SUCCESS: &str = "2.0";

const BEFORE_INVITED: &str = "he answered before he was invited anew";

/// One component of a reply.
pub(super) struct Answer<'a> {
    pub(super) arrival: &'a Arrival<'a>,
    pub(super) copy: &'a CalendarObject,
    pub(super) is_organizer: bool,
    pub(super) id: InstanceId,
    pub(super) component: &'a Component,
}

impl Answer<'_> {
    /// Merges it into the edited tree of the copy.
    pub(super) fn merge(&self, edited: &mut Component) -> Outcome {
        let Some((_, line)) = self.own_line(self.component) else {
            return Outcome::Ignored("the answer does not have the line of who sent it");
        };
        if let Some(overtaken) = self.overtaken() {
            return overtaken;
        }
        match self.target(edited, line) {
            Ok(target) => self.merge_into(edited, &target, line),
            Err(outcome) => outcome,
        }
    }

    /// What becomes of one that is not newer than what is known, or is about another time.
    fn overtaken(&self) -> Option<Outcome> {
        let stamp = stamp(self.component);
        match self.arrival.answers.last(self.arrival.sender, self.id) {
            Some(floor) if stamp < floor && floor.is_floor() => {
                return Some(Outcome::Void(BEFORE_INVITED));
            }
            Some(last) if self.is_older(stamp, last) => {
                return Some(Outcome::Ignored("older than his last answer"));
            }
            // Of answers that are made and delivered within one second, two may differ.
            Some(last) if stamp == last && !self.arrival.is_fresh => return Some(Outcome::Known),
            None if self.was_invited_to_the_series_since(stamp) => {
                return Some(Outcome::Void(BEFORE_INVITED));
            }
            _ => {}
        }
        let described_by = self.copy.component_for(&self.id);
        let described_by =
            described_by.map_or(InstanceId::Master, |part| self.copy.instance_id(part));
        let is_outdated =
            stamp.sequence < self.arrival.answers.rescheduled_at(self.id, described_by);
        is_outdated.then_some(Outcome::Outdated("he answered before the time was changed"))
    }

    /// Whether he was invited to the series anew after he said this of an instance that goes with it: one that has no
    /// component, or one by other people's answers since.
    fn was_invited_to_the_series_since(&self, stamp: Stamp) -> bool {
        let floor = self.arrival.answers.last(self.arrival.sender, InstanceId::Master);
        let Some(floor) = floor.filter(|floor| floor.is_floor() && stamp < *floor) else {
            return false;
        };
        tree::part(self.copy, self.id).is_none_or(|part| {
            part.sequence() >= floor.sequence && self.is_apart_by_answers(self.id, part)
        })
    }

    fn is_apart_by_answers(&self, id: InstanceId, component: &Component) -> bool {
        tree::by_the_series(self.copy, id)
            .is_some_and(|was| tree::differ_in_answers_only(&was, component, |_| true))
    }

    /// The component the answer is about: its override, or one derived from the master if it is a real instance, where
    /// the sender may answer it.
    fn target(&self, edited: &mut Component, answer: Attendee<'_>) -> Result<Component, Outcome> {
        let known = tree::part_mut(self.copy, edited, self.id).map(|component| component.clone());
        let Some(target) = known.or_else(|| tree::instance(self.copy, self.id)) else {
            let is_invited = self.copy.components().any(|part| self.own_line(part).is_some());
            let why = "there is no such instance";
            return Err(if is_invited { Outcome::Gone(why) } else { Outcome::Shown(why) });
        };
        if target.is_cancelled() {
            return Err(Outcome::TooLate("it is cancelled"));
        }
        if !self.is_organizer && !self.was_delegated_by_recipient(&target) {
            return Err(Outcome::Ignored("answers go to the organizer, and to who delegated"));
        }
        if self.own_line(&target).is_none() {
            let stamp = stamp(self.component);
            if self.was_taken_off_since(stamp) {
                return Err(Outcome::Ignored("he was taken off since"));
            }
            if self.was_sent_before_a_new_invitation(answer, stamp) {
                return Err(Outcome::TooLate("who sent him was invited anew since"));
            }
        }
        Ok(target)
    }

    fn merge_into(
        &self,
        edited: &mut Component,
        target: &Component,
        line: Attendee<'_>,
    ) -> Outcome {
        let has_component = tree::part(self.copy, self.id).is_some();
        let reaches_on = self.component.is_this_and_future();
        let mut merged = target.clone();
        if reaches_on && !has_component {
            merged.set_this_and_future(true);
        }
        if !self.set_own_line(&mut merged, line) {
            return Outcome::Shown("he is not invited");
        }
        self.set_delegates(&mut merged, self.id, line);
        // What he says of one instance stays when he says something else of the series: it gets a component.
        let is_known = has_component && merged.to_octets() == target.to_octets();
        // How far a task is stands on no line, and is told again and again (RFC 5546 section 4.5.4).
        let tells_progress = self.component.name() == "VTODO"
            && PROGRESS.iter().any(|name| self.component.property(name).is_some());
        if is_known && !tells_progress {
            return Outcome::Known;
        }
        if self.id == InstanceId::Master {
            self.spread(edited, target, line);
        }
        if reaches_on {
            self.answer_later(edited, line, has_component && !target.is_this_and_future());
        } else if has_component && target.is_this_and_future() {
            // It does not hold for the later ones that its component describes: the first of these describes them now.
            tree::next_described(self.copy, self.id)
                .into_iter()
                .for_each(|next| edited.push_component(next));
        }
        if let Some(component) = tree::part_mut(self.copy, edited, self.id) {
            *component = merged;
        } else {
            edited.push_component(merged);
        }
        Outcome::Merged
    }

    /// An answer with RANGE=THISANDFUTURE holds for the later overrides that he has not answered, and, where its own
    /// instance `stands_alone`, from the next one without an override on (RFC 5545 section 3.2.13).
    fn answer_later(&self, edited: &mut Component, answer: Attendee<'_>, stands_alone: bool) {
        for (id, component) in tree::parts(self.copy) {
            if id <= self.id
                || component.is_cancelled()
                || self.has_answered(self.arrival.sender, id)
                || self.answers_apart(id)
            {
                continue;
            }
            if let Some(component) = tree::part_mut(self.copy, edited, id)
                && self.set_own_line(component, answer)
            {
                self.set_delegates(component, id, answer);
            }
        }
        let InstanceId::Recurrence(from) = self.id else { return };
        if !stands_alone {
            return;
        }
        let mut later = self.copy.instances(from..LAST_INSTANT, &Zone::utc(), &Limits::default());
        let next = later.find(|instance| instance.id > self.id && !instance.is_override);
        let next = next.and_then(|next| self.copy.derive_override(&next.id));
        if let Some(mut next) = next.filter(|next| self.own_line(next).is_some()) {
            next.set_this_and_future(true);
            self.set_own_line(&mut next, answer);
            edited.push_component(next);
        }
    }

    /// An answer to the series holds for instances too that are told apart by other people's answers alone, unless he
    /// has answered for them.
    fn spread(&self, edited: &mut Component, series: &Component, answer: Attendee<'_>) {
        let line_of = |component: &Component| {
            self.own_line(component).map(|(_, line)| (line.partstat(), line.delegated_to()))
        };
        let said = line_of(series);
        for (id, component) in tree::parts(self.copy) {
            if id == InstanceId::Master
                || self.has_answered(self.arrival.sender, id)
                || self.answers_apart(id)
                || component.is_cancelled()
                || line_of(component) != said
            {
                continue;
            }
            if self.is_apart_by_answers(id, component)
                && let Some(component) = tree::part_mut(self.copy, edited, id)
            {
                self.set_own_line(component, answer);
                self.set_delegates(component, id, answer);
            }
        }
    }

    /// Whether this very message says something of an instance by itself.
    fn answers_apart(&self, id: InstanceId) -> bool {
        tree::part(self.arrival.message.content(), id).is_some()
    }

    /// Whether somebody said something of an instance since it has its present time.
    fn has_answered(&self, who: &CalendarAddress, id: InstanceId) -> bool {
        let last = self.arrival.answers.last(who, id);
        let since = self.arrival.answers.rescheduled_at(id, id);
        last.is_some_and(|last| !last.is_floor() && last.sequence >= since)
    }

    fn own_line<'c>(&self, component: &'c Component) -> Option<(CalendarAddress, Attendee<'c>)> {
        let is_his = |address: &CalendarAddress| {
            self.arrival.directory.is_same_person(address, self.arrival.sender)
        };
        tree::attendees(component).find(|(address, _)| is_his(address))
    }

    /// The delegator's copy takes the answers of whom he sent in his place.
    fn was_delegated_by_recipient(&self, target: &Component) -> bool {
        tree::attendees(target).any(|(address, line)| {
            self.arrival.recipient.has(&address)
                && line
                    .delegated_to()
                    .iter()
                    .any(|to| self.arrival.directory.is_same_person(to, self.arrival.sender))
        })
    }

    /// Whether he said this before his last answer, or before he was asked again. Users of this server share its clock,
    /// and one who had not heard yet that he is asked again has an older number.
    fn is_older(&self, stamp: Stamp, last: Stamp) -> bool {
        let is_local = self.arrival.directory.find(self.arrival.sender).is_some();
        if is_local && !last.is_floor() && stamp.dtstamp != last.dtstamp {
            return stamp.dtstamp < last.dtstamp;
        }
        stamp < last
    }

    /// Whether somebody who is not listed was taken off, or was told that it is not for him, after he said this: by the
    /// number, since he may not have heard it yet.
    fn was_taken_off_since(&self, stamp: Stamp) -> bool {
        let last = |id| self.arrival.answers.last(self.arrival.sender, id);
        let told = [self.id, InstanceId::Master].into_iter().filter_map(last);
        told.into_iter().any(|said| stamp < said)
    }

    /// Whether a delegate answers to what his delegator was invited to before, be it the instance or the series.
    fn was_sent_before_a_new_invitation(&self, answer: Attendee<'_>, stamp: Stamp) -> bool {
        let delegators = answer.delegated_from();
        let told = [self.id, InstanceId::Master].into_iter().flat_map(|id| {
            delegators.iter().filter_map(move |from| self.arrival.answers.last(from, id))
        });
        told.filter(|last| last.is_floor()).any(|floor| stamp < floor)
    }

    /// Sets what an answer says on the attendee's line; false when he has none and nobody sent him.
    fn set_own_line(&self, merged: &mut Component, answer: Attendee<'_>) -> bool {
        let status = reply_status(self.component);
        if self.own_line(merged).is_none() {
            let is_sent =
                answer.delegated_from().iter().any(|from| merged.attendee(from).is_some());
            if is_sent {
                let mut line = answer.property().clone();
                line.set_schedule_status(Some(&status));
                merged.push_property(line);
            }
            return is_sent;
        }
        // By whichever of his addresses he is listed.
        let is_his = |line: &Property| {
            let address = Some(line).filter(|line| tree::is_attendee(line)).and_then(tree::address);
            address.is_some_and(|address| {
                self.arrival.directory.is_same_person(&address, self.arrival.sender)
            })
        };
        // RFC 5546 section 4.4.10: that his program could not read it is no answer.
        let is_answer = answer.property().param("PARTSTAT").is_some() || status.starts_with('2');
        let parameters: &[&str] =
            if is_answer { &["PARTSTAT", "DELEGATED-TO", "RSVP"] } else { &[] };
        for line in merged.properties_mut().filter(|line| is_his(line)) {
            for parameter in parameters {
                tree::copy_param(answer.property(), line, parameter);
            }
            // Who has not heard yet that he is sent is sent all the same.
            if is_answer && answer.property().param("DELEGATED-FROM").is_some() {
                tree::copy_param(answer.property(), line, "DELEGATED-FROM");
            }
            line.set_schedule_status(Some(&status));
        }
        true
    }

    /// The lines of those he sends in his place come along; an answer of theirs that came earlier
    /// stands, and so does what they said of one instance when he sends them to the series.
    fn set_delegates(&self, merged: &mut Component, id: InstanceId, answer: Attendee<'_>) {
        let stamp = stamp(self.component);
        for (address, line) in tree::attendees(self.component) {
            let is_sent = answer.delegated_to().contains(&address)
                && line
                    .delegated_from()
                    .iter()
                    .any(|from| self.arrival.directory.is_same_person(from, self.arrival.sender));
            if !is_sent {
                continue;
            }
            let has_answered = self.arrival.has_heard_since(&address, id, stamp)
                || (id != self.id && self.has_answered(&address, id));
            let known = merged.attendee(&address).map(|was| was.property().clone());
            match known {
                Some(was) if Attendee::new(&was).delegated_from() == line.delegated_from() => {}
                Some(mut was) if has_answered => {
                    tree::copy_param(line.property(), &mut was, "DELEGATED-FROM");
                    tree::set_attendee(merged, &address, was);
                }
                _ => tree::set_attendee(merged, &address, line.property().clone()),
            }
        }
    }

    /// Those who sent this attendee in their place, if he declines (RFC 5546 section 4.2.5).
    pub(super) fn delegators_declined(&self) -> Vec<CalendarAddress> {
        match self.own_line(self.component) {
            Some((_, line)) if line.partstat() == Partstat::Declined => line.delegated_from(),
            _ => Vec::new(),
        }
    }

    /// Whether it puts its sender on the list of what he answered.
    pub(super) fn lists_sender(&self) -> bool {
        tree::instance(self.copy, self.id).is_some_and(|was| self.own_line(&was).is_none())
    }

    pub(super) fn record(&self) -> AnswerRecord {
        stamp(self.component).into_record(self.arrival.sender, self.id)
    }

    pub(super) fn explain(&self, outcome: &Outcome) -> Reason {
        let verdict = if outcome.is_merged() { Verdict::Merged } else { Verdict::Ignored };
        Reason::of(self.arrival.sender, self.id, verdict, outcome.text())
    }
}

/// What became of one component of a reply.
pub(super) enum Outcome {
    /// Merged: the line changed.
    Merged,
    /// It says what was known.
    Known,
    /// Not merged, but of interest to the reader.
    Shown(&'static str),
    /// Given before he was invited anew: he is told what is now.
    Void(&'static str),
    /// Given to another time: he is told what is now, and it was heard.
    Outdated(&'static str),
    /// Given to what does not take place: his copy will say what this one says.
    TooLate(&'static str),
    /// Given to an instance that the series does not have: likewise, and of interest to the reader.
    Gone(&'static str),
    /// Not merged.
    Ignored(&'static str),
}

impl Outcome {
    pub(super) fn is_merged(&self) -> bool {
        matches!(self, Self::Merged)
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self, Self::Known)
    }

    /// Whether nothing of the kind takes place, so that his copy has to say so.
    pub(super) fn is_about_nothing(&self) -> bool {
        matches!(self, Self::TooLate(_) | Self::Gone(_))
    }

    /// Whether it is about what is no more, so that he is told what is now.
    pub(super) fn is_about_what_was(&self) -> bool {
        matches!(self, Self::Void(_) | Self::Outdated(_))
    }

    /// Whether the reader finds the message in the inbox.
    pub(super) fn is_shown(&self) -> bool {
        self.is_merged()
            || self.is_about_what_was()
            || matches!(self, Self::Shown(_) | Self::Gone(_))
    }

    /// Whether what he says next has to be later.
    pub(super) fn is_heard(&self) -> bool {
        !matches!(self, Self::Void(_) | Self::Shown(_) | Self::Ignored(_))
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Merged => "his answer is on his line",
            Self::Known => "he said so before",
            Self::Shown(why)
            | Self::Void(why)
            | Self::Outdated(why)
            | Self::TooLate(why)
            | Self::Gone(why)
            | Self::Ignored(why) => why,
        }
    }
}

/// SCHEDULE-STATUS from REQUEST-STATUS (RFC 6638 section 4.2).
pub(super) fn reply_status(component: &Component) -> String {
    let codes = component
        .properties_named("REQUEST-STATUS")
        .filter_map(|line| line.value().split(';').next());
    let codes: Vec<&str> = codes.map(str::trim).filter(|code| !code.is_empty()).collect();
    if codes.is_empty() { SUCCESS.to_owned() } else { codes.join(",") }
}
