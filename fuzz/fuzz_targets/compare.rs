#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each program runs one of the targets")]
#[path = "../../crates/calendar/tests/fuzz/targets.rs"]
mod targets;

fuzz_target!(|octets: &[u8]| targets::compare(octets));
