//! What one message made of the copies that it came to until now: most of those who hear of a meeting of a thousand have
//! the same copy, and what becomes of that is worked out once.

use std::sync::Arc;

use calendar::CalendarObject;

use crate::inbound::{Asked, Merge};
use crate::itip::{Message, Notice};
use crate::{Answers, LocalUser};

/// What a message made of a copy, to be shared by all whose copies it makes alike.
#[derive(Clone)]
pub(super) struct Merged {
    /// Without the copy itself.
    pub(super) merge: Merge,
    pub(super) object: Option<Arc<CalendarObject>>,
}

impl Merged {
    pub(super) fn of(mut merge: Merge) -> Self {
        let object = merge.stored.take().map(Arc::new);
        Self { merge, object }
    }

    /// A copy, and nothing to be said in somebody's name.
    fn is_the_same_for_all(&self) -> bool {
        self.object.is_some() && self.merge.messages.is_empty()
    }
}

/// What came of a message until now.
pub(super) struct Known {
    asked: Asked,
    /// Whom the copies ask that were looked at.
    copies: Vec<(Arc<CalendarObject>, Asked)>,
    states: Vec<State>,
}

/// In which state somebody was, and what came of the message.
struct State {
    copy: Option<Arc<CalendarObject>>,
    notice: Notice,
    answers: Answers,
    merged: Merged,
}

impl Known {
    pub(super) fn of(message: &Message) -> Self {
        let is_shared = message.recipients.len() > 1;
        let asked = if is_shared { Asked::of(message.itip.content()) } else { Asked::default() };
        Self { asked, copies: Vec::new(), states: Vec::new() }
    }

    /// Whether the message says the same to a user as to all others who have this copy and heard what he heard.
    pub(super) fn says_the_same_to(
        &mut self,
        user: &LocalUser,
        copy: &Arc<CalendarObject>,
        said: &Answers,
    ) -> bool {
        if !self.asked.includes(user, said) {
            return false;
        }
        let at = self.copies.iter().position(|(of, _)| Arc::ptr_eq(of, copy));
        let at = at.unwrap_or_else(|| {
            self.copies.push((Arc::clone(copy), Asked::of(copy)));
            self.copies.len() - 1
        });
        self.copies.get(at).is_some_and(|(_, asked)| asked.includes(user, said))
    }

    pub(super) fn find(
        &self,
        copy: Option<&Arc<CalendarObject>>,
        notice: Notice,
        answers: &Answers,
    ) -> Option<&Merged> {
        let is_same = |state: &&State| {
            state.copy.as_ref().map(Arc::as_ptr) == copy.map(Arc::as_ptr)
                && state.notice == notice
                && state.answers == *answers
        };
        self.states.iter().find(is_same).map(|state| &state.merged)
    }

    pub(super) fn note(
        &mut self,
        copy: Option<Arc<CalendarObject>>,
        notice: Notice,
        answers: Answers,
        merged: &Merged,
    ) {
        if merged.is_the_same_for_all() {
            self.states.push(State { copy, notice, answers, merged: merged.clone() });
        }
    }
}
