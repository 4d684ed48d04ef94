//! Values in one spelling, so that what means the same compares equal (RFC 5545 §3.2, §3.8).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::address::CalendarAddress;
use crate::participant::Attendee;
use crate::source::{Component, Property, split_values, unescape_text};
use crate::time::CalendarTime;
use crate::zone::{Zone, ZoneSet};

/// What a component says besides its times and recurrence: values by name, sorted.
pub(super) type Content = BTreeMap<String, Vec<String>>;

/// Says when the object was written, not what it says (RFC 5545 §3.8.7), or is compared elsewhere.
const LEFT_OUT: [&str; 13] = [
    "CREATED",
    "DTSTAMP",
    "LAST-MODIFIED",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "REQUEST-STATUS",
    "UID",
];

/// The lines of each of two components that the other does not have in the same words. A meeting has many attendees,
/// and most writes touch few of their lines.
pub(super) fn own_lines<'a>(
    old: &'a Component,
    new: &'a Component,
) -> (Vec<&'a Property>, Vec<&'a Property>) {
    let counts = |line: &&Property| !LEFT_OUT.contains(&line.name());
    let mut of_old: HashMap<&str, Vec<&Property>> = HashMap::new();
    for line in old.properties().filter(counts) {
        of_old.entry(line.value()).or_default().push(line);
    }
    let mut of_new = Vec::new();
    for line in new.properties().filter(counts) {
        // The same TZID may mean another zone.
        let is_same = |other: &&Property| *other == line && line.param("TZID").is_none();
        let others = of_old.get_mut(line.value());
        match others.and_then(|others| Some((others.iter().position(is_same)?, others))) {
            Some((at, others)) => drop(others.swap_remove(at)),
            None => of_new.push(line),
        }
    }
    (of_old.into_values().flatten().collect(), of_new)
}

/// What lines of a component and the components within it say.
pub(super) fn content(lines: &[&Property], component: &Component, zones: &ZoneSet) -> Content {
    let mut content = Content::new();
    for property in lines {
        for value in values(property, zones) {
            content.entry(property.name().to_owned()).or_default().push(value);
        }
    }
    for inner in component.components() {
        content.entry(inner.name().to_owned()).or_default().push(plain(inner));
    }
    for values in content.values_mut() {
        values.sort_unstable();
    }
    content
}

/// The values that a line adds; none where it says what its absence says.
fn values(property: &Property, zones: &ZoneSet) -> Vec<String> {
    let value = property.value().trim_ascii();
    let canonical = match property.name() {
        "ATTENDEE" => attendee(property),
        "ORGANIZER" => address(value),
        "SUMMARY" | "DESCRIPTION" | "LOCATION" | "COMMENT" | "CONTACT" => {
            property.to_text().into_owned()
        }
        "CATEGORIES" | "RESOURCES" => {
            let items = split_values(value).map(|item| unescape_text(item).trim().to_owned());
            return items.filter(|item| !item.is_empty()).collect();
        }
        "STATUS" => value.to_ascii_uppercase(),
        "TRANSP" => unless(value.to_ascii_uppercase(), "OPAQUE"), // RFC 5545 §3.8.2.7
        "CLASS" => unless(value.to_ascii_uppercase(), "PUBLIC"),  // §3.8.1.3
        "PRIORITY" | "PERCENT-COMPLETE" | "SEQUENCE" => unless(number(value), "0"), // §3.8.1.9
        "GEO" => value.split(';').map(number).collect::<Vec<_>>().join(";"), // §3.8.1.6
        "COMPLETED" => CalendarTime::from_property(property)
            .map_or_else(|_| value.to_owned(), |t| t.instant(zones, &Zone::utc()).to_string()),
        "RECURRENCE-ID" => {
            // Which instance it is decides what is compared with what; RANGE is what is left.
            property.param("RANGE").map(str::to_ascii_uppercase).unwrap_or_default()
        }
        "URL" | "ATTACH" | "CONFERENCE" => value.to_owned(),
        _ => format!("{}{value}", parameters(property, &[])),
    };
    Some(canonical).filter(|value| !value.is_empty()).into_iter().collect()
}

fn unless(value: String, default: &str) -> String {
    if value == default { String::new() } else { value }
}

/// `05`, `37.0` and `37.000` as they compare.
fn number(value: &str) -> String {
    let value = value.trim_ascii();
    value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| number.to_string())
}

fn address(value: &str) -> String {
    CalendarAddress::parse(value).map_or_else(|_| value.to_owned(), |a| a.as_str().to_owned())
}

fn attendee(property: &Property) -> String {
    /// Written or not, they say the same (RFC 5545 §3.2.3, §3.2.12, §3.2.16, §3.2.17).
    const DEFAULTS: [(&str, &str); 4] = [
        ("CUTYPE", "INDIVIDUAL"),
        ("PARTSTAT", "NEEDS-ACTION"),
        ("ROLE", "REQ-PARTICIPANT"),
        ("RSVP", "FALSE"),
    ];
    format!("{}{}", address(property.value()), parameters(property, &DEFAULTS))
}

/// The parameters in order of their names, without those that only the server reads (RFC 6638 §7).
fn parameters(property: &Property, defaults: &[(&str, &str)]) -> String {
    let mut written: Vec<String> = Vec::new();
    for parameter in property.params().iter().filter(|p| !p.name().starts_with("SCHEDULE-")) {
        let values: Vec<&str> = parameter.values().collect();
        let is_default = defaults.iter().any(|(name, default)| {
            parameter.is(name) && values.iter().all(|v| v.eq_ignore_ascii_case(default))
        });
        if !is_default {
            written.push(format!(";{}={}", parameter.name(), values.join(",")));
        }
    }
    written.sort_unstable();
    written.concat()
}

/// A component within the component, an alarm mostly, line by line.
fn plain(component: &Component) -> String {
    let properties = component.properties();
    let mut lines: Vec<String> = properties
        .map(|p| format!("{}{}:{}", p.name(), parameters(p, &[]), p.value()))
        .chain(component.components().map(plain))
        .collect();
    lines.sort_unstable();
    lines.insert(0, component.name().to_owned());
    lines.join("\n")
}

/// Who attends, and as what: address → ROLE, CUTYPE, delegation (design rule 4).
pub(super) fn attendee_list(lines: &[&Property]) -> BTreeMap<String, String> {
    let entry = |attendee: Attendee<'_>| {
        let delegation: BTreeSet<_> = attendee.delegated_to().into_iter().collect();
        let delegators: BTreeSet<_> = attendee.delegated_from().into_iter().collect();
        let (role, cutype) = (attendee.role(), attendee.cutype());
        (
            address(attendee.property().value()),
            format!("{role} {cutype} {delegation:?} {delegators:?}"),
        )
    };
    lines.iter().filter(|line| line.is("ATTENDEE")).map(|line| entry(Attendee::new(line))).collect()
}

/// A rule in one spelling: parts sorted, defaults left out (RFC 5545 §3.3.10).
pub(super) fn rule(value: &str) -> String {
    let mut parts: Vec<String> = value
        .to_ascii_uppercase()
        .split(';')
        .filter_map(|part| {
            let (name, value) = part.trim_ascii().split_once('=').unwrap_or((part, ""));
            let mut values: Vec<String> = value.split(',').map(|v| rule_value(name, v)).collect();
            values.sort_unstable();
            values.dedup();
            let value = values.join(",");
            let is_default = matches!(
                (name, value.as_str()),
                ("", _)
                    | ("INTERVAL", "1")
                    | ("WKST", "MO")
                    | ("RSCALE", "GREGORIAN")
                    | ("SKIP", "OMIT")
            );
            (!is_default).then(|| format!("{name}={value}"))
        })
        .collect();
    parts.sort_unstable();
    parts.join(";")
}

fn rule_value(name: &str, value: &str) -> String {
    let value = value.trim_ascii();
    match name {
        "UNTIL" => {
            CalendarTime::parse(value, None).map_or_else(|_| value.to_owned(), |t| t.to_value())
        }
        // `+1MO`, `01`, `1`
        _ => {
            let unsigned = value.strip_prefix('+').unwrap_or(value);
            unsigned
                .parse::<i64>()
                .map_or_else(|_| unsigned.to_owned(), |number| number.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rules_compare_equal_however_they_are_written() {
        for (a, b) in [
            ("FREQ=WEEKLY;BYDAY=MO,TU", "byday=tu,mo;freq=weekly"),
            ("FREQ=DAILY;INTERVAL=1;WKST=MO", "FREQ=DAILY"),
            ("FREQ=MONTHLY;BYDAY=+1MO", "FREQ=MONTHLY;BYDAY=1MO"),
            ("FREQ=YEARLY;BYMONTH=01;COUNT=05;", "COUNT=5;FREQ=YEARLY;BYMONTH=1"),
            ("RSCALE=GREGORIAN;SKIP=OMIT;FREQ=DAILY", "FREQ=DAILY"), // RFC 7529 §4.1
        ] {
            assert_eq!(rule(a), rule(b));
        }
        assert_ne!(rule("FREQ=DAILY;COUNT=2"), rule("FREQ=DAILY;COUNT=3"));
        assert_ne!(rule("FREQ=MONTHLY;BYDAY=1MO"), rule("FREQ=MONTHLY;BYDAY=-1MO"));
    }
}
