//! The numbers that bound something, and what a password costs.

use scheduling::intercept::Burst;
use serde::{Deserialize, Serialize};

/// Bounds of requests and connections. Times are in seconds, sizes in octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest calendar object (`CALDAV:max-resource-size`, RFC 4791 5.2.5).
    pub max_resource_size: usize,
    /// Largest XML request body.
    pub max_xml_size: usize,
    /// No body of any request is read past this.
    pub max_body_size: usize,
    /// Most instances of an object (`CALDAV:max-instances`, RFC 4791 5.2.8).
    pub max_instances: usize,
    /// Most attendees of an instance (`CALDAV:max-attendees-per-instance`, RFC 4791 5.2.9).
    pub max_attendees_per_instance: usize,
    /// Connections open at the same time; more wait to be accepted.
    pub max_connections: usize,
    /// Requests worked on at the same time; more wait.
    pub max_requests: usize,
    /// From a connection's opening, or its last answer, to the end of the next request's headers.
    pub header_seconds: u64,
    /// Longest pause within a request body.
    pub body_pause_seconds: u64,
    /// From the end of a request's headers to those of its answer.
    pub request_seconds: u64,
    /// How long a stop waits for the requests under way.
    pub stop_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let calendar = calendar::Limits::default();
        Self {
            max_resource_size: calendar.max_resource_size,
            max_xml_size: 1024 * 1024,
            max_body_size: 32 * 1024 * 1024,
            max_instances: calendar.max_instances,
            max_attendees_per_instance: calendar.max_attendees_per_instance,
            max_connections: 4_096,
            max_requests: 256,
            header_seconds: 60,
            body_pause_seconds: 20,
            request_seconds: 60,
            stop_seconds: 10,
        }
    }
}

impl Limits {
    /// The bounds on calendar objects.
    pub(crate) fn calendar(&self) -> calendar::Limits {
        calendar::Limits {
            max_resource_size: self.max_resource_size,
            max_instances: self.max_instances,
            max_attendees_per_instance: self.max_attendees_per_instance,
            ..calendar::Limits::default()
        }
    }

    /// The sentence that says which of these can't be used.
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, value) in [
            ("max_resource_size", self.max_resource_size),
            ("max_xml_size", self.max_xml_size),
            ("max_body_size", self.max_body_size),
            ("max_instances", self.max_instances),
            ("max_attendees_per_instance", self.max_attendees_per_instance),
            ("max_connections", self.max_connections),
            ("max_requests", self.max_requests),
        ] {
            if value == 0 {
                return Err(format!("`limits.{name}` is 0. Set it to 1 or more."));
            }
        }
        for (name, value) in [
            ("header_seconds", self.header_seconds),
            ("body_pause_seconds", self.body_pause_seconds),
            ("request_seconds", self.request_seconds),
        ] {
            if value == 0 {
                return Err(format!("`limits.{name}` is 0. Set it to 1 or more."));
            }
        }
        if self.max_body_size < self.max_resource_size.max(self.max_xml_size) {
            return Err(format!(
                "`limits.max_body_size` is {}, less than `max_resource_size` or `max_xml_size`. Set it at least as high.",
                self.max_body_size
            ));
        }
        Ok(())
    }
}

/// What a password hash costs (argon2id).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Hashes computed at the same time; 0 means one per processor, four at the most.
    pub parallel: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        // The first choice of OWASP's password storage cheat sheet for argon2id.
        Self { memory_kib: 19_456, passes: 2, parallel: 0 }
    }
}

impl Passwords {
    /// The least that argon2 takes: for tests, where the cost of a guess does not matter.
    pub fn cheap() -> Self {
        Self { memory_kib: 8, passes: 1, parallel: 0 }
    }

    /// The sentence that says which of these can't be used.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.memory_kib < 8 || self.passes == 0 {
            return Err(format!(
                "`passwords.memory_kib` is {} and `passwords.passes` is {}. Set them to at least 8 and 1.",
                self.memory_kib, self.passes
            ));
        }
        Ok(())
    }
}

/// How invitations are handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scheduling {
    /// Months ahead for which the instances of recurring objects are indexed.
    pub horizon_months: i32,
    /// With more attendees than this, an answer is not passed on to the other attendees' copies.
    pub refresh_attendees: usize,
    /// Invitations from one account to people elsewhere within `burst_minutes`; what goes beyond is held in the queue
    /// until somebody releases or drops it. 0 means that nothing is held.
    pub burst_messages: u32,
    /// See `burst_messages`.
    pub burst_minutes: u32,
}

impl Default for Scheduling {
    fn default() -> Self {
        Self { horizon_months: 24, refresh_attendees: 50, burst_messages: 200, burst_minutes: 60 }
    }
}

impl Scheduling {
    /// When messages to outsiders are held back.
    pub(crate) fn burst(&self) -> Option<Burst> {
        let (messages, minutes) = (self.burst_messages, self.burst_minutes);
        (messages > 0).then_some(Burst { messages, minutes })
    }
}

/// Work done beside the requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Days for which deletions are remembered for sync, and old versions are kept.
    pub retention_days: u32,
    /// Days after which a message leaves the inbox it was delivered to, whether anybody has seen it; 0 means never.
    pub inbox_days: u32,
    /// Seconds between two looks for work when nothing wakes the worker.
    pub poll_seconds: u64,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { retention_days: 90, inbox_days: 30, poll_seconds: 60 }
    }
}
