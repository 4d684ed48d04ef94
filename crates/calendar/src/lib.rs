//! What an iCalendar object means (RFC 5545, RFC 4791 §4.1, RFC 5546).
//!
//! No I/O, no clock, no random number.

pub mod address;
mod error;
pub mod index;
pub mod instances;
mod limits;
mod message;
mod object;
mod occurrence;
pub mod participant;
pub mod recur;
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
