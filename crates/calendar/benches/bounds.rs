//! What the costliest objects and filters of 64 KB take: 50 ms of a processor and 16 MB at most, or the run fails.
//!
//! `cargo bench -p calendar --bench bounds`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    reason = "shares its inputs with the tests"
)]

#[path = "../tests/fuzz/hostile.rs"]
mod hostile;
#[path = "../tests/fuzz/pieces.rs"]
mod pieces;
#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MOST_TIME: Duration = Duration::from_millis(50);
const MOST_OCTETS: usize = 16 * 1024 * 1024;

/// What one piece of work took.
struct Cost {
    time: Duration,
    octets: usize,
    what: String,
}

fn main() -> ExitCode {
    let mut costs = Vec::new();
    for (name, octets) in hostile::objects() {
        measure_object(&name, &octets, &mut costs);
    }
    costs.sort_by_key(|cost| std::cmp::Reverse(cost.time));
    let is_over = |cost: &&Cost| cost.time > MOST_TIME || cost.octets > MOST_OCTETS;
    let over = costs.iter().filter(is_over).count();
    let largest = costs.iter().max_by_key(|cost| cost.octets).expect("something was measured");
    println!(
        "{} pieces of work, {over} over the bounds; the slowest, and the largest:",
        costs.len()
    );
    let print = |Cost { time, octets, what }: &Cost| {
        let (ms, mb) = (time.as_secs_f64() * 1e3, *octets as f64 / 1e6);
        println!("{ms:8.1} ms {mb:8.2} MB  {}", what.chars().take(110).collect::<String>());
    };
    costs.iter().take(over.max(10)).for_each(print);
    print(largest);
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The time that this thread has run, whatever else the machine does (proc(5): schedstat).
fn time_used() -> Duration {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = schedstat.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number of nanoseconds"))
}

fn measure_object(name: &str, octets: &[u8], costs: &mut Vec<Cost>) {
    pieces::each(octets, &mut |work, run| {
        let mut time = Duration::MAX;
        let mut taken = 0;
        for _ in 0..3 {
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            let started = time_used();
            run();
            time = time.min(time_used().saturating_sub(started));
            taken = MEMORY.peak_usage().saturating_sub(before);
            if time < MOST_TIME / 2 {
                break; // Only what is near the bound is worth another look.
            }
        }
        costs.push(Cost { time, octets: taken, what: format!("{work}: {name}") });
    });
}
