//! Every frame that the server sends, byte for byte, in both dialects.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use hallway_application::Around;
use hallway_domain::ports::MemberMark;
use hallway_domain::{
    ConnectionId, Email, Event, Fact, FullName, MemberChange, MessageId, NotifyLevel, Posting, Purge, ReactionGroup,
    ReplyPreview, Role, RoomHead, RoomId, RoomKind, RoomLoss, RoomMode, RoomName, RoomTopic, Sanction, SanctionId,
    SanctionKind, Seq, Signal, SignalKind, Toggle, User, UserId, Username,
};
use hallway_hub::{Activity, Dialect, Encoder};
use hallway_protocol::ws::fastroom::{Limits, ResetReason, RetryHint, ServerFrame};
use serde_json::json;
use time::macros::datetime;

use super::{CLIENT_ID, Said, assert_snapshot, at, client_id, emoji, json, label, lines, said, user, view};
use crate::links::Links;
use crate::ws::fastroom::{FastroomEncoder, NATIVE, PLAIN, reply};

const ENCODER: FastroomEncoder = FastroomEncoder { spread: Duration::from_secs(5) };

/// The snapshot of what `encode` says in both dialects, once where they say the same.
fn both(text: &mut String, name: &str, encode: impl Fn(Dialect) -> Bytes) {
    let (plain, native) = (encode(PLAIN), encode(NATIVE));
    if plain == native {
        write!(text, "{name}:\n{}", lines(&plain)).expect("to memory");
    } else {
        write!(text, "{name}, plain:\n{}{name}, native:\n{}", lines(&plain), lines(&native)).expect("to memory");
    }
    for said in [plain, native].iter().flat_map(said) {
        let Said::Text(frame) = said else { panic!("no close here") };
        let read: ServerFrame = serde_json::from_str(&frame).unwrap_or_else(|error| panic!("{frame}: {error}"));
        assert_eq!(serde_json::to_string(&read).expect("plain"), frame, "clients read all of it");
    }
}

fn event(fact: Fact) -> Event {
    Event { room: RoomId(7), epoch: label().epoch, seq: Seq(12), at: at(), fact }
}

fn change(edit: impl FnOnce(&mut MemberChange)) -> Event {
    let mut change = MemberChange::new(user(2, "bob"));
    edit(&mut change);
    event(Fact::MemberUpdated(change))
}

fn full_message() -> Box<hallway_domain::MessageView> {
    let mut view = view(12, "see <b>above</b>\n\"quoted\"");
    let answered = super::view(3, "what?");
    view.message.reply_to = Some(answered.message.id);
    view.message.client_id = Some(client_id());
    view.message.edited_at = Some(datetime!(2026-01-31 09:31 UTC));
    view.reply = Some(ReplyPreview::of(&answered.message));
    view.mentions = vec![user(2, "bob")];
    view.here = true;
    view.pinned = true;
    view.reactions = vec![ReactionGroup { emoji: emoji("👍"), users: vec![user(2, "bob"), user(3, "carol")] }];
    Box::new(view)
}

#[test]
fn durable_frames() {
    let mut deleted = view(12, "gone");
    deleted.message.author = None;
    deleted.message.body.clear();
    deleted.message.deleted_at = Some(at());
    let bob = || user(2, "bob");
    let until = Some(datetime!(2026-02-01 00:00 UTC));
    let name = || Some(RoomName::parse("lobby").expect("valid"));
    let mut text = String::new();
    for (title, event) in [
        ("message", event(Fact::MessagePosted(Box::new(view(12, "hi"))))),
        ("message with everything", event(Fact::MessagePosted(full_message()))),
        ("message deleted meanwhile, author erased", event(Fact::MessagePosted(Box::new(deleted)))),
        (
            "edit",
            event(Fact::MessageEdited {
                message: MessageId(103),
                author: None,
                body: "better".to_owned(),
                edited_at: at(),
                mentions: vec![bob()],
                here: true,
            }),
        ),
        ("pinned", event(Fact::PinChanged { message: MessageId(103), user: bob(), on: true })),
        ("delete", event(Fact::MessageDeleted { message: MessageId(103), author: None })),
        (
            "reaction",
            event(Fact::ReactionChanged {
                message: MessageId(103),
                user: bob(),
                emoji: emoji("🎉"),
                on: true,
                reactions: Vec::new(),
            }),
        ),
        ("member joined", event(Fact::MemberJoined { user: bob() })),
        ("member left", event(Fact::MemberLeft { user: bob(), kicked: false })),
        ("member kicked", event(Fact::MemberLeft { user: bob(), kicked: true })),
        (
            "messages purged",
            event(Fact::MessagesPurged(Purge {
                user: bob(),
                from: Seq(3),
                to: Seq(11),
                messages: vec![MessageId(103)],
            })),
        ),
        ("became moderator", change(|change| change.role = Some(Role::Moderator))),
        ("became member again", change(|change| change.role = Some(Role::Member))),
        ("muted for a time", change(|change| change.mute = Some(Toggle::On(until)))),
        ("muted until lifted", change(|change| change.mute = Some(Toggle::On(None)))),
        ("unmuted", change(|change| change.mute = Some(Toggle::Off))),
        ("banned for a time", change(|change| change.ban = Some(Toggle::On(until)))),
        ("unbanned", change(|change| change.ban = Some(Toggle::Off))),
        ("nothing that one sees", change(|_| ())),
        (
            "room updated",
            event(Fact::RoomUpdated {
                name: name(),
                topic: Some(RoomTopic::parse("tea").expect("valid")),
                kind: RoomKind::Private,
                mode: RoomMode { posting: Posting::Moderators, slow_mode_seconds: 30, archived: true },
            }),
        ),
        (
            "room updated, no topic",
            event(Fact::RoomUpdated { name: name(), topic: None, kind: RoomKind::Public, mode: RoomMode::default() }),
        ),
    ] {
        both(&mut text, title, |dialect| ENCODER.event(dialect, &label(), &event));
    }
    assert_snapshot("durable", &text);
}

/// FastRoom's client prints a phrase for each boolean that is there.
#[test]
fn a_member_update_has_only_the_booleans_that_changed() {
    let booleans = |event: &Event| {
        let frame = json(&ENCODER.event(PLAIN, &label(), event));
        let names = ["is_moderator", "is_banned", "is_muted"];
        names.into_iter().filter_map(|name| frame.get(name).map(|value| (name, value.clone()))).collect::<Vec<_>>()
    };
    assert_eq!(booleans(&change(|change| change.mute = Some(Toggle::Off))), [("is_muted", json!(false))]);
    assert_eq!(booleans(&change(|change| change.ban = Some(Toggle::On(None)))), [("is_banned", json!(true))]);
    assert_eq!(booleans(&change(|change| change.role = Some(Role::Owner))), [("is_moderator", json!(true))]);
    assert_eq!(booleans(&change(|_| ())), []);
}

fn signal(kind: SignalKind) -> Signal {
    Signal { room: RoomId(7), at: at(), except: None, kind }
}

#[test]
fn ephemeral_frames() {
    let (bob, carol) = (|| user(2, "bob"), || user(3, "carol"));
    let mut text = String::new();
    for (title, kind) in [
        ("came", SignalKind::PresenceChanged { join: vec![bob()], leave: vec![] }),
        ("went", SignalKind::PresenceChanged { join: vec![], leave: vec![bob()] }),
        ("came and went", SignalKind::PresenceChanged { join: vec![bob()], leave: vec![carol()] }),
        ("typing", SignalKind::Typing { user: bob(), typing: true }),
        ("read", SignalKind::Read { user: bob(), seq: Seq(9) }),
        ("delivered", SignalKind::Delivered { user: bob(), seq: Seq(9) }),
        ("unread again", SignalKind::MarkedUnread { user: UserId(2), seq: Seq(9), unread: 3, mentions: 1 }),
        ("level", SignalKind::NotifyChanged { user: UserId(2), level: NotifyLevel::Mentions }),
    ] {
        both(&mut text, title, |dialect| ENCODER.signal(dialect, &label(), &signal(kind.clone())));
    }
    both(&mut text, "activity", |dialect| {
        ENCODER.activity(dialect, &label(), Activity { seq: Seq(12), unread: 3, mentions: 1 })
    });
    for why in [RoomLoss::Left, RoomLoss::Kicked, RoomLoss::Banned, RoomLoss::MadePrivate, RoomLoss::Deleted] {
        both(&mut text, &format!("loss: {why:?}"), |dialect| ENCODER.loss(dialect, &label(), why));
    }
    assert_snapshot("ephemeral", &text);
}

#[test]
fn everybody_is_told_first_the_diff_then_in_words() {
    let came = signal(SignalKind::PresenceChanged { join: vec![user(2, "bob")], leave: vec![] });
    let types = |dialect| {
        said(&ENCODER.signal(dialect, &label(), &came))
            .into_iter()
            .map(|said| match said {
                Said::Text(text) => serde_json::from_str::<serde_json::Value>(&text).expect("json")["type"].clone(),
                Said::Close(..) => panic!("no close here"),
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(types(PLAIN), [json!("presence_diff"), json!("system")]);
    assert_eq!(types(NATIVE), [json!("presence_diff"), json!("system")]);
}

fn alice() -> User {
    User {
        id: UserId(1),
        username: Username::parse("alice").expect("valid"),
        email: Some(Email::parse("alice@example.org").expect("valid")),
        full_name: Some(FullName::parse("Alice A.").expect("valid")),
        disabled: false,
        is_admin: true,
        created_at: at(),
    }
}

fn mute(expires_at: Option<hallway_domain::Timestamp>) -> Sanction {
    Sanction {
        id: SanctionId(1),
        room: RoomId(7),
        user: UserId(1),
        kind: SanctionKind::Mute,
        reason: None,
        by: None,
        created_at: at(),
        expires_at,
        lifted_at: None,
    }
}

#[test]
fn replies() {
    let server = reply::ServerFacts {
        id: "node-1".to_owned(),
        heartbeat: Duration::from_secs(25),
        limits: Limits {
            frame_bytes: 65_536,
            message_chars: 8_000,
            rooms: 200,
            replay: 1_000,
            upload_bytes: 26_214_400,
        },
        retry: RetryHint { min_ms: 500, max_ms: 30_000 },
    };
    let label = label();
    let marks = [MemberMark { user: user(2, "bob"), read: Seq(9), delivered: Seq(11) }];
    let joined = |mute| reply::Joined {
        role: Some(Role::Owner),
        head: Seq(12),
        read: Seq(9),
        unread: 2,
        mentions: 1,
        marks: None,
        mute,
        mode: RoomMode::default(),
        next_message_at: None,
    };
    let slow = RoomMode { posting: Posting::Moderators, slow_mode_seconds: 30, archived: true };
    let next_message_at = Some(datetime!(2026-01-31 09:31 UTC));
    let (timed, lasting) = (mute(Some(datetime!(2026-02-01 00:00 UTC))), mute(None));
    let around = Around { messages: vec![view(2, "a"), view(3, "b")], before: true, after: false };
    let head = RoomHead { room: RoomId(7), name: label.name.clone(), peers: None, epoch: label.epoch, seq: Seq(12) };
    let acked = |seq, duplicate| reply::Acked { message: MessageId(112), seq, at: at(), duplicate };
    let mut text = String::new();
    for (title, bytes) in [
        ("banner", reply::banner(&server, &alice(), ConnectionId(CLIENT_ID), at())),
        ("joined", reply::joined(&label, joined(None))),
        ("joined, with marks", reply::joined(&label, reply::Joined { marks: Some(&marks), ..joined(None) })),
        ("joined, muted for a time", reply::joined(&label, joined(Some(&timed)))),
        ("joined, muted until lifted", reply::joined(&label, joined(Some(&lasting)))),
        (
            "joined, with slow mode",
            reply::joined(&label, reply::Joined { mode: slow, next_message_at, ..joined(None) }),
        ),
        ("presence_state", reply::presence_state(&label, &[user(1, "alice"), user(2, "bob")], at())),
        ("history, empty", reply::history(&label, &[], Links::plain())),
        ("history", reply::history(&label, &[view(2, "a"), *full_message()], Links::plain())),
        ("history_more, empty", reply::history_more(&label, &[], false, Links::plain())),
        ("history_more", reply::history_more(&label, &[view(2, "a")], true, Links::plain())),
        ("history_around", reply::history_around(&label, MessageId(103), &around, Links::plain())),
        ("fetched", reply::fetched(&label, Seq(3), Seq(5))),
        ("synced", reply::synced(&label, Seq(12))),
        ("reset, epoch", reply::reset(&label, ResetReason::EpochChanged, &head)),
        ("reset, too far", reply::reset(&label, ResetReason::TooFar, &head)),
        ("reset, log cut", reply::reset(&label, ResetReason::LogCut, &head)),
        ("left", reply::left(&label)),
        ("room_added", reply::room_added(&label)),
        ("ack", reply::ack(&label, client_id(), acked(Some(Seq(12)), false))),
        ("ack, nothing to change", reply::ack(&label, client_id(), acked(None, true))),
        ("pong, plain", reply::pong(at(), None)),
        ("pong, native", reply::pong(at(), Some(vec![(RoomId(7), Seq(12)), (RoomId(8), Seq(0))]))),
        ("auth_ok", reply::auth_ok(at())),
        ("auth_expiring", reply::auth_expiring(at())),
    ] {
        both(&mut text, title, |_| bytes.clone());
    }
    assert_snapshot("replies", &text);
}

#[test]
fn no_address_and_no_rank_is_in_the_banner() {
    let server = reply::ServerFacts {
        id: "node-1".to_owned(),
        heartbeat: Duration::from_millis(10),
        limits: Limits { frame_bytes: 1, message_chars: 1, rooms: 1, replay: 1, upload_bytes: 1 },
        retry: RetryHint { min_ms: 1, max_ms: 1 },
    };
    let banner = json(&reply::banner(&server, &alice(), ConnectionId(CLIENT_ID), at()));
    assert!(!banner.to_string().contains("example.org") && !banner.to_string().contains("admin"));
    // A client that divides by it must not meet a zero.
    assert_eq!(banner["heartbeatInterval"], 1);
}

#[test]
fn an_event_has_the_same_bytes_live_and_replayed() {
    let event = event(Fact::MessagePosted(full_message()));
    assert_eq!(ENCODER.event(PLAIN, &label(), &event), ENCODER.event(NATIVE, &label(), &event));
}

#[test]
fn a_direct_conversation_is_called_by_the_name_of_the_other_side() {
    let peers = hallway_domain::Peers::new(user(1, "alice"), user(2, "bob"));
    let direct = hallway_hub::RoomLabel { name: None, peers: Some(peers), ..label() };
    for (viewer, name) in [(1, "@bob"), (2, "@alice")] {
        let seen = direct.clone().seen_by(UserId(viewer));
        let frame = json(&ENCODER.event(NATIVE, &seen, &event(Fact::MessagePosted(Box::new(view(12, "hi"))))));
        assert_eq!((&frame["room"], &frame["room_id"]), (&serde_json::json!(name), &serde_json::json!(7)));
        let frame = json(&reply::room_added(&seen));
        assert_eq!(frame["room"], name);
    }
    let named = label().seen_by(UserId(1));
    assert_eq!(json(&reply::room_added(&named))["room"], "lobby");
}
