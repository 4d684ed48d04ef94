//! The numbers that bound what one calendar object may cost (RFC 4791 §5.2.5, §5.2.8, §5.2.9).

/// Upper bounds on a calendar object and on the work done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a calendar object: `CALDAV:max-resource-size`.
    pub max_resource_size: usize,
    /// ATTENDEE properties of one component: `CALDAV:max-attendees-per-instance`.
    pub max_attendees_per_instance: usize,
    /// Instances that one expansion yields, and overrides of one object: `CALDAV:max-instances`.
    pub max_instances: usize,
    /// Components of one object, alarms and time zones included.
    pub max_components: usize,
    /// Content lines of one object.
    pub max_lines: usize,
    /// How deep components nest; iCalendar itself needs four levels.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_resource_size: 10 * 1024 * 1024,
            max_attendees_per_instance: 10_000,
            max_instances: 10_000,
            max_components: 20_000,
            max_lines: 200_000,
            max_depth: 16,
        }
    }
}
