//! The search filter of a calendar-query (RFC 4791 9.7): XML in, a checked model out.
//!
//! What the grammar allows but no calendar could satisfy (a VEVENT inside a VTODO, a time range on
//! SUMMARY) is refused here with `CALDAV:valid-filter`, so that the evaluation only meets filters that
//! mean something.

use calendar::filter::{
    Collation, CompFilter, CompTest, Filter, ParamFilter, ParamTest, PropFilter, PropTest,
    TextMatch, TimeRange, ValueTest,
};

use crate::error::{Error, Precondition};
use crate::xml::{Element, names};

use super::time_range::{self, InvalidTimeRange};

/// Tests that one filter may have in all; each is evaluated per component of every candidate.
const MAX_TESTS: usize = 100;

// <!ELEMENT filter (comp-filter)>
impl TryFrom<&Element> for Filter {
    type Error = Error;

    fn try_from(element: &Element) -> Result<Self, Error> {
        let mut tests = 0;
        let mut outermost = element.find_all(names::COMP_FILTER);
        let (Some(calendar), None) = (outermost.next(), outermost.next()) else {
            return Err(invalid("a filter holds exactly one comp-filter"));
        };
        let calendar = comp_filter(calendar, &mut tests)?;
        if calendar.name != "VCALENDAR" {
            return Err(invalid("the outermost comp-filter is that of VCALENDAR"));
        }
        check_nesting(&calendar)?;
        Ok(Self { calendar })
    }
}

// <!ELEMENT comp-filter (is-not-defined | (time-range?, prop-filter*, comp-filter*))>
// <!ATTLIST comp-filter name CDATA #REQUIRED>
fn comp_filter(element: &Element, tests: &mut usize) -> Result<CompFilter, Error> {
    let name = name_of(element, tests)?;
    let time_range = element.find(names::TIME_RANGE).map(time_range).transpose()?;
    let props = element
        .find_all(names::PROP_FILTER)
        .map(|child| prop_filter(child, tests))
        .collect::<Result<Vec<_>, _>>()?;
    let comps = element
        .find_all(names::COMP_FILTER)
        .map(|child| comp_filter(child, tests))
        .collect::<Result<Vec<_>, _>>()?;
    if element.find(names::IS_NOT_DEFINED).is_none() {
        return Ok(CompFilter { name, test: CompTest::Matches { time_range, props, comps } });
    }
    if time_range.is_some() || !props.is_empty() || !comps.is_empty() {
        return Err(stands_alone(&name));
    }
    Ok(CompFilter { name, test: CompTest::IsNotDefined })
}

// <!ELEMENT prop-filter (is-not-defined | ((time-range | text-match)?, param-filter*))>
// <!ATTLIST prop-filter name CDATA #REQUIRED>
fn prop_filter(element: &Element, tests: &mut usize) -> Result<PropFilter, Error> {
    let name = name_of(element, tests)?;
    let range = element.find(names::TIME_RANGE).map(time_range).transpose()?;
    let text = element.find(names::TEXT_MATCH).map(text_match).transpose()?;
    let value = match (range, text) {
        (Some(_), Some(_)) => {
            return Err(invalid(format!(
                "the filter on {name} has both a time-range and a text-match"
            )));
        }
        (Some(range), None) => Some(ValueTest::TimeRange(range)),
        (None, text) => text.map(ValueTest::TextMatch),
    };
    let params = element
        .find_all(names::PARAM_FILTER)
        .map(|child| param_filter(child, tests))
        .collect::<Result<Vec<_>, _>>()?;
    if element.find(names::IS_NOT_DEFINED).is_none() {
        return Ok(PropFilter { name, test: PropTest::Matches { value, params } });
    }
    if value.is_some() || !params.is_empty() {
        return Err(stands_alone(&name));
    }
    Ok(PropFilter { name, test: PropTest::IsNotDefined })
}

// <!ELEMENT param-filter (is-not-defined | text-match?)>
// <!ATTLIST param-filter name CDATA #REQUIRED>
fn param_filter(element: &Element, tests: &mut usize) -> Result<ParamFilter, Error> {
    let name = name_of(element, tests)?;
    let text = element.find(names::TEXT_MATCH).map(text_match).transpose()?;
    let test = match (element.find(names::IS_NOT_DEFINED), text) {
        (Some(_), Some(_)) => return Err(stands_alone(&name)),
        (Some(_), None) => ParamTest::IsNotDefined,
        (None, Some(text)) => ParamTest::TextMatch(text),
        (None, None) => ParamTest::IsDefined,
    };
    Ok(ParamFilter { name, test })
}

// <!ELEMENT text-match (#PCDATA)>
// <!ATTLIST text-match collation CDATA "i;ascii-casemap" negate-condition (yes | no) "no">
fn text_match(element: &Element) -> Result<TextMatch, Error> {
    let collation = match element.attribute("collation") {
        // RFC 4790 3.1: "default" is the protocol's own choice, here i;ascii-casemap (RFC 4791 7.5).
        None | Some("i;ascii-casemap" | "default") => Collation::AsciiCasemap,
        Some("i;octet") => Collation::Octet,
        Some("i;unicode-casemap") => Collation::UnicodeCasemap,
        Some(other) => {
            return Err(Error::unmet(
                Precondition::SupportedCollation,
                format!(
                    "the collation \"{}\" is not one of i;ascii-casemap, i;octet and i;unicode-casemap",
                    shortened(other)
                ),
            ));
        }
    };
    let negate = match element.attribute("negate-condition") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(other) => {
            return Err(invalid(format!(
                "negate-condition is yes or no, not \"{}\"",
                shortened(other)
            )));
        }
    };
    Ok(TextMatch { text: element.text().into_owned(), collation, negate })
}

fn time_range(element: &Element) -> Result<TimeRange, Error> {
    time_range::parse(element).map_err(|e| match e {
        // Not the grammar of 9.9 at all, rather than a filter that can't be met.
        InvalidTimeRange::Unbounded => Error::bad_request(e.to_string()),
        InvalidTimeRange::HalfOpen { .. }
        | InvalidTimeRange::NotUtc { .. }
        | InvalidTimeRange::Empty => invalid(e.to_string()),
    })
}

/// The required `name`, and the count of tests kept within bounds.
fn name_of(element: &Element, tests: &mut usize) -> Result<String, Error> {
    *tests += 1;
    if *tests > MAX_TESTS {
        return Err(Error::unmet(
            Precondition::SupportedFilter,
            format!(
                "a filter has at most {MAX_TESTS} comp-filter, prop-filter and param-filter elements"
            ),
        ));
    }
    match element.attribute("name") {
        Some(name) if !name.is_empty() => Ok(name.to_ascii_uppercase()),
        _ => Err(invalid(format!("a {} needs a name", element.name().local))),
    }
}

/// Which components stand in which, and what has a time (RFC 4791 7.8 and 9.9, RFC 5545 3.6).
fn check_nesting(filter: &CompFilter) -> Result<(), Error> {
    let CompTest::Matches { time_range, props, comps } = &filter.test else {
        return Ok(());
    };
    let name = filter.name.as_str();
    if time_range.is_some() && !has_time(name) {
        return Err(invalid(format!("a time-range has no meaning on {name}")));
    }
    for prop in props {
        if let PropTest::Matches { value: Some(ValueTest::TimeRange(_)), .. } = prop.test
            && !is_time_property(&prop.name)
        {
            return Err(invalid(format!("a time-range has no meaning on {}", prop.name)));
        }
    }
    for comp in comps {
        if !may_hold(name, &comp.name) {
            return Err(invalid(format!("no {} stands directly in a {name}", comp.name)));
        }
        check_nesting(comp)?;
    }
    Ok(())
}

fn has_time(component: &str) -> bool {
    matches!(component, "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VALARM")
}

fn is_time_property(property: &str) -> bool {
    matches!(
        property,
        "COMPLETED" | "CREATED" | "DTEND" | "DTSTAMP" | "DTSTART" | "DUE" | "LAST-MODIFIED"
    )
}

/// Components that a standard places are taken at their place only; others are taken anywhere.
fn may_hold(outer: &str, inner: &str) -> bool {
    match inner {
        "VCALENDAR" => false,
        "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VTIMEZONE" | "VAVAILABILITY" => {
            outer == "VCALENDAR"
        }
        "VALARM" => matches!(outer, "VEVENT" | "VTODO"),
        "STANDARD" | "DAYLIGHT" => outer == "VTIMEZONE",
        "AVAILABLE" => outer == "VAVAILABILITY",
        _ => true,
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::unmet(Precondition::ValidFilter, detail.into())
}

fn stands_alone(name: &str) -> Error {
    invalid(format!("is-not-defined stands alone in the filter on {name}"))
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read;

    fn parsed(inside: &str) -> Result<Filter, Error> {
        let document = format!("<filter xmlns='urn:ietf:params:xml:ns:caldav'>{inside}</filter>");
        Filter::try_from(&read(document.as_bytes()).unwrap())
    }

    fn in_event(inside: &str) -> Result<Filter, Error> {
        parsed(&format!(
            "<comp-filter name='VCALENDAR'><comp-filter name='VEVENT'>{inside}</comp-filter></comp-filter>"
        ))
    }

    #[test]
    fn the_model_says_what_the_xml_says() {
        // RFC 4791 7.8.6: PARTSTAT=NEEDS-ACTION of one attendee.
        let filter = in_event(
            "<prop-filter name='attendee'>
               <text-match collation='i;octet' negate-condition='yes'>mailto:lisa@example.com</text-match>
               <param-filter name='PARTSTAT'><text-match>NEEDS-ACTION</text-match></param-filter>
             </prop-filter>",
        )
        .unwrap();
        let text =
            |text: &str, collation, negate| TextMatch { text: text.into(), collation, negate };
        let attendee = PropFilter {
            name: "ATTENDEE".into(),
            test: PropTest::Matches {
                value: Some(ValueTest::TextMatch(text(
                    "mailto:lisa@example.com",
                    Collation::Octet,
                    true,
                ))),
                params: vec![ParamFilter {
                    name: "PARTSTAT".into(),
                    test: ParamTest::TextMatch(text(
                        "NEEDS-ACTION",
                        Collation::AsciiCasemap,
                        false,
                    )),
                }],
            },
        };
        let comp = |name: &str, props, comps| CompFilter {
            name: name.into(),
            test: CompTest::Matches { time_range: None, props, comps },
        };
        let expected = comp("VCALENDAR", vec![], vec![comp("VEVENT", vec![attendee], vec![])]);
        assert_eq!(filter, Filter { calendar: expected });
    }

    #[test]
    fn filters_of_the_standard_are_accepted() {
        for inside in [
            "",
            "<is-not-defined/>",
            // RFC 4791 7.8.1
            "<time-range start='20060104T000000Z' end='20060105T000000Z'/>",
            // 7.8.5
            "<comp-filter name='VALARM'><time-range start='20060106T100000Z' end='20060107T100000Z'/></comp-filter>",
            "<comp-filter name='VALARM'><is-not-defined/></comp-filter>",
            // 7.8.8
            "<prop-filter name='COMPLETED'><is-not-defined/></prop-filter>
             <prop-filter name='STATUS'><text-match negate-condition='yes'>CANCELLED</text-match></prop-filter>",
            "<prop-filter name='DTSTAMP'><time-range start='20060104T000000Z'/></prop-filter>",
            "<prop-filter name='X-ABC-GUID'><param-filter name='X-P'><is-not-defined/></param-filter></prop-filter>",
            // RFC 9073
            "<comp-filter name='PARTICIPANT'/>",
            "<text-match-of-the-future xmlns='urn:x'/>",
        ] {
            in_event(inside).map_err(|e| format!("{inside}: {e}")).unwrap();
        }
    }

    #[test]
    fn filters_that_mean_nothing_are_refused_with_their_condition() {
        let range = "<time-range start='20060104T000000Z' end='20060105T000000Z'/>";
        let many = "<prop-filter name='SUMMARY'/>".repeat(100);
        let event = |inside: &str| {
            format!(
                "<comp-filter name='VCALENDAR'><comp-filter name='VEVENT'>{inside}</comp-filter></comp-filter>"
            )
        };
        let calendar =
            |inside: &str| format!("<comp-filter name='VCALENDAR'>{inside}</comp-filter>");
        let valid = Some(Precondition::ValidFilter);
        for (inside, expected) in [
            // 9.7
            (String::new(), valid.clone()),
            (
                "<comp-filter name='VCALENDAR'/><comp-filter name='VCALENDAR'/>".into(),
                valid.clone(),
            ),
            ("<comp-filter name='VEVENT'/>".into(), valid.clone()),
            ("<comp-filter/>".into(), valid.clone()),
            // 7.8, valid-filter: nesting
            (calendar("<comp-filter name='VALARM'/>"), valid.clone()),
            (calendar("<comp-filter name='VCALENDAR'/>"), valid.clone()),
            (event("<comp-filter name='VTODO'/>"), valid.clone()),
            (
                event("<comp-filter name='VALARM'><comp-filter name='VEVENT'/></comp-filter>"),
                valid.clone(),
            ),
            // 9.9: where a time range means something
            (calendar(range), valid.clone()),
            (
                calendar(&format!("<comp-filter name='VTIMEZONE'>{range}</comp-filter>")),
                valid.clone(),
            ),
            (event(&format!("<comp-filter name='X-COMP'>{range}</comp-filter>")), valid.clone()),
            (event(&format!("<prop-filter name='SUMMARY'>{range}</prop-filter>")), valid.clone()),
            (event("<time-range start='20060104' end='20060105'/>"), valid.clone()),
            (event("<time-range start='20060105T000000Z' end='20060104T000000Z'/>"), valid.clone()),
            (event("<time-range/>"), None),
            // 9.7.1 to 9.7.4: is-not-defined stands alone
            (event(&format!("<is-not-defined/>{range}")), valid.clone()),
            (
                event(
                    "<prop-filter name='UID'><is-not-defined/><text-match>x</text-match></prop-filter>",
                ),
                valid.clone(),
            ),
            (
                event(
                    "<prop-filter name='UID'><param-filter name='X'><is-not-defined/><text-match>x</text-match></param-filter></prop-filter>",
                ),
                valid.clone(),
            ),
            (
                event(&format!(
                    "<prop-filter name='DUE'>{range}<text-match>x</text-match></prop-filter>"
                )),
                valid.clone(),
            ),
            (
                event(
                    "<prop-filter name='UID'><text-match negate-condition='maybe'>x</text-match></prop-filter>",
                ),
                valid,
            ),
            // 7.5
            (
                event(
                    "<prop-filter name='UID'><text-match collation='i;klingon'>x</text-match></prop-filter>",
                ),
                Some(Precondition::SupportedCollation),
            ),
            (event(&many), Some(Precondition::SupportedFilter)),
        ] {
            let error = parsed(&inside).unwrap_err();
            assert_eq!(error.precondition(), expected.as_ref(), "{inside}");
        }
    }
}
