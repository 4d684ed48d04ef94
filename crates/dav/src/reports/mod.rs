//! The reports of RFC 4791 and RFC 6578, and the grammars they share.

mod calendar_data;
mod filter;
mod time_range;
