//! placeholder

pub mod recur;
