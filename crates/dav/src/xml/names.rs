//! Every expanded name this server speaks, grouped by the document that defines it.

use super::QName;

/// `DAV:` (RFC 4918 and its family).
pub const DAV: &str = "DAV:";
/// CalDAV (RFC 4791, RFC 6638).
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The extensions of calendarserver.org.
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
/// Apple's calendar colour and order.
pub const APPLE_ICAL: &str = "http://apple.com/ns/ical/";
/// The namespace bound to the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// This server's own elements.
pub const CONVENE: &str = "urn:convene:error";

/// The namespaces that cost no allocation when they are read.
pub(super) const NAMESPACES: [&str; 7] =
    ["", DAV, CALDAV, CALENDARSERVER, APPLE_ICAL, XML, CONVENE];

/// XML 1.0, section 2.2: `Char`.
pub(super) fn is_xml_char(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => c >= ' ',
    }
}

macro_rules! names {
    ($($namespace:ident { $($constant:ident = $local:literal,)* })*) => {
        $($(
            #[doc = concat!("`", $local, "`")]
            pub const $constant: QName<'static> = QName::new($namespace, $local);
        )*)*
    };
}

names! {
    // XML itself
    XML {
        XML_LANG = "lang",
    }
    // RFC 4918: WebDAV elements
    DAV {
        ERROR = "error",
        MULTISTATUS = "multistatus",
        RESPONSE = "response",
        RESPONSEDESCRIPTION = "responsedescription",
        PROPSTAT = "propstat",
        PROP = "prop",
        STATUS = "status",
        HREF = "href",
        LOCATION = "location",
        PROPFIND = "propfind",
        ALLPROP = "allprop",
        INCLUDE = "include",
        PROPNAME = "propname",
        PROPERTYUPDATE = "propertyupdate",
        SET = "set",
        REMOVE = "remove",
        COLLECTION = "collection",
    }
    // RFC 4918: properties
    DAV {
        CREATIONDATE = "creationdate",
        DISPLAYNAME = "displayname",
        GETCONTENTLENGTH = "getcontentlength",
        GETCONTENTTYPE = "getcontenttype",
        GETETAG = "getetag",
        GETLASTMODIFIED = "getlastmodified",
        LOCKDISCOVERY = "lockdiscovery",
        RESOURCETYPE = "resourcetype",
        SUPPORTEDLOCK = "supportedlock",
    }
    // RFC 4918 16: conditions
    DAV {
        NO_EXTERNAL_ENTITIES = "no-external-entities",
        PRESERVED_LIVE_PROPERTIES = "preserved-live-properties",
        PROPFIND_FINITE_DEPTH = "propfind-finite-depth",
        CANNOT_MODIFY_PROTECTED_PROPERTY = "cannot-modify-protected-property",
    }
    // RFC 3253: versioning's share
    DAV {
        SUPPORTED_METHOD_SET = "supported-method-set",
        SUPPORTED_LIVE_PROPERTY_SET = "supported-live-property-set",
        SUPPORTED_REPORT_SET = "supported-report-set",
        SUPPORTED_REPORT = "supported-report",
        REPORT = "report",
        EXPAND_PROPERTY = "expand-property",
        PROPERTY = "property",
    }
    // RFC 3253: conditions
    DAV {
        RESOURCE_MUST_BE_NULL = "resource-must-be-null",
    }
    // RFC 3744: properties
    DAV {
        ALTERNATE_URI_SET = "alternate-URI-set",
        PRINCIPAL_URL = "principal-URL",
        GROUP_MEMBER_SET = "group-member-set",
        GROUP_MEMBERSHIP = "group-membership",
        OWNER = "owner",
        GROUP = "group",
        SUPPORTED_PRIVILEGE_SET = "supported-privilege-set",
        CURRENT_USER_PRIVILEGE_SET = "current-user-privilege-set",
        ACL = "acl",
        ACL_RESTRICTIONS = "acl-restrictions",
        INHERITED_ACL_SET = "inherited-acl-set",
        PRINCIPAL_COLLECTION_SET = "principal-collection-set",
    }
    // RFC 3744: elements
    DAV {
        PRINCIPAL = "principal",
        PRIVILEGE = "privilege",
        DESCRIPTION = "description",
        ALL = "all",
        NEED_PRIVILEGES = "need-privileges",
        RESOURCE = "resource",
        PRINCIPAL_PROPERTY_SEARCH = "principal-property-search",
        PRINCIPAL_SEARCH_PROPERTY_SET = "principal-search-property-set",
        PROPERTY_SEARCH = "property-search",
        MATCH = "match",
    }
    // RFC 3744: privileges
    DAV {
        READ = "read",
        WRITE = "write",
        WRITE_PROPERTIES = "write-properties",
        WRITE_CONTENT = "write-content",
        READ_ACL = "read-acl",
        READ_CURRENT_USER_PRIVILEGE_SET = "read-current-user-privilege-set",
        BIND = "bind",
        UNBIND = "unbind",
    }
    // RFC 3744: conditions
    DAV {
        NUMBER_OF_MATCHES_WITHIN_LIMITS = "number-of-matches-within-limits",
    }
    // RFC 5397, 5689, 5995, 6578: properties and elements
    DAV {
        CURRENT_USER_PRINCIPAL = "current-user-principal",
        MKCOL = "mkcol",
        MKCOL_RESPONSE = "mkcol-response",
        SYNC_TOKEN = "sync-token",
        SYNC_COLLECTION = "sync-collection",
        SYNC_LEVEL = "sync-level",
        LIMIT = "limit",
        NRESULTS = "nresults",
    }
    // RFC 5689, 6578: conditions
    DAV {
        VALID_RESOURCETYPE = "valid-resourcetype",
        VALID_SYNC_TOKEN = "valid-sync-token",
        SYNC_TRAVERSAL_SUPPORTED = "sync-traversal-supported",
    }
    // RFC 4791: properties
    CALDAV {
        CALENDAR_DESCRIPTION = "calendar-description",
        CALENDAR_TIMEZONE = "calendar-timezone",
        SUPPORTED_CALENDAR_COMPONENT_SET = "supported-calendar-component-set",
        SUPPORTED_CALENDAR_DATA = "supported-calendar-data",
        MAX_RESOURCE_SIZE = "max-resource-size",
        MIN_DATE_TIME = "min-date-time",
        MAX_DATE_TIME = "max-date-time",
        MAX_INSTANCES = "max-instances",
        MAX_ATTENDEES_PER_INSTANCE = "max-attendees-per-instance",
        CALENDAR_HOME_SET = "calendar-home-set",
        SUPPORTED_COLLATION_SET = "supported-collation-set",
        SUPPORTED_COLLATION = "supported-collation",
    }
    // RFC 4791: elements
    CALDAV {
        CALENDAR = "calendar",
        MKCALENDAR = "mkcalendar",
        CALENDAR_QUERY = "calendar-query",
        CALENDAR_DATA = "calendar-data",
        CALENDAR_MULTIGET = "calendar-multiget",
        FREE_BUSY_QUERY = "free-busy-query",
        COMP = "comp",
        ALLCOMP = "allcomp",
        CALDAV_ALLPROP = "allprop",
        CALDAV_PROP = "prop",
        EXPAND = "expand",
        LIMIT_RECURRENCE_SET = "limit-recurrence-set",
        LIMIT_FREEBUSY_SET = "limit-freebusy-set",
        FILTER = "filter",
        COMP_FILTER = "comp-filter",
        PROP_FILTER = "prop-filter",
        PARAM_FILTER = "param-filter",
        IS_NOT_DEFINED = "is-not-defined",
        TEXT_MATCH = "text-match",
        TIMEZONE = "timezone",
        TIME_RANGE = "time-range",
        READ_FREE_BUSY = "read-free-busy",
    }
    // RFC 4791: conditions
    CALDAV {
        VALID_CALENDAR_DATA = "valid-calendar-data",
        VALID_CALENDAR_OBJECT_RESOURCE = "valid-calendar-object-resource",
        SUPPORTED_CALENDAR_COMPONENT = "supported-calendar-component",
        NO_UID_CONFLICT = "no-uid-conflict",
        CALENDAR_COLLECTION_LOCATION_OK = "calendar-collection-location-ok",
        INITIALIZE_CALENDAR_COLLECTION = "initialize-calendar-collection",
        VALID_FILTER = "valid-filter",
        SUPPORTED_FILTER = "supported-filter",
    }
    // RFC 6638: properties
    CALDAV {
        SCHEDULE_OUTBOX_URL = "schedule-outbox-URL",
        SCHEDULE_INBOX_URL = "schedule-inbox-URL",
        CALENDAR_USER_ADDRESS_SET = "calendar-user-address-set",
        CALENDAR_USER_TYPE = "calendar-user-type",
        SCHEDULE_CALENDAR_TRANSP = "schedule-calendar-transp",
        SCHEDULE_DEFAULT_CALENDAR_URL = "schedule-default-calendar-URL",
        SCHEDULE_TAG = "schedule-tag",
    }
    // RFC 6638: elements
    CALDAV {
        SCHEDULE_INBOX = "schedule-inbox",
        SCHEDULE_OUTBOX = "schedule-outbox",
        OPAQUE = "opaque",
        TRANSPARENT = "transparent",
        SCHEDULE_RESPONSE = "schedule-response",
        CALDAV_RESPONSE = "response",
        RECIPIENT = "recipient",
        REQUEST_STATUS = "request-status",
    }
    // RFC 6638: privileges
    CALDAV {
        SCHEDULE_DELIVER = "schedule-deliver",
        SCHEDULE_DELIVER_INVITE = "schedule-deliver-invite",
        SCHEDULE_DELIVER_REPLY = "schedule-deliver-reply",
        SCHEDULE_QUERY_FREEBUSY = "schedule-query-freebusy",
        SCHEDULE_SEND = "schedule-send",
        SCHEDULE_SEND_INVITE = "schedule-send-invite",
        SCHEDULE_SEND_REPLY = "schedule-send-reply",
        SCHEDULE_SEND_FREEBUSY = "schedule-send-freebusy",
    }
    // RFC 6638: conditions
    CALDAV {
        DEFAULT_CALENDAR_NEEDED = "default-calendar-needed",
        VALID_SCHEDULE_DEFAULT_CALENDAR_URL = "valid-schedule-default-calendar-URL",
        UNIQUE_SCHEDULING_OBJECT_RESOURCE = "unique-scheduling-object-resource",
        SAME_ORGANIZER_IN_ALL_COMPONENTS = "same-organizer-in-all-components",
        ALLOWED_ORGANIZER_SCHEDULING_OBJECT_CHANGE = "allowed-organizer-scheduling-object-change",
        ALLOWED_ATTENDEE_SCHEDULING_OBJECT_CHANGE = "allowed-attendee-scheduling-object-change",
        VALID_SCHEDULING_MESSAGE = "valid-scheduling-message",
        VALID_ORGANIZER = "valid-organizer",
    }
    // RFC 7529: rules in other calendars
    CALDAV {
        SUPPORTED_RSCALE = "supported-rscale",
        SUPPORTED_RSCALE_SET = "supported-rscale-set",
    }
    // RFC 7809: time zones by reference
    CALDAV {
        VALID_TIMEZONE = "valid-timezone",
    }
    // Apple and calendarserver.org
    CALENDARSERVER {
        GETCTAG = "getctag",
        SOURCE = "source",
        EMAIL_ADDRESS_SET = "email-address-set",
        EMAIL_ADDRESS = "email-address",
        CALENDARSERVER_PRINCIPAL_SEARCH = "calendarserver-principal-search",
        SEARCH_TOKEN = "search-token",
        CS_LIMIT = "limit",
        CS_NRESULTS = "nresults",
    }
    // Apple's iCal
    APPLE_ICAL {
        CALENDAR_COLOR = "calendar-color",
        CALENDAR_ORDER = "calendar-order",
    }
    // Ours, inside DAV:error
    CONVENE {
        DETAIL = "detail",
        REQUEST_ID = "request-id",
    }
}
