//! Gathering the settings: defaults, then the file, then the environment, then the command line. The later wins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;

use super::ConfigError;
use super::catalog::{self, ALIASES, KEYS, Key};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    File(PathBuf),
    Environment(String),
    CommandLine(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::CommandLine(option) => write!(f, "option {option}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub value: Value,
    pub source: Source,
}

/// Every key with the value that counts.
pub(crate) type Settings = BTreeMap<String, Setting>;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub file: Option<PathBuf>,
    pub bind: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<String>,
}

/// Puts the layers on top of each other. `environment` holds all variables of the process.
pub(crate) fn gather(overrides: &Overrides, environment: &BTreeMap<String, String>) -> Result<Settings, ConfigError> {
    let defaults =
        KEYS.iter().map(|key| (key.path.clone(), Setting { value: key.default.clone(), source: Source::Default }));
    let mut settings: Settings = defaults.collect();
    if let Some(path) = &overrides.file {
        merge_file(&mut settings, path)?;
    }
    merge_environment(&mut settings, environment)?;
    let options = [
        ("--bind", "server.bind", overrides.bind.clone()),
        ("--data-dir", "server.data_dir", overrides.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned())),
        ("--database-url", "database.url", overrides.database_url.clone()),
    ];
    for (option, path, text) in options {
        if let Some(text) = text {
            let setting = Setting { value: Value::String(text), source: Source::CommandLine(option) };
            settings.insert(path.to_owned(), setting);
        }
    }
    Ok(settings)
}

fn merge_file(settings: &mut Settings, path: &Path) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::new(format!("cannot read the configuration file {}: {error}", path.display())))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        // Only where and what: the line itself may hold a secret.
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        let problem = error.message().replace('\n', " ");
        ConfigError::new(format!("{} is not valid TOML: line {line}: {problem}", path.display()))
    })?;
    for (section, value) in table {
        let Value::Table(section_table) = value else {
            return Err(unknown(&section, &format!("file {}", path.display())));
        };
        for (name, value) in section_table {
            let key_path = format!("{section}.{name}");
            let key =
                catalog::find(&key_path).ok_or_else(|| unknown(&key_path, &format!("file {}", path.display())))?;
            // 10 for 10.0 is what people write.
            let value = match (&key.default, value) {
                (Value::Float(_), Value::Integer(number)) => {
                    number.to_string().parse().map_or(Value::Integer(number), Value::Float)
                }
                (_, value) => value,
            };
            settings.insert(key_path, Setting { value, source: Source::File(path.to_owned()) });
        }
    }
    Ok(())
}

fn merge_environment(settings: &mut Settings, environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    // Names without `__` are not ours to judge: orchestrators add their own, such as HALLWAY_SERVICE_HOST.
    for name in environment.keys().filter(|name| name.starts_with("HALLWAY_") && name.contains("__")) {
        if !KEYS.iter().any(|key| key.variable() == *name) {
            return Err(unknown(name, "environment"));
        }
    }
    let given = |name: &str| environment.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    // The first alias that is given counts, hence backwards; the full name counts more.
    for (alias, path) in ALIASES.iter().rev() {
        if let (Some(text), Some(key)) = (given(alias), catalog::find(path)) {
            set(settings, key, alias, text)?;
        }
    }
    for key in KEYS.iter() {
        let name = key.variable();
        if let Some(text) = given(&name) {
            set(settings, key, &name, text)?;
        }
    }
    Ok(())
}

fn set(settings: &mut Settings, key: &Key, name: &str, text: &str) -> Result<(), ConfigError> {
    let source = Source::Environment(name.to_owned());
    let value = typed(key, text)
        .ok_or_else(|| ConfigError::value(key, &Value::String(text.to_owned()), &source, expected(&key.default)))?;
    settings.insert(key.path.clone(), Setting { value, source });
    Ok(())
}

/// Text of the environment as the type that the key has. Lists are separated by commas.
fn typed(key: &Key, text: &str) -> Option<Value> {
    match key.default {
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
        Value::Boolean(_) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(Value::Boolean(true)),
            "false" | "0" | "off" | "no" => Some(Value::Boolean(false)),
            _ => None,
        },
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => Some(Value::String(text.to_owned())),
    }
}

/// What a value of this type is called.
pub(super) const fn expected(default: &Value) -> &'static str {
    match default {
        Value::Integer(_) => "must be a whole number",
        Value::Float(_) => "must be a number",
        Value::Boolean(_) => "must be true or false",
        Value::Array(_) => "must be a list of texts",
        _ => "must be a text",
    }
}

fn unknown(key: &str, source: &str) -> ConfigError {
    let wanted = key.to_lowercase();
    let close = KEYS.iter().map(|candidate| (candidate, nearness(&wanted, candidate))).max_by_key(|(_, near)| *near);
    let hint = close.filter(|(_, near)| *near >= 4).map_or_else(String::new, |(candidate, _)| {
        format!(" Did you mean {} ({})?", candidate.path, candidate.variable())
    });
    ConfigError::new(format!("unknown key {key} ({source}).{hint} `hallway config docs` lists all keys."))
}

/// Length of the longest beginning of the key's name that occurs in the text.
fn nearness(text: &str, key: &Key) -> usize {
    (0..=key.name.len()).rev().find(|end| key.name.get(..*end).is_some_and(|start| text.contains(start))).unwrap_or(0)
}
