use hallway_domain::{
    ClientId, ConnectionId, Disconnect, Emoji, Epoch, Event, Fact, MemberChange, Message, MessageId, MessageKind,
    MessageView, ReactionGroup, ReplyPreview, Revocation, Role, RoomId, RoomKind, RoomLoss, RoomName, RoomTopic, Seq,
    SessionId, Signal, SignalKind, Timestamp, Toggle, UserId, UserRef, Username,
};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const AT: Timestamp = datetime!(2026-03-01 12:00:00.123456 UTC);

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
    Fact::MessagePosted(Box::new(MessageView { message, reply: Some(reply), reactions }))
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
        Fact::MessageEdited { message: MessageId(3), body: "b".to_owned(), edited_at: AT },
        Fact::MessageDeleted { message: MessageId(3) },
        Fact::ReactionChanged {
            message: MessageId(3),
            user: user(2),
            emoji: Emoji::from_stored(":tada:".to_owned()),
            on: false,
        },
        Fact::MemberJoined { user: user(1) },
        Fact::MemberLeft { user: user(1) },
        Fact::MemberUpdated(change),
        Fact::MemberUpdated(MemberChange { ban: Some(Toggle::On(None)), ..MemberChange::new(user(4)) }),
        Fact::RoomUpdated {
            name: Some(RoomName::from_stored("den".to_owned())),
            topic: Some(RoomTopic::from_stored("t".to_owned())),
            kind: RoomKind::Private,
        },
        Fact::RoomUpdated { name: None, topic: None, kind: RoomKind::Direct },
    ];
    let signals = [
        SignalKind::PresenceChanged { join: vec![user(1)], leave: vec![user(2)] },
        SignalKind::Typing { user: user(1), typing: true },
        SignalKind::Read { user: user(1), seq: Seq(4) },
        SignalKind::Delivered { user: user(1), seq: Seq(5) },
    ];
    let session = SessionId(Uuid::from_u128(9));
    let revocations = [
        Revocation::Session { session, why: Disconnect::SessionRevoked },
        Revocation::User { user: UserId(1), except: Some(session), why: Disconnect::AccountDisabled },
        Revocation::User { user: UserId(1), except: None, why: Disconnect::Drain },
        Revocation::Membership { room: RoomId(7), user: UserId(1), why: RoomLoss::MadePrivate },
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
    assert_eq!(open(payloads[0].as_bytes()), Opened { items, unknown: 0 });
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
        event(Fact::MessageDeleted { message: MessageId(3) }),
        BusItem::Signal(Signal { room: RoomId(7), at: AT, except: None, kind: typing }),
        BusItem::Revocation(Revocation::Membership { room: RoomId(7), user: UserId(1), why: RoomLoss::Banned }),
    ];
    assert_eq!(open(written.as_bytes()), Opened { items, unknown: 0 });
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
    assert_eq!(open(payload.as_bytes()), Opened { items: vec![room], unknown: 4 });
    let payload = format!(r#"{{"v":2,"items":[{known},{known}]}}"#);
    assert_eq!(open(payload.as_bytes()), Opened { items: Vec::new(), unknown: 2 });
    for nonsense in ["", "null", "{}", "\u{0}", r#"{"v":2}"#] {
        assert_eq!(open(nonsense.as_bytes()), Opened { items: Vec::new(), unknown: 1 }, "{nonsense:?}");
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
