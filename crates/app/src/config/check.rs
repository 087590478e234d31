//! Validation, once, with messages that name the key, the value, where it came from and what would do.

use std::fmt;

use secrecy::ExposeSecret;
use toml::Value;

use super::catalog::{self, Bounds, Key};
use super::layers::{Setting, Settings, Source, expected};
use super::{Config, FileStore, Localhost};

/// The configuration cannot be used. One line, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A bad value of a key; the key's own comment tells what it is for.
    pub(crate) fn value(key: &Key, value: &Value, source: &Source, problem: impl fmt::Display) -> Self {
        let shown = shown(key, value);
        Self(format!("{} = {shown} ({source}) {problem}. {}", key.path, key.text))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// A value as it may be shown: no secrets, no password of a database address.
pub(crate) fn shown(key: &Key, value: &Value) -> String {
    match value {
        Value::String(text) if key.is_secret() && !text.is_empty() => "\"(hidden)\"".to_owned(),
        Value::String(text) if key.is_address() => format!("{:?}", without_password(text)),
        other => other.to_string(),
    }
}

/// Rather hides too much than too little: a password may hold characters that should have been encoded.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((credentials, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = credentials.split(':').next().unwrap_or_default();
    let place = place.split('?').next().unwrap_or_default();
    format!("{scheme}://{user}:(hidden)@{place}")
}

/// Types and bounds of every key, as the catalogue has them.
pub(crate) fn bounds(settings: &Settings) -> Result<(), ConfigError> {
    for (path, Setting { value, source }) in settings {
        let Some(key) = catalog::find(path) else { continue };
        let fail = |problem: &str| Err(ConfigError::value(key, value, source, problem));
        if !value.same_type(&key.default) {
            return fail(expected(&key.default));
        }
        match (&key.bounds, value) {
            (Bounds::Range(least, greatest), Value::Integer(_) | Value::Float(_)) => {
                let number: f64 = value.to_string().parse().unwrap_or(f64::NAN);
                if !(*least..=*greatest).contains(&number) {
                    return fail(&format!("must be from {least} to {greatest}"));
                }
            }
            (Bounds::Words(words), Value::String(text)) if !words.contains(text) => {
                return fail(&format!("must be one of {}", words.join(", ")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What bounds cannot say.
pub(crate) fn rules(config: &Config, settings: &Settings) -> Result<(), ConfigError> {
    let fail = |path: &str, problem: String| {
        let (Some(key), Some(setting)) = (catalog::find(path), settings.get(path)) else {
            return Err(ConfigError::new(format!("{path}: {problem}")));
        };
        Err(ConfigError::value(key, &setting.value, &setting.source, problem))
    };
    if config.server.bind.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
        return fail("server.bind", "must be an address and a port, such as 127.0.0.1:8000".to_owned());
    }
    if config.server.data_dir.as_os_str().is_empty() {
        return fail("server.data_dir", "must not be empty".to_owned());
    }
    if config.server.id.len() > 64 || config.server.id.chars().any(char::is_control) {
        return fail("server.id", "must have at most 64 plain characters".to_owned());
    }
    let url = config.database.url.expose_secret();
    if !url.is_empty() && !["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| url.starts_with(scheme)) {
        return fail("database.url", "must begin with postgres:// or sqlite://".to_owned());
    }
    if config.is_standalone() && url.contains(":memory:") {
        return fail("database.url", "must name a file: a server that forgets is of no use".to_owned());
    }
    // Longer: a frozen node's waiting units get the row one after the other. Shorter: the others give up too early.
    let (lock, idle) = (config.database.lock_timeout_ms, config.database.idle_transaction_ms);
    if lock >= idle || lock * 3 <= idle {
        let bounds = format!("must be more than a third of database.idle_transaction_ms and less than it ({idle} ms)");
        return fail("database.lock_timeout_ms", bounds);
    }
    redis(config, &fail)?;
    attachments(config, &fail)?;
    calls(config, &fail)?;
    secret(config, &fail)?;
    let heartbeat_ms = u64::from(config.ws.heartbeat_seconds) * 1000;
    if config.ws.heartbeat_ttl_ms <= heartbeat_ms {
        return fail("ws.heartbeat_ttl_ms", format!("must be more than ws.heartbeat_seconds ({heartbeat_ms} ms)"));
    }
    if config.ws.ephemeral_bytes > config.ws.mailbox_bytes {
        return fail("ws.ephemeral_bytes", "must not be more than ws.mailbox_bytes".to_owned());
    }
    if config.ws.low_water_bytes > config.ws.mailbox_bytes {
        return fail("ws.low_water_bytes", "must not be more than ws.mailbox_bytes".to_owned());
    }
    if let Some(origin) = config.cors.origins.iter().find(|origin| !is_origin(origin)) {
        return fail(
            "cors.origins",
            format!("holds \"{origin}\", which is not an origin such as https://chat.example"),
        );
    }
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(&config.log.level) {
        return fail("log.level", format!("is not understood ({error})"));
    }
    Ok(())
}

fn redis(config: &Config, fail: &dyn Fn(&str, String) -> Result<(), ConfigError>) -> Result<(), ConfigError> {
    let url = config.redis.url.expose_secret();
    if config.redis.prefix.is_empty()
        || !config.redis.prefix.chars().all(|c| c.is_ascii_graphic() && !"{}*?[]".contains(c))
    {
        return fail("redis.prefix", "must have plain characters, and none of { } * ? [ ]".to_owned());
    }
    if url.is_empty() {
        return Ok(());
    }
    if !["redis://", "rediss://", "redis-cluster://", "rediss-cluster://"].iter().any(|scheme| url.starts_with(scheme))
    {
        return fail(
            "redis.url",
            "must begin with redis://, rediss://, redis-cluster:// or rediss-cluster://".to_owned(),
        );
    }
    if config.is_standalone() {
        let problem = "is for several nodes on PostgreSQL, and the database is SQLite, which one node has for itself: set \
                       DATABASE_URL to a postgres:// address, or unset REDIS_URL";
        return fail("redis.url", problem.to_owned());
    }
    Ok(())
}

fn attachments(config: &Config, fail: &dyn Fn(&str, String) -> Result<(), ConfigError>) -> Result<(), ConfigError> {
    let files = &config.attachments;
    let url = config.server.public_url.as_str();
    if !url.is_empty() && !is_origin(url.trim_end_matches('/')) {
        return fail("server.public_url", "must be an address such as https://chat.example.org".to_owned());
    }
    if u64::from(files.grace_seconds) < files.upload_seconds {
        // Else what is being uploaded could be collected before it is there.
        return fail("attachments.grace_seconds", "must not be less than attachments.upload_seconds".to_owned());
    }
    let is_type =
        |text: &String| text.split_once('/').is_some_and(|(family, kind)| !family.is_empty() && !kind.is_empty());
    if let Some(odd) = files.allowed_types.iter().find(|text| !is_type(text)) {
        return fail(
            "attachments.allowed_types",
            format!("holds \"{odd}\", which is not a type such as image/png or image/*"),
        );
    }
    if files.store == FileStore::S3 {
        let keys = [
            ("attachments.s3_bucket", files.s3_bucket.as_str()),
            ("attachments.s3_region", files.s3_region.as_str()),
            ("attachments.s3_access_key_id", files.s3_access_key_id.as_str()),
            ("attachments.s3_secret_access_key", files.s3_secret_access_key.expose_secret()),
        ];
        if let Some((path, _)) = keys.iter().find(|(_, value)| value.is_empty()) {
            return fail(path, "must be set when attachments.store is s3".to_owned());
        }
        let endpoint = files.s3_endpoint.as_str();
        if !endpoint.is_empty() && !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            return fail("attachments.s3_endpoint", "must begin with https:// or http://".to_owned());
        }
    }
    Ok(())
}

fn calls(config: &Config, fail: &dyn Fn(&str, String) -> Result<(), ConfigError>) -> Result<(), ConfigError> {
    let calls = &config.calls;
    if let Err(error) = crate::ice::parse(&calls.ice_servers) {
        return fail("calls.ice_servers", format!("is not understood ({error})"));
    }
    let is_relay = |url: &String| url.starts_with("turn:") || url.starts_with("turns:");
    if let Some(odd) = calls.turn_urls.iter().find(|url| !is_relay(url)) {
        return fail("calls.turn_urls", format!("holds \"{odd}\", which does not begin with turn: or turns:"));
    }
    let secrets = calls.turn_secrets.expose_secret();
    if !calls.turn_urls.is_empty() && secrets.split(',').all(|secret| secret.trim().is_empty()) {
        return fail("calls.turn_secrets", "must be set where calls.turn_urls is".to_owned());
    }
    Ok(())
}

/// Scheme and authority, and nothing else.
fn is_origin(text: &str) -> bool {
    text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).is_some_and(|authority| {
        !authority.is_empty() && authority.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
    })
}

/// The secret that older servers shipped with, which everybody knows.
const KNOWN_SECRET: &str = "dev-secret-change-me";
const SECRET_BYTES: usize = 32;

fn secret(config: &Config, fail: &dyn Fn(&str, String) -> Result<(), ConfigError>) -> Result<(), ConfigError> {
    let secret = config.auth.secret.expose_secret();
    let generate = "make one with `openssl rand -hex 32`";
    if secret.is_empty() {
        if config.is_standalone() {
            return Ok(());
        }
        return fail("auth.secret", format!("must be set when the database is PostgreSQL: {generate}"));
    }
    if secret == KNOWN_SECRET {
        return fail("auth.secret", format!("is a published default that everybody knows: {generate}"));
    }
    if secret.len() < SECRET_BYTES {
        return fail("auth.secret", format!("must have at least {SECRET_BYTES} bytes: {generate}"));
    }
    Ok(())
}

/// Whether pages from this machine may call the API.
pub(crate) fn allows_localhost(config: &Config) -> bool {
    match config.cors.localhost {
        Localhost::Auto => config.is_standalone(),
        Localhost::On => true,
        Localhost::Off => false,
    }
}
