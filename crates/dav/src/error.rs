//! What goes wrong, as a client meets it: a status, the condition that was not met, a sentence.
//!
//! RFC 4918 16 defines the `DAV:error` body; each condition is named by the document that defines it.
//! This is the only file that turns the errors of the inner crates into HTTP.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use scheduling::Refusal;
use scheduling::intercept::{DoorError, Place};

use crate::body::Body;
use crate::target::object_href;
use crate::xml::{QName, ReadError, Writer, names};

/// What every handler fails with.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    precondition: Option<Precondition>,
    sentence: Cow<'static, str>,
    headers: HeaderMap,
}

/// A result whose error has an HTTP answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The conditions a request can fail to meet, grouped by the document that defines them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    // RFC 4918 16
    /// The body refers to an external entity or has a document type declaration.
    NoExternalEntities,
    /// A live property would be lost by a COPY or MOVE.
    PreservedLiveProperties,
    /// PROPFIND with `Depth: infinity`.
    PropfindFiniteDepth,
    /// A property that only the server sets.
    CannotModifyProtectedProperty,

    // RFC 3253 1.6 and 3.6
    /// MKCALENDAR where something is already.
    ResourceMustBeNull,
    /// A report that this resource does not have.
    SupportedReport,

    // RFC 3744 7.1.1 and 8.1.1
    /// The privilege that was lacking, and where.
    NeedPrivileges {
        /// The resource.
        href: String,
        /// The privilege's element.
        privilege: QName<'static>,
    },
    /// More matches than one answer may hold.
    NumberOfMatchesWithinLimits,

    // RFC 5689 3.3
    /// A `resourcetype` that cannot be made.
    ValidResourcetype,

    // RFC 6578 3.2
    /// A token that this server did not give for this collection, or too old.
    ValidSyncToken,
    /// A `sync-level` that this collection does not have.
    SyncTraversalSupported,

    // RFC 4791 5.3.1.1, 5.3.2.1
    /// A calendar cannot be made there.
    CalendarCollectionLocationOk,
    /// A calendar's initial properties could not be set.
    InitializeCalendarCollection,
    /// The media type is not `text/calendar`.
    SupportedCalendarData,
    /// The octets are not iCalendar.
    ValidCalendarData,
    /// The iCalendar is not a calendar object resource (4.1).
    ValidCalendarObjectResource,
    /// A component kind this calendar does not take.
    SupportedCalendarComponent,
    /// The UID is in use in this calendar, by this resource.
    NoUidConflict {
        /// The resource that has the UID.
        href: String,
    },
    /// The body is larger than this.
    MaxResourceSize,
    /// A date before the earliest one.
    MinDateTime,
    /// A date after the latest one.
    MaxDateTime,
    /// More instances than this.
    MaxInstances,
    /// More attendees in one instance than this.
    MaxAttendeesPerInstance,

    // RFC 4791 7.8
    /// The filter does not follow the grammar.
    ValidFilter,
    /// The filter asks for something that cannot be searched.
    SupportedFilter,
    /// The collation is not one of those advertised.
    SupportedCollation,

    // RFC 6638 3.2.4, 4.3, 5.0.1, 9.2
    /// The user has a scheduled object with this UID already, here.
    UniqueSchedulingObjectResource {
        /// The resource that has the UID.
        href: String,
    },
    /// ORGANIZER differs between components.
    SameOrganizerInAllComponents,
    /// A change that an organizer may not make.
    AllowedOrganizerSchedulingObjectChange,
    /// A change that an attendee may not make.
    AllowedAttendeeSchedulingObjectChange,
    /// The default calendar cannot be deleted.
    DefaultCalendarNeeded,
    /// Not one of the user's calendars.
    ValidScheduleDefaultCalendarUrl,
    /// What was posted is not a scheduling message that the outbox takes.
    ValidSchedulingMessage,
    /// The ORGANIZER of what was posted is not the owner of the outbox.
    ValidOrganizer,

    // RFC 7809 3.1.4
    /// A time zone that is neither known here nor defined in the data.
    ValidTimezone,

    // RFC 7529 4
    /// A recurrence rule in a calendar system other than Gregorian.
    SupportedRscale,
}

impl Precondition {
    /// The element that names the condition in `DAV:error`.
    pub fn name(&self) -> QName<'static> {
        match self {
            Self::NoExternalEntities => names::NO_EXTERNAL_ENTITIES,
            Self::PreservedLiveProperties => names::PRESERVED_LIVE_PROPERTIES,
            Self::PropfindFiniteDepth => names::PROPFIND_FINITE_DEPTH,
            Self::CannotModifyProtectedProperty => names::CANNOT_MODIFY_PROTECTED_PROPERTY,
            Self::ResourceMustBeNull => names::RESOURCE_MUST_BE_NULL,
            Self::SupportedReport => names::SUPPORTED_REPORT,
            Self::NeedPrivileges { .. } => names::NEED_PRIVILEGES,
            Self::NumberOfMatchesWithinLimits => names::NUMBER_OF_MATCHES_WITHIN_LIMITS,
            Self::ValidResourcetype => names::VALID_RESOURCETYPE,
            Self::ValidSyncToken => names::VALID_SYNC_TOKEN,
            Self::SyncTraversalSupported => names::SYNC_TRAVERSAL_SUPPORTED,
            Self::CalendarCollectionLocationOk => names::CALENDAR_COLLECTION_LOCATION_OK,
            Self::InitializeCalendarCollection => names::INITIALIZE_CALENDAR_COLLECTION,
            Self::SupportedCalendarData => names::SUPPORTED_CALENDAR_DATA,
            Self::ValidCalendarData => names::VALID_CALENDAR_DATA,
            Self::ValidCalendarObjectResource => names::VALID_CALENDAR_OBJECT_RESOURCE,
            Self::SupportedCalendarComponent => names::SUPPORTED_CALENDAR_COMPONENT,
            Self::NoUidConflict { .. } => names::NO_UID_CONFLICT,
            Self::MaxResourceSize => names::MAX_RESOURCE_SIZE,
            Self::MinDateTime => names::MIN_DATE_TIME,
            Self::MaxDateTime => names::MAX_DATE_TIME,
            Self::MaxInstances => names::MAX_INSTANCES,
            Self::MaxAttendeesPerInstance => names::MAX_ATTENDEES_PER_INSTANCE,
            Self::ValidFilter => names::VALID_FILTER,
            Self::SupportedFilter => names::SUPPORTED_FILTER,
            Self::SupportedCollation => names::SUPPORTED_COLLATION,
            Self::UniqueSchedulingObjectResource { .. } => names::UNIQUE_SCHEDULING_OBJECT_RESOURCE,
            Self::SameOrganizerInAllComponents => names::SAME_ORGANIZER_IN_ALL_COMPONENTS,
            Self::AllowedOrganizerSchedulingObjectChange => {
                names::ALLOWED_ORGANIZER_SCHEDULING_OBJECT_CHANGE
            }
            Self::AllowedAttendeeSchedulingObjectChange => {
                names::ALLOWED_ATTENDEE_SCHEDULING_OBJECT_CHANGE
            }
            Self::DefaultCalendarNeeded => names::DEFAULT_CALENDAR_NEEDED,
            Self::ValidScheduleDefaultCalendarUrl => names::VALID_SCHEDULE_DEFAULT_CALENDAR_URL,
            Self::ValidSchedulingMessage => names::VALID_SCHEDULING_MESSAGE,
            Self::ValidOrganizer => names::VALID_ORGANIZER,
            Self::ValidTimezone => names::VALID_TIMEZONE,
            Self::SupportedRscale => names::SUPPORTED_RSCALE,
        }
    }

    /// 403 where repeating the request can never help, 409 where the user can mend it (RFC 4791 1.3).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::PreservedLiveProperties => StatusCode::CONFLICT,
            Self::NoExternalEntities
            | Self::PropfindFiniteDepth
            | Self::CannotModifyProtectedProperty
            | Self::ResourceMustBeNull
            | Self::SupportedReport
            | Self::NeedPrivileges { .. }
            | Self::NumberOfMatchesWithinLimits
            | Self::ValidResourcetype
            | Self::ValidSyncToken
            | Self::SyncTraversalSupported
            | Self::CalendarCollectionLocationOk
            | Self::InitializeCalendarCollection
            | Self::SupportedCalendarData
            | Self::ValidCalendarData
            | Self::ValidCalendarObjectResource
            | Self::SupportedCalendarComponent
            | Self::NoUidConflict { .. }
            | Self::MaxResourceSize
            | Self::MinDateTime
            | Self::MaxDateTime
            | Self::MaxInstances
            | Self::MaxAttendeesPerInstance
            | Self::ValidFilter
            | Self::SupportedFilter
            | Self::SupportedCollation
            | Self::UniqueSchedulingObjectResource { .. }
            | Self::SameOrganizerInAllComponents
            | Self::AllowedOrganizerSchedulingObjectChange
            | Self::AllowedAttendeeSchedulingObjectChange
            | Self::DefaultCalendarNeeded
            | Self::ValidScheduleDefaultCalendarUrl
            | Self::ValidSchedulingMessage
            | Self::ValidOrganizer
            | Self::ValidTimezone
            | Self::SupportedRscale => StatusCode::FORBIDDEN,
        }
    }

    /// Writes the condition's element with what its definition puts inside.
    pub fn write(&self, xml: &mut Writer) {
        match self {
            Self::NeedPrivileges { href, privilege } => {
                xml.raw("<D:need-privileges><D:resource>");
                xml.href(href);
                xml.raw("<D:privilege>");
                xml.empty(*privilege);
                xml.raw("</D:privilege></D:resource></D:need-privileges>");
            }
            Self::NoUidConflict { href } | Self::UniqueSchedulingObjectResource { href } => {
                xml.open(self.name());
                xml.href(href);
                xml.close(self.name());
            }
            _ => xml.empty(self.name()),
        }
    }
}

impl Error {
    /// A status and a sentence that says what to mend.
    pub fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            precondition: None,
            sentence: sentence.into(),
            headers: HeaderMap::new(),
        }))
    }

    /// A condition that was not met; its status follows from it.
    pub fn unmet(precondition: Precondition, sentence: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(precondition.status(), sentence);
        error.0.precondition = Some(precondition);
        error
    }

    /// 400.
    pub fn bad_request(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// 401 with the challenge of RFC 7617.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "log in with the name and password of your account")
            .with_header(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"convene\", charset=\"UTF-8\""),
            )
    }

    /// 403.
    pub fn forbidden(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address")
    }

    /// 405 with what is allowed instead.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this resource does not have that method")
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// 409.
    pub fn conflict(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, sentence)
    }

    /// 412 because of this header, with the entity tag that holds now, if there is one.
    pub fn precondition_failed(header: &str, current_etag: Option<&str>) -> Self {
        let sentence =
            format!("the condition in {header} does not hold: the resource is another by now");
        let error = Self::new(StatusCode::PRECONDITION_FAILED, sentence);
        match current_etag.and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok()) {
            Some(tag) => error.with_header(ETAG, tag),
            None => error,
        }
    }

    /// 413.
    pub fn too_large(limit: u64) -> Self {
        let sentence = format!("the request body is larger than the {limit} octets that are taken");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    }

    /// 415.
    pub fn unsupported_media_type(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence)
    }

    /// 502: the destination is on another server (RFC 4918 9.8.5).
    pub fn other_server() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "the Destination is on another server")
    }

    /// 503 with Retry-After.
    pub fn unavailable(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
            .with_header(RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// Adds a header to the answer.
    pub fn with_header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The condition that was not met, where one is defined.
    pub fn precondition(&self) -> Option<&Precondition> {
        self.0.precondition.as_ref()
    }

    /// What went wrong, for a person.
    pub fn sentence(&self) -> &str {
        &self.0.sentence
    }

    /// The content of a `DAV:error`: the condition, the sentence, the number to ask about.
    pub(crate) fn write_content(&self, xml: &mut Writer, request_id: &str) {
        if let Some(precondition) = self.precondition() {
            precondition.write(xml);
        }
        xml.text_element(names::DETAIL, self.sentence());
        if !request_id.is_empty() {
            xml.text_element(names::REQUEST_ID, request_id);
        }
    }

    /// The answer: XML for programs, a small page for a person's browser.
    pub fn into_response(self, request_id: &str, audience: Audience) -> Response<Body> {
        let (body, content_type) = match audience {
            Audience::Program => (self.to_xml(request_id), "application/xml; charset=utf-8"),
            Audience::Person => (self.to_html(request_id), "text/html; charset=utf-8"),
        };
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = self.0.status;
        *response.headers_mut() = self.0.headers;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    fn to_xml(&self, request_id: &str) -> Vec<u8> {
        let mut xml = Writer::with_capacity(512);
        xml.open_root(names::ERROR);
        self.write_content(&mut xml, request_id);
        xml.raw("</D:error>\n");
        xml.take()
    }

    fn to_html(&self, request_id: &str) -> Vec<u8> {
        let status = self.0.status.to_string();
        let mut html = Writer::with_capacity(512);
        html.raw("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>");
        html.text(&status);
        html.raw("</title>\n<h1>");
        html.text(&status);
        html.raw("</h1>\n<p>");
        html.text(self.sentence().trim_end_matches('.'));
        html.raw(".</p>\n<p><small>Request ");
        html.text(request_id);
        html.raw("</small></p>\n</html>\n");
        html.take()
    }
}

/// Who reads the body of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A client: `DAV:error`.
    Program,
    /// A browser: HTML.
    Person,
}

impl Audience {
    /// A browser names `text/html` in Accept; no calendar client does.
    pub fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok());
        match accept {
            Some(accept) if accept.contains("text/html") => Self::Person,
            _ => Self::Program,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.status, self.0.sentence)?;
        match &self.0.precondition {
            Some(precondition) => write!(f, " ({})", precondition.name()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

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

/// 503: whatever it was, the client can try again. What the database said goes to the log only.
impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the database failed");
        Self::unavailable("the database does not answer just now")
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
