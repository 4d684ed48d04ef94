//! Stories about scheduling, run against the engine alone, and the tables of the standards.

mod support;
mod zz_outside;
