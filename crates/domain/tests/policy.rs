//! Who may do what, as a table that a person can read: `tests/snapshots`.

use std::fmt::Write as _;

use hallway_domain::policy::{
    Action, AddMember, DeleteMessage, DeleteRoom, Denied, EditMessage, HandOver, Invite, Join, JoinByInvite, Kick,
    Leave, Mark, MentionHere, Pin, Post, Protect, React, Read, Report, Review, SanctionMember, Scope, SeeSanctions,
    SetRole, Type, UpdateRoom, authorize, loss, watch_loss,
};
use hallway_domain::ports::Access;
use hallway_domain::{
    Actor, DirectKey, Epoch, Membership, NotifyLevel, Posting, Role, Room, RoomId, RoomKind, RoomRules, Sanction,
    SanctionId, SanctionKind, Seq, SessionId, Standing, Timestamp, UserId, UserRef, Username,
};
use time::macros::datetime;
use uuid::Uuid;

const NOW: Timestamp = datetime!(2026-01-02 03:04:05 UTC);
const ME: UserId = UserId(1);
const OTHER: UserId = UserId(2);

fn actor() -> Actor {
    let username = Username::parse("alice").expect("fine");
    Actor { user: UserRef { id: ME, username }, session: SessionId(Uuid::nil()), is_admin: false }
}

fn room(kind: RoomKind) -> Room {
    Room {
        id: RoomId(1),
        kind,
        name: None,
        topic: None,
        direct: (kind == RoomKind::Direct).then(|| DirectKey::new(ME, OTHER)),
        created_by: None,
        created_at: NOW,
        epoch: Epoch(1),
        last_seq: Seq::ZERO,
        slow_mode_seconds: 0,
        archived_at: None,
        rules: RoomRules::default(),
    }
}

fn membership(role: Role) -> Membership {
    Membership {
        room: RoomId(1),
        user: ME,
        role,
        joined_at: NOW,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: NotifyLevel::All,
    }
}

fn sanction(kind: SanctionKind) -> Sanction {
    Sanction {
        id: SanctionId(1),
        room: RoomId(1),
        user: ME,
        kind,
        reason: None,
        by: None,
        created_at: NOW,
        expires_at: None,
        lifted_at: None,
    }
}

fn standing(role: Option<Role>, sanctions: &[SanctionKind]) -> Standing {
    Standing::new(role.map(membership), sanctions.iter().copied().map(sanction), NOW)
}

fn actions() -> Vec<(&'static str, Box<dyn Action>)> {
    let set_role = |from, to| Box::new(SetRole { target: OTHER, from, to });
    let own_role = |from, to| Box::new(SetRole { target: ME, from, to });
    let sanction = |target_role| Box::new(SanctionMember { target: OTHER, target_role });
    let kick = |target_role| Box::new(Kick { target: OTHER, target_role });
    vec![
        ("read", Box::new(Read)),
        ("join", Box::new(Join)),
        ("join by invite", Box::new(JoinByInvite)),
        ("leave", Box::new(Leave)),
        ("post", Box::new(Post { last: None, now: NOW })),
        ("post again at once", Box::new(Post { last: Some(NOW), now: NOW })),
        ("react", Box::new(React)),
        ("type", Box::new(Type)),
        ("mark", Box::new(Mark)),
        ("mention here", Box::new(MentionHere)),
        ("pin", Box::new(Pin)),
        ("edit own", Box::new(EditMessage { author: Some(ME) })),
        ("edit other's", Box::new(EditMessage { author: Some(OTHER) })),
        ("delete own", Box::new(DeleteMessage { author: Some(ME) })),
        ("delete other's", Box::new(DeleteMessage { author: Some(OTHER) })),
        ("delete orphan", Box::new(DeleteMessage { author: None })),
        ("update room", Box::new(UpdateRoom)),
        ("delete room", Box::new(DeleteRoom)),
        ("add member", Box::new(AddMember)),
        ("invite by link", Box::new(Invite)),
        ("see sanctions", Box::new(SeeSanctions)),
        ("report", Box::new(Report)),
        ("review", Box::new(Review)),
        ("protect", Box::new(Protect)),
        ("hand over", Box::new(HandOver { target: OTHER })),
        ("hand over to self", Box::new(HandOver { target: ME })),
        ("kick stranger", kick(None)),
        ("kick member", kick(Some(Role::Member))),
        ("kick moderator", kick(Some(Role::Moderator))),
        ("kick owner", kick(Some(Role::Owner))),
        ("kick self", Box::new(Kick { target: ME, target_role: Some(Role::Member) })),
        ("promote to moderator", set_role(Role::Member, Role::Moderator)),
        ("promote to owner", set_role(Role::Member, Role::Owner)),
        ("demote moderator", set_role(Role::Moderator, Role::Member)),
        ("demote owner", set_role(Role::Owner, Role::Member)),
        ("promote self", own_role(Role::Member, Role::Moderator)),
        ("step down as moderator", own_role(Role::Moderator, Role::Member)),
        ("step down as owner", own_role(Role::Owner, Role::Member)),
        ("sanction stranger", sanction(None)),
        ("sanction member", sanction(Some(Role::Member))),
        ("sanction moderator", sanction(Some(Role::Moderator))),
        ("sanction owner", sanction(Some(Role::Owner))),
        ("sanction self", Box::new(SanctionMember { target: ME, target_role: Some(Role::Member) })),
    ]
}

fn word(outcome: &Result<(), Denied>) -> &'static str {
    match outcome {
        Ok(()) => "yes",
        Err(Denied::Hidden) => "hidden",
        Err(Denied::PrivateRoom) => "private",
        Err(Denied::NotMember) => "no member",
        Err(Denied::Banned(_)) => "banned",
        Err(Denied::Muted(_)) => "muted",
        Err(Denied::NotModerator) => "no mod",
        Err(Denied::NotPermitted) => "no",
        Err(Denied::Outranked) => "outranked",
        Err(Denied::Archived) => "archived",
        Err(Denied::DirectRoom) => "direct",
        Err(
            Denied::NotAdministrator
            | Denied::Unreachable
            | Denied::RoomLocked
            | Denied::JoiningTooFast(_)
            | Denied::AccountTooNew(_)
            | Denied::BlockedByFilter
            | Denied::HeldForReview,
        ) => "not here",
        Err(Denied::ModeratorsOnly) => "mods only",
        Err(Denied::SlowMode(_)) => "slow mode",
    }
}

fn matrix(room: &Room) -> String {
    use SanctionKind::{Ban, Mute};
    let people: [(&str, Option<Role>, &[SanctionKind]); 9] = [
        ("stranger", None, &[]),
        ("banned stranger", None, &[Ban]),
        ("member", Some(Role::Member), &[]),
        ("muted member", Some(Role::Member), &[Mute]),
        ("banned member", Some(Role::Member), &[Ban]),
        ("moderator", Some(Role::Moderator), &[]),
        ("muted moderator", Some(Role::Moderator), &[Mute]),
        ("banned moderator", Some(Role::Moderator), &[Ban]),
        ("owner", Some(Role::Owner), &[]),
    ];
    let mut table = format!("{:<24}", "");
    for (name, ..) in people {
        write!(table, "{name:<18}").expect("writes to a string");
    }
    for (name, action) in actions() {
        write!(table, "\n{name:<24}").expect("writes to a string");
        for (_, role, sanctions) in people {
            let standing = standing(role, sanctions);
            let outcome = action.judge(&actor(), Scope { room, standing: &standing });
            write!(table, "{:<18}", word(&outcome)).expect("writes to a string");
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn matrix_of_a_public_room() {
    insta::assert_snapshot!(matrix(&room(RoomKind::Public)));
}

#[test]
fn matrix_of_a_private_room() {
    insta::assert_snapshot!(matrix(&room(RoomKind::Private)));
}

#[test]
fn matrix_of_a_direct_room() {
    insta::assert_snapshot!(matrix(&room(RoomKind::Direct)));
}

#[test]
fn matrix_of_an_archived_room() {
    insta::assert_snapshot!(matrix(&Room { archived_at: Some(NOW), ..room(RoomKind::Public) }));
}

#[test]
fn matrix_of_an_announcement_room() {
    let rules = RoomRules { posting: Posting::Moderators, ..RoomRules::default() };
    insta::assert_snapshot!(matrix(&Room { rules, ..room(RoomKind::Public) }));
}

#[test]
fn matrix_of_a_room_with_slow_mode() {
    insta::assert_snapshot!(matrix(&Room { slow_mode_seconds: 30, ..room(RoomKind::Private) }));
}

#[test]
fn a_permit_names_whom_and_where() {
    let room = room(RoomKind::Public);
    let standing = standing(Some(Role::Member), &[]);
    let permit = authorize(&actor(), Post { last: None, now: NOW }, Scope { room: &room, standing: &standing })
        .expect("a member may post");
    assert_eq!((permit.actor(), permit.room()), (ME, room.id));
}

#[test]
fn sanctions_end_by_the_clock_and_by_lifting() {
    let later = NOW + time::Duration::seconds(1);
    let timed = Sanction { expires_at: Some(later), ..sanction(SanctionKind::Ban) };
    let lifted = Sanction { lifted_at: Some(NOW), ..sanction(SanctionKind::Mute) };
    let before = Standing::new(None, [timed.clone(), lifted.clone()], NOW);
    assert!(before.ban.is_some() && before.mute.is_none());
    let after = Standing::new(None, [timed, lifted], later);
    assert_eq!(after, Standing::default());
}

/// What is asked of many at once says the same as what is asked of one.
#[test]
fn whoever_loses_a_room_could_not_have_read_it() {
    for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Direct] {
        for (role, is_banned) in [(None, false), (None, true), (Some(Role::Member), false), (Some(Role::Owner), true)] {
            let room = Room { last_seq: Seq(7), ..room(kind) };
            let sanctions: &[SanctionKind] = if is_banned { &[SanctionKind::Ban] } else { &[] };
            let standing = standing(role, sanctions);
            let access = Access { room: room.id, user: actor().id(), kind, is_member: role.is_some(), is_banned };
            let permit = authorize(&actor(), Read, Scope { room: &room, standing: &standing });
            assert_eq!(loss(&access).is_none(), permit.is_ok(), "{access:?}");
            assert_eq!(watch_loss(&access).is_none(), permit.is_ok() && role.is_some(), "{access:?}");
            assert!(permit.is_err() || permit.is_ok_and(|permit| permit.as_of() == Seq(7)));
        }
    }
}
