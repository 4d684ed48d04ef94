//! Octets to a tree, in one pass and without recursion.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::property::Parameter;
use super::text::{Source, Span, Text, is_control};
use super::{Component, Item, Property, names};
use crate::{Limits, ParseError};

pub(super) fn read(octets: &[u8], limits: &Limits) -> Result<Component, ParseError> {
    if octets.len() > limits.max_resource_size {
        return Err(ParseError::TooLarge { unit: "octets", limit: limits.max_resource_size });
    }
    let (text, lines) = unfold(octets, limits)?;
    let source = Arc::new(Source { octets: octets.into(), text: text.into() });
    Tree { source, limits, open: Vec::new(), components: 0 }.build(lines)
}

/// A content line: where its octets are (blank lines before it and its line end included), and its
/// unfolded text.
struct Line {
    octets: Range<usize>,
    text: Range<usize>,
    number: u32,
}

/// Undoes the folding on octets, since a fold may stand within a UTF-8 sequence (RFC 5545 §3.1).
fn unfold(octets: &[u8], limits: &Limits) -> Result<(String, Vec<Line>), ParseError> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let mut text = Vec::with_capacity(octets.len() + 1);
    let mut lines: Vec<Line> = Vec::with_capacity(octets.len() / 32);
    let mut start = 0;
    let mut blank_from = 0;
    let mut after_blank = true;
    let mut number = 0;
    while start < octets.len() {
        number += 1;
        let rest = octets.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
        let physical = rest.get(..length).unwrap_or_default();
        let mut content = physical.strip_suffix(b"\n").unwrap_or(physical);
        content = content.strip_suffix(b"\r").unwrap_or(content);
        if start == 0 {
            content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
        }
        start += length;
        if content.iter().copied().any(is_control) {
            return Err(ParseError::data_at(number, "a control character"));
        }
        match (content, lines.last_mut()) {
            ([], _) => after_blank = true,
            ([b' ' | b'\t', continued @ ..], Some(line)) if !after_blank => {
                text.pop();
                text.extend_from_slice(continued);
                text.push(b'\n');
                line.text.end += continued.len();
                line.octets.end = start;
                blank_from = start;
            }
            _ => {
                if lines.len() == limits.max_lines {
                    return Err(ParseError::TooLarge { unit: "lines", limit: limits.max_lines });
                }
                let begin = text.len();
                text.extend_from_slice(content);
                let range = begin..text.len();
                text.push(b'\n');
                lines.push(Line { octets: blank_from..start, text: range, number });
                blank_from = start;
                after_blank = false;
            }
        }
    }
    if let Some(last) = lines.last_mut() {
        last.octets.end = octets.len();
    }
    let text = String::from_utf8(text).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = lines.iter().find(|line| line.text.end > valid);
        ParseError::NotCalendarData {
            line: line.map(|line| line.number),
            detail: "not valid UTF-8".to_owned(),
        }
    })?;
    Ok((text, lines))
}

/// The components that have begun and not ended, the outermost first.
struct Tree<'a> {
    source: Arc<Source>,
    limits: &'a Limits,
    open: Vec<Component>,
    components: usize,
}

impl Tree<'_> {
    fn build(mut self, lines: Vec<Line>) -> Result<Component, ParseError> {
        let source = Arc::clone(&self.source);
        let mut whole = None;
        for line in lines {
            if whole.is_some() {
                let message = "something follows the end of the first component";
                return Err(ParseError::data_at(line.number, message));
            }
            let span = Span { source: Arc::clone(&source), range: line.octets };
            let text = source.text.get(line.text.clone()).unwrap_or_default();
            match delimiter(text) {
                Some((Delimiter::Begin, name)) => self.begin(name, span, line.number)?,
                Some((Delimiter::End, name)) => whole = self.end(name, span, line.number)?,
                None => self.property(text, line.text.start, span, line.number)?,
            }
        }
        match (whole, self.open.last()) {
            (Some(component), _) => Ok(component),
            (None, Some(open)) => Err(ParseError::data(format!("END:{} is missing", open.name()))),
            (None, None) => Err(ParseError::data("there is no calendar data")),
        }
    }

    fn begin(&mut self, name: &str, span: Span, line: u32) -> Result<(), ParseError> {
        if !is_name(name) {
            return Err(ParseError::data_at(line, "BEGIN does not name a component"));
        }
        if self.open.len() == self.limits.max_depth {
            let message =
                format!("components are nested more than {} levels deep", self.limits.max_depth);
            return Err(ParseError::data_at(line, message));
        }
        if self.components == self.limits.max_components {
            let limit = self.limits.max_components;
            return Err(ParseError::TooLarge { unit: "components", limit });
        }
        self.components += 1;
        let name = names::canonical(name);
        self.open.push(Component { name, begin: Some(span), items: Vec::new(), end: None });
        Ok(())
    }

    /// Closes the innermost component; answers it when it was the outermost.
    fn end(&mut self, name: &str, span: Span, line: u32) -> Result<Option<Component>, ParseError> {
        let Some(mut component) = self.open.pop() else {
            return Err(ParseError::data_at(line, format!("END:{name} without its BEGIN")));
        };
        if !component.name.eq_ignore_ascii_case(name) {
            let message = format!("END:{name} where END:{} should be", component.name);
            return Err(ParseError::data_at(line, message));
        }
        component.end = Some(span);
        match self.open.last_mut() {
            Some(parent) => {
                parent.items.push(Item::Component(component));
                Ok(None)
            }
            None => Ok(Some(component)),
        }
    }

    fn property(
        &mut self,
        text: &str,
        offset: usize,
        span: Span,
        line: u32,
    ) -> Result<(), ParseError> {
        let Some(component) = self.open.last_mut() else {
            return Err(ParseError::data_at(line, "calendar data begins with BEGIN:VCALENDAR"));
        };
        let source = &self.source;
        let kept = |from: usize, to: usize| Text::Read {
            source: Arc::clone(source),
            range: offset + from..offset + to,
        };
        let (name, params, value) =
            split_line(text, kept).map_err(|detail| ParseError::data_at(line, detail))?;
        let value = kept(value, text.len());
        component.items.push(Item::Property(Property {
            name,
            params: Arc::new(params),
            value,
            read: Some(span),
        }));
        Ok(())
    }
}

enum Delimiter {
    Begin,
    End,
}

/// BEGIN and END, whatever their letter case; some clients leave spaces at the end.
fn delimiter(line: &str) -> Option<(Delimiter, &str)> {
    let (name, value) = line.split_once(':')?;
    if name.eq_ignore_ascii_case("BEGIN") {
        Some((Delimiter::Begin, value.trim_ascii()))
    } else if name.eq_ignore_ascii_case("END") {
        Some((Delimiter::End, value.trim_ascii()))
    } else {
        None
    }
}

/// RFC 5545 §3.1 allows letters, digits and the hyphen. Clients write more in names of their own
/// (`X-WR_FOO`), which harms nobody as long as the line can be taken apart.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b":;,=\"".contains(&b))
}

/// Takes a line apart: the name, the parameters, and where the value begins.
fn split_line(
    line: &str,
    kept: impl Fn(usize, usize) -> Text,
) -> Result<(Cow<'static, str>, Vec<Parameter>, usize), String> {
    let octets = line.as_bytes();
    let Some(name_end) = octets.iter().position(|b| b":;".contains(b)) else {
        return Err(format!("no colon in {:?}", shown(line)));
    };
    let name = line.get(..name_end).unwrap_or_default();
    if !is_name(name) {
        return Err(format!("{:?} is not the name of a property", shown(name)));
    }
    let mut params = Vec::new();
    let mut at = name_end;
    while octets.get(at) == Some(&b';') {
        let start = at + 1;
        let (values, end) = split_parameter(line, start)?;
        let written = line.get(start..end).unwrap_or_default();
        let name = written.split_once('=').map_or(written, |(name, _)| name);
        params.push(Parameter {
            name: names::canonical(name.trim_ascii()),
            values,
            read: Some(kept(start, end)),
        });
        at = end;
    }
    if octets.get(at) != Some(&b':') {
        return Err(format!("no colon after the parameters of {name}"));
    }
    Ok((names::canonical(name), params, at + 1))
}

/// The values of the parameter that begins at `start`, and where it ends.
///
/// Kept as clients write it: a parameter without `=`, and quotes within a value that does not begin
/// with one.
fn split_parameter(line: &str, start: usize) -> Result<(Vec<String>, usize), String> {
    let octets = line.as_bytes();
    let find = |from: usize, set: &[u8]| {
        let rest = octets.get(from..).unwrap_or_default();
        rest.iter().position(|b| set.contains(b)).map(|i| from + i)
    };
    let mut values = Vec::new();
    let Some(mut at) = find(start, b"=:;") else {
        return Err(format!("no colon in {:?}", shown(line)));
    };
    while matches!((octets.get(at), values.len()), (Some(b'='), 0) | (Some(b','), _)) {
        at += 1;
        let mut value = Cow::Borrowed("");
        if octets.get(at) == Some(&b'"') {
            let Some(close) = find(at + 1, b"\"") else {
                return Err("a quoted parameter value does not end".to_owned());
            };
            value = Cow::Borrowed(line.get(at + 1..close).unwrap_or_default());
            at = close + 1;
        }
        let end = find(at, b",;:").unwrap_or(octets.len());
        if end > at {
            value.to_mut().push_str(line.get(at..end).unwrap_or_default());
        }
        values.push(decode(&value));
        at = end;
    }
    Ok((values, at))
}

/// RFC 6868 §3.2; other circumflexes stand for themselves.
fn decode(value: &str) -> String {
    if !value.contains('^') {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let decoded = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                text.push(c);
                continue;
            }
        };
        text.push(decoded);
        chars.next();
    }
    text
}

fn shown(line: &str) -> &str {
    line.get(..line.floor_char_boundary(40)).unwrap_or(line)
}
