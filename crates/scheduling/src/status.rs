//! SCHEDULE-STATUS (RFC 6638 sections 3.2.9 and 7.3): how far a message got.
//!
//! The engine predicts from the directory what becomes of each message and writes that into the
//! object to be stored; [`record`] replaces the prediction where delivery turned out otherwise.

use calendar::{CalendarAddress, CalendarObject, Component, Property};

use crate::tree;

/// What this server says of a delivery, of the codes of RFC 6638 section 3.2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// 1.2: delivered.
    Delivered,
    /// 3.7: no such calendar user.
    UnknownUser,
    /// 3.8: not allowed.
    NoPrivilege,
    /// 5.1: failed for now.
    Failed,
    /// 5.3: scheduling with this user is not possible.
    Rejected,
}

impl Delivery {
    /// The code as it stands in SCHEDULE-STATUS.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "1.2",
            Self::UnknownUser => "3.7",
            Self::NoPrivilege => "3.8",
            Self::Failed => "5.1",
            Self::Rejected => "5.3",
        }
    }
}

/// Replaces predicted delivery codes on the lines of these participants by what really happened.
///
/// Lines that carry no delivery code were not told of anything and stay as they are; so do reply
/// codes (2.x).
pub fn record(
    object: &CalendarObject,
    outcomes: &[(CalendarAddress, Delivery)],
) -> Option<CalendarObject> {
    let mut edited = object.tree().clone();
    for component in edited.components_mut() {
        for (address, delivery) in outcomes {
            record_on(component, address, *delivery);
        }
    }
    tree::if_edited(object, edited)
}

fn record_on(component: &mut Component, about: &CalendarAddress, delivery: Delivery) {
    for line in component.properties_mut() {
        let is_delivery = line.param("SCHEDULE-STATUS").is_some_and(is_delivery_code);
        if is_delivery && tree::is_participant(line) && tree::address(line).as_ref() == Some(about)
        {
            set(line, delivery);
        }
    }
}

pub(crate) fn set(line: &mut Property, delivery: Delivery) {
    line.set_param("SCHEDULE-STATUS", delivery.code());
}

/// 2.3: "Success; invalid property parameter ignored", of a SCHEDULE-FORCE-SEND that is not known (RFC 6638 section 7.2).
pub(crate) fn set_ignored(line: &mut Property) {
    line.set_param("SCHEDULE-STATUS", "2.3");
}

fn is_delivery_code(code: &str) -> bool {
    matches!(code.as_bytes().first(), Some(b'1' | b'3' | b'5'))
}
