//! Filters, selection and busy time (RFC 4791 §7 and §9) as a client meets them, without HTTP and XML.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps tests is test code")]

mod appendix_b;
mod busy;
mod examples;
mod filters;
mod laws;
mod selection;
mod support;
mod time_range;
