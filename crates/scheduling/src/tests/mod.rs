//! Stories about scheduling, run against the engine alone, and the tables of the standards.

mod aliases;
mod alike;
mod arrival;
mod attendee;
mod group_event;
mod laws;
mod methods;
mod orders;
mod organizer;
mod pitfalls;
mod rfc6638_attendee;
mod rfc6638_examples;
mod rfc6638_organizer;
mod rfc6638_participation;
mod series;
mod states;
mod stories;
mod support;
mod three_way;
