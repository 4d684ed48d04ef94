//! The indented lines of a scenario: content lines that are saved, that edit a copy, or that a copy must show.

use crate::icalendar::{Component, Property};

/// One indented line, or one component among them.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// `LOCATION:Room 5`: to set, or to be there. `+LOCATION` adds and never replaces.
    Property { property: Property, added: bool },
    /// `-LOCATION`, `-ATTENDEE:@bob`: to take away, or not to be there.
    No { name: String, value: Option<String> },
    /// `BEGIN:VALARM` … `END:VALARM`.
    Component(Component),
}

/// Reads indented lines; addresses are already written out.
pub(crate) fn parse(lines: &[String]) -> Result<Vec<Line>, String> {
    let mut block = Vec::new();
    let mut rest = lines.iter();
    while let Some(line) = rest.next() {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            let end = format!("END:{name}");
            let mut text = format!("{line}\n");
            loop {
                let inner = rest.next().ok_or_else(|| format!("{end} is missing"))?;
                text.push_str(inner);
                text.push('\n');
                if *inner == end {
                    break;
                }
            }
            block.push(Line::Component(Component::parse(&text)?));
        } else if let Some(gone) = line.strip_prefix('-') {
            let (name, value) = match gone.split_once(':') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (gone, None),
            };
            block.push(Line::No { name: name.to_ascii_uppercase(), value });
        } else {
            let added = line.starts_with('+');
            let property = Property::parse(line.trim_start_matches('+'))?;
            block.push(Line::Property { property, added });
        }
    }
    Ok(block)
}

/// A new object of these lines, one component of this kind.
pub(crate) fn build(kind: &str, uid: &str, block: &[Line]) -> Component {
    let mut item = component(kind, &[("UID", uid), ("DTSTAMP", "20260101T000000Z")]);
    let mut others = Vec::new();
    for line in block {
        match line {
            Line::Property { property, .. } => item.properties.push(property.clone()),
            Line::Component(whole) if whole.name == kind => others.push(whole.clone()),
            Line::Component(part) => item.components.push(part.clone()),
            Line::No { .. } => {}
        }
    }
    let mut calendar =
        component("VCALENDAR", &[("VERSION", "2.0"), ("PRODID", "-//example//scenario//EN")]);
    calendar.components.push(item);
    calendar.components.extend(others);
    calendar
}

/// The component that an edit is about: that of the series, or of a date, which is made where there is none.
pub(crate) fn item_mut<'a>(
    calendar: &'a mut Component,
    on: Option<&str>,
) -> Result<&'a mut Component, String> {
    if let Some(on) = on
        && calendar.instance(Some(on)).is_none()
    {
        let series = series_of(calendar).ok_or("there is nothing to edit")?;
        let instance = instance_of(series, on)?;
        calendar.components.push(instance);
    }
    let id = on
        .map(str::to_owned)
        .or_else(|| series_of(calendar)?.value("RECURRENCE-ID").map(str::to_owned));
    let mut items = calendar.items_mut();
    items
        .find(|item| item.value("RECURRENCE-ID") == id.as_deref())
        .ok_or("there is nothing to edit".to_owned())
}

/// The series, or the first of the dates where there is no more of it.
fn series_of(calendar: &Component) -> Option<&Component> {
    calendar.instance(None).or_else(|| calendar.items().next())
}

/// What a series says of a date, as a component of its own. Its times are in UTC and within a day.
fn instance_of(series: &Component, on: &str) -> Result<Component, String> {
    let (day, _) = on.split_once('T').ok_or_else(|| format!("{on} is no time"))?;
    let mut instance = series.clone();
    instance.properties.retain(|property| {
        !matches!(property.name.as_str(), "RRULE" | "RDATE" | "EXDATE" | "RECURRENCE-ID")
    });
    for property in &mut instance.properties {
        if matches!(property.name.as_str(), "DTSTART" | "DTEND") {
            let (_, time) = property.value.split_once('T').ok_or("the series has days only")?;
            property.value = format!("{day}T{time}");
        }
    }
    let parameters = Vec::new();
    let (name, value) = ("RECURRENCE-ID".to_owned(), on.to_owned());
    instance.properties.push(Property { name, parameters, value });
    Ok(instance)
}

/// Edits the series of an object, or a date of it.
pub(crate) fn edit(
    calendar: &mut Component,
    on: Option<&str>,
    block: &[Line],
) -> Result<(), String> {
    let item = item_mut(calendar, on)?;
    for line in block {
        match line {
            Line::Property { property, added: true } => item.properties.push(property.clone()),
            Line::Property { property, added: false } if property.name == "ATTENDEE" => {
                match item.attendee_mut(&property.value) {
                    Some(attendee) => *attendee = property.clone(),
                    None => item.properties.push(property.clone()),
                }
            }
            Line::Property { property, added: false } => item.set(property.clone()),
            Line::No { name, value } => {
                item.properties.retain(|property| !is_meant(property, name, value.as_deref()));
                item.components.retain(|part| part.name != *name);
            }
            Line::Component(part) => item.components.push(part.clone()),
        }
    }
    Ok(())
}

/// Says which lines an object does not show in its series, or on a date; nothing when it shows
/// them all.
pub(crate) fn unmet(calendar: &Component, on: Option<&str>, block: &[Line]) -> Option<String> {
    let item = match on {
        Some(on) => calendar.instance(Some(on)),
        None => series_of(calendar),
    };
    let Some(item) = item else { return Some("there is no component for it".to_owned()) };
    let problems: Vec<String> = block.iter().filter_map(|line| unmet_line(item, line)).collect();
    (!problems.is_empty()).then(|| problems.join("\n"))
}

fn unmet_line(item: &Component, line: &Line) -> Option<String> {
    match line {
        Line::Property { property, .. } => {
            let there = item.properties.iter().any(|candidate| shows(candidate, property));
            (!there).then(|| format!("should be there: {property}"))
        }
        Line::No { name, value } => {
            let found =
                item.properties.iter().find(|property| is_meant(property, name, value.as_deref()));
            if let Some(found) = found {
                return Some(format!("should not be there: {found}"));
            }
            let part = item.components.iter().find(|part| part.name == *name);
            part.map(|part| format!("should not be there: {part}"))
        }
        Line::Component(part) => {
            let there = item.components.iter().any(|candidate| {
                candidate.name == part.name
                    && part.properties.iter().all(|property| {
                        candidate.properties.iter().any(|candidate| shows(candidate, property))
                    })
            });
            (!there).then(|| format!("should be there: {part}"))
        }
    }
}

/// Whether a property shows what is expected: its name, its value unless that is `*`, and the parameters that
/// the expectation names. A parameter without a value must be absent.
fn shows(candidate: &Property, expected: &Property) -> bool {
    let is_value = expected.value == "*"
        || candidate.value == expected.value
        || (matches!(expected.name.as_str(), "ATTENDEE" | "ORGANIZER")
            && candidate.is_address(&expected.value));
    candidate.name == expected.name
        && is_value
        && expected.parameters.iter().all(|(name, values)| {
            let (expected, actual) = (values.join(","), candidate.parameter(name));
            if expected.is_empty() {
                return actual.is_none();
            }
            actual.as_deref().unwrap_or(default_of(name)).eq_ignore_ascii_case(&expected)
        })
}

/// RFC 5545 3.2.12, 3.2.16, 3.2.17; RFC 6638 7.1.
fn default_of(parameter: &str) -> &'static str {
    match parameter {
        "PARTSTAT" => "NEEDS-ACTION",
        "ROLE" => "REQ-PARTICIPANT",
        "RSVP" => "FALSE",
        _ => "",
    }
}

fn is_meant(property: &Property, name: &str, value: Option<&str>) -> bool {
    property.name == name && value.is_none_or(|value| property.value.eq_ignore_ascii_case(value))
}

fn component(name: &str, properties: &[(&str, &str)]) -> Component {
    let properties = properties
        .iter()
        .map(|(name, value)| Property {
            name: (*name).to_owned(),
            parameters: Vec::new(),
            value: (*value).to_owned(),
        })
        .collect();
    Component { name: name.to_owned(), properties, components: Vec::new() }
}
