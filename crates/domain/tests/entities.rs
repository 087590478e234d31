//! Rules that entities keep by themselves.

use hallway_domain::policy::{DeleteMessage, EditMessage, Scope, UpdateRoom, authorize};
use hallway_domain::{
    Actor, Body, DirectKey, Epoch, Membership, Message, MessageId, MessageKind, NotifyLevel, Peers, Posting,
    RefreshToken, ReplyPreview, Role, Room, RoomId, RoomKind, RoomName, RoomPatch, RoomRules, RoomTopic, Seq, Session,
    SessionId, Standing, Timestamp, TokenId, UserId, UserRef, Username,
};
use time::Duration;
use time::macros::datetime;
use uuid::Uuid;

const NOW: Timestamp = datetime!(2026-01-02 03:04:05 UTC);

fn token(id: u128, parent: Option<u128>, used_at: Option<Timestamp>) -> RefreshToken {
    RefreshToken {
        id: TokenId(Uuid::from_u128(id)),
        session: SessionId(Uuid::nil()),
        parent: parent.map(|id| TokenId(Uuid::from_u128(id))),
        hash: [0; 32],
        created_at: NOW,
        expires_at: NOW + Duration::days(14),
        used_at,
    }
}

#[test]
fn only_the_immediate_parent_may_be_used_again_and_only_for_a_moment() {
    let used = token(1, None, Some(NOW));
    let successor = token(2, Some(1), None);
    assert!(used.is_repeat(&successor, NOW + RefreshToken::GRACE));
    assert!(!used.is_repeat(&successor, NOW + RefreshToken::GRACE + Duration::microseconds(1)), "too late");
    assert!(!used.is_repeat(&token(2, Some(1), Some(NOW)), NOW), "the successor was used: this one is a grandparent");
    assert!(!used.is_repeat(&token(3, Some(2), None), NOW), "not its successor");
    assert!(!token(1, None, None).is_repeat(&successor, NOW), "was never used");
}

#[test]
fn a_session_lives_until_it_expires_or_is_revoked() {
    let live = Session {
        id: SessionId(Uuid::nil()),
        user: UserId(1),
        user_agent: None,
        ip: None,
        created_at: NOW,
        last_used_at: NOW,
        expires_at: NOW + Duration::days(1),
        revoked_at: None,
    };
    assert!(live.is_live(NOW));
    assert!(!live.is_live(live.expires_at));
    assert!(!Session { revoked_at: Some(NOW), ..live }.is_live(NOW));
}

fn room(kind: RoomKind) -> Room {
    Room {
        id: RoomId(1),
        kind,
        name: Some(RoomName::parse("general").expect("fine")),
        topic: None,
        direct: None,
        created_by: None,
        created_at: NOW,
        epoch: Epoch(1),
        last_seq: Seq(41),
        slow_mode_seconds: 0,
        archived_at: None,
        rules: RoomRules::default(),
    }
}

fn owner() -> (Actor, Standing) {
    let username = Username::parse("alice").expect("fine");
    let actor = Actor { user: UserRef { id: UserId(1), username }, session: SessionId(Uuid::nil()), is_admin: false };
    let membership = Membership {
        room: RoomId(1),
        user: UserId(1),
        role: Role::Owner,
        joined_at: NOW,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: NotifyLevel::All,
    };
    (actor, Standing { membership: Some(membership), ..Standing::default() })
}

#[test]
fn a_patch_changes_what_it_names_and_tells_whether_it_did() {
    let (actor, standing) = owner();
    let mut room = room(RoomKind::Public);
    let permit = authorize(&actor, UpdateRoom, Scope { room: &room, standing: &standing }).expect("an owner may");
    let topic = RoomTopic::parse("what it is about").expect("fine");

    let at = room.created_at;
    assert!(!room.update(&permit, RoomPatch::default(), at), "nothing named, nothing changed");
    assert!(!room.update(&permit, RoomPatch { name: room.name.clone(), ..RoomPatch::default() }, at), "same name");
    assert!(room.update(&permit, RoomPatch { topic: Some(Some(topic.clone())), ..RoomPatch::default() }, at));
    assert!(room.update(&permit, RoomPatch { private: Some(true), ..RoomPatch::default() }, at));
    assert_eq!((room.kind, room.topic.as_ref()), (RoomKind::Private, Some(&topic)));
    assert!(room.update(&permit, RoomPatch { topic: Some(None), ..RoomPatch::default() }, at));
    assert_eq!(room.topic, None);
    let later = at + Duration::minutes(1);
    assert!(room.update(&permit, RoomPatch { archived: Some(true), ..RoomPatch::default() }, at));
    assert!(!room.update(&permit, RoomPatch { archived: Some(true), ..RoomPatch::default() }, later));
    assert_eq!(room.archived_at, Some(at), "since it was first archived");
    assert!(room.update(&permit, RoomPatch { archived: Some(false), ..RoomPatch::default() }, later));
    assert!(room.update(&permit, RoomPatch { posting: Some(Posting::Moderators), ..RoomPatch::default() }, at));
    let slow = |seconds| RoomPatch { slow_mode_seconds: Some(seconds), ..RoomPatch::default() };
    assert!(room.update(&permit, slow(u32::MAX), at));
    assert_eq!((room.archived_at, room.slow_mode_seconds), (None, RoomPatch::MOST_SLOW_SECONDS), "bounded");
    assert!(room.update(&permit, slow(30), at));
    assert_eq!(room.slow_until(Role::Member, Some(at), at), Some(at + Duration::seconds(30)));
    assert_eq!(room.slow_until(Role::Member, Some(at), at + Duration::seconds(30)), None);
    assert_eq!(room.slow_until(Role::Member, None, at), None, "a first message has not to wait");
    assert_eq!(room.slow_until(Role::Moderator, Some(at), at), None);
}

#[test]
fn places_in_the_log_have_no_holes() {
    let mut room = room(RoomKind::Public);
    assert_eq!((room.take_seq(), room.take_seq(), room.last_seq), (Seq(42), Seq(43), Seq(43)));
    assert_eq!(room.head(None).seq, Seq(43));
}

fn message() -> Message {
    Message {
        id: MessageId(1),
        room: RoomId(1),
        seq: Seq(1),
        author: Some(owner().0.user),
        kind: MessageKind::Text,
        body: "é".repeat(200),
        reply_to: None,
        client_id: None,
        created_at: NOW,
        edited_at: None,
        deleted_at: None,
    }
}

#[test]
fn an_edit_is_marked_and_a_deletion_keeps_no_text() {
    let (actor, standing) = owner();
    let room = room(RoomKind::Public);
    let scope = Scope { room: &room, standing: &standing };
    let author = Some(actor.id());
    let edit = authorize(&actor, EditMessage { author }, scope).expect("an author may");
    let edited = message().edit(&edit, Body::parse("new".to_owned(), 10).expect("fine"), NOW);
    assert_eq!((edited.body.as_str(), edited.edited_at), ("new", Some(NOW)));

    let delete = authorize(&actor, DeleteMessage { author }, scope).expect("an author may");
    let deleted = message().delete(&delete, NOW);
    assert!(deleted.is_deleted() && deleted.body.is_empty());
    assert_eq!(ReplyPreview::of(&deleted).excerpt, "");
}

#[test]
fn a_preview_is_cut_between_characters() {
    assert_eq!(ReplyPreview::of(&message()).excerpt.chars().count(), ReplyPreview::EXCERPT_CHARS);
}

#[test]
fn a_direct_conversation_has_one_key_and_two_sides() {
    let key = DirectKey::new(UserId(17), UserId(3));
    assert_eq!((key, key.to_string().as_str()), (DirectKey::new(UserId(3), UserId(17)), "3:17"));
    assert_eq!(key.members().collect::<Vec<_>>(), [UserId(3), UserId(17)]);
    assert_eq!((key.other(UserId(3)), key.other(UserId(17))), (Some(UserId(17)), Some(UserId(3))));
    assert_eq!((key.other(UserId(4)), key.has(UserId(4)), key.has(UserId(17))), (None, false, true));
    assert_eq!(DirectKey::from_stored("3:17"), Some(key));
    for odd in ["", "3", "17:3", "3:x", "3:17:4", ":"] {
        assert_eq!(DirectKey::from_stored(odd), None, "{odd}");
    }
}

#[test]
fn a_note_to_oneself_has_one_member() {
    let key = DirectKey::new(UserId(3), UserId(3));
    assert_eq!((key.to_string().as_str(), key.other(UserId(3))), ("3:3", Some(UserId(3))));
    assert_eq!(key.members().collect::<Vec<_>>(), [UserId(3)]);
    assert_eq!(DirectKey::from_stored("3:3"), Some(key));
}

#[test]
fn each_side_is_shown_the_other() {
    let user = |id, name: &str| UserRef { id: UserId(id), username: Username::parse(name).expect("fine") };
    let peers = Peers::new(user(17, "bob"), user(3, "alice"));
    assert_eq!(peers, Peers::new(user(3, "alice"), user(17, "bob")), "whoever is named first");
    assert_eq!((peers.other(UserId(3)), peers.other(UserId(17))), (Some(&user(17, "bob")), Some(&user(3, "alice"))));
    assert_eq!((peers.other(UserId(4)), peers.key()), (None, DirectKey::new(UserId(3), UserId(17))));
    let note = Peers::new(user(3, "alice"), user(3, "alice"));
    assert_eq!(note.other(UserId(3)), Some(&user(3, "alice")));
}
