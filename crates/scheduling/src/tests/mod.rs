//! Stories about scheduling, run against the engine alone, and the tables of the standards.

mod arrival;
mod attendee;
mod group_event;
mod laws;
mod methods;
mod organizer;
mod pitfalls;
mod series;
mod stories;
mod support;
mod three_way;
