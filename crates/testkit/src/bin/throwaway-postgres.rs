//! Runs a throw-away Postgres and prints its URL. It ends when this program does: at the end of its input, or killed.
//!
//! `cargo run -p testkit --bin throwaway-postgres`, and in another terminal `convene serve --database URL`.

use std::io::{Read as _, Write as _};

fn main() -> Result<(), String> {
    let (_cluster, url) = testkit::postgres::own_cluster()?;
    let wait = || {
        writeln!(std::io::stdout(), "{url}")?;
        std::io::stdin().read_to_end(&mut Vec::new())
    };
    wait().map(drop).map_err(|error| error.to_string())
}
