//! Calendar user addresses that are principals of this server, written with host and all (RFC 6638 2.4.1).
//!
//! An address is one thing however it is reached: behind a proxy the same principal has several absolute URLs. So in what
//! is stored they are paths, as `CALDAV:calendar-user-address-set` gives them.

use calendar::{CalendarAddress, CalendarObject, Component, Property};

use crate::target::Target;

/// The parameters of a participant that hold addresses (RFC 5545 3.2.4, 3.2.5, 3.2.11, 3.2.18).
const PARAMETERS: [&str; 4] = ["DELEGATED-FROM", "DELEGATED-TO", "MEMBER", "SENT-BY"];

/// The object with the absolute URLs of our principals as paths; none when it has no such.
pub(crate) fn as_paths(object: &CalendarObject, authority: Option<&str>) -> Option<CalendarObject> {
    let is_absolute = |line: &Property| {
        std::iter::once(line.value())
            .chain(PARAMETERS.iter().flat_map(|name| line.param_values(name)))
            .any(|address| path_of(address, authority).is_some())
    };
    let participants =
        |part: &Component| part.properties().any(|line| is_participant(line) && is_absolute(line));
    if !object.components().any(participants) {
        return None;
    }
    let mut tree = object.tree().clone();
    for part in tree.components_mut() {
        for line in part.properties_mut().filter(|line| is_participant(line)) {
            write_paths(line, authority);
        }
    }
    CalendarObject::from_tree(tree).ok()
}

fn is_participant(line: &Property) -> bool {
    ["ATTENDEE", "ORGANIZER"].iter().any(|name| line.name().eq_ignore_ascii_case(name))
}

fn write_paths(line: &mut Property, authority: Option<&str>) {
    if let Some(path) = path_of(line.value(), authority) {
        line.set_value(&path);
    }
    for name in PARAMETERS {
        let values: Vec<String> = line
            .param_values(name)
            .map(|value| path_of(value, authority).unwrap_or_else(|| value.to_owned()))
            .collect();
        if !values.is_empty() {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            line.set_param_values(name, &values);
        }
    }
}

/// Whom an address names, by whatever of its spellings.
pub(crate) fn parse(address: &str, authority: Option<&str>) -> Option<CalendarAddress> {
    let path = path_of(address, authority);
    CalendarAddress::parse(path.as_deref().unwrap_or(address)).ok()
}

/// The path of one of our principals, if this is its absolute URL.
fn path_of(address: &str, authority: Option<&str>) -> Option<String> {
    let scheme = address.trim_start().split_once("://")?.0;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    match Target::from_reference(address, authority) {
        Ok(target @ Target::Principal { .. }) => Some(target.href()),
        _ => None,
    }
}
