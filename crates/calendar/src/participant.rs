//! Views on ORGANIZER and ATTENDEE lines (RFC 5545 §3.8.4.1, §3.8.4.3; RFC 6638 §7).
//!
//! Invariant: a value that no RFC here defines is kept as written and told apart from a missing one.

use std::fmt;

use crate::address::{CalendarAddress, has_scheme};
use crate::source::{Component, Property};

/// The ORGANIZER line of a component.
#[derive(Clone, Copy, Debug)]
pub struct Organizer<'a>(&'a Property);

/// One ATTENDEE line of a component.
#[derive(Clone, Copy, Debug)]
pub struct Attendee<'a>(&'a Property);

impl Component {
    /// The component's ORGANIZER.
    pub fn organizer(&self) -> Option<Organizer<'_>> {
        self.property("ORGANIZER").map(Organizer)
    }

    /// The component's ATTENDEE lines.
    pub fn attendees(&self) -> impl Iterator<Item = Attendee<'_>> {
        self.properties_named("ATTENDEE").map(Attendee)
    }

    /// The ATTENDEE line with this address.
    pub fn attendee(&self, address: &CalendarAddress) -> Option<Attendee<'_>> {
        self.attendees().find(|attendee| attendee.address().as_ref() == Some(address))
    }
}

/// What ORGANIZER and ATTENDEE lines have in common.
macro_rules! participant {
    ($view:ident) => {
        impl<'a> $view<'a> {
            /// The line as this view, whatever its name.
            pub fn new(property: &'a Property) -> Self {
                Self(property)
            }

            /// The line itself.
            pub fn property(self) -> &'a Property {
                self.0
            }

            /// The calendar user address, unless the line has none that can be read.
            pub fn address(self) -> Option<CalendarAddress> {
                CalendarAddress::parse(self.0.value()).ok()
            }

            /// Whether this is a mail address that was written as one: who has no account here can only be reached
            /// there (RFC 6047). RFC 5545 §3.3.3 asks for the scheme.
            pub fn is_mail(self) -> bool {
                has_scheme(self.0.value())
                    && self.address().is_some_and(|address| address.mail().is_some())
            }

            /// CN (RFC 5545 §3.2.2). A name with a comma that nobody quoted is put together again.
            pub fn common_name(self) -> Option<String> {
                let parts: Vec<&str> = self.0.param_values("CN").collect();
                let name = parts.join(",");
                Some(name).filter(|name| !name.trim().is_empty())
            }

            /// SENT-BY (RFC 5545 §3.2.18): who acts for the participant.
            pub fn sent_by(self) -> Option<CalendarAddress> {
                addresses(self.0, "SENT-BY").next()
            }

            /// SCHEDULE-AGENT (RFC 6638 §7.1).
            pub fn schedule_agent(self) -> ScheduleAgent {
                ScheduleAgent::parse(self.0.param("SCHEDULE-AGENT"))
            }

            /// SCHEDULE-FORCE-SEND (RFC 6638 §7.2).
            pub fn schedule_force_send(self) -> Option<ForceSend> {
                self.0.param("SCHEDULE-FORCE-SEND").map(ForceSend::parse)
            }
        }
    };
}

participant!(Organizer);
participant!(Attendee);

impl<'a> Attendee<'a> {
    /// PARTSTAT (RFC 5545 §3.2.12).
    pub fn partstat(self) -> Partstat {
        Partstat::parse(self.0.param("PARTSTAT").unwrap_or_default())
    }

    /// ROLE (RFC 5545 §3.2.16).
    pub fn role(self) -> Role {
        Role::parse(self.0.param("ROLE").unwrap_or_default())
    }

    /// CUTYPE (RFC 5545 §3.2.3).
    pub fn cutype(self) -> Cutype {
        Cutype::parse(self.0.param("CUTYPE").unwrap_or_default())
    }

    /// RSVP (RFC 5545 §3.2.17); FALSE when absent.
    pub fn rsvp(self) -> bool {
        self.0.param("RSVP").is_some_and(|value| value.eq_ignore_ascii_case("TRUE"))
    }

    /// DELEGATED-TO (RFC 5545 §3.2.5).
    pub fn delegated_to(self) -> Vec<CalendarAddress> {
        addresses(self.0, "DELEGATED-TO").collect()
    }

    /// DELEGATED-FROM (RFC 5545 §3.2.4).
    pub fn delegated_from(self) -> Vec<CalendarAddress> {
        addresses(self.0, "DELEGATED-FROM").collect()
    }

    /// MEMBER (RFC 5545 §3.2.11): the groups through which the attendee is invited.
    pub fn member(self) -> Vec<CalendarAddress> {
        addresses(self.0, "MEMBER").collect()
    }
}

fn addresses<'a>(
    property: &'a Property,
    parameter: &'static str,
) -> impl Iterator<Item = CalendarAddress> + 'a {
    property.param_values(parameter).filter_map(|value| CalendarAddress::parse(value).ok())
}

/// An enumeration of the wire: values in any letter case, unknown ones kept, absent means the default.
macro_rules! wire_values {
    (
        $(#[$doc:meta])* $name:ident, default $default:ident;
        $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value that is not known here, as written.
            Other(String),
        }

        impl $name {
            /// Reads a value; nothing at all is the default.
            pub fn parse(value: &str) -> Self {
                match value.trim() {
                    "" => Self::$default,
                    $(known if known.eq_ignore_ascii_case($wire) => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The value as it is written.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Other(value) => value,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

wire_values! {
    /// Participation status (RFC 5545 §3.2.12). One that is not known counts as NEEDS-ACTION.
    Partstat, default NeedsAction;
    /// Not answered yet; what is meant when the parameter is absent.
    NeedsAction = "NEEDS-ACTION",
    /// Takes part.
    Accepted = "ACCEPTED",
    /// Does not take part.
    Declined = "DECLINED",
    /// May take part.
    Tentative = "TENTATIVE",
    /// Somebody else answers instead.
    Delegated = "DELEGATED",
    /// The task is done.
    Completed = "COMPLETED",
    /// The task is being done.
    InProcess = "IN-PROCESS",
}

wire_values! {
    /// Participation role (RFC 5545 §3.2.16). One that is not known counts as REQ-PARTICIPANT.
    Role, default ReqParticipant;
    /// Presides.
    Chair = "CHAIR",
    /// Is required; what is meant when the parameter is absent.
    ReqParticipant = "REQ-PARTICIPANT",
    /// Is optional.
    OptParticipant = "OPT-PARTICIPANT",
    /// Is told, does not take part.
    NonParticipant = "NON-PARTICIPANT",
}

wire_values! {
    /// Kind of calendar user (RFC 5545 §3.2.3). One that is not known counts as UNKNOWN.
    Cutype, default Individual;
    /// A person; what is meant when the parameter is absent.
    Individual = "INDIVIDUAL",
    /// A group of people.
    Group = "GROUP",
    /// A thing.
    Resource = "RESOURCE",
    /// A room.
    Room = "ROOM",
    /// Not said.
    Unknown = "UNKNOWN",
}

/// Who delivers scheduling messages for a line (RFC 6638 §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleAgent {
    /// The server; what is meant when the parameter is absent.
    Server,
    /// The client.
    Client,
    /// Nobody.
    None,
    /// A value that is not known here; treated as NONE (RFC 6638 §7.1).
    Other(String),
}

impl ScheduleAgent {
    fn parse(value: Option<&str>) -> Self {
        match value.map(str::trim) {
            None => Self::Server,
            Some(value) if value.eq_ignore_ascii_case("SERVER") => Self::Server,
            Some(value) if value.eq_ignore_ascii_case("CLIENT") => Self::Client,
            Some(value) if value.eq_ignore_ascii_case("NONE") => Self::None,
            Some(value) => Self::Other(value.to_owned()),
        }
    }
}

/// Which message is to be sent though the server would not (RFC 6638 §7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForceSend {
    /// A REQUEST to the attendee.
    Request,
    /// A REPLY to the organizer.
    Reply,
    /// A value that is not known here; has no effect (RFC 6638 §7.2).
    Other(String),
}

impl ForceSend {
    fn parse(value: &str) -> Self {
        match value.trim() {
            value if value.eq_ignore_ascii_case("REQUEST") => Self::Request,
            value if value.eq_ignore_ascii_case("REPLY") => Self::Reply,
            value => Self::Other(value.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attendee_line_is_read_with_the_defaults_of_the_rfc() {
        let line = Property::new("ATTENDEE", "mailto:bob@example.com");
        let attendee = Attendee::new(&line);
        assert_eq!(attendee.partstat(), Partstat::NeedsAction); // RFC 5545 §3.2.12
        assert_eq!(attendee.role(), Role::ReqParticipant); // RFC 5545 §3.2.16
        assert_eq!(attendee.cutype(), Cutype::Individual); // RFC 5545 §3.2.3
        assert!(!attendee.rsvp()); // RFC 5545 §3.2.17
        assert_eq!(attendee.schedule_agent(), ScheduleAgent::Server); // RFC 6638 §7.1
        assert_eq!(attendee.schedule_force_send(), None); // RFC 6638 §7.2
        assert_eq!(attendee.common_name(), None);
    }

    #[test]
    fn parameters_are_read_in_any_letter_case_and_unknown_values_are_kept() {
        for (written, expected) in [
            ("accepted", Partstat::Accepted),
            ("In-Process", Partstat::InProcess),
            ("", Partstat::NeedsAction),
            ("X-Maybe", Partstat::Other("X-Maybe".to_owned())),
        ] {
            assert_eq!(Partstat::parse(written), expected, "{written}");
        }
        assert_eq!(Partstat::parse("X-Maybe").as_str(), "X-Maybe");
        for (written, expected) in [
            ("server", ScheduleAgent::Server),
            ("CLIENT", ScheduleAgent::Client),
            ("None", ScheduleAgent::None),
            ("X-OTHER", ScheduleAgent::Other("X-OTHER".to_owned())),
            ("", ScheduleAgent::Other(String::new())),
        ] {
            assert_eq!(ScheduleAgent::parse(Some(written)), expected, "{written}");
        }
        assert_eq!(ForceSend::parse("request"), ForceSend::Request);
    }

    #[test]
    fn delegation_lists_several_addresses() {
        let mut line = Property::new("ATTENDEE", "MAILTO:ann@example.com");
        line.set_param_values("DELEGATED-TO", &["mailto:Bob@example.com", "carol@example.com"]);
        line.set_param_values("CN", &["Doe", " Ann"]);
        line.set_param("SENT-BY", "mailto:secretary@example.com");
        let attendee = Attendee::new(&line);
        let names: Vec<_> = attendee.delegated_to().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["mailto:bob@example.com", "mailto:carol@example.com"]);
        assert_eq!(attendee.common_name().as_deref(), Some("Doe, Ann"));
        assert_eq!(attendee.sent_by(), CalendarAddress::parse("secretary@example.com").ok());
        assert!(attendee.is_mail());
    }
}
