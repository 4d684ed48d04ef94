//! Keeping the other attendees' copies in step with who comes (RFC 6638 section 4.2; design rule
//! 15).
//!
//! Invariants: only PARTSTAT changes (with RSVP, which asks for it), and after a delegation the two lines; his own
//! follows the organizer's object only where nothing that he said is still on its way there;
//! SEQUENCE stays; refreshing twice equals refreshing once.

use calendar::{Attendee, CalendarAddress, CalendarObject, Component, InstanceId, Property};

use crate::directory::LocalUser;
use crate::itip::Builder;
use crate::{Answers, ScheduleTag, tree};

/// A refreshed copy.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The copy with the others' participation as the organizer has it.
    pub object: CalendarObject,
    /// Stays while only participation changed.
    pub schedule_tag: ScheduleTag,
}

/// A meeting and one attendee's copy of it.
#[derive(Clone, Copy, Debug)]
pub struct Refresh<'a> {
    /// The organizer's object.
    pub meeting: &'a CalendarObject,
    /// What the organizer has heard.
    pub heard: &'a Answers,
    /// The attendee's copy.
    pub copy: &'a CalendarObject,
    /// What the attendee has said.
    pub said: &'a Answers,
    /// The attendee.
    pub recipient: &'a LocalUser,
}

impl Refresh<'_> {
    /// Brings the participation in the copy up to date; none when it is.
    pub fn apply(self) -> Option<Refreshed> {
        let Self { meeting, copy, recipient, .. } = self;
        let mut edited = copy.tree().clone();
        let mut schedule_tag = ScheduleTag::Keep;
        for ((id, local), component) in
            tree::parts(copy).into_iter().zip(tree::parts_mut(&mut edited, copy.kind().as_str()))
        {
            let theirs = tree::instance(meeting, id)
                .filter(|theirs| names(theirs, recipient) && !local.is_cancelled());
            if theirs.is_some_and(|theirs| self.refresh_component(id, &theirs, component)) {
                schedule_tag = ScheduleTag::Change;
            }
        }
        for (id, theirs) in tree::parts(meeting) {
            let is_hidden = tree::part(copy, id).is_some() || tree::excluded(copy).contains(&id);
            if is_hidden || !names(theirs, recipient) || theirs.is_cancelled() {
                continue;
            }
            // Somebody answered for this instance alone: it is told apart from the series by
            // participation only.
            if let Some(mut component) = tree::instance(copy, id) {
                component.set_this_and_future(theirs.is_this_and_future());
                if self.refresh_component(id, theirs, &mut component) {
                    schedule_tag = ScheduleTag::Change;
                }
                edited.push_component(component);
            }
        }
        let object = tree::if_edited(copy, edited)?;
        Some(Refreshed { object, schedule_tag })
    }

    /// Whether every other copy like his becomes what his becomes: he is in all of it, is heard, and nobody stands in
    /// for anybody.
    pub fn is_as_for_others(&self) -> bool {
        let mut parts = tree::parts(self.meeting).into_iter().chain(tree::parts(self.copy));
        parts.all(|(id, part)| {
            let delegates = |line: &Property| delegation(line) != (Vec::new(), Vec::new());
            names(part, self.recipient)
                && self.has_heard_all(id)
                && !part.properties_named("ATTENDEE").any(delegates)
        })
    }

    /// Whether more than PARTSTAT changed.
    fn refresh_component(
        &self,
        id: InstanceId,
        theirs: &Component,
        component: &mut Component,
    ) -> bool {
        let recipient = self.recipient;
        let mut theirs = tree::lines_by_address(theirs);
        let is_heard = self.has_heard_all(id);
        if !is_heard {
            theirs.retain(|address, _| !recipient.has(address));
        }
        // A delegation that came to nothing: it was overtaken by what was said later. Of his own the organizer has perhaps
        // not heard.
        let before = component.properties_named("ATTENDEE").count();
        component.retain_properties(|line| {
            let is_known = || tree::address(line).is_some_and(|who| theirs.contains_key(&who));
            let is_sent = delegation(line).1.iter().any(|from| is_heard || !recipient.has(from));
            !tree::is_attendee(line) || !is_sent || is_known()
        });
        let mut is_delegation = component.properties_named("ATTENDEE").count() != before;
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            let source = tree::address(line)
                .and_then(|address| Some((theirs.remove(&address)?, recipient.has(&address))));
            let Some((source, is_own)) = source else { continue };
            if delegation(line) != delegation(source) {
                if is_own {
                    let said = ["PARTSTAT", "DELEGATED-TO", "DELEGATED-FROM", "RSVP"];
                    said.iter().for_each(|parameter| tree::copy_param(source, line, parameter));
                } else {
                    *line = as_sent(source);
                }
                is_delegation = true;
            } else if Attendee::new(line).partstat() != Attendee::new(source).partstat() {
                line.set_partstat(&Attendee::new(source).partstat());
                tree::copy_param(source, line, "RSVP");
            }
        }
        for source in theirs.into_values().filter(|source| !delegation(source).1.is_empty()) {
            component.push_property(as_sent(source));
            is_delegation = true;
        }
        is_delegation
    }

    /// Whether nothing that the attendee said about an instance is still on its way to the organizer.
    fn has_heard_all(&self, id: InstanceId) -> bool {
        let mut own = self.recipient.addresses.iter();
        own.all(|own| {
            let said = self.said.last(own, id).filter(|said| !said.is_floor());
            said <= self.heard.last(own, id)
        })
    }
}

fn names(component: &Component, user: &LocalUser) -> bool {
    own_line(component, user).is_some()
}

fn own_line<'c>(component: &'c Component, user: &LocalUser) -> Option<&'c Property> {
    let mut attendees = tree::attendees(component);
    attendees.find(|(address, _)| user.has(address)).map(|(_, line)| line.property())
}

/// Whom a line delegates to, and from whom it comes.
fn delegation(line: &Property) -> (Vec<CalendarAddress>, Vec<CalendarAddress>) {
    (Attendee::new(line).delegated_to(), Attendee::new(line).delegated_from())
}

/// A line as a message would bring it.
fn as_sent(line: &Property) -> Property {
    let mut line = line.clone();
    line.strip_schedule_parameters();
    line
}

/// The organizer's object as an attendee may see it (RFC 6638 section 3.2.6); none when it does not
/// name him.
pub(crate) fn as_seen_by(organizer: &CalendarObject, user: &LocalUser) -> Option<CalendarObject> {
    let component = organizer.components().find(|component| names(component, user))?;
    let (address, _) = tree::attendees(component).find(|(address, _)| user.has(address))?;
    let view = Builder { source: organizer, now: component.dtstamp().unwrap_or_default() }
        .view(&address)
        .ok()?;
    let mut tree = view.tree().clone();
    tree.remove_properties("METHOD");
    CalendarObject::from_tree(tree).ok()
}
