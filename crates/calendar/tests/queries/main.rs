//! Filters, selection and busy time (RFC 4791 §7 and §9) as a client meets them, without HTTP and XML.

mod appendix_b;
mod busy;
mod examples;
mod filters;
mod laws;
mod selection;
mod support;
mod time_range;
