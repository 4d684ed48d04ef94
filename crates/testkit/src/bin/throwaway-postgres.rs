//! Runs a throw-away Postgres and prints its URL. It ends when this program does: at the end of its input, or killed.
//!
//! `cargo run -p testkit --bin throwaway-postgres`, and in another terminal `convene serve --database URL`.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (_cluster, url) = match testkit::postgres::own_cluster() {
        Ok(running) => running,
        Err(reason) => return fail(&reason),
    };
    let told = writeln!(std::io::stdout(), "{url}");
    match told.and_then(|()| std::io::stdin().read_to_end(&mut Vec::new())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(reason: &str) -> ExitCode {
    writeln!(std::io::stderr(), "{reason}").ok();
    ExitCode::FAILURE
}
