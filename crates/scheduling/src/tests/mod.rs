//! Stories about scheduling, run against the engine alone, and the tables of the standards.

mod attendee;
mod group_event;
mod organizer;
mod support;
