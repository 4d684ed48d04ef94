//! The `convene` program.

use std::process::ExitCode;

use clap::Parser;
use convene::cli::Cli;

fn main() -> ExitCode {
    // clap ends the program with 2 when the command line is not valid.
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convene: {error:#}");
            ExitCode::FAILURE
        }
    }
}
