//! Where settings come from, and which source wins.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, ConfigError, DatabaseUrl};

/// What was said on the command line.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`: the TOML file. Without it `CONVENE_CONFIG`, else none.
    pub config: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--database`.
    pub database: Option<DatabaseUrl>,
}

/// How the text of an environment variable becomes a TOML value.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    List,
}

/// Every setting, as it is named in the file.
const SETTINGS: [(&str, Kind); 30] = [
    ("listen", Kind::Text),
    ("database", Kind::Text),
    ("tls_cert", Kind::Text),
    ("tls_key", Kind::Text),
    ("trusted_proxies", Kind::List),
    ("log", Kind::Text),
    ("log_format", Kind::Text),
    ("worker_threads", Kind::Number),
    ("database_connections", Kind::Number),
    ("passwords.memory_kib", Kind::Number),
    ("passwords.passes", Kind::Number),
    ("passwords.parallel", Kind::Number),
    ("limits.max_resource_size", Kind::Number),
    ("limits.max_xml_size", Kind::Number),
    ("limits.max_body_size", Kind::Number),
    ("limits.max_instances", Kind::Number),
    ("limits.max_attendees_per_instance", Kind::Number),
    ("limits.max_connections", Kind::Number),
    ("limits.max_requests", Kind::Number),
    ("limits.header_seconds", Kind::Number),
    ("limits.body_pause_seconds", Kind::Number),
    ("limits.request_seconds", Kind::Number),
    ("limits.stop_seconds", Kind::Number),
    ("scheduling.horizon_months", Kind::Number),
    ("scheduling.refresh_attendees", Kind::Number),
    ("scheduling.burst_messages", Kind::Number),
    ("scheduling.burst_minutes", Kind::Number),
    ("jobs.inbox_days", Kind::Number),
    ("jobs.retention_days", Kind::Number),
    ("jobs.poll_seconds", Kind::Number),
];

/// Puts the settings together: defaults, file, environment (`variable` looks one up), flags.
///
/// # Errors
/// [`ConfigError`] for the first source that cannot be read or holds something wrong.
pub fn load(
    flags: &Flags,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let file = flags.config.clone().or_else(|| variable("CONVENE_CONFIG").map(PathBuf::from));
    let mut table = file.as_deref().map_or_else(|| Ok(Table::new()), read_file)?;
    for (setting, kind) in SETTINGS {
        let name = format!("CONVENE_{}", setting.replace('.', "_").to_ascii_uppercase());
        // An empty one counts as unset: docker-compose.yml cannot leave a variable out.
        let Some(text) = variable(&name).filter(|text| !text.is_empty()) else { continue };
        let value = read_variable(&name, setting, kind, &text)?;
        insert(&mut table, setting, value);
    }
    let mut config: Config = table
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Unusable(error.to_string()))?;
    if let Some(listen) = &flags.listen {
        config.listen.clone_from(listen);
    }
    if let Some(database) = &flags.database {
        config.database = database.clone();
    }
    config.check()?;
    Ok(config)
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let invalid = |error: toml::de::Error| ConfigError::Invalid {
        path: path.to_owned(),
        detail: error.to_string(),
    };
    // As a whole first: an error found here knows its line, which the merged table no longer does.
    toml::from_str::<Config>(&text).map_err(invalid)?;
    toml::from_str(&text).map_err(invalid)
}

fn read_variable(name: &str, setting: &str, kind: Kind, text: &str) -> Result<Value, ConfigError> {
    let wrong = |detail: String| ConfigError::Variable { variable: name.to_owned(), detail };
    let value = match kind {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Number => Value::Integer(
            text.trim().parse().map_err(|_| wrong(format!("`{text}` is not a whole number.")))?,
        ),
        Kind::List => Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        ),
    };
    // Alone first, so that the error can name the variable.
    let mut alone = Table::new();
    insert(&mut alone, setting, value.clone());
    alone
        .try_into::<Config>()
        .map_err(|error| wrong(error.message().trim_end_matches('.').to_owned() + "."))?;
    Ok(value)
}

/// Sets `table[setting]`, where `setting` may be `section.name`.
fn insert(table: &mut Table, setting: &str, value: Value) {
    let Some((section, name)) = setting.split_once('.') else {
        table.insert(setting.to_owned(), value);
        return;
    };
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::config::LogFormat;

    fn load_from(
        file: Option<&str>,
        variables: &[(&str, &str)],
        flags: Flags,
    ) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let mut flags = flags;
        if let Some(text) = file {
            let path = folder.path().join("convene.toml");
            std::fs::write(&path, text).unwrap();
            flags.config = Some(path);
        }
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        load(&flags, |name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn every_field_can_be_set_by_the_environment() {
        let config = Config {
            tls_cert: Some("cert.pem".into()),
            tls_key: Some("key.pem".into()),
            ..Config::default()
        };
        let fields: BTreeSet<String> = Table::try_from(&config)
            .unwrap()
            .into_iter()
            .flat_map(|(name, value)| match value {
                Value::Table(section) => {
                    section.keys().map(|key| format!("{name}.{key}")).collect::<Vec<_>>()
                }
                _ => vec![name],
            })
            .collect();
        let settings = SETTINGS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(fields, settings);
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file = "listen = \"127.0.0.1:1\"\nlog_format = \"json\"\n[limits]\nmax_connections = 5\nmax_requests = 6\n";
        let variables = [
            ("CONVENE_LISTEN", "127.0.0.1:2"),
            ("CONVENE_LIMITS_MAX_CONNECTIONS", "7"),
            ("CONVENE_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16"),
            ("CONVENE_TLS_CERT", ""),
        ];
        let flags = Flags { listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
        let config = load_from(Some(file), &variables, flags).unwrap();
        assert_eq!(config.listen, "127.0.0.1:3");
        assert_eq!(config.log_format, LogFormat::Json);
        assert_eq!(config.limits.max_connections, 7);
        assert_eq!(config.limits.max_requests, 6);
        assert_eq!(config.trusted_proxies.len(), 2);
        assert_eq!(
            load_from(Some(file), &variables, Flags::default()).unwrap().listen,
            "127.0.0.1:2"
        );
        assert_eq!(load_from(Some(file), &[], Flags::default()).unwrap().listen, "127.0.0.1:1");
        assert_eq!(load_from(None, &[], Flags::default()).unwrap(), Config::default());
    }

    /// What is wrong, a file, a variable, and what the message has to name.
    struct Case(
        &'static str,
        Option<&'static str>,
        Option<(&'static str, &'static str)>,
        &'static [&'static str],
    );

    #[test]
    fn a_wrong_setting_is_named_with_its_place() {
        for Case(what, file, variable, expected) in [
            Case(
                "a misspelt name",
                Some("# x\nlistne = \"a:1\"\n"),
                None,
                &["line 2", "listne", "`listen`"],
            ),
            Case(
                "a misspelt name in a section",
                Some("[limits]\nmax = 1\n"),
                None,
                &["line 2", "max_connections"],
            ),
            Case("a wrong type", Some("listen = 8080\n"), None, &["line 1", "string"]),
            Case("a broken line", Some("listen = \n"), None, &["line 1"]),
            Case(
                "an unknown database",
                Some("database = \"mysql://h\"\n"),
                None,
                &["line 1", "sqlite:PATH"],
            ),
            Case("one half of TLS", Some("tls_cert = \"c.pem\"\n"), None, &["tls_key"]),
            Case(
                "a number with letters",
                None,
                Some(("CONVENE_LIMITS_MAX_REQUESTS", "many")),
                &["CONVENE_LIMITS_MAX_REQUESTS", "many"],
            ),
            Case(
                "an unknown format",
                None,
                Some(("CONVENE_LOG_FORMAT", "xml")),
                &["CONVENE_LOG_FORMAT", "text"],
            ),
            Case("no port", None, Some(("CONVENE_LISTEN", "localhost")), &["port"]),
        ] {
            let variables = variable.as_slice();
            let message = load_from(file, variables, Flags::default()).unwrap_err().to_string();
            for part in expected {
                assert!(message.contains(part), "{what}: {part:?} is not in {message:?}");
            }
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let flags = Flags { config: Some("/nowhere/convene.toml".into()), ..Flags::default() };
        let message = load(&flags, |_| None).unwrap_err().to_string();
        assert!(
            message.contains("/nowhere/convene.toml") && message.contains("--config"),
            "{message}"
        );
    }
}
