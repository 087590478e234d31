//! What moderators do beside muting and banning: see, change, remove, invite.

use hallway_domain::ports::PurgeMessages;
use hallway_domain::{
    Invite, NewInvite, Order, PageRequest, Role, RoomId, Sanction, SanctionKind, Seq, Timestamp, UserId,
};
use time::Duration;

use super::{World, at};

fn first(limit: u32) -> PageRequest {
    PageRequest::first(limit)
}

pub async fn sanctions_are_listed_by_kind(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let ban = world.sanction(one, &bob, SanctionKind::Ban, None).await;
    let brief = world.sanction(one, &cem, SanctionKind::Ban, Some(at(60))).await;
    world.sanction(one, &bob, SanctionKind::Mute, None).await;
    world.sanction(two, &bob, SanctionKind::Ban, None).await;
    let list = async |page, now| {
        let found = world.queries().sanctions(one, SanctionKind::Ban, page, at(now)).await.expect("sanctions");
        (found.items.into_iter().map(|view| (view.user, view.sanction)).collect::<Vec<_>>(), found.total)
    };
    assert_eq!(list(first(9), 59).await, (vec![(bob.clone(), ban.clone()), (cem.clone(), brief.clone())], 2));
    assert_eq!(list(first(9), 60).await, (vec![(bob.clone(), ban.clone())], 1), "what is over is not listed");
    let newest = PageRequest { limit: 1, offset: 0, order: Order::Descending };
    assert_eq!(list(newest, 1).await, (vec![(cem, brief)], 2));
    assert_eq!(list(PageRequest { offset: 1, ..newest }, 1).await, (vec![(bob.clone(), ban)], 2));
    let found = world.queries().sanctions(one, SanctionKind::Ban, first(1), at(1)).await.expect("sanctions");
    assert_eq!(found.items[0].by, Some(bob), "whoever imposed it");
}

pub async fn a_sanction_gets_another_end(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let mute = world.sanction(room, &bob, SanctionKind::Mute, Some(at(60))).await;
    let changed = Sanction { reason: Some("again".to_owned()), by: Some(ann.id), expires_at: Some(at(90)), ..mute };
    let mut unit = world.begin().await;
    unit.sanctions().amend(&changed).await.expect("amend");
    unit.commit().await.expect("commit");
    let mut unit = world.begin().await;
    assert_eq!(unit.sanctions().in_force(&[(room, bob.id)], at(89)).await.expect("in force"), [changed]);
}

async fn ended(world: &World, now: i64, limit: u32) -> Vec<(UserId, Option<Timestamp>)> {
    let mut unit = world.begin().await;
    let ended = unit.sanctions().take_expired(at(now), limit).await.expect("take");
    unit.commit().await.expect("commit");
    ended.into_iter().map(|sanction| (sanction.user, sanction.expires_at)).collect()
}

pub async fn an_end_is_taken_once(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    world.sanction(room, &bob, SanctionKind::Mute, Some(at(50))).await;
    world.sanction(room, &cem, SanctionKind::Ban, Some(at(40))).await;
    world.sanction(room, &ann, SanctionKind::Mute, Some(at(45))).await;
    world.sanction(room, &bob, SanctionKind::Ban, None).await;
    let mut unit = world.begin().await;
    assert!(unit.sanctions().lift(room, ann.id, SanctionKind::Mute, at(10)).await.expect("lift"));
    unit.commit().await.expect("commit");
    assert_eq!(ended(&world, 39, 9).await, []);
    let mut dropped = world.begin().await;
    assert_eq!(dropped.sanctions().take_expired(at(60), 9).await.expect("take").len(), 2);
    drop(dropped);
    // A database may take a moment to roll back, and until then passes over what is taken.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut taken = ended(&world, 60, 1).await;
    while taken.is_empty() && std::time::Instant::now() < patience {
        tokio::task::yield_now().await;
        taken = ended(&world, 60, 1).await;
    }
    assert_eq!(taken, [(cem.id, Some(at(40)))], "the oldest end first; what was not committed was not taken");
    assert_eq!(ended(&world, 60, 9).await, [(bob.id, Some(at(50)))]);
    assert_eq!(ended(&world, 1000, 9).await, [], "each once; what was lifted did not end by the clock");
}

pub async fn tells_when_members_wrote_last(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (one, two) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    world.join(one, &bob, Role::Member, at(0)).await;
    world.join(two, &bob, Role::Member, at(0)).await;
    world.join(one, &cem, Role::Member, at(0)).await;
    world.post(one, &bob, "first").await;
    let last = world.post(one, &bob, "last").await;
    world.post(one, &ann, "another's").await;
    let asked = [(one, bob.id), (two, bob.id), (one, cem.id), (RoomId(999_999), bob.id), (one, bob.id)];
    let mut unit = world.begin().await;
    assert_eq!(unit.messages().last_sent(&asked).await.expect("last"), [(one, bob.id, last.created_at)]);
    assert_eq!(unit.messages().last_sent(&[]).await.expect("nothing"), []);
    drop(unit);
    assert_eq!(world.queries().last_sent(one, bob.id).await.expect("last"), Some(last.created_at));
    assert_eq!(world.queries().last_sent(two, bob.id).await.expect("last"), None);
}

pub async fn removes_what_somebody_wrote(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (one, two) = (world.room("one", &ann).await, world.room("two", &ann).await);
    world.join(one.id, &bob, Role::Member, at(0)).await;
    let mut own = Vec::new();
    for text in ["walnut one", "walnut two", "walnut three"] {
        own.push(world.post(one.id, &bob, text).await);
        world.post(one.id, &ann, "walnut of ann").await;
    }
    let elsewhere = world.post(two.id, &bob, "walnut elsewhere").await;
    let mut unit = world.begin().await;
    super::world::lock(unit.as_mut(), one.id).await;
    assert!(unit.pins().add(one.id, own[2].id, ann.id, at(5)).await.expect("pin"));
    unit.commit().await.expect("commit");
    let wanted = |since: Timestamp, limit| PurgeMessages { room: one.id, author: bob.id, since, at: at(500), limit };
    let purge = async |wanted: PurgeMessages| {
        let mut unit = world.begin().await;
        super::world::lock(unit.as_mut(), one.id).await;
        let gone = unit.messages().purge(&wanted).await.expect("purge");
        unit.commit().await.expect("commit");
        gone
    };
    let after_all = own[2].created_at + Duration::seconds(1);
    assert_eq!(purge(wanted(after_all, 9)).await, []);
    let place = |n: usize| (own[n].id, own[n].seq);
    assert_eq!(purge(wanted(own[0].created_at, 2)).await, [place(2), place(1)], "the newest first, no more than asked");
    assert_eq!(purge(wanted(own[0].created_at, 9)).await, [place(0)], "what is gone goes once");
    let queries = world.queries();
    let left = queries.messages(one.id, first(50)).await.expect("messages");
    assert!(left.items.iter().all(|view| view.message.author_id() == Some(ann.id)) && left.total == 3);
    let tombstone = queries.message(one.id, own[2].id).await.expect("message").expect("a tombstone");
    assert_eq!((tombstone.message.body.as_str(), tombstone.message.deleted_at), ("", Some(at(500))));
    assert_eq!(queries.pins(one.id, first(9)).await.expect("pins").total, 0);
    let log = queries.events(one.id, Seq::ZERO, Seq(i64::MAX), 100).await.expect("events");
    assert!(!format!("{log:?}").contains("walnut two"), "it is not in the log either");
    let untouched = queries.message(two.id, elsewhere.id).await.expect("message").expect("there");
    assert_eq!(untouched.message.body, "walnut elsewhere");
}

fn new(room: RoomId, by: UserId, code: u8) -> NewInvite {
    NewInvite { room, hash: [code; 32], created_by: by, created_at: at(1), expires_at: None, max_uses: None }
}

async fn made(world: &World, new: NewInvite) -> Invite {
    let mut unit = world.begin().await;
    let invite = unit.invites().insert(new).await.expect("insert");
    unit.commit().await.expect("commit");
    invite
}

async fn used(world: &World, invite: &Invite, now: i64) -> bool {
    let mut unit = world.begin().await;
    let used = unit.invites().use_once(invite.id, at(now)).await.expect("use");
    unit.commit().await.expect("commit");
    used
}

pub async fn invitations_come_back_as_they_were(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let wanted = NewInvite { expires_at: Some(at(60)), max_uses: Some(7), ..new(room, ann.id, 1) };
    let invite = made(&world, wanted).await;
    assert_eq!((invite.expires_at, invite.max_uses, invite.uses), (Some(at(60)), Some(7), 0));
    assert_eq!(world.queries().invite(&[1; 32]).await.expect("invite"), Some(invite.clone()));
    assert_eq!(world.queries().invite(&[2; 32]).await.expect("invite"), None);
    let mut unit = world.begin().await;
    assert_eq!(unit.invites().find(&[1; 32]).await.expect("find"), Some(invite.clone()));
    drop(unit);
    let endless = made(&world, new(room, ann.id, 2)).await;
    let listed = world.queries().invites(room, first(9), at(59)).await.expect("invites");
    assert_eq!(listed.items.iter().map(|view| &view.invite).collect::<Vec<_>>(), [&invite, &endless]);
    assert_eq!((listed.items[0].by.as_ref(), listed.total), (Some(&ann), 2));
    let later = world.queries().invites(room, first(9), at(60)).await.expect("invites");
    assert_eq!((later.items.len(), later.total), (1, 1), "only what lets somebody in");
    let mut unit = world.begin().await;
    assert_eq!(unit.invites().live(room, at(60)).await.expect("live"), 1);
}

pub async fn an_invitation_ends_by_clock_uses_and_word(world: World) {
    let ann = world.user("ann").await;
    let (room, other) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let timed = made(&world, NewInvite { expires_at: Some(at(60)), ..new(room, ann.id, 1) }).await;
    assert!(used(&world, &timed, 59).await && !used(&world, &timed, 60).await);
    let counted = made(&world, NewInvite { max_uses: Some(2), ..new(room, ann.id, 2) }).await;
    assert!(used(&world, &counted, 1).await && used(&world, &counted, 1).await && !used(&world, &counted, 1).await);
    assert_eq!(world.queries().invite(&[2; 32]).await.expect("invite").map(|invite| invite.uses), Some(2));
    let revoked = made(&world, new(room, ann.id, 3)).await;
    let revoke = async |room| {
        let mut unit = world.begin().await;
        let ended = unit.invites().revoke(room, revoked.id, at(9)).await.expect("revoke");
        unit.commit().await.expect("commit");
        ended
    };
    assert!(!revoke(other).await, "it is of another room");
    assert!(used(&world, &revoked, 8).await);
    assert!(revoke(room).await && !revoke(room).await);
    assert!(!used(&world, &revoked, 10).await);
}

pub async fn the_last_use_is_for_one(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let invite = made(&world, NewInvite { max_uses: Some(3), ..new(room, ann.id, 1) }).await;
    let world = std::sync::Arc::new(world);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (world, invite) = (std::sync::Arc::clone(&world), invite.clone());
        tasks.spawn(async move { used(&world, &invite, 1).await });
    }
    let let_in = tasks.join_all().await.into_iter().filter(|used| *used).count();
    assert_eq!(let_in, 3);
}
