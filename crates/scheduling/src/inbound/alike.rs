//! Those to whom a message says the same, so that what it makes of their copies is worked out once: an update of a meeting
//! of a thousand comes to a thousand copies, most of which are one.

use std::collections::HashSet;

use calendar::{Attendee, CalendarAddress, CalendarObject, Partstat, Role};

use crate::directory::LocalUser;
use crate::{Answers, tree};

/// Who is asked in all of an object, and nothing else: what a merge does with their lines does not depend on whose they
/// are.
#[derive(Debug, Default)]
pub struct Asked {
    everywhere: HashSet<CalendarAddress>,
    /// Those of whom some line says more, or whom some component lacks.
    others: HashSet<CalendarAddress>,
}

impl Asked {
    /// Those whom the components of an object ask.
    pub fn of(object: &CalendarObject) -> Self {
        let mut found = Self::default();
        for (at, component) in object.components().enumerate() {
            let mut asked = HashSet::new();
            for (address, line) in tree::attendees(component) {
                let lists = if is_asked(line) { &mut asked } else { &mut found.others };
                lists.insert(address);
            }
            if at == 0 {
                found.everywhere = asked;
            } else {
                found.others.extend(found.everywhere.symmetric_difference(&asked).cloned());
                found.everywhere.retain(|address| asked.contains(address));
            }
        }
        found
    }

    /// Whether a user is one of them, and no other of his addresses is listed; and nothing that he said is remembered.
    pub fn includes(&self, user: &LocalUser, said: &Answers) -> bool {
        let mut own = user.addresses.iter();
        own.clone().any(|own| self.everywhere.contains(own))
            && own.all(|own| !self.others.contains(own) && said.said(own).next().is_none())
    }
}

fn is_asked(line: Attendee<'_>) -> bool {
    line.partstat() == Partstat::NeedsAction
        && line.role() != Role::NonParticipant
        && line.delegated_to().is_empty()
        && line.delegated_from().is_empty()
}
