//! A room that is invited by its bare address is shown as the person that a line without CUTYPE means (RFC 5545 section
//! 3.2.3); only the server knows better.

use calendar::{Attendee, CalendarObject, ScheduleAgent};

use crate::directory::{Directory, UserKind};
use crate::tree;

/// The organizer's object with CUTYPE on the lines of rooms and resources of this server that have none; none when it
/// stands as it is.
pub fn name(object: &CalendarObject, directory: &Directory) -> Option<CalendarObject> {
    let mut lines = tree::parts(object).into_iter().flat_map(|(_, part)| part.attendees());
    lines.find_map(|line| missing(line, directory))?;
    let mut edited = object.tree().clone();
    for component in tree::parts_mut(&mut edited, object.kind().as_str()) {
        for line in component.properties_mut().filter(|line| tree::is_attendee(line)) {
            if let Some(cutype) = missing(Attendee::new(line), directory) {
                line.set_param("CUTYPE", cutype);
            }
        }
    }
    CalendarObject::from_tree(edited).ok()
}

/// What a line should say of whom it names, and does not.
fn missing(line: Attendee<'_>, directory: &Directory) -> Option<&'static str> {
    if line.property().param("CUTYPE").is_some() || line.schedule_agent() != ScheduleAgent::Server {
        return None;
    }
    match directory.find(&line.address()?)?.kind {
        UserKind::Room => Some("ROOM"),
        UserKind::Resource => Some("RESOURCE"),
        UserKind::User | UserKind::Group => None,
    }
}
