//! Blocks, accounts as administrators see them, and going for good.

use hallway_domain::ports::{AccountFilter, AccountQueries, AuditEntry, Mention, Mentioned};
use hallway_domain::{
    DirectKey, Disconnect, Emoji, Fact, Message, MessageId, PageRequest, Role, RoomId, SanctionKind, SecondFactor, Seq,
    User, UserRef,
};

use super::search::texts;
use super::world::{client, email};
use super::{World, at, direct};

async fn block(world: &World, user: &UserRef, blocked: &UserRef, seconds: i64) -> bool {
    let mut unit = world.begin().await;
    let new = unit.accounts().block(user.id, blocked.id, at(seconds)).await.expect("block");
    unit.commit().await.expect("commit");
    new
}

async fn unreachable(world: &World, keys: &[DirectKey]) -> Vec<DirectKey> {
    let mut unit = world.begin().await;
    unit.accounts().unreachable(keys).await.expect("unreachable")
}

async fn disable(world: &World, user: &User) {
    let mut unit = world.begin().await;
    assert!(unit.users().update(&User { disabled: true, ..user.clone() }).await.expect("update"));
    unit.commit().await.expect("commit");
}

fn key(one: &UserRef, other: &UserRef) -> DirectKey {
    DirectKey::new(one.id, other.id)
}

pub async fn a_block_is_one_way_and_counts_both_ways(world: World) {
    let [ann, bob, cem] = [world.user("ann").await, world.user("bob").await, world.user("cem").await];
    let all = [key(&ann, &bob), key(&bob, &cem), key(&ann, &ann)];
    assert_eq!(unreachable(&world, &all).await, []);
    assert!(block(&world, &bob, &ann, 1).await);
    assert!(!block(&world, &bob, &ann, 2).await, "it was so already");
    assert_eq!(unreachable(&world, &all).await, [key(&ann, &bob)]);
    assert_eq!(unreachable(&world, &[]).await, []);
    let store = world.store();
    let accounts = store.account_queries();
    assert!(accounts.is_blocked(key(&bob, &ann)).await.expect("is blocked"));
    assert!(!accounts.is_blocked(key(&bob, &cem)).await.expect("is blocked"));
    for (one, other) in [(&ann, &bob), (&bob, &ann)] {
        let others = [cem.id, other.id, other.id];
        assert_eq!(accounts.blocked_among(one.id, &others).await.expect("blocked"), [other.id]);
    }
    assert_eq!(accounts.blocked_among(ann.id, &[]).await.expect("blocked"), []);

    let mut unit = world.begin().await;
    assert!(!unit.accounts().unblock(ann.id, bob.id).await.expect("unblock"), "ann blocks nobody");
    assert!(unit.accounts().unblock(bob.id, ann.id).await.expect("unblock"));
    assert!(!unit.accounts().unblock(bob.id, ann.id).await.expect("unblock"));
    unit.commit().await.expect("commit");
    assert_eq!(unreachable(&world, &all).await, []);
}

pub async fn lists_blocks_the_newest_first(world: World) {
    let ann = world.user("ann").await;
    let [bob, cem, dee] = [world.user("bob").await, world.user("cem").await, world.user("dee").await];
    for (blocked, seconds) in [(&bob, 5), (&cem, 9), (&dee, 7)] {
        assert!(block(&world, &ann, blocked, seconds).await);
    }
    assert!(block(&world, &bob, &cem, 8).await);
    let store = world.store();
    let page = store.account_queries().blocks_of(ann.id, PageRequest::first(2)).await.expect("blocks");
    let shown: Vec<_> = page.items.into_iter().map(|view| (view.user, view.since)).collect();
    assert_eq!((shown, page.total), (vec![(cem, at(9)), (dee, at(7))], 3));
    let rest = PageRequest { offset: 2, ..PageRequest::first(2) };
    let page = store.account_queries().blocks_of(ann.id, rest).await.expect("blocks");
    assert_eq!(page.items.into_iter().map(|view| view.user).collect::<Vec<_>>(), [bob]);
}

pub async fn who_is_disabled_is_not_reached(world: World) {
    let (ann, bob) = (world.user("ann").await, world.insert_user(World::new_user("bob")).await);
    disable(&world, &bob).await;
    let both = key(&ann, &bob.to_ref());
    assert_eq!(unreachable(&world, &[both, key(&ann, &ann)]).await, [both]);
}

pub async fn administrators_list_disabled_ones_too(world: World) {
    let ann = world.insert_user(World::new_user("ann")).await;
    let bob = world.insert_user(World::new_user("bob_ann")).await;
    disable(&world, &bob).await;
    let list = async |text: Option<&str>, disabled: Option<bool>| {
        let filter = AccountFilter { text: text.map(str::to_owned), disabled };
        let store = world.store();
        let page = store.account_queries().accounts(&filter, PageRequest::first(50)).await.expect("accounts");
        assert_eq!(page.total, page.items.len() as u64);
        page.items.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None).await, [ann.id, bob.id]);
    assert_eq!(list(None, Some(true)).await, [bob.id]);
    assert_eq!(list(Some("ANN"), Some(false)).await, [ann.id]);
    assert_eq!(list(Some("nobody"), None).await, []);
}

async fn erase_messages(world: &World, room: RoomId, user: &UserRef, limit: u32) -> Vec<(MessageId, bool)> {
    let mut unit = world.begin().await;
    let erased = unit.accounts().erase_messages(room, user.id, at(90), limit).await.expect("erase messages");
    unit.commit().await.expect("commit");
    erased.into_iter().map(|erased| (erased.message, erased.was_shown)).collect()
}

pub async fn erases_messages_in_parts(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("talk", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    let first = world.post_as(room, &ann, "apricot one", |new| new.client_id = Some(client(1))).await;
    let others = world.post_as(room, &bob, "apricot of bob", |new| new.reply_to = Some(first.id)).await;
    let gone = world.post(room, &ann, "apricot two").await;
    world.delete(&gone, at(50)).await;
    let last = world.post(room, &ann, "apricot three").await;
    let mut unit = world.begin().await;
    let mention = |message: &Message, who| Mention { room, seq: message.seq, message: message.id, author: ann.id, who };
    unit.mentions().insert_many(&[mention(&last, Mentioned::User(bob.id))]).await.expect("mention");
    assert!(unit.pins().add(room, last.id, ann.id, at(60)).await.expect("pin"));
    unit.commit().await.expect("commit");

    assert_eq!(erase_messages(&world, room, &ann, 2).await, [(first.id, true), (gone.id, false)]);
    assert_eq!(texts(&world, &bob, "apricot").await, ["apricot of bob", "apricot three"]);
    assert_eq!(erase_messages(&world, room, &ann, 2).await, [(last.id, true)]);
    assert_eq!(erase_messages(&world, room, &ann, 2).await, []);
    assert_eq!(texts(&world, &bob, "apricot").await, ["apricot of bob"]);
    let shown = world.queries().message(room, others.id).await.expect("message").expect("found");
    assert_eq!(shown.message.body, "apricot of bob");
    assert!(shown.reply.is_none_or(|reply| reply.excerpt.is_empty() && reply.author.is_none()));
    let tombstone = world.queries().message(room, first.id).await.expect("message").expect("its place stays");
    let Message { author, body, client_id, deleted_at, seq, .. } = tombstone.message;
    assert_eq!((author, body.as_str(), client_id, seq), (None, "", None, first.seq));
    assert_eq!(deleted_at, Some(at(90)));
    let kept = world.queries().message(room, gone.id).await.expect("message").expect("found").message;
    assert_eq!(kept.deleted_at, Some(at(50)), "it was deleted before");
    assert_eq!(world.queries().pins(room, PageRequest::first(9)).await.expect("pins").total, 0);
    let unread = world.queries().unread(bob.id, &[room]).await.expect("unread");
    assert_eq!((unread[0].messages, unread[0].mentions), (0, 0));
    let log = world.queries().events(room, Seq::ZERO, Seq(i64::MAX), 100).await.expect("events");
    assert!(log.iter().zip(1..).all(|(event, seq)| event.seq == Seq(seq)), "the log has no hole");
    assert!(!format!("{log:?}").contains("apricot one"), "and no word of it");
}

pub async fn erases_an_account_with_all_that_is_its(world: World) {
    let ann = world
        .insert_user(hallway_domain::NewUser { email: Some(email("ann@example.org")), ..World::new_user("ann") })
        .await
        .to_ref();
    let bob = world.user("bob").await;
    let room = world.room("talk", &ann).await.id;
    world.join(room, &bob, Role::Member, at(1)).await;
    let of_bob = world.post(room, &bob, "hello @ann").await;
    world.record(room, at(2), Fact::MemberJoined { user: ann.clone() }).await;
    let session = world.session(&ann, |_| {}).await;
    world.sanction(room, &ann, SanctionKind::Mute, None).await;
    assert!(block(&world, &ann, &bob, 1).await && block(&world, &bob, &ann, 2).await);
    let mut unit = world.begin().await;
    let who = Mentioned::User(ann.id);
    let mention = Mention { room, seq: of_bob.seq, message: of_bob.id, author: bob.id, who };
    unit.mentions().insert_many(&[mention]).await.expect("mention");
    let emoji = Emoji::parse(":tada:").expect("an emoji");
    assert!(unit.reactions().add(of_bob.id, &ann, &emoji, at(3)).await.expect("react"));
    let deed = |actor: &UserRef, target: &UserRef| AuditEntry {
        room: Some(room),
        actor: Some(actor.id),
        target: Some(target.id),
        action: "mute",
        reason: Some("ann is loud".to_owned()),
        details: Vec::new(),
        at: at(4),
    };
    for (actor, target) in [(&ann, &bob), (&bob, &ann), (&bob, &bob)] {
        unit.audit().append(&deed(actor, target)).await.expect("audit");
    }
    unit.accounts().begin_erasure(ann.id, at(5)).await.expect("begin");
    unit.commit().await.expect("commit");

    let mut unit = world.begin().await;
    unit.accounts().erase(ann.id).await.expect("erase");
    unit.commit().await.expect("commit");
    let queries = world.queries();
    assert_eq!(queries.user(ann.id).await.expect("user"), None);
    assert_eq!(queries.session(session.id).await.expect("session"), None);
    assert!(queries.standing(room, ann.id, at(6)).await.expect("standing").mute.is_none());
    assert_eq!(queries.room(room).await.expect("room").expect("it stays").created_by, None);
    let shown = queries.message(room, of_bob.id).await.expect("message").expect("found");
    assert_eq!((shown.reactions.len(), shown.mentions.len()), (0, 0));
    let store = world.store();
    let accounts = store.account_queries();
    assert_eq!(accounts.erasures(9).await.expect("erasures"), []);
    assert_eq!(accounts.blocks_of(bob.id, PageRequest::first(9)).await.expect("blocks").total, 0);
    let deeds = accounts.own_deeds(bob.id, 0, 9).await.expect("deeds");
    let reasons: Vec<_> = deeds.iter().map(|deed| (deed.action.as_str(), deed.reason.as_deref())).collect();
    assert_eq!(reasons, [("mute", None), ("mute", Some("ann is loud"))], "only what is about others keeps its words");
    let log = queries.events(room, Seq::ZERO, Seq(i64::MAX), 100).await.expect("the log can be read");
    let joined = log.iter().find_map(|event| match &event.fact {
        Fact::MemberJoined { user } => Some(user.clone()),
        _ => None,
    });
    assert_eq!(joined.expect("somebody joined").id, ann.id);
    // The name is free again, and is somebody else's.
    let again = world.user("ann").await;
    assert!(again.id > ann.id);
    assert!(accounts.own_messages(again.id, MessageId(0), 9).await.expect("messages").is_empty());
}

pub async fn what_is_to_be_erased_is_remembered(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let [one, two] = [world.room("one", &ann).await.id, world.room("two", &bob).await.id];
    world.post(two, &ann, "left since").await;
    direct::made(&world, &ann, &bob).await;
    let mut unit = world.begin().await;
    unit.accounts().begin_erasure(ann.id, at(5)).await.expect("begin");
    unit.accounts().begin_erasure(ann.id, at(6)).await.expect("beginning again is fine");
    unit.commit().await.expect("commit");
    let store = world.store();
    let accounts: &dyn AccountQueries = store.account_queries();
    assert_eq!(accounts.erasures(9).await.expect("erasures"), [ann.id]);
    let rooms = accounts.rooms_with(ann.id, 9).await.expect("rooms");
    assert_eq!((rooms.len(), &rooms[..2]), (3, &[one, two][..]));
    assert_eq!(accounts.rooms_with(ann.id, 1).await.expect("rooms"), [one]);
}

pub async fn exports_what_is_own_in_parts(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("talk", &ann).await.id;
    let own = [world.post(room, &ann, "one").await, world.post(room, &ann, "two").await];
    let of_bob = world.post(room, &bob, "not ann's").await;
    let deleted = world.post(room, &ann, "deleted").await;
    world.delete(&deleted, at(50)).await;
    let mut unit = world.begin().await;
    let emoji = Emoji::parse(":tada:").expect("an emoji");
    assert!(unit.reactions().add(of_bob.id, &ann, &emoji, at(3)).await.expect("react"));
    assert!(unit.reactions().add(of_bob.id, &bob, &emoji, at(4)).await.expect("react"));
    unit.commit().await.expect("commit");
    let store = world.store();
    let accounts = store.account_queries();
    let first = accounts.own_messages(ann.id, MessageId(0), 1).await.expect("messages");
    assert_eq!((first.len(), first[0].body.as_str(), first[0].seq), (1, "one", own[0].seq));
    let rest = accounts.own_messages(ann.id, first[0].id, 9).await.expect("messages");
    assert_eq!(rest.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["two"]);
    assert_eq!(rest[0].place.name.as_ref().map(hallway_domain::RoomName::as_str), Some("talk"));
    let reactions = accounts.own_reactions(ann.id, 0, 9).await.expect("reactions");
    assert_eq!((reactions.len(), reactions[0].message, reactions[0].at), (1, of_bob.id, at(3)));
    assert!(accounts.own_reactions(ann.id, reactions[0].row, 9).await.expect("reactions").is_empty());
    let memberships = accounts.own_memberships(ann.id, RoomId(0), 9).await.expect("memberships");
    assert_eq!((memberships.len(), memberships[0].1.role), (1, Role::Owner));
    assert!(accounts.own_memberships(ann.id, room, 9).await.expect("memberships").is_empty());
    assert!(accounts.own_files(ann.id, 0, 9).await.expect("files").is_empty());
}

pub async fn tells_live_sessions_in_a_unit(world: World) {
    let (ann, bob) = (world.insert_user(World::new_user("ann")).await, world.user("bob").await);
    let of_ann = world.session(&ann.to_ref(), |_| {}).await.id;
    let of_bob = world.session(&bob, |_| {}).await.id;
    let over = world.session(&bob, |session| session.revoked_at = Some(at(1))).await.id;
    let mut unit = world.begin().await;
    let mut live = unit.sessions().live(&[of_ann, of_bob, over, of_bob], at(10)).await.expect("live");
    live.sort_unstable();
    let mut expected = [of_ann, of_bob];
    expected.sort_unstable();
    assert_eq!(live, expected);
    assert!(unit.users().update(&User { disabled: true, ..ann }).await.expect("update"));
    assert_eq!(unit.sessions().live(&[of_ann, of_bob], at(10)).await.expect("live"), [of_bob], "sees its own writes");
    assert_eq!(unit.sessions().live(&[of_bob], at(5000)).await.expect("live"), []);
    assert_eq!(unit.sessions().live(&[], at(10)).await.expect("live"), []);
}

pub async fn tells_sessions_that_were_ended(world: World) {
    let (ann, bob) = (world.insert_user(World::new_user("ann")).await, world.user("bob").await);
    let ended = async |user: &UserRef, seconds: i64| {
        world.session(user, |session| session.revoked_at = Some(at(seconds))).await.id
    };
    let (early, late, of_bob) = (ended(&ann.to_ref(), 3).await, ended(&ann.to_ref(), 7).await, ended(&bob, 5).await);
    world.session(&bob, |_| {}).await;
    disable(&world, &ann).await;
    let store = world.store();
    let told = store.account_queries().ended_sessions(at(4), 9).await.expect("ended");
    assert_eq!(told, [(late, Disconnect::AccountDisabled), (of_bob, Disconnect::SessionRevoked)]);
    let told = store.account_queries().ended_sessions(at(0), 9).await.expect("ended");
    assert_eq!(told.last(), Some(&(early, Disconnect::AccountDisabled)));
    assert_eq!(store.account_queries().ended_sessions(at(0), 1).await.expect("ended").len(), 1);
}

pub async fn a_second_factor_is_kept_and_its_codes_are_used_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let mut factor = SecondFactor { user: ann.id, secret: vec![0, 1, 255], confirmed_at: None, last_step: 0 };
    let mut unit = world.begin().await;
    assert_eq!(unit.accounts().second_factor(ann.id).await.expect("none"), None);
    unit.accounts().set_second_factor(&factor).await.expect("set");
    assert_eq!(unit.accounts().second_factor(ann.id).await.expect("found"), Some(factor.clone()));
    factor = SecondFactor { secret: vec![7; 20], confirmed_at: Some(at(3)), last_step: 5, ..factor };
    unit.accounts().set_second_factor(&factor).await.expect("replace");
    assert!(!unit.accounts().use_step(ann.id, 5).await.expect("used before"));
    assert!(unit.accounts().use_step(ann.id, 6).await.expect("new"));
    assert!(!unit.accounts().use_step(bob.id, 6).await.expect("bob has none"));
    unit.accounts().set_recovery_codes(ann.id, &[[1; 32], [2; 32]]).await.expect("set");
    unit.accounts().set_recovery_codes(bob.id, &[[1; 32]]).await.expect("set");
    unit.commit().await.expect("commit");
    let mut unit = world.begin().await;
    let found = unit.accounts().second_factor(ann.id).await.expect("found");
    assert_eq!(found, Some(SecondFactor { last_step: 6, ..factor }));
    assert!(unit.accounts().use_recovery_code(ann.id, &[2; 32]).await.expect("use"));
    assert!(!unit.accounts().use_recovery_code(ann.id, &[2; 32]).await.expect("use"), "once");
    assert!(!unit.accounts().use_recovery_code(ann.id, &[3; 32]).await.expect("use"));
    assert_eq!(unit.accounts().recovery_codes(ann.id).await.expect("count"), 1);
    assert!(unit.accounts().remove_second_factor(ann.id).await.expect("remove"));
    assert!(!unit.accounts().remove_second_factor(ann.id).await.expect("remove"));
    assert_eq!(unit.accounts().recovery_codes(ann.id).await.expect("count"), 0);
    assert_eq!(unit.accounts().recovery_codes(bob.id).await.expect("count"), 1);
}

pub async fn of_many_that_use_a_code_one_may(world: World) {
    let ann = world.user("ann").await;
    let mut unit = world.begin().await;
    let factor = SecondFactor { user: ann.id, secret: vec![7; 20], confirmed_at: Some(at(3)), last_step: 0 };
    unit.accounts().set_second_factor(&factor).await.expect("set");
    unit.accounts().set_recovery_codes(ann.id, &[[1; 32]]).await.expect("set");
    unit.commit().await.expect("commit");
    let mut units = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let store = world.store();
        units.spawn(async move {
            let mut unit = store.begin().await.expect("begin");
            let step = unit.accounts().use_step(ann.id, 9).await.expect("use step");
            let code = unit.accounts().use_recovery_code(ann.id, &[1; 32]).await.expect("use code");
            unit.commit().await.expect("commit");
            (step, code)
        });
    }
    let used = units.join_all().await;
    assert_eq!(used.iter().filter(|(step, _)| *step).count(), 1);
    assert_eq!(used.iter().filter(|(_, code)| *code).count(), 1);
}
