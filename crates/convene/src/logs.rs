//! The log: lines on standard error, for people or as JSON.

use std::io::{self, IsTerminal};

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::LogFormat;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not one.
    #[error(
        "The setting `log` is `{0}`, which is not valid. Write a level (off, error, warn, info, debug, trace), or a level and pairs such as info,convene::access=warn."
    )]
    Filter(String),
    /// Something else in this process takes the log already.
    #[error("The log is taken already: {0}.")]
    Taken(#[from] TryInitError),
}

/// Starts the log of this process.
///
/// # Errors
/// [`LogError`] when the filter is not valid or a log was started before.
pub fn start(filter: &str, format: LogFormat) -> Result<(), LogError> {
    let targets = parse(filter).ok_or_else(|| LogError::Filter(filter.to_owned()))?;
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

/// A level for everything, and for some targets another one.
fn parse(filter: &str) -> Option<Targets> {
    // What Postgres notes about its own statements is no news to whoever runs the server.
    let mut targets = Targets::new().with_target("sqlx::postgres::notice", LevelFilter::WARN);
    for part in filter.split(',').map(str::trim) {
        // `Targets` itself would take a misspelt level for the name of a target.
        targets = match part.split_once('=') {
            Some((target, level)) => {
                targets.with_target(target, level.parse::<LevelFilter>().ok()?)
            }
            None if part.is_empty() => return None,
            None => targets.with_default(part.parse::<LevelFilter>().ok()?),
        };
    }
    Some(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_and_pairs() {
        for (filter, is_valid) in [
            ("info", true),
            ("WARN", true),
            ("off", true),
            ("info,convene::access=warn, sqlx=off", true),
            ("", false),
            ("loud", false),
            ("info,convene=loud", false),
        ] {
            assert_eq!(parse(filter).is_some(), is_valid, "{filter:?}");
        }
    }
}
