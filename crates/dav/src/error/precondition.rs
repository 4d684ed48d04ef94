//! Every condition that a client can fail to meet, in one table (RFC 4918 16).

use http::StatusCode;

use crate::xml::{QName, Writer, names};

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
            // RFC 6638 5.2.1.
            Self::ValidSchedulingMessage => StatusCode::BAD_REQUEST,
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
