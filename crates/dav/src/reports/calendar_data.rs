//! The `CALDAV:calendar-data` of a request: which parts of each object to return (RFC 4791 9.6).

use calendar::select::{CalendarDataRequest, CompSelection, PropSelection, Recurrence, Selection};

use crate::context::Config;
use crate::error::{Error, Precondition};
use crate::xml::{Element, names};

use super::time_range;

/// Component and property selectors that one request may have in all.
const MAX_SELECTORS: usize = 200;

// <!ELEMENT calendar-data (comp?, (expand | limit-recurrence-set)?, limit-freebusy-set?)>
// <!ATTLIST calendar-data content-type CDATA "text/calendar" version CDATA "2.0">
impl TryFrom<&Element> for CalendarDataRequest {
    type Error = Error;

    fn try_from(element: &Element) -> Result<Self, Error> {
        check_media_type(element)?;
        let range = |name, local| {
            element
                .find(name)
                .map(|child| time_range::bounded(child, local))
                .transpose()
                .map_err(|e| Error::bad_request(e.to_string()))
        };
        let recurrence = match (
            range(names::EXPAND, "expand")?,
            range(names::LIMIT_RECURRENCE_SET, "limit-recurrence-set")?,
        ) {
            (Some(_), Some(_)) => {
                return Err(bad(
                    "calendar-data holds either expand or limit-recurrence-set, not both",
                ));
            }
            (Some(range), None) => Recurrence::Expand(range),
            (None, Some(range)) => Recurrence::LimitSet(range),
            (None, None) => Recurrence::Whole,
        };
        let mut selectors = 0;
        Ok(Self {
            comp: element
                .find(names::COMP)
                .map(|comp| outermost(comp, &mut selectors))
                .transpose()?,
            recurrence,
            limit_freebusy_set: range(names::LIMIT_FREEBUSY_SET, "limit-freebusy-set")?,
        })
    }
}

/// RFC 4791 7.8 and 7.9, `CALDAV:min-date-time` and `CALDAV:max-date-time`.
pub(super) fn check_dates(request: &CalendarDataRequest, config: &Config) -> Result<(), Error> {
    let recurrence = match &request.recurrence {
        Recurrence::Whole => None,
        Recurrence::Expand(range) | Recurrence::LimitSet(range) => Some(range),
    };
    for range in recurrence.into_iter().chain(&request.limit_freebusy_set) {
        time_range::check_date(range.start, config)?;
        time_range::check_date(range.end, config)?;
    }
    Ok(())
}

/// RFC 4791 7.8 and 7.9: `CALDAV:supported-calendar-data`.
fn check_media_type(element: &Element) -> Result<(), Error> {
    let content_type = element.attribute("content-type").unwrap_or("text/calendar");
    let version = element.attribute("version").unwrap_or("2.0");
    if content_type.eq_ignore_ascii_case("text/calendar") && version == "2.0" {
        return Ok(());
    }
    Err(Error::unmet(
        Precondition::SupportedCalendarData,
        format!(
            "calendar data is offered as text/calendar, version 2.0, not as {} {}",
            content_type.chars().take(60).collect::<String>(),
            version.chars().take(20).collect::<String>(),
        ),
    ))
}

fn outermost(element: &Element, selectors: &mut usize) -> Result<CompSelection, Error> {
    let selection = comp(element, selectors)?;
    if selection.name != "VCALENDAR" {
        return Err(bad("the outermost comp of calendar-data is VCALENDAR"));
    }
    Ok(selection)
}

// <!ELEMENT comp ((allprop | prop*), (allcomp | comp*))>
// <!ATTLIST comp name CDATA #REQUIRED>
fn comp(element: &Element, selectors: &mut usize) -> Result<CompSelection, Error> {
    let name = name_of(element, selectors)?;
    // The example of 7.8.1 asks for <comp name="VTIMEZONE"/> and gets the whole time zone.
    if element.elements().next().is_none() {
        return Ok(CompSelection { name, props: Selection::All, comps: Selection::All });
    }
    Ok(CompSelection {
        name,
        props: match element.find(names::CALDAV_ALLPROP) {
            Some(_) => Selection::All,
            None => Selection::Named(
                element
                    .find_all(names::CALDAV_PROP)
                    .map(|child| prop(child, selectors))
                    .collect::<Result<_, _>>()?,
            ),
        },
        comps: match element.find(names::ALLCOMP) {
            Some(_) => Selection::All,
            None => Selection::Named(
                element
                    .find_all(names::COMP)
                    .map(|child| comp(child, selectors))
                    .collect::<Result<_, _>>()?,
            ),
        },
    })
}

// <!ELEMENT prop EMPTY>
// <!ATTLIST prop name CDATA #REQUIRED novalue (yes | no) "no">
fn prop(element: &Element, selectors: &mut usize) -> Result<PropSelection, Error> {
    Ok(PropSelection {
        name: name_of(element, selectors)?,
        novalue: match element.attribute("novalue") {
            None | Some("no") => false,
            Some("yes") => true,
            Some(_) => return Err(bad("the novalue attribute is yes or no")),
        },
    })
}

fn name_of(element: &Element, selectors: &mut usize) -> Result<String, Error> {
    *selectors += 1;
    if *selectors > MAX_SELECTORS {
        return Err(bad(format!(
            "calendar-data has at most {MAX_SELECTORS} comp and prop elements"
        )));
    }
    match element.attribute("name") {
        Some(name) if !name.is_empty() => Ok(name.to_ascii_uppercase()),
        _ => Err(bad(format!("a {} of calendar-data needs a name", element.name().local))),
    }
}

fn bad(detail: impl Into<String>) -> Error {
    Error::bad_request(detail.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read;

    fn parsed(attributes: &str, inside: &str) -> Result<CalendarDataRequest, Error> {
        let document = format!(
            "<calendar-data xmlns='urn:ietf:params:xml:ns:caldav' {attributes}>{inside}</calendar-data>"
        );
        CalendarDataRequest::try_from(&read(document.as_bytes()).unwrap())
    }

    #[test]
    fn a_bare_element_asks_for_the_whole_object() {
        for attributes in
            ["", "content-type='text/calendar' version='2.0'", "content-type='Text/Calendar'"]
        {
            assert!(parsed(attributes, "").unwrap().is_whole(), "{attributes}");
        }
    }

    #[test]
    fn components_and_properties_are_selected_by_name() {
        // RFC 4791 7.8.1
        let request = parsed(
            "",
            "<comp name='VCALENDAR'>
               <prop name='VERSION'/>
               <comp name='vevent'><prop name='SUMMARY' novalue='yes'/><allcomp/></comp>
               <comp name='VTIMEZONE'/>
             </comp>",
        )
        .unwrap();
        let prop = |name: &str, novalue| PropSelection { name: name.into(), novalue };
        let event = CompSelection {
            name: "VEVENT".into(),
            props: Selection::Named(vec![prop("SUMMARY", true)]),
            comps: Selection::All,
        };
        let zone = CompSelection {
            name: "VTIMEZONE".into(),
            props: Selection::All,
            comps: Selection::All,
        };
        let calendar = CompSelection {
            name: "VCALENDAR".into(),
            props: Selection::Named(vec![prop("VERSION", false)]),
            comps: Selection::Named(vec![event, zone]),
        };
        assert!(!request.is_whole());
        assert_eq!(request.comp, Some(calendar));
    }

    #[test]
    fn recurrence_is_expanded_or_limited_within_a_range() {
        let range = "start='20260101T000000Z' end='20260201T000000Z'";
        let parsed_range =
            "2026-01-01T00:00:00Z".parse().unwrap().."2026-02-01T00:00:00Z".parse().unwrap();
        let expand = parsed("", &format!("<expand {range}/>")).unwrap();
        assert_eq!(expand.recurrence, Recurrence::Expand(parsed_range.clone()));
        let limit = parsed("", &format!("<limit-recurrence-set {range}/>")).unwrap();
        assert_eq!(limit.recurrence, Recurrence::LimitSet(parsed_range.clone()));
        let freebusy = parsed("", &format!("<limit-freebusy-set {range}/>")).unwrap();
        assert_eq!(freebusy.limit_freebusy_set, Some(parsed_range));
    }

    #[test]
    fn requests_that_cannot_be_met_are_refused() {
        let range = "start='20260101T000000Z' end='20260201T000000Z'";
        let supported = Some(Precondition::SupportedCalendarData);
        let many = "<prop name='A'/>".repeat(200);
        for (attributes, inside, expected) in [
            // RFC 4791 7.8 and 7.9
            ("content-type='application/calendar+json'", String::new(), supported.clone()),
            ("content-type='text/calendar' version='3.0'", String::new(), supported),
            // 9.6 and 9.6.1
            ("", "<comp name='VEVENT'/>".into(), None),
            ("", "<comp/>".into(), None),
            ("", "<comp name='VCALENDAR'><prop/></comp>".into(), None),
            ("", "<comp name='VCALENDAR'><prop name='UID' novalue='x'/></comp>".into(), None),
            ("", format!("<comp name='VCALENDAR'>{many}</comp>"), None),
            // 9.6.5 to 9.6.7
            ("", "<expand start='20260101T000000Z'/>".into(), None),
            ("", "<expand start='20260201T000000Z' end='20260101T000000Z'/>".into(), None),
            ("", "<limit-freebusy-set/>".into(), None),
            ("", format!("<expand {range}/><limit-recurrence-set {range}/>"), None),
        ] {
            let error = parsed(attributes, &inside).unwrap_err();
            assert_eq!(error.precondition(), expected.as_ref(), "{attributes} {inside}");
            let status = if expected.is_some() { 403 } else { 400 };
            assert_eq!(error.status().as_u16(), status, "{attributes} {inside}");
        }
    }
}
