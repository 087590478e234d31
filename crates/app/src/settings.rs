//! From the configuration to what each part wants to know.

use std::time::Duration;

use hallway_application::{CallSettings, FileSettings, Rates, Settings};
use hallway_domain::ports::Rate;
use hallway_domain::{Disconnect, PasswordRules};
use hallway_hub::{HubSettings, MailboxSettings};

use crate::config::{CallsConfig, Config, Limits, OnOff};
use crate::server;
use crate::ws::fastroom::FastroomEncoder;
use crate::ws::fastsock::{FastsockEncoder, UploadLinks};
use crate::ws::{Dialects, SocketSettings};

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
        single_lifetime: seconds(config.auth.fastsock_token_seconds),
        ticket_lifetime: seconds(config.auth.ticket_seconds),
        issuer: config.auth.totp_issuer.clone(),
        message_chars: config.limits.message_chars,
        emojis_per_message: config.limits.emojis_per_message,
        pins_per_room: config.limits.pins,
        invites_per_room: config.limits.invites,
        purge_messages: config.limits.purge_messages,
        seen_by_members: config.limits.seen_by_members,
        blocks_per_user: config.limits.blocks,
        files: FileSettings {
            max_bytes: config.attachments.max_bytes,
            quota_bytes: config.attachments.quota_bytes,
            uploads_per_user: config.attachments.uploads_per_user,
            allowed_types: config.attachments.allowed_types.clone(),
            pending_ttl: seconds(config.attachments.pending_ttl_seconds),
            grace: seconds(config.attachments.grace_seconds),
            link_lifetime: seconds(config.attachments.url_ttl_seconds),
        },
        calls: CallSettings {
            ring: seconds(config.calls.ring_seconds),
            grace: seconds(config.calls.grace_seconds),
            legacy_grace: seconds(config.calls.legacy_grace_seconds),
            relay_only: config.calls.relay_only,
            unanswered_per_hour: config.calls.unanswered_per_hour,
        },
        writer_queue: config.limits.writer_queue,
        open_reports_per_user: config.limits.open_reports.into(),
        held_per_room: config.limits.held_messages.into(),
        cached_filters: config.limits.cached_filters,
        writer_batch: config.limits.writer_batch,
        presence_grace: time::Duration::milliseconds(config.presence.grace_ms.into()),
        online_rooms: config.presence.online_rooms,
        rates: (config.limits.rates == OnOff::On).then(|| rates(&config.limits, &config.calls)),
    }
}

fn rates(limits: &Limits, calls: &CallsConfig) -> Rates {
    let second = |per_second, burst| Rate { per_second, burst };
    let minute = |per_minute: f64, burst| Rate { per_second: per_minute / 60.0, burst };
    Rates {
        chat: second(limits.chat_per_second, limits.chat_burst),
        typing: second(limits.typing_per_second, limits.typing_burst),
        join: second(limits.join_per_second, limits.join_burst),
        search: second(limits.search_per_second, limits.search_burst),
        login: minute(limits.login_per_minute, limits.login_burst),
        register: minute(limits.register_per_minute, limits.register_burst),
        wrong_password: minute(
            f64::from(limits.wrong_passwords) / f64::from(limits.wrong_passwords_minutes),
            limits.wrong_passwords,
        ),
        refresh: minute(limits.refresh_per_minute, limits.refresh_burst),
        write: second(limits.write_per_second, limits.write_burst),
        mark: second(limits.mark_per_second, limits.mark_burst),
        report: minute(limits.report_per_minute, limits.report_burst),
        upload: minute(limits.upload_per_minute, limits.upload_burst),
        call: second(f64::from(calls.invites) / f64::from(calls.invite_seconds), calls.invites),
        call_frames: second(calls.frames_per_second, calls.frames_burst),
        call_offers: minute(calls.offers_per_minute, calls.offers_burst),
    }
}

pub(crate) const fn hub(config: &Config) -> HubSettings {
    HubSettings {
        mailbox: mailbox(config),
        connections_per_user: config.limits.connections_per_user,
        connections: config.limits.connections,
        rooms_per_connection: config.limits.rooms_per_connection,
        reservation_bytes: config.ws.reservation_bytes,
        crowd: config.limits.seen_by_members,
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
        upload_bytes: config.attachments.max_bytes,
        pipelined_sends: config.ws.pipelined_sends,
        rates: config.limits.rates == OnOff::On,
        mailbox: mailbox(config),
        encoder: Dialects {
            fastroom: FastroomEncoder {
                spread: if drain(config).is_zero() { COME_BACK_WITHIN } else { COME_BACK_SOON },
            },
            fastsock: FastsockEncoder { links: UploadLinks::based_on(&config.server.public_url) },
        },
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
