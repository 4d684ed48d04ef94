//! What the costliest objects and filters of 64 KB take of memory, in a program of its own: the peak is that of all
//! threads. `cargo bench -p calendar --bench bounds` measures time as well.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "shares its inputs with the fuzz targets"
)]

#[path = "fuzz/hostile.rs"]
mod hostile;
#[path = "fuzz/pieces.rs"]
mod pieces;
#[path = "fuzz/targets.rs"]
mod targets;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MOST_OCTETS: usize = 16 * 1024 * 1024;

#[test]
fn no_object_of_64_kb_takes_more_than_16_mb() {
    for (name, octets) in hostile::objects() {
        pieces::each(&octets, &mut |work, run| {
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            run();
            let taken = MEMORY.peak_usage().saturating_sub(before);
            assert!(taken <= MOST_OCTETS, "{work}: {name}: {taken} octets");
        });
    }
}
