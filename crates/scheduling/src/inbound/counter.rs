//! A COUNTER arrives, or what declines one (RFC 5546 sections 3.2.7, 3.2.8, 3.4.7 and 3.4.8).
//!
//! A proposal changes nothing: the organizer finds it in his inbox. He takes it up by writing the meeting anew, or
//! declines it ([`decline_counter`](crate::itip::decline_counter)).

use calendar::{CalendarObject, InstanceId};

use super::ask::own_line;
use super::stamp::stamp;
use super::{Arrival, Merge};
use crate::itip::{SchedulingRole, role_of};
use crate::{Reason, Verdict, tree};

/// Keeps a proposal for the organizer.
pub(super) fn propose(arrival: &Arrival<'_>) -> Merge {
    let Some(meeting) = arrival.copy else {
        return Merge::unchanged(false, "a proposal for what is not in the calendar", arrival);
    };
    if role_of(meeting, arrival.recipient) != SchedulingRole::Organizer {
        return Merge::unchanged(true, "only the organizer can take up a proposal", arrival);
    }
    let mut merge = Merge::nothing(false);
    for (id, component) in tree::parts(arrival.message.content()) {
        let said = stamp(component);
        let is_old = arrival.answers.last(arrival.sender, id).is_some_and(|last| said <= last);
        let (is_shown, text) = if !is_invited(arrival, meeting, id) {
            (true, "he is not invited")
        } else if is_old && !arrival.is_fresh {
            (false, "known, or older than his last answer")
        } else {
            merge.answers.push(said.into_record(arrival.sender, id));
            (true, "he proposes something else; it stays as it is until the organizer changes it")
        };
        merge.inbox |= is_shown;
        merge.reasons.push(Reason::of(arrival.sender, id, Verdict::Ignored, text));
    }
    merge
}

fn is_invited(arrival: &Arrival<'_>, meeting: &CalendarObject, id: InstanceId) -> bool {
    tree::instance(meeting, id).is_some_and(|part| own_line(arrival, &part).is_some())
}

/// Keeps for an attendee that his proposal was declined.
pub(super) fn declined(arrival: &Arrival<'_>) -> Merge {
    let organizer = arrival.message.components().find_map(tree::organizer);
    let is_from_organizer =
        organizer.as_ref().is_some_and(|(organizer, line)| arrival.speaks_for(organizer, line));
    let is_his = organizer.is_some_and(|(organizer, _)| {
        arrival.copy.is_some_and(|copy| arrival.is_organized_by(copy, &organizer))
    });
    if is_from_organizer && is_his {
        Merge::unchanged(true, "his proposal is declined; all stays as it is", arrival)
    } else {
        Merge::refused("only the organizer declines a proposal", arrival)
    }
}
