//! Printing a tree: what was read as it came, what is ours folded at 75 octets (RFC 5545 §3.1).

use super::property::Parameter;
use super::text::{Span, is_control};
use super::{Component, Item, Property};

/// Octets of a line without its line end, the space of a continuation included.
const LINE: usize = 75;

pub(super) fn write(component: &Component) -> Vec<u8> {
    let mut out = Vec::new();
    write_component(component, &mut out);
    out
}

/// Whether these octets of a content line are as we write it.
pub(super) fn is_folded(octets: &[u8]) -> bool {
    let mut lines = octets.split(|&octet| octet == b'\n');
    lines.next_back().is_some_and(<[u8]>::is_empty)
        && lines.all(|line| {
            line.strip_suffix(b"\r").is_some_and(|line| (1..=LINE).contains(&line.len()))
        })
}

fn write_component(component: &Component, out: &mut Vec<u8>) {
    write_delimiter(component.begin.as_ref(), "BEGIN:", component.name(), out);
    for item in component.items() {
        match item {
            Item::Property(property) => write_property(property, out),
            Item::Component(component) => write_component(component, out),
        }
    }
    write_delimiter(component.end.as_ref(), "END:", component.name(), out);
}

fn write_delimiter(read: Option<&Span>, keyword: &str, name: &str, out: &mut Vec<u8>) {
    match read {
        Some(span) => write_span(span, out),
        None => write_folded(&[keyword, name].concat(), out),
    }
}

fn write_property(property: &Property, out: &mut Vec<u8>) {
    match &property.read {
        Some(span) => write_span(span, out),
        None => write_folded(&to_line(property), out),
    }
}

fn write_span(span: &Span, out: &mut Vec<u8>) {
    end_line(out);
    out.extend_from_slice(span.octets());
}

/// The last line of what was read may have no line end.
fn end_line(out: &mut Vec<u8>) {
    if out.last().is_some_and(|&octet| octet != b'\n') {
        out.extend_from_slice(b"\r\n");
    }
}

fn to_line(property: &Property) -> String {
    let mut line = String::with_capacity(LINE);
    line.push_str(property.name());
    for parameter in property.params() {
        line.push(';');
        match &parameter.read {
            Some(read) => line.push_str(read.as_str()),
            None => push_parameter(parameter, &mut line),
        }
    }
    line.push(':');
    line.push_str(property.value());
    line
}

fn push_parameter(parameter: &Parameter, line: &mut String) {
    line.push_str(parameter.name());
    for (i, value) in parameter.values().enumerate() {
        line.push(if i == 0 { '=' } else { ',' });
        // RFC 5545 §3.2: quoted where one of these stands in it. The parameters that hold addresses
        // are always quoted (§3.2.4, .5, .11, .18), and an address has a colon.
        let quoted = value.contains([':', ';', ',']);
        if quoted {
            line.push('"');
        }
        for c in value.chars() {
            match c {
                '^' => line.push_str("^^"), // RFC 6868 §3.1
                '"' => line.push_str("^'"),
                '\n' => line.push_str("^n"),
                _ if u8::try_from(c).is_ok_and(is_control) => {}
                _ => line.push(c),
            }
        }
        if quoted {
            line.push('"');
        }
    }
}

fn write_folded(line: &str, out: &mut Vec<u8>) {
    end_line(out);
    let mut rest = line;
    let mut room = LINE;
    while rest.len() > room {
        let (first, others) = rest.split_at(rest.floor_char_boundary(room));
        out.extend_from_slice(first.as_bytes());
        out.extend_from_slice(b"\r\n ");
        rest = others;
        room = LINE - 1;
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(b"\r\n");
}
