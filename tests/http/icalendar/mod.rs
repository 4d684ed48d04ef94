//! iCalendar as a client of ours reads and writes it. The server's parser is what is being tested, so the tests
//! have a small one of their own: content lines (RFC 5545 3.1) in a tree of components, nothing more.

pub(crate) mod compare;

use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Component {
    /// In upper case.
    pub(crate) name: String,
    pub(crate) properties: Vec<Property>,
    pub(crate) components: Vec<Self>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Property {
    /// In upper case.
    pub(crate) name: String,
    /// Names in upper case, values without quotes.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    /// As it stands on the line, unfolded.
    pub(crate) value: String,
}

impl Component {
    /// One component and nothing after it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines = unfold(text);
        let mut lines = lines.iter().map(String::as_str);
        let first = lines.next().ok_or("there is no calendar data")?;
        let component = Self::read(first, &mut lines)?;
        match lines.next() {
            None => Ok(component),
            Some(line) => Err(format!("{line:?} stands after the end")),
        }
    }

    fn read<'a>(begin: &str, lines: &mut impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let name = begin
            .to_ascii_uppercase()
            .strip_prefix("BEGIN:")
            .map(|name| name.trim().to_owned())
            .ok_or_else(|| format!("expected a BEGIN, not {begin:?}"))?;
        let mut component = Self { name, ..Self::default() };
        loop {
            let line = lines.next().ok_or_else(|| format!("{} has no END", component.name))?;
            let upper = line.to_ascii_uppercase();
            if let Some(name) = upper.strip_prefix("END:") {
                return if name.trim() == component.name {
                    Ok(component)
                } else {
                    Err(format!("END:{name} inside {}", component.name))
                };
            }
            if upper.starts_with("BEGIN:") {
                component.components.push(Self::read(line, lines)?);
            } else {
                component.properties.push(Property::parse(line)?);
            }
        }
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    pub(crate) fn properties_named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// The value of the first property of this name, or nothing.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|property| property.value.as_str())
    }

    /// The VEVENT, VTODO, … of a VCALENDAR: what is no time zone.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Self> {
        self.components.iter().filter(|component| component.name != "VTIMEZONE")
    }

    pub(crate) fn items_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.components.iter_mut().filter(|component| component.name != "VTIMEZONE")
    }

    /// The only item of a VCALENDAR.
    #[track_caller]
    pub(crate) fn item(&self) -> &Self {
        let mut items = self.items();
        match (items.next(), items.next()) {
            (Some(item), None) => item,
            _ => panic!("expected one component in\n{self}"),
        }
    }

    /// The item of a date, by its RECURRENCE-ID, or that of the series.
    pub(crate) fn instance(&self, id: Option<&str>) -> Option<&Self> {
        self.items().find(|item| item.value("RECURRENCE-ID") == id)
    }

    pub(crate) fn uid(&self) -> Option<&str> {
        self.items().find_map(|item| item.value("UID"))
    }

    /// The ATTENDEE of an address.
    pub(crate) fn attendee(&self, address: &str) -> Option<&Property> {
        self.properties_named("ATTENDEE").find(|attendee| attendee.is_address(address))
    }

    pub(crate) fn attendee_mut(&mut self, address: &str) -> Option<&mut Property> {
        self.properties
            .iter_mut()
            .find(|property| property.name == "ATTENDEE" && property.is_address(address))
    }

    /// Replaces the first property of this name, or adds it.
    pub(crate) fn set(&mut self, property: Property) {
        match self.properties.iter_mut().find(|known| known.name == property.name) {
            Some(known) => *known = property,
            None => self.properties.push(property),
        }
    }
}

impl Property {
    /// One unfolded content line.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let (head, value) =
            split_at_unquoted(line, ':').ok_or_else(|| format!("{line:?} is no content line"))?;
        let mut parts = split_unquoted(head, ';').into_iter();
        let name = parts.next().unwrap_or_default().to_ascii_uppercase();
        let mut parameters = Vec::new();
        for part in parts {
            // RFC 5546 4.4.5 itself has a parameter without a value.
            let (key, values) = part.split_once('=').unwrap_or((part, ""));
            let values = split_unquoted(values, ',')
                .into_iter()
                .map(|value| value.trim_matches('"').to_owned());
            parameters.push((key.to_ascii_uppercase(), values.collect()));
        }
        Ok(Self { name, parameters, value: value.to_owned() })
    }

    /// The values of a parameter, joined by commas.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, values)| values.join(","))
    }

    /// Sets a parameter; nothing takes it away.
    pub(crate) fn set_parameter(&mut self, name: &str, value: Option<&str>) {
        self.parameters.retain(|(key, _)| key != name);
        if let Some(value) = value {
            self.parameters.push((name.to_owned(), vec![value.to_owned()]));
        }
    }

    pub(crate) fn is_address(&self, address: &str) -> bool {
        self.value.eq_ignore_ascii_case(address)
    }
}

/// Prints with CRLF; folding is left to those who need it (RFC 5545 3.1 only says SHOULD).
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BEGIN:{}\r\n", self.name)?;
        for property in &self.properties {
            write!(f, "{property}\r\n")?;
        }
        for component in &self.components {
            write!(f, "{component}")?;
        }
        write!(f, "END:{}\r\n", self.name)
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (name, values) in &self.parameters {
            let values: Vec<String> = values
                .iter()
                .map(|value| {
                    if value.contains([':', ';', ',']) {
                        format!("\"{value}\"")
                    } else {
                        value.clone()
                    }
                })
                .collect();
            write!(f, ";{name}={}", values.join(","))?;
        }
        write!(f, ":{}", self.value)
    }
}

/// Content lines without folds and empty lines.
fn unfold(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn split_at_unquoted(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = text.find(|character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })?;
    Some((&text[..at], &text[at + separator.len_utf8()..]))
}

fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, after)) = split_at_unquoted(rest, separator) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}
