//! The log: lines on standard error, for people or as JSON.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    filter::{ParseError, Targets},
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::LogFormat;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not one.
    #[error(
        "The setting `log` is `{filter}`, which is not valid: {source}. Write a level (error, warn, info, debug, trace), or pairs such as info,convene::access=warn."
    )]
    Filter {
        /// As it was set.
        filter: String,
        /// What is wrong with it.
        source: ParseError,
    },
    /// Something else in this process takes the log already.
    #[error("The log is taken already: {0}.")]
    Taken(#[from] TryInitError),
}

/// Starts the log of this process.
///
/// # Errors
/// [`LogError`] when the filter is not valid or a log was started before.
pub fn start(filter: &str, format: LogFormat) -> Result<(), LogError> {
    let targets: Targets =
        filter.parse().map_err(|source| LogError::Filter { filter: filter.to_owned(), source })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let registry = tracing_subscriber::registry().with(targets);
    match format {
        LogFormat::Text => {
            registry.with(lines.with_ansi(io::stderr().is_terminal())).try_init()?;
        }
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init()?,
    }
    Ok(())
}
