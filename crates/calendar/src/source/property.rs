//! One content line: name, parameters, value (RFC 5545 §3.1, §3.2).

use std::borrow::Cow;
use std::sync::Arc;

use super::text::{Span, Text};
use super::{escape_text, names, unescape_text};

/// A content line. Prints as it was read until something in it changes.
#[derive(Clone, Debug)]
pub struct Property {
    pub(super) name: Cow<'static, str>,
    /// Shared by the copies of a line: of a meeting of hundreds there are as many copies, and of each of their lines.
    pub(super) params: Arc<Vec<Parameter>>,
    pub(super) value: Text,
    /// The octets it was read from; none once it is edited.
    pub(super) read: Option<Span>,
}

/// A parameter of a content line (RFC 5545 §3.2).
#[derive(Clone, Debug)]
pub struct Parameter {
    pub(super) name: Cow<'static, str>,
    pub(super) values: Vec<String>,
    /// `NAME=value` as it was read, so that editing one parameter leaves the others' spelling alone.
    pub(super) read: Option<Text>,
}

impl Property {
    /// A line with a raw value, that is one already escaped as its type needs.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: names::canonical(name),
            params: Arc::default(),
            value: Text::set(value),
            read: None,
        }
    }

    /// A line with a TEXT value (RFC 5545 §3.3.11).
    pub fn text(name: &str, text: &str) -> Self {
        Self::new(name, &escape_text(text))
    }

    /// The same line with one more parameter; for building lines.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: &str) -> Self {
        self.set_param(name, value);
        self
    }

    /// The name in upper case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the line has this name, whatever its letter case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The raw value: unfolded, not unescaped.
    pub fn value(&self) -> &str {
        self.value.as_str()
    }

    /// The value read as TEXT (RFC 5545 §3.3.11).
    pub fn to_text(&self) -> Cow<'_, str> {
        unescape_text(self.value())
    }

    /// All parameters in the order of the line.
    pub fn params(&self) -> &[Parameter] {
        &self.params
    }

    /// The first value of the parameter, unquoted and decoded (RFC 6868).
    pub fn param(&self, name: &str) -> Option<&str> {
        let parameter = self.params.iter().find(|p| p.is(name))?;
        parameter.values().next()
    }

    /// All values of the parameter: DELEGATED-TO and MEMBER are lists (RFC 5545 §3.2.5, §3.2.11).
    pub fn param_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.params.iter().filter(move |p| p.is(name)).flat_map(Parameter::values)
    }

    /// Gives the parameter this one value.
    pub fn set_param(&mut self, name: &str, value: &str) {
        self.set_param_values(name, &[value]);
    }

    /// Gives the parameter these values. The line keeps its octets where it has just these.
    pub fn set_param_values(&mut self, name: &str, values: &[&str]) {
        if self.params.iter().filter(|p| p.is(name)).count() == 1
            && self.param_values(name).eq(values.iter().copied())
        {
            return;
        }
        self.read = None;
        let parameter = Parameter {
            name: names::canonical(name),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            read: None,
        };
        let params = Arc::make_mut(&mut self.params);
        match params.iter().position(|p| p.is(name)) {
            Some(first) => {
                let mut index = 0;
                params.retain(|p| {
                    index += 1;
                    index <= first + 1 || !p.is(name)
                });
                if let Some(old) = params.get_mut(first) {
                    *old = parameter;
                }
            }
            None => params.push(parameter),
        }
    }

    /// Removes the parameter.
    pub fn remove_param(&mut self, name: &str) {
        self.retain_params(|p| !p.is(name));
    }

    /// Keeps the parameters for which `keep` says so.
    pub fn retain_params(&mut self, keep: impl Fn(&Parameter) -> bool) {
        if self.params.iter().all(&keep) {
            return;
        }
        Arc::make_mut(&mut self.params).retain(keep);
        self.read = None;
    }

    /// Gives the line this raw value. It keeps its octets where the value is just this.
    pub fn set_value(&mut self, raw: &str) {
        if self.value() != raw {
            self.read = None;
            self.value = Text::set(raw);
        }
    }
}

/// Lines that say the same in the same words; how they were folded does not count.
impl PartialEq for Property {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.value() == other.value()
            && (Arc::ptr_eq(&self.params, &other.params) || self.params == other.params)
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.values == other.values
    }
}

impl Parameter {
    /// The name in upper case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the parameter has this name, whatever its letter case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The values, unquoted and decoded.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }
}
