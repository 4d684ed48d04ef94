//! The errors of the inner crates, as HTTP: there are no status codes in those crates.

use http::StatusCode;
use scheduling::Refusal;
use scheduling::intercept::{BusyError, DoorError, Place};

use super::{Error, Precondition};
use crate::target::object_href;
use crate::xml::ReadError;

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::DocumentType => {
                Self::unmet(Precondition::NoExternalEntities, error.to_string())
            }
            ReadError::Malformed(sentence) => Self::bad_request(sentence),
        }
    }
}

/// What a race with another request leaves is a conflict; all else is 503, and what the database said
/// goes to the log only.
impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Gone { what } => Self::conflict(format!("the {what} is gone")),
            store::Error::Taken { what } => Self::conflict(format!("the {what} is taken")),
            store::Error::NotEmpty => Self::conflict("the collection is not empty"),
            error => {
                tracing::error!(%error, "the database failed");
                Self::unavailable("the database does not answer just now")
            }
        }
    }
}

impl From<BusyError> for Error {
    fn from(error: BusyError) -> Self {
        let sentence = error.to_string();
        match error {
            BusyError::TooMany => Self::unmet(Precondition::NumberOfMatchesWithinLimits, sentence),
            BusyError::Store(error) => error.into(),
        }
    }
}

/// RFC 4791 5.3.2.1: why calendar data is refused.
impl From<calendar::ParseError> for Error {
    fn from(error: calendar::ParseError) -> Self {
        use calendar::ParseError as P;
        let precondition = match &error {
            P::NotCalendarData { .. } => Precondition::ValidCalendarData,
            P::NotCalendarObject { .. } => Precondition::ValidCalendarObjectResource,
            P::UnknownTimezone { .. } => Precondition::ValidTimezone,
            P::UnsupportedComponent { .. } => Precondition::SupportedCalendarComponent,
            P::TooLarge { .. } => Precondition::MaxResourceSize,
            P::TooManyInstances { .. } => Precondition::MaxInstances,
            P::TooManyAttendees { .. } => Precondition::MaxAttendeesPerInstance,
            P::UnsupportedRscale { .. } => Precondition::SupportedRscale,
        };
        Self::unmet(precondition, error.to_string())
    }
}

impl From<DoorError> for Error {
    fn from(error: DoorError) -> Self {
        let sentence = error.to_string();
        let href = |place: Place| object_href(&place.home, &place.collection, &place.name);
        let precondition = match error {
            DoorError::NotFound => return Self::new(StatusCode::NOT_FOUND, sentence),
            // RFC 4918 9.7.1.
            DoorError::CollectionMissing => return Self::conflict(sentence),
            DoorError::NotACalendar => return Self::forbidden(sentence),
            DoorError::PreconditionFailed { header, current_etag } => {
                return Self::precondition_failed(header, current_etag.as_deref());
            }
            // RFC 4918 10.6.
            DoorError::DestinationExists => {
                return Self::new(StatusCode::PRECONDITION_FAILED, sentence);
            }
            DoorError::Store(error) => return error.into(),
            DoorError::UnknownRecipient { .. } => return Self::not_found(),
            DoorError::Raced | DoorError::Journal(_) => {
                tracing::error!(%sentence, "a write failed");
                return Self::unavailable("the write could not be completed just now");
            }
            DoorError::UidConflict { existing } => {
                Precondition::NoUidConflict { href: href(existing) }
            }
            DoorError::UniqueSchedulingObject { existing } => {
                Precondition::UniqueSchedulingObjectResource { href: href(existing) }
            }
            DoorError::UnsupportedComponent { .. } => Precondition::SupportedCalendarComponent,
            DoorError::DefaultCalendarNeeded => Precondition::DefaultCalendarNeeded,
            DoorError::Refused(refusal) => match refusal {
                Refusal::SameOrganizerInAllComponents { .. } => {
                    Precondition::SameOrganizerInAllComponents
                }
                Refusal::AllowedOrganizerChange { .. } => {
                    Precondition::AllowedOrganizerSchedulingObjectChange
                }
                Refusal::AllowedAttendeeChange { .. } => {
                    Precondition::AllowedAttendeeSchedulingObjectChange
                }
                Refusal::ValidCalendarObjectResource { .. } => {
                    Precondition::ValidCalendarObjectResource
                }
            },
        };
        Self::unmet(precondition, sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_says_stays_inside() {
        let error = Error::from(store::Error::Batch("SELECT secret"));
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!error.to_string().contains("SELECT"));
    }

    #[test]
    fn the_doors_refusals_have_their_conditions() {
        let place = || Place { home: "a".into(), collection: "c".into(), name: "x y".into() };
        let href = "/dav/calendars/a/c/x%20y".to_owned();
        for (error, status, precondition) in [
            (DoorError::NotFound, 404, None),
            (DoorError::CollectionMissing, 409, None),
            (DoorError::NotACalendar, 403, None),
            (DoorError::DestinationExists, 412, None),
            (DoorError::PreconditionFailed { header: "If-Match", current_etag: None }, 412, None),
            (DoorError::Raced, 503, None),
            (
                DoorError::UidConflict { existing: place() },
                403,
                Some(Precondition::NoUidConflict { href: href.clone() }),
            ),
            (
                DoorError::UniqueSchedulingObject { existing: place() },
                403,
                Some(Precondition::UniqueSchedulingObjectResource { href }),
            ),
            (
                DoorError::UnsupportedComponent { kind: "VTODO" },
                403,
                Some(Precondition::SupportedCalendarComponent),
            ),
            (DoorError::DefaultCalendarNeeded, 403, Some(Precondition::DefaultCalendarNeeded)),
            (
                DoorError::Refused(Refusal::AllowedAttendeeChange {
                    property: "DTSTART",
                    sentence: "No.".into(),
                }),
                403,
                Some(Precondition::AllowedAttendeeSchedulingObjectChange),
            ),
        ] {
            let shown = error.to_string();
            let error = Error::from(error);
            assert_eq!(error.status().as_u16(), status, "{shown}");
            assert_eq!(error.precondition(), precondition.as_ref(), "{shown}");
        }
    }
}
