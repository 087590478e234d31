//! The settings as types. Every key of `config.default.toml` is here, and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::Network;

/// The settings in force.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub server: Server,
    pub database: Database,
    pub redis: RedisConfig,
    pub auth: Auth,
    pub limits: Limits,
    pub ws: Ws,
    pub attachments: AttachmentsConfig,
    pub presence: PresenceConfig,
    pub calls: CallsConfig,
    pub log: Log,
    pub web: Web,
    pub cors: Cors,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub bind: String,
    pub data_dir: PathBuf,
    pub public_url: String,
    pub id: String,
    pub workers: usize,
    pub max_connections: usize,
    pub request_timeout_seconds: u64,
    pub shutdown_seconds: u64,
    pub drain_seconds: u64,
    pub trusted_proxies: Vec<Network>,
    pub metrics: MetricsAccess,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MetricsAccess {
    Loopback,
    Public,
    Off,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// May hold a password.
    pub url: SecretString,
    pub max_connections: u32,
    pub acquire_timeout_ms: u64,
    pub statement_timeout_ms: u64,
    pub search_timeout_ms: u64,
    pub lock_timeout_ms: u64,
    pub idle_transaction_ms: u64,
    pub keep_events_hours: u32,
    pub keep_sessions_hours: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedisConfig {
    /// May hold a password.
    pub url: SecretString,
    pub prefix: String,
    pub connections: usize,
    pub command_timeout_ms: u64,
    pub connect_timeout_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    pub secret: SecretString,
    pub access_seconds: u32,
    pub refresh_seconds: u32,
    pub ticket_seconds: u32,
    pub totp_issuer: String,
    pub fastsock_token_seconds: u32,
    pub password_min: usize,
    pub hash_parallel: usize,
    pub hash_queue: usize,
    pub failed_refresh_delay_ms: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub rates: OnOff,
    pub body_bytes: usize,
    pub frame_bytes: usize,
    pub message_chars: usize,
    pub emojis_per_message: usize,
    pub pins: usize,
    pub invites: usize,
    pub purge_messages: u32,
    pub seen_by_members: usize,
    pub blocks: u32,
    pub rooms_per_connection: usize,
    pub connections_per_user: usize,
    pub connections: usize,
    pub replay_events: u32,
    pub chat_per_second: f64,
    pub chat_burst: u32,
    pub typing_per_second: f64,
    pub typing_burst: u32,
    pub join_per_second: f64,
    pub join_burst: u32,
    pub search_per_second: f64,
    pub search_burst: u32,
    pub write_per_second: f64,
    pub write_burst: u32,
    pub mark_per_second: f64,
    pub mark_burst: u32,
    pub report_per_minute: f64,
    pub report_burst: u32,
    pub open_reports: u32,
    pub held_messages: u32,
    pub cached_filters: usize,
    pub upload_per_minute: f64,
    pub upload_burst: u32,
    pub login_per_minute: f64,
    pub login_burst: u32,
    pub wrong_passwords: u32,
    pub wrong_passwords_minutes: u32,
    pub register_per_minute: f64,
    pub register_burst: u32,
    pub refresh_per_minute: f64,
    pub refresh_burst: u32,
    pub writer_queue: usize,
    pub writer_batch: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnOff {
    On,
    Off,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ws {
    pub heartbeat_seconds: u32,
    pub heartbeat_ttl_ms: u64,
    pub auth_seconds: u64,
    pub allow_query_token: bool,
    pub legacy_4400: bool,
    pub mailbox_bytes: usize,
    pub ephemeral_bytes: usize,
    pub low_water_bytes: usize,
    pub reservation_bytes: usize,
    pub pipelined_sends: usize,
    pub write_timeout_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentsConfig {
    pub store: FileStore,
    pub directory: PathBuf,
    pub max_bytes: u64,
    pub quota_bytes: u64,
    pub allowed_types: Vec<String>,
    pub uploads_per_user: usize,
    pub pending_ttl_seconds: u32,
    pub grace_seconds: u32,
    pub collect_seconds: u64,
    pub url_ttl_seconds: u32,
    pub min_bytes_per_second: u64,
    pub slow_grace_seconds: u64,
    pub upload_seconds: u64,
    pub image_max_side: u32,
    pub image_max_pixels: u64,
    pub image_max_frames: u32,
    pub image_parallel: usize,
    pub image_queue: usize,
    pub s3_bucket: String,
    pub s3_region: String,
    pub s3_endpoint: String,
    pub s3_prefix: String,
    pub s3_access_key_id: String,
    pub s3_secret_access_key: SecretString,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileStore {
    Disk,
    S3,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresenceConfig {
    pub grace_ms: u32,
    pub online_rooms: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallsConfig {
    pub ring_seconds: u32,
    pub grace_seconds: u32,
    pub legacy_grace_seconds: u32,
    pub invites: u32,
    pub invite_seconds: u32,
    pub unanswered_per_hour: u32,
    pub frames_per_second: f64,
    pub frames_burst: u32,
    pub offers_per_minute: f64,
    pub offers_burst: u32,
    pub relay_only: bool,
    pub ice_servers: String,
    pub turn_urls: Vec<String>,
    pub turn_secrets: SecretString,
    pub turn_ttl_seconds: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Auto,
    Text,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Web {
    pub app: bool,
    pub docs: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cors {
    pub origins: Vec<String>,
    pub localhost: Localhost,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Localhost {
    Auto,
    On,
    Off,
}

impl Auth {
    pub(crate) const fn failed_refresh_delay(&self) -> Duration {
        Duration::from_millis(self.failed_refresh_delay_ms)
    }
}

impl Ws {
    pub(crate) const fn heartbeat_ttl(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ttl_ms)
    }

    pub(crate) const fn auth_timeout(&self) -> Duration {
        Duration::from_secs(self.auth_seconds)
    }

    pub(crate) const fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_seconds)
    }
}
