//! Why a write is refused: the preconditions of RFC 6638 section 3.2.4 that need no look at the
//! store.

use thiserror::Error;

/// A write that scheduling does not allow; its text is a sentence for the person who reads the
/// client's error dialog.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// `CALDAV:same-organizer-in-all-components` (RFC 6638 section 3.2.4.2).
    #[error(
        "All components of a scheduled object must have the same ORGANIZER; this one names {first} and {second}."
    )]
    SameOrganizerInAllComponents {
        /// The first organizer found.
        first: String,
        /// The one that differs.
        second: String,
    },
    /// `CALDAV:allowed-organizer-scheduling-object-change` (RFC 6638 section 3.2.4.3).
    #[error("{sentence}")]
    AllowedOrganizerChange {
        /// The iCalendar property that may not be changed so.
        property: &'static str,
        /// What was wrong, naming the property.
        sentence: String,
    },
    /// `CALDAV:allowed-attendee-scheduling-object-change` (RFC 6638 section 3.2.4.4).
    #[error("{sentence}")]
    AllowedAttendeeChange {
        /// The iCalendar property that may not be changed so.
        property: &'static str,
        /// What was wrong, naming the property.
        sentence: String,
    },
    /// `CALDAV:valid-calendar-object-resource` (RFC 4791 section 5.3.2.1): the object as it would
    /// be stored is none.
    #[error("The calendar object can't be stored: {detail}")]
    ValidCalendarObjectResource {
        /// What the check of the object said.
        detail: String,
    },
}

impl Refusal {
    pub(crate) fn organizer(property: &'static str, sentence: impl Into<String>) -> Self {
        Self::AllowedOrganizerChange { property, sentence: sentence.into() }
    }

    pub(crate) fn attendee(property: &'static str, sentence: impl Into<String>) -> Self {
        Self::AllowedAttendeeChange { property, sentence: sentence.into() }
    }
}
