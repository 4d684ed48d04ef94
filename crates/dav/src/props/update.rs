//! Setting and removing properties: PROPPATCH, and the initial properties of MKCALENDAR and extended
//! MKCOL (RFC 4918 9.2, RFC 4791 5.3.1, RFC 5689 3).
//!
//! Invariant: what is refused is found before anything is written, and then nothing is.

use calendar::Component;
use http::StatusCode;
use store::{CollectionUpdate, ComponentKind, PropertyTarget, PropertyWrite, Tx};

use super::node::{Facts, Kind, Node};
use super::{Write, find, may_be_dead};
use crate::error::{Error, Precondition, Result};
use crate::multistatus::{write_propstat_of_names, write_status};
use crate::target::Target;
use crate::xml::{Element, Name, QName, Writer, names};

/// More changes than any client has a use for.
const MAX_CHANGES: usize = 256;

/// One instruction: set a property to this element, or remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The property.
    pub(crate) name: Name,
    /// Its element with the language in scope; `None`: remove it.
    pub(crate) value: Option<Element>,
}

/// What the changes come to, all of them acceptable by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Update {
    /// Properties kept as sent: what to store, or `None` to remove it.
    pub(crate) stored: Vec<(Name, Option<String>)>,
    /// A new `CALDAV:calendar-timezone`, or its removal.
    pub(crate) timezone: Option<Option<String>>,
    /// A new `CALDAV:schedule-calendar-transp`.
    pub(crate) transparent: Option<bool>,
    /// A new `CALDAV:schedule-default-calendar-URL`; whether it is a calendar is not known yet.
    pub(crate) default_calendar: Option<Target>,
}

/// Why one change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) name: Name,
    pub(crate) status: StatusCode,
    pub(crate) precondition: Option<Precondition>,
    pub(crate) sentence: String,
}

// <!ELEMENT propertyupdate (remove | set)+ >
// <!ELEMENT set (prop) >   <!ELEMENT remove (prop) >
/// The changes in `DAV:propertyupdate`, `CALDAV:mkcalendar` or `DAV:mkcol`, in document order.
pub(crate) fn changes(body: &Element) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for instruction in body.elements() {
        let removes = match instruction.name() {
            names::SET => false,
            names::REMOVE => true,
            _ => continue,
        };
        for prop in instruction.find_all(names::PROP) {
            // XML 1.0, section 2.12: the language holds for everything inside.
            let lang = [prop, instruction, body]
                .into_iter()
                .find_map(|element| element.attribute_named(names::XML_LANG));
            for property in prop.elements() {
                if changes.len() >= MAX_CHANGES {
                    return Err(Error::bad_request(format!(
                        "a request changes at most {MAX_CHANGES} properties"
                    )));
                }
                let name = property.name().into();
                let value = (!removes).then(|| in_language(property, lang));
                changes.push(Change { name, value });
            }
        }
    }
    Ok(changes)
}

fn in_language(property: &Element, lang: Option<&str>) -> Element {
    let mut property = property.clone();
    if let Some(lang) = lang {
        property.set_default_attribute(names::XML_LANG, lang);
    }
    property
}

/// Sorts the changes into what can be done and what is refused. If anything is refused, nothing is to
/// be done.
pub(crate) fn decide(
    kind: Kind,
    changes: &[Change],
    authority: Option<&str>,
    limits: &calendar::Limits,
) -> (Update, Vec<Refused>) {
    let mut update = Update::default();
    let mut refused = Vec::new();
    for change in changes {
        let decided = match find(kind, change.name.as_qname()).map(|row| &row.write) {
            None if may_be_dead(kind, change.name.as_qname()) => {
                update.store(change);
                Ok(())
            }
            None | Some(Write::Protected) => Err(Box::new(protected(change))),
            Some(Write::Stored(check)) => update.store_checked(change, *check),
            Some(Write::Timezone) => update.set_timezone(change, limits),
            Some(Write::Transparency) => update.set_transparency(change),
            Some(Write::DefaultCalendar) => update.set_default_calendar(change, authority),
        };
        if let Err(refusal) = decided {
            refused.push(*refusal);
        }
    }
    (update, refused)
}

fn protected(change: &Change) -> Refused {
    Refused {
        name: change.name.clone(),
        status: StatusCode::FORBIDDEN,
        precondition: Some(Precondition::CannotModifyProtectedProperty),
        sentence: format!("only the server sets {}", change.name),
    }
}

impl Refused {
    /// A value that makes no sense for the property (RFC 4918 9.2.1).
    fn conflict(name: &Name, sentence: impl Into<String>) -> Self {
        Self {
            name: name.clone(),
            status: StatusCode::CONFLICT,
            precondition: None,
            sentence: sentence.into(),
        }
    }

    /// A value that a condition forbids.
    pub(crate) fn unmet(name: &Name, unmet: Precondition, sentence: impl Into<String>) -> Self {
        Self {
            name: name.clone(),
            status: unmet.status(),
            precondition: Some(unmet),
            sentence: sentence.into(),
        }
    }
}

impl Update {
    fn store(&mut self, change: &Change) {
        let value = change.value.as_ref().map(|element| {
            let mut xml = Writer::new();
            xml.element(element);
            String::from_utf8(xml.take()).unwrap_or_default()
        });
        self.stored.retain(|(name, _)| *name != change.name);
        self.stored.push((change.name.clone(), value));
    }

    fn store_checked(
        &mut self,
        change: &Change,
        check: fn(&Element) -> Result<(), &'static str>,
    ) -> Result<(), Box<Refused>> {
        if let Some(Err(sentence)) = change.value.as_ref().map(check) {
            return Err(Box::new(Refused::conflict(&change.name, sentence)));
        }
        self.store(change);
        Ok(())
    }

    /// RFC 4791 5.2.2: an iCalendar object with exactly one VTIMEZONE.
    fn set_timezone(
        &mut self,
        change: &Change,
        limits: &calendar::Limits,
    ) -> Result<(), Box<Refused>> {
        let Some(value) = &change.value else {
            self.timezone = Some(None);
            return Ok(());
        };
        let text = value.text().trim().to_owned();
        let invalid = |sentence: String| {
            Box::new(Refused::unmet(&change.name, Precondition::ValidCalendarData, sentence))
        };
        let calendar = Component::parse(text.as_bytes(), limits)
            .map_err(|error| invalid(format!("the time zone is not iCalendar: {error}")))?;
        let mut components = calendar.components().map(Component::name);
        let one = (calendar.name(), components.next(), components.next());
        if one != ("VCALENDAR", Some("VTIMEZONE"), None) {
            return Err(invalid("the time zone is a VCALENDAR with one VTIMEZONE".to_owned()));
        }
        self.timezone = Some(Some(text));
        Ok(())
    }

    // <!ELEMENT schedule-calendar-transp (opaque | transparent)>   (RFC 6638 9.1)
    fn set_transparency(&mut self, change: &Change) -> Result<(), Box<Refused>> {
        let Some(value) = &change.value else {
            self.transparent = Some(false);
            return Ok(());
        };
        let mut values = value.elements().map(Element::name);
        self.transparent = match (values.next(), values.next()) {
            (Some(names::OPAQUE), None) => Some(false),
            (Some(names::TRANSPARENT), None) => Some(true),
            _ => {
                let sentence = "the value is CALDAV:opaque or CALDAV:transparent";
                return Err(Box::new(Refused::conflict(&change.name, sentence)));
            }
        };
        Ok(())
    }

    // <!ELEMENT schedule-default-calendar-URL (DAV:href?)>   (RFC 6638 9.2)
    fn set_default_calendar(
        &mut self,
        change: &Change,
        authority: Option<&str>,
    ) -> Result<(), Box<Refused>> {
        let Some(value) = &change.value else {
            return Err(Box::new(Refused::unmet(
                &change.name,
                Precondition::DefaultCalendarNeeded,
                "there is always a calendar that invitations go to; name another one instead",
            )));
        };
        let mut hrefs = value.find_all(names::HREF);
        let only = hrefs.next().filter(|_| hrefs.next().is_none());
        self.default_calendar =
            only.and_then(|href| Target::from_reference(&href.text(), authority).ok());
        if self.default_calendar.is_none() {
            return Err(Box::new(not_a_default_calendar(&change.name)));
        }
        Ok(())
    }

    /// Looks whether a new default calendar is one: a calendar of the same home that takes events.
    pub(crate) async fn check_default_calendar(
        &self,
        tx: &mut Tx,
        node: &Node,
    ) -> Result<Option<Refused>> {
        let Some(target) = &self.default_calendar else { return Ok(None) };
        let calendar = match target {
            Target::Collection { home, collection }
                if Some(home.as_str()) == node.target.home() =>
            {
                tx.find_collection(home, collection).await?
            }
            _ => None,
        };
        let fits = calendar.is_some_and(|calendar| {
            calendar.kind == store::CollectionKind::Calendar
                && calendar.components.contains(ComponentKind::Event)
        });
        let name = names::SCHEDULE_DEFAULT_CALENDAR_URL.into();
        Ok((!fits).then(|| not_a_default_calendar(&name)))
    }

    /// Writes it all. The caller has found nothing refused, and commits.
    pub(crate) async fn apply(&self, tx: &mut Tx, node: &Node) -> Result<()> {
        if let Facts::Home { principal, .. } = &node.facts {
            self.set_stored(tx, PropertyTarget::Principal(principal.id)).await?;
        }
        let Some(collection) = node.collection() else { return Ok(()) };
        self.set_stored(tx, PropertyTarget::Collection(collection.id)).await?;
        if self.timezone.is_some() || self.transparent.is_some() {
            let timezone = self.timezone.as_ref().unwrap_or(&collection.timezone).as_deref();
            let transparent = self.transparent.unwrap_or(collection.transparent);
            let components = collection.components.clone();
            let update = CollectionUpdate { components, timezone, transparent };
            tx.update_collection(collection.id, &update).await?;
        }
        if let Some(Target::Collection { home, collection: name }) = &self.default_calendar
            && let Some(calendar) = tx.find_collection(home, name).await?
        {
            tx.set_default_collection(collection.owner, ComponentKind::Event, calendar.id).await?;
        }
        Ok(())
    }

    /// Writes the properties that are kept as sent.
    pub(crate) async fn set_stored(&self, tx: &mut Tx, target: PropertyTarget) -> Result<()> {
        if self.stored.is_empty() {
            return Ok(());
        }
        let writes: Vec<PropertyWrite<'_>> = self
            .stored
            .iter()
            .map(|(name, value)| PropertyWrite {
                namespace: name.as_qname().namespace,
                name: name.as_qname().local,
                value: value.as_deref(),
            })
            .collect();
        tx.set_properties(target, &writes).await?;
        Ok(())
    }
}

fn not_a_default_calendar(name: &Name) -> Refused {
    Refused::unmet(
        name,
        Precondition::ValidScheduleDefaultCalendarUrl,
        "invitations can only go to one of your own calendars for events",
    )
}

/// The propstats of an answer: 200 for all, or why some are refused and 424 for the others
/// (RFC 4918 9.2.1).
pub(crate) fn write_outcome(xml: &mut Writer, changes: &[Change], refused: &[Refused]) {
    let mut unrefused: Vec<QName<'_>> = Vec::new();
    for change in changes {
        let name = change.name.as_qname();
        if !unrefused.contains(&name) && !refused.iter().any(|refused| refused.name == change.name)
        {
            unrefused.push(name);
        }
    }
    for refusal in refused {
        xml.raw("<D:propstat><D:prop>");
        xml.empty(refusal.name.as_qname());
        xml.raw("</D:prop>");
        write_status(xml, refusal.status);
        if let Some(precondition) = &refusal.precondition {
            xml.raw("<D:error>");
            precondition.write(xml);
            xml.raw("</D:error>");
        }
        xml.text_element(names::RESPONSEDESCRIPTION, &refusal.sentence);
        xml.raw("</D:propstat>");
    }
    if !unrefused.is_empty() || refused.is_empty() {
        let status =
            if refused.is_empty() { StatusCode::OK } else { StatusCode::FAILED_DEPENDENCY };
        write_propstat_of_names(xml, unrefused, status, None);
    }
}
