//! From the configuration to what each part wants to know.

use std::time::Duration;

use hallway_application::{Rates, Settings};
use hallway_domain::ports::Rate;
use hallway_domain::{Disconnect, PasswordRules};
use hallway_hub::{HubSettings, MailboxSettings};

use crate::config::{Config, Limits, OnOff};
use crate::server;
use crate::ws::SocketSettings;
use crate::ws::fastroom::FastroomEncoder;

/// Over how long the clients of a stopping node come back, where all are told at once.
const COME_BACK_WITHIN: Duration = Duration::from_secs(5);
/// The same where they are told one after another.
const COME_BACK_SOON: Duration = Duration::from_millis(500);
/// Events in one read of a repair.
const REPAIR_PAGE: u32 = 200;

pub(crate) fn application(config: &Config) -> Settings {
    let seconds = |seconds: u32| time::Duration::seconds(seconds.into());
    Settings {
        passwords: PasswordRules::new(config.auth.password_min),
        access_lifetime: seconds(config.auth.access_seconds),
        refresh_lifetime: seconds(config.auth.refresh_seconds),
        ticket_lifetime: seconds(config.auth.ticket_seconds),
        message_chars: config.limits.message_chars,
        emojis_per_message: config.limits.emojis_per_message,
        writer_queue: config.limits.writer_queue,
        writer_batch: config.limits.writer_batch,
        presence_grace: time::Duration::milliseconds(config.presence.grace_ms.into()),
        rates: (config.limits.rates == OnOff::On).then(|| rates(&config.limits)),
    }
}

fn rates(limits: &Limits) -> Rates {
    let second = |per_second, burst| Rate { per_second, burst };
    let minute = |per_minute: f64, burst| Rate { per_second: per_minute / 60.0, burst };
    Rates {
        chat: second(limits.chat_per_second, limits.chat_burst),
        typing: second(limits.typing_per_second, limits.typing_burst),
        join: second(limits.join_per_second, limits.join_burst),
        login: minute(limits.login_per_minute, limits.login_burst),
        register: minute(limits.register_per_minute, limits.register_burst),
        refresh: minute(limits.refresh_per_minute, limits.refresh_burst),
    }
}

pub(crate) const fn hub(config: &Config) -> HubSettings {
    HubSettings {
        mailbox: mailbox(config),
        connections_per_user: config.limits.connections_per_user,
        connections: config.limits.connections,
        rooms_per_connection: config.limits.rooms_per_connection,
        reservation_bytes: config.ws.reservation_bytes,
        repair_page: REPAIR_PAGE,
    }
}

const fn mailbox(config: &Config) -> MailboxSettings {
    MailboxSettings {
        max_bytes: config.ws.mailbox_bytes,
        ephemeral_bytes: config.ws.ephemeral_bytes,
        low_water_bytes: config.ws.low_water_bytes,
    }
}

/// How long to take over sending connections elsewhere: there has to be an elsewhere.
pub(crate) fn drain(config: &Config) -> Duration {
    if config.is_standalone() { Duration::ZERO } else { Duration::from_secs(config.server.drain_seconds) }
}

pub(crate) fn sockets(config: &Config, server_id: String) -> SocketSettings {
    SocketSettings {
        server_id,
        origins: server::origins(config),
        allow_query_token: config.ws.allow_query_token,
        legacy_4400: config.ws.legacy_4400,
        heartbeat: Duration::from_secs(config.ws.heartbeat_seconds.into()),
        heartbeat_ttl: config.ws.heartbeat_ttl(),
        auth_timeout: config.ws.auth_timeout(),
        write_timeout: config.ws.write_timeout(),
        frame_bytes: config.limits.frame_bytes,
        message_chars: config.limits.message_chars,
        rooms: config.limits.rooms_per_connection,
        connections: config.limits.connections,
        replay_events: config.limits.replay_events,
        pipelined_sends: config.ws.pipelined_sends,
        rates: config.limits.rates == OnOff::On,
        mailbox: mailbox(config),
        encoder: FastroomEncoder { spread: if drain(config).is_zero() { COME_BACK_WITHIN } else { COME_BACK_SOON } },
        goodbye: if config.is_standalone() { Disconnect::GoingAway } else { Disconnect::Drain },
    }
}

/// One slot for each core unless the configuration says how many.
pub(crate) fn hash_parallel(config: &Config) -> usize {
    match config.auth.hash_parallel {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        slots => slots,
    }
}
