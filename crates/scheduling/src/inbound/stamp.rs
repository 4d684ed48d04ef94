//! Whether an arriving component is older than what is known (RFC 5546 section 2.1.5).

use calendar::{CalendarAddress, Component, InstanceId};

use super::Arrival;
use crate::AnswerRecord;
use crate::answers::Stamp;

/// The revision of an arriving component.
pub(super) fn stamp(component: &Component) -> Stamp {
    Stamp::of(component)
}

/// Whether a component that the organizer sent is older than what the recipient has of that
/// instance.
///
/// Components count their revisions apart from each other; between an instance and the series, the
/// time decides at which the messages were made. What was said of the series before counts for nothing where the message
/// brings a newer one along: that of a delegator may be older in its revision and later in time.
pub(super) fn is_stale(
    arrival: &Arrival<'_>,
    organizer: &CalendarAddress,
    id: InstanceId,
    component: &Component,
    local: Option<&Component>,
) -> bool {
    let stamp = stamp(component);
    let brought = arrival.message.master().map(Stamp::of);
    let of_series = arrival
        .answers
        .last(organizer, InstanceId::Master)
        .filter(|known| brought.is_none_or(|brought| brought < *known));
    if id != InstanceId::Master && of_series.is_some_and(|known| known.dtstamp > stamp.dtstamp) {
        return true;
    }
    match arrival.answers.last(organizer, id) {
        Some(known) => stamp < known,
        // A component that the recipient made of the series has the number of that.
        None if arrival.answers.last(organizer, InstanceId::Master).is_some() => false,
        None => local.is_some_and(|local| stamp.sequence < local.sequence()),
    }
}

impl Arrival<'_> {
    /// Whether the recipient heard from somebody, of one instance, what was said after this.
    pub(super) fn has_heard_since(
        &self,
        from: &CalendarAddress,
        id: InstanceId,
        message: Stamp,
    ) -> bool {
        self.answers.last(from, id).is_some_and(|known| {
            known.dtstamp > message.dtstamp || (known.dtstamp == message.dtstamp && !self.is_fresh)
        })
    }
}

/// Whether the recipient heard of one instance after the series was described by this component.
pub(super) fn is_newer_than_series(
    arrival: &Arrival<'_>,
    organizer: &CalendarAddress,
    id: InstanceId,
    series: &Component,
) -> bool {
    arrival.answers.last(organizer, id).is_some_and(|known| known.dtstamp > stamp(series).dtstamp)
}

/// What is to be remembered of the components that were taken over.
pub(super) fn records<'a>(
    sender: &CalendarAddress,
    components: impl IntoIterator<Item = (InstanceId, &'a Component)>,
) -> Vec<AnswerRecord> {
    components.into_iter().map(|(id, component)| stamp(component).into_record(sender, id)).collect()
}
