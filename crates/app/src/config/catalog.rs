//! What can be configured. `config.default.toml` is the one source: the key, its type and default, what it means and
//! its bounds are read from there, by the loader and by the generated documentation alike.

use std::sync::LazyLock;

use toml::Value;

/// The defaults, with a comment line above every key.
pub(crate) const DEFAULTS: &str = include_str!("../../config.default.toml");

/// Names in the environment that are honoured besides `HALLWAY_<SECTION>__<KEY>`, the first given one counting.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("HALLWAY_BIND", "server.bind"),
    ("HALLWAY_DATA_DIR", "server.data_dir"),
    ("SERVER_ID", "server.id"),
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
    ("FASTROOM_SECRET", "auth.secret"),
    ("SECRET_KEY", "auth.secret"),
    ("ACCESS_TOKEN_EXP_SECONDS", "auth.access_seconds"),
    ("REFRESH_TOKEN_EXP_SECONDS", "auth.refresh_seconds"),
    ("WS_HEARTBEAT_INTERVAL", "ws.heartbeat_seconds"),
    ("WS_HEARTBEAT_TTL_MS", "ws.heartbeat_ttl_ms"),
    ("AWS_ACCESS_KEY_ID", "attachments.s3_access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "attachments.s3_secret_access_key"),
    ("WEBRTC_ICE_SERVERS_JSON", "calls.ice_servers"),
    ("LOG_LEVEL", "log.level"),
];

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// `section.name`.
    pub path: String,
    pub section: String,
    pub name: String,
    /// The comment above it.
    pub text: String,
    pub default: Value,
    pub bounds: Bounds,
}

/// What the comment says about values, in square brackets.
#[derive(Debug, PartialEq)]
pub(crate) enum Bounds {
    /// Only the type.
    Free,
    Range(f64, f64),
    Words(Vec<String>),
}

impl Key {
    /// The name in the environment that always works.
    pub(crate) fn variable(&self) -> String {
        format!("HALLWAY_{}__{}", self.section.to_uppercase(), self.name.to_uppercase())
    }

    /// Other names in the environment.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = &'static str> {
        ALIASES.iter().filter(|(_, path)| *path == self.path).map(|(alias, _)| *alias)
    }

    /// Whether its value is an address that may hold a password.
    pub(crate) fn is_address(&self) -> bool {
        self.path == "database.url" || self.path == "redis.url"
    }

    /// Whether its value must not be shown.
    pub(crate) fn is_secret(&self) -> bool {
        self.path == "calls.turn_secrets"
            || self.path == "auth.secret"
            || self.path == "attachments.s3_secret_access_key"
    }
}

/// Every key, in the order of the file.
pub(crate) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let table: toml::Table = DEFAULTS.parse().expect("the embedded defaults are TOML, see the test");
    let mut keys = Vec::new();
    let mut section = String::new();
    let mut comment = String::new();
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            if !comment.is_empty() {
                comment.push(' ');
            }
            comment.push_str(text.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            comment.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            let default = table[&section][name].clone();
            let text = std::mem::take(&mut comment);
            let bounds = bounds(&text);
            let path = format!("{section}.{name}");
            keys.push(Key { path, section: section.clone(), name: name.to_owned(), text, default, bounds });
        } else {
            comment.clear();
        }
    }
    keys
});

/// The key at `section.name`.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

fn bounds(text: &str) -> Bounds {
    let inner = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inner, _)| inner);
    let Some(inner) = inner else { return Bounds::Free };
    if let Some((least, greatest)) = inner.split_once("..")
        && let (Ok(least), Ok(greatest)) = (least.parse(), greatest.parse())
    {
        return Bounds::Range(least, greatest);
    }
    Bounds::Words(inner.split('|').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_says_what_it_is_and_every_number_has_bounds_that_hold_its_default() {
        assert!(KEYS.len() > 50, "only {} keys were read", KEYS.len());
        for key in KEYS.iter() {
            assert!(key.text.ends_with('.') || key.text.ends_with('"'), "{}: comment `{}`", key.path, key.text);
            let number = match &key.default {
                Value::Integer(number) => {
                    number.to_string().parse::<f64>().expect("an integer of the defaults is a float too")
                }
                Value::Float(number) => *number,
                _ => continue,
            };
            let Bounds::Range(least, greatest) = key.bounds else { panic!("{} has no bounds", key.path) };
            assert!(least <= number && number <= greatest, "{}: {number} not in {least}..{greatest}", key.path);
        }
    }

    #[test]
    fn every_alias_names_a_key() {
        for (alias, path) in ALIASES {
            assert!(find(path).is_some(), "{alias} names {path}");
        }
    }
}
