//! Settings: gathered in layers, validated once, then typed and unchanging.

mod catalog;
mod check;
mod data_dir;
mod docs;
mod layers;
mod network;
mod sections;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use secrecy::ExposeSecret;

pub(crate) use check::{ConfigError, allows_localhost};
pub(crate) use data_dir::{DATABASE, DataDir};
pub(crate) use docs::markdown;
pub(crate) use layers::Overrides;
pub(crate) use network::Network;
pub(crate) use sections::{
    AttachmentsConfig, CallsConfig, Config, FileStore, Limits, Localhost, Log, LogFormat, MetricsAccess, OnOff,
};

/// The configuration in force, where each value came from, and what to tell whoever starts the server.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub config: Config,
    pub warnings: Vec<String>,
    settings: layers::Settings,
}

/// Reads and validates everything.
///
/// # Errors
/// One line that names the key, the value and the fix.
pub(crate) fn load(overrides: &Overrides, environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let mut settings = layers::gather(overrides, environment)?;
    if let Some(setting) = settings.get_mut("log.level")
        && let toml::Value::String(level) = &mut setting.value
    {
        *level = modern_level(level);
    }
    check::bounds(&settings)?;
    let mut table = toml::Table::new();
    for (path, setting) in &settings {
        if let Some((section, name)) = path.split_once('.') {
            let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(section) = section {
                section.insert(name.to_owned(), setting.value.clone());
            }
        }
    }
    let config: Config = table.try_into().map_err(|error| untyped(&error, &settings))?;
    check::rules(&config, &settings)?;
    let warnings = remarks(&config);
    Ok(Loaded { config, warnings, settings })
}

/// The environment of this process.
pub(crate) fn environment() -> BTreeMap<String, String> {
    // A value that is not UTF-8 cannot be one of ours.
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl Loaded {
    /// The effective configuration as TOML, secrets hidden, every line with its source.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in catalog::KEYS.iter() {
            let Some(setting) = self.settings.get(&key.path) else { continue };
            if section != key.section {
                let gap = if section.is_empty() { "" } else { "\n" };
                section = &key.section;
                let _ = writeln!(text, "{gap}[{section}]");
            }
            let line = format!("{} = {}", key.name, check::shown(key, &setting.value));
            let _ = writeln!(text, "{line:<50} # {}", setting.source);
        }
        text
    }
}

impl Config {
    /// Alone on an SQLite file, without any other service.
    pub(crate) fn is_standalone(&self) -> bool {
        let url = self.database.url.expose_secret();
        url.is_empty() || url.starts_with("sqlite:")
    }
}

/// What is allowed but may not be meant.
fn remarks(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if !config.is_standalone() && config.redis.url.expose_secret().is_empty() {
        warnings.push(
            "PostgreSQL without Redis is for one node only: several would be blind to each other. Set REDIS_URL before \
             starting a second."
                .to_owned(),
        );
    }
    let shared = !config.redis.url.expose_secret().is_empty();
    if shared && config.attachments.store == FileStore::Disk && config.attachments.directory.as_os_str().is_empty() {
        warnings.push(
            "attachments.store is disk and attachments.directory is empty: each node keeps files where the others do not \
             see them. Name a directory that all share, or use s3."
                .to_owned(),
        );
    }
    warnings
}

/// Level names of other languages' loggers.
fn modern_level(level: &str) -> String {
    let folded = level.to_ascii_lowercase();
    match folded.as_str() {
        "warning" => "warn".to_owned(),
        "critical" | "fatal" => "error".to_owned(),
        "error" | "warn" | "info" | "debug" | "trace" => folded,
        _ => level.to_owned(),
    }
}

/// A value of the right kind that is none of its type: the library names the key in backticks.
fn untyped(error: &toml::de::Error, settings: &layers::Settings) -> ConfigError {
    let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let key = catalog::KEYS.iter().find(|key| text.contains(&format!("`{}`", key.path)));
    match key.and_then(|key| Some((key, settings.get(&key.path)?))) {
        Some((key, setting)) => {
            ConfigError::value(key, &setting.value, &setting.source, format_args!("is not valid: {}", error.message()))
        }
        None => ConfigError::new(text),
    }
}

#[cfg(test)]
mod tests;
