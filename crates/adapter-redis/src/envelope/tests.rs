use hallway_domain::{
    ClientId, ConnectionId, Disconnect, Emoji, Epoch, Event, Fact, FullName, MemberChange, Message, MessageId,
    MessageKind, MessageView, NotifyLevel, Posting, Purge, ReactionGroup, Receipt, ReplyPreview, Revocation, Role,
    RoomId, RoomKind, RoomLoss, RoomMode, RoomName, RoomTopic, Seq, SessionId, Signal, SignalKind, Timestamp, Toggle,
    UserId, UserRef, Username,
};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const AT: Timestamp = datetime!(2026-03-01 12:00:00.123456 UTC);

/// With everything that a frame of a call may have.
fn call_frame() -> hallway_domain::call::CallFrame {
    use hallway_domain::call::{
        CallFrame, CallId, CallMedia, CallWord, DeviceId, HangupReason, IceCandidate, Payload, Phase, SdpKind,
        SessionDescription, Trickle,
    };
    let candidate = IceCandidate::parse("candidate:1 1 udp 1 192.0.2.1 5000 typ host").expect("a candidate");
    let trickle = Trickle { candidate, mid: Some("0".to_owned()), line: Some(0), fragment: Some("abcd".to_owned()) };
    CallFrame {
        word: CallWord::Invite,
        call: CallId::parse("a-1").expect("an id"),
        to: Some(DeviceId(Uuid::from_u128(7))),
        from: UserId(2),
        room: Some(RoomId(3)),
        epoch: 4,
        payload: Payload {
            sdp: Some(SessionDescription::parse(SdpKind::Answer, "v=0\r\n".to_owned()).expect("a description")),
            candidates: vec![trickle],
            media: Some(CallMedia { audio: true, video: false }),
        },
        reason: Some(HangupReason::AnsweredElsewhere),
        phase: Phase::Reconnecting,
        expires_at: Some(Timestamp::UNIX_EPOCH + time::Duration::microseconds(5)),
        created_at: Timestamp::UNIX_EPOCH,
        glare: true,
    }
}

fn user(id: i64) -> UserRef {
    UserRef { id: UserId(id), username: Username::from_stored(format!("user.{id}")) }
}

fn event(fact: Fact) -> BusItem {
    BusItem::Event(Event { room: RoomId(7), epoch: Epoch(1 << 52), seq: Seq(9), at: AT, fact })
}

fn message(body: &str) -> Fact {
    let message = Message {
        id: MessageId(3),
        room: RoomId(7),
        seq: Seq(9),
        author: Some(user(1)),
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: Some(MessageId(2)),
        client_id: Some(ClientId(Uuid::from_u128(5))),
        created_at: AT,
        edited_at: Some(AT),
        deleted_at: None,
    };
    let reply = ReplyPreview { message: MessageId(2), author: None, excerpt: "q\"\u{2603}".to_owned() };
    let reactions = vec![ReactionGroup { emoji: Emoji::from_stored("🎉".to_owned()), users: vec![user(1), user(2)] }];
    Fact::MessagePosted(Box::new(MessageView {
        reply: Some(reply),
        reactions,
        attachments: vec![attachment()],
        mentions: vec![user(2)],
        here: true,
        pinned: true,
        ..MessageView::bare(message)
    }))
}

fn attachment() -> hallway_domain::Attachment {
    hallway_domain::Attachment {
        id: hallway_domain::AttachmentId(9),
        name: hallway_domain::FileName::clean("上海.png"),
        content_type: "image/png".to_owned(),
        size: 1234,
        picture: Some(hallway_domain::Picture { width: 3, height: 4, blurhash: "LEHV6nWB2yk8".to_owned() }),
        has_thumbnail: true,
        created_at: time::macros::datetime!(2026-03-01 12:00:00.000001 UTC),
    }
}

/// One of every kind.
fn everything() -> Vec<BusItem> {
    let change = MemberChange {
        role: Some(Role::Moderator),
        mute: Some(Toggle::On(Some(AT))),
        ban: Some(Toggle::Off),
        ..MemberChange::new(user(4))
    };
    let facts = [
        message("line\n\"☃\" \u{0}"),
        Fact::MessageEdited {
            message: MessageId(3),
            author: Some(UserId(1)),
            body: "b".to_owned(),
            edited_at: AT,
            mentions: vec![user(3)],
            here: true,
        },
        Fact::MessageDeleted { message: MessageId(3), author: None },
        Fact::ReactionChanged {
            message: MessageId(3),
            user: user(2),
            emoji: Emoji::from_stored(":tada:".to_owned()),
            on: false,
            reactions: vec![ReactionGroup {
                emoji: Emoji::from_stored(":wave:".to_owned()),
                users: vec![user(1), user(2)],
            }],
        },
        Fact::PinChanged { message: MessageId(3), user: user(1), on: true },
        Fact::MemberJoined { user: user(1) },
        Fact::MemberLeft { user: user(1), kicked: false },
        Fact::MemberLeft { user: user(1), kicked: true },
        Fact::MessagesPurged(Purge {
            user: user(1),
            from: Seq(3),
            to: Seq(9),
            messages: vec![MessageId(4), MessageId(2)],
        }),
        Fact::MemberUpdated(change),
        Fact::MemberUpdated(MemberChange { ban: Some(Toggle::On(None)), ..MemberChange::new(user(4)) }),
        Fact::RoomUpdated {
            name: Some(RoomName::from_stored("den".to_owned())),
            topic: Some(RoomTopic::from_stored("t".to_owned())),
            kind: RoomKind::Private,
            mode: RoomMode { posting: Posting::Moderators, slow_mode_seconds: 30, archived: true },
        },
        Fact::RoomUpdated { name: None, topic: None, kind: RoomKind::Direct, mode: RoomMode::default() },
    ];
    let signals = [
        SignalKind::PresenceChanged { join: vec![user(1)], leave: vec![user(2)] },
        SignalKind::Typing { user: user(1), typing: true },
        SignalKind::Read { user: user(1), seq: Seq(4) },
        SignalKind::Delivered { user: user(1), seq: Seq(5) },
        SignalKind::Receipts {
            user: user(1),
            read: true,
            messages: vec![Receipt { message: MessageId(9), author: UserId(2) }],
        },
        SignalKind::Online { user: user(1), online: true },
        SignalKind::UserCreated { user: user(1), full_name: Some(FullName::from_stored("Ann A.".to_owned())) },
        SignalKind::UserCreated { user: user(1), full_name: None },
        SignalKind::MarkedUnread { user: UserId(1), seq: Seq(4), unread: 3, mentions: 2 },
        SignalKind::ReportsWaiting { user: UserId(1), open: 2 },
        SignalKind::NotifyChanged { user: UserId(1), level: NotifyLevel::Mentions },
        SignalKind::Call { user: UserId(1), frame: Box::new(call_frame()) },
    ];
    let session = SessionId(Uuid::from_u128(9));
    let revocations = [
        Revocation::Session { session, why: Disconnect::SessionRevoked },
        Revocation::User { user: UserId(1), except: Some(session), why: Disconnect::AccountDisabled },
        Revocation::User { user: UserId(1), except: None, why: Disconnect::Drain },
        Revocation::Membership { room: RoomId(7), user: UserId(1), why: RoomLoss::MadePrivate, seq: Seq(8) },
        Revocation::NonMembers { room: RoomId(7) },
        Revocation::Room { room: RoomId(7) },
        Revocation::Granted { room: RoomId(7), user: UserId(1) },
    ];
    let excepted = Some(ConnectionId(Uuid::from_u128(6)));
    let signal = |(n, kind)| Signal { room: RoomId(7), at: AT, except: excepted.filter(|_| n % 2 == 0), kind };
    facts
        .map(event)
        .into_iter()
        .chain(signals.into_iter().enumerate().map(signal).map(BusItem::Signal))
        .chain(revocations.map(BusItem::Revocation))
        .collect()
}

#[test]
fn everything_comes_out_as_it_went_in() {
    let items = everything();
    let payloads = seal("node", &items);
    assert_eq!(payloads.len(), 1);
    assert_eq!(open(payloads[0].as_bytes()), Opened { items, ..Opened::default() });
}

/// What a node of the first release writes. A change here breaks upgrades without downtime: add, do not change.
#[test]
fn the_first_release_is_understood() {
    let written = r#"{"v":1,"node":"n","items":[
        {"k":"event","room":7,"epoch":4503599627370496,"seq":9,"at":1772366400123456,"fact":{"t":"message_deleted","message":3}},
        {"k":"signal","room":7,"at":1772366400123456,"signal":{"t":"typing","user":{"id":1,"name":"user.1"},"typing":true}},
        {"k":"revocation","revocation":{"t":"membership","room":7,"user":1,"why":"banned"}}]}"#;
    let typing = SignalKind::Typing { user: user(1), typing: true };
    let items = vec![
        event(Fact::MessageDeleted { message: MessageId(3), author: None }),
        BusItem::Signal(Signal { room: RoomId(7), at: AT, except: None, kind: typing }),
        BusItem::Revocation(Revocation::Membership {
            room: RoomId(7),
            user: UserId(1),
            why: RoomLoss::Banned,
            seq: Seq(i64::MAX),
        }),
    ];
    assert_eq!(open(written.as_bytes()), Opened { items, ..Opened::default() });
}

#[test]
fn what_a_newer_release_writes_is_passed_over_and_counted() {
    let known = r#"{"k":"revocation","revocation":{"t":"room","room":7,"new_field":[1]},"another":{}}"#;
    let newer = [
        r#"{"k":"hologram","room":7}"#,
        r#"{"k":"event","room":7,"epoch":1,"seq":1,"at":1,"fact":{"t":"message_pinned","message":3}}"#,
        r#"{"k":"revocation","revocation":{"t":"membership","room":7,"user":1,"why":"bored"}}"#,
        r#"{"k":"event","room":7,"epoch":1,"seq":1,"at":9223372036854775807,"fact":{"t":"message_deleted","message":3}}"#,
    ]
    .join(",");
    let payload = format!(r#"{{"v":1,"node":"n","region":"eu","items":[{newer},{known}]}}"#);
    let room = BusItem::Revocation(Revocation::Room { room: RoomId(7) });
    assert_eq!(open(payload.as_bytes()), Opened { items: vec![room], unknown: 4, missed: true });
    let payload = format!(r#"{{"v":2,"items":[{known},{known}]}}"#);
    assert_eq!(open(payload.as_bytes()), Opened { items: Vec::new(), unknown: 2, missed: true });
    for nonsense in ["", "null", "{}", "\u{0}", r#"{"v":2}"#] {
        assert_eq!(open(nonsense.as_bytes()), Opened { items: Vec::new(), unknown: 1, missed: true }, "{nonsense:?}");
    }
}

#[test]
fn long_batches_are_split_in_order() {
    let items: Vec<_> = (0..20).map(|n| event(message(&n.to_string().repeat(30_000)))).collect();
    let payloads = seal("node", &items);
    assert!(payloads.len() > 2 && payloads.iter().all(|payload| payload.len() < LONGEST + 1024));
    let opened: Vec<_> = payloads.iter().flat_map(|payload| open(payload.as_bytes()).items).collect();
    assert_eq!(opened, items);
}

/// No log has them, so looking there would not help, and a newer release may send many.
#[test]
fn signals_of_a_newer_release_are_not_looked_for() {
    let signal = r#"{"k":"signal","room":7,"at":1,"signal":{"t":"waves","user":{"id":1,"name":"user.1"}}}"#;
    let payload = format!(r#"{{"v":1,"node":"n","items":[{signal},{signal}]}}"#);
    assert_eq!(open(payload.as_bytes()), Opened { items: Vec::new(), unknown: 2, missed: false });
}
