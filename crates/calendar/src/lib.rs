//! What an iCalendar object means (RFC 5545, RFC 4791 §4.1, RFC 5546).
//!
//! Invariants: no I/O, no clock, no random number; no panic and bounded work on any input; the
//! client's octets stay as they are where nothing was edited.
//!
//! ```
//! use calendar::{CalendarObject, Limits, Partstat};
//!
//! let octets = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
//!     dtstart;tzid=Europe/Berlin:20260105T090000\r\nSUMMARY:Lu\r\n nch\r\n\
//!     ATTENDEE:mailto:bob@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
//! let object = CalendarObject::parse(octets, &Limits::default())?;
//! assert_eq!(object.uid().as_str(), "1");
//!
//! let mut tree = object.clone().into_tree();
//! for event in tree.components_mut() {
//!     for attendee in event.properties_mut().filter(|p| p.is("ATTENDEE")) {
//!         attendee.set_partstat(&Partstat::Accepted);
//!     }
//! }
//! let edited = CalendarObject::from_tree(tree)?;
//! let octets = String::from_utf8(edited.octets()).unwrap();
//! assert!(octets.contains("SUMMARY:Lu\r\n nch\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com\r\n"));
//! # Ok::<(), calendar::ParseError>(())
//! ```

pub mod address;
pub mod availability;
pub mod diff;
mod edit;
mod error;
pub mod filter;
pub mod freebusy;
pub mod index;
pub mod instances;
#[cfg(test)]
mod laws;
mod limits;
mod message;
mod object;
mod occurrence;
pub mod participant;
pub mod recur;
pub mod select;
pub mod source;
pub mod time;
pub mod zone;

pub use address::CalendarAddress;
pub use error::ParseError;
pub use index::{IndexRow, ObjectIndex};
pub use instances::{Instance, InstanceId, Instances};
pub use limits::Limits;
pub use message::{Message, Method};
pub use object::{CalendarObject, ComponentKind, Uid};
pub use occurrence::{Occurrence, Overlap, Status};
pub use participant::{Attendee, Cutype, ForceSend, Organizer, Partstat, Role, ScheduleAgent};
pub use source::{Component, Item, Parameter, Property};
pub use time::{CalendarDuration, CalendarTime};
pub use zone::{Zone, ZoneSet};

/// PRODID of what this server makes (RFC 5545 §3.7.3).
pub const PRODID: &str = "-//convene//convene//EN";
