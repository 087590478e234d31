//! Memberships and standings.

use hallway_domain::ports::{Access, MemberView};
use hallway_domain::{
    FullName, Membership, NewUser, NotifyLevel, Order, PageRequest, Role, Room, RoomId, SanctionKind, Seq, Standing,
    UserId, UserRef,
};

use super::world::membership;
use super::{World, at};

pub async fn stores_and_finds(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await;
    let stored = Membership {
        last_read: Seq(3),
        last_delivered: Seq(5),
        notify: NotifyLevel::Mentions,
        ..membership(room.id, &bob, Role::Moderator, at(4))
    };
    let mut unit = world.begin().await;
    assert!(unit.memberships().insert(&stored).await.expect("insert"));
    assert!(!unit.memberships().insert(&membership(room.id, &bob, Role::Owner, at(9))).await.expect("insert again"));
    assert_eq!(unit.memberships().find(room.id, bob.id).await.expect("find"), Some(stored.clone()));
    unit.memberships().set_role(room.id, bob.id, Role::Member).await.expect("set role");
    unit.commit().await.expect("commit after a duplicate");
    let mut unit = world.begin().await;
    let found = unit.memberships().find(room.id, bob.id).await.expect("find");
    assert_eq!(found, Some(Membership { role: Role::Member, ..stored }));
    assert!(unit.memberships().delete(room.id, bob.id).await.expect("delete"));
    assert!(!unit.memberships().delete(room.id, bob.id).await.expect("delete again"));
    assert_eq!(unit.memberships().find(room.id, bob.id).await.expect("find"), None);
}

pub async fn finds_many_at_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.room("two", &bob).await);
    let joined = world.join(one.id, &bob, Role::Member, at(2)).await;
    let mut unit = world.begin().await;
    let pairs = [(one.id, bob.id), (two.id, ann.id), (one.id, ann.id), (RoomId(999_999), ann.id), (one.id, bob.id)];
    let mut found = unit.memberships().find_many(&pairs).await.expect("find many");
    found.sort_by_key(|membership| membership.user);
    assert_eq!(found, [membership(one.id, &ann, Role::Owner, at(0)), joined]);
    assert_eq!(unit.memberships().find_many(&[]).await.expect("find none"), []);
}

pub async fn the_heir_is_the_highest_then_the_longest(world: World) {
    let owner = world.user("owner").await;
    let room = world.room("one", &owner).await;
    let heir = async |leaving: &UserRef| {
        let mut unit = world.begin().await;
        unit.memberships().heir(room.id, leaving.id, at(9)).await.expect("heir").map(|heir| heir.user)
    };
    assert_eq!(heir(&owner).await, None);
    let users = [("late", Role::Member, 9), ("early", Role::Member, 5), ("moda", Role::Moderator, 8)];
    let mut made = Vec::new();
    for (name, role, since) in users {
        let user = world.user(name).await;
        assert!(heir(&owner).await != Some(user.id));
        world.join(room.id, &user, role, at(since)).await;
        made.push(user);
    }
    assert_eq!(heir(&owner).await, Some(made[2].id), "a moderator before members of longer standing");
    assert_eq!(heir(&made[2]).await, Some(owner.id), "an owner before all");
    let mut unit = world.begin().await;
    unit.memberships().delete(room.id, made[2].id).await.expect("delete");
    unit.commit().await.expect("commit");
    assert_eq!(heir(&owner).await, Some(made[1].id), "among equals the longest member");
}

pub async fn who_is_banned_inherits_nothing(world: World) {
    let owner = world.user("owner").await;
    let room = world.room("one", &owner).await;
    let (bob, cem) = (world.user("bob").await, world.user("cem").await);
    world.join(room.id, &bob, Role::Moderator, at(1)).await;
    world.join(room.id, &cem, Role::Member, at(2)).await;
    world.sanction(room.id, &bob, SanctionKind::Ban, Some(at(50))).await;
    world.sanction(room.id, &cem, SanctionKind::Mute, None).await;
    let heir = async |now| {
        let mut unit = world.begin().await;
        unit.memberships().heir(room.id, owner.id, at(now)).await.expect("heir").map(|heir| heir.user)
    };
    assert_eq!(heir(49).await, Some(cem.id), "a mute is no ban");
    assert_eq!(heir(50).await, Some(bob.id), "a ban that is over neither");
    world.sanction(room.id, &bob, SanctionKind::Ban, None).await;
    world.sanction(room.id, &cem, SanctionKind::Ban, None).await;
    assert_eq!(heir(50).await, None);
}

pub async fn counts_owners(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await;
    world.join(room.id, &bob, Role::Moderator, at(1)).await;
    let mut unit = world.begin().await;
    assert_eq!(unit.memberships().owners(room.id).await.expect("owners"), 1);
    unit.memberships().set_role(room.id, bob.id, Role::Owner).await.expect("set role");
    assert_eq!(unit.memberships().owners(room.id).await.expect("owners"), 2);
    assert_eq!(unit.memberships().owners(RoomId(999_999)).await.expect("owners"), 0);
}

pub async fn marks_only_rise(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let mut unit = world.begin().await;
    let marks = unit.memberships();
    assert!(marks.raise_delivered(room, ann.id, Seq(4)).await.expect("raise"));
    assert!(!marks.raise_delivered(room, ann.id, Seq(4)).await.expect("raise to the same"));
    assert!(!marks.raise_delivered(room, ann.id, Seq(3)).await.expect("lower"));
    assert!(marks.raise_read(room, ann.id, Seq(2)).await.expect("raise"));
    let now = marks.find(room, ann.id).await.expect("find").expect("a member");
    assert_eq!(
        (now.last_read, now.last_delivered),
        (Seq(2), Seq(4)),
        "reading less than was delivered takes nothing back"
    );
    assert!(marks.raise_read(room, ann.id, Seq(7)).await.expect("raise"));
    assert!(!marks.raise_read(room, ann.id, Seq(5)).await.expect("lower"));
    assert!(!marks.raise_delivered(room, ann.id, Seq(7)).await.expect("what is read is delivered"));
    assert!(!marks.raise_read(room, UserId(999_999), Seq(1)).await.expect("not a member"));
    unit.commit().await.expect("commit");
    let standing = world.queries().standing(room, ann.id, at(1)).await.expect("standing");
    let now = standing.membership.expect("a member");
    assert_eq!((now.last_read, now.last_delivered), (Seq(7), Seq(7)));
}

pub async fn lists_the_longest_first(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let (bob, cem) = (world.user("bob").await, world.user("cem").await);
    world.join(room.id, &cem, Role::Member, at(1)).await;
    world.join(room.id, &bob, Role::Member, at(2)).await;
    world.room("two", &bob).await;
    let names = async |limit, offset, order| {
        let page = PageRequest { limit, offset, order };
        let page = world.queries().members(room.id, page, at(9)).await.expect("members");
        assert_eq!(page.total, 3);
        page.items.into_iter().map(|view| view.user.username.into_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(9, 0, Order::Ascending).await, ["ann", "cem", "bob"]);
    assert_eq!(names(2, 1, Order::Ascending).await, ["cem", "bob"]);
    assert_eq!(names(1, 0, Order::Descending).await, ["bob"]);
}

pub async fn lists_standings(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await;
    let full_name = Some(FullName::parse("Bob B.").expect("a valid name"));
    let bob = world.insert_user(NewUser { full_name: full_name.clone(), ..World::new_user("bob") }).await.to_ref();
    let joined = world.join(room.id, &bob, Role::Member, at(3)).await;
    let mute = world.sanction(room.id, &bob, SanctionKind::Mute, Some(at(50))).await;
    let ban = world.sanction(room.id, &bob, SanctionKind::Ban, None).await;
    let members = world.queries().members(room.id, PageRequest::first(9), at(9)).await.expect("members").items;
    let owner = membership(room.id, &ann, Role::Owner, at(0));
    let standing = |membership, mute, ban| Standing { membership: Some(membership), mute, ban };
    let expected = [
        MemberView { user: ann, full_name: None, standing: standing(owner, None, None) },
        MemberView { user: bob, full_name, standing: standing(joined, Some(mute), Some(ban)) },
    ];
    assert_eq!(members, expected);
    let later = world.queries().members(room.id, PageRequest::first(9), at(50)).await.expect("members").items;
    assert_eq!(later[1].standing.mute, None, "over by the clock");
}

pub async fn tells_the_access_of_many_at_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (open, secret) = (world.room("one", &ann).await, world.private_room("two", &ann).await);
    world.sanction(secret.id, &ann, SanctionKind::Ban, Some(at(50))).await;
    world.sanction(open.id, &bob, SanctionKind::Mute, None).await;
    let lifted = world.sanction(secret.id, &bob, SanctionKind::Ban, None).await;
    let mut unit = world.begin().await;
    assert!(unit.sanctions().lift(secret.id, bob.id, lifted.kind, at(2)).await.expect("lift"));
    unit.commit().await.expect("commit");
    let access = async |pairs: &[(RoomId, UserId)], now| {
        let mut found = world.queries().access(pairs, at(now)).await.expect("access");
        found.sort_by_key(|access| (access.room, access.user));
        found
    };
    let of = |room: &Room, user: &UserRef, is_member, is_banned| Access {
        room: room.id,
        user: user.id,
        kind: room.kind,
        is_member,
        is_banned,
    };
    let nowhere = RoomId(open.id.0 + 1_000_000);
    let pairs = [(secret.id, bob.id), (nowhere, ann.id), (open.id, ann.id), (open.id, bob.id), (secret.id, ann.id)];
    let mut expected = [
        of(&open, &ann, true, false),
        of(&open, &bob, false, false),
        of(&secret, &ann, true, true),
        of(&secret, &bob, false, false),
    ];
    assert_eq!(access(&pairs, 49).await, expected);
    expected[2].is_banned = false;
    assert_eq!(access(&pairs, 50).await, expected, "a ban ends by the clock");
    assert_eq!(access(&[], 50).await, []);
    let many: Vec<_> = (1..700).map(|n| (open.id, UserId(ann.id.0 + 1_000 + n))).chain([(open.id, ann.id)]).collect();
    assert_eq!(access(&many, 50).await.iter().filter(|access| access.is_member).count(), 1, "many, each by itself");
}

pub async fn rooms_of_leaves_out_bans(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.private_room("two", &ann).await);
    let banned = world.room("three", &ann).await;
    world.room("four", &bob).await;
    world.sanction(banned.id, &ann, SanctionKind::Ban, Some(at(50))).await;
    world.sanction(one.id, &ann, SanctionKind::Mute, None).await;
    let rooms = async |now, limit| {
        let rooms = world.queries().rooms_of(ann.id, at(now), limit).await.expect("rooms");
        assert!(rooms.iter().all(|(room, membership)| membership.room == room.id && membership.user == ann.id));
        rooms.into_iter().map(|(room, _)| room).collect::<Vec<_>>()
    };
    assert_eq!(rooms(49, 9).await, [one.clone(), two.clone()]);
    assert_eq!(rooms(49, 1).await, std::slice::from_ref(&two), "of many, the newest");
    assert_eq!(rooms(50, 9).await, [one, two, banned], "a ban ends by the clock");
}

pub async fn a_standing_is_membership_and_sanctions(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await;
    let standing =
        async |user: &UserRef, now| world.queries().standing(room.id, user.id, at(now)).await.expect("standing");
    assert_eq!(standing(&bob, 1).await, Standing::default());
    let owner = membership(room.id, &ann, Role::Owner, at(0));
    assert_eq!(standing(&ann, 1).await, Standing { membership: Some(owner), mute: None, ban: None });
    let ban = world.sanction(room.id, &bob, SanctionKind::Ban, None).await;
    let mute = world.sanction(room.id, &bob, SanctionKind::Mute, Some(at(9))).await;
    let expected = Standing { membership: None, mute: Some(mute), ban: Some(ban.clone()) };
    assert_eq!(standing(&bob, 8).await, expected, "also of somebody who is no member");
    assert_eq!(standing(&bob, 9).await, Standing { mute: None, ..expected });
    let later = world.sanction(room.id, &bob, SanctionKind::Ban, Some(at(99))).await;
    assert_eq!(standing(&bob, 9).await.ban, Some(later), "of two the newer one");
}
