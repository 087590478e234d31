//! What FastSock's API asks for.

use hallway_application::{Login, SignUp};
use hallway_domain::ports::Grant;
use hallway_domain::{Email, Emoji, Fact, Receipt, RoomId, SignalKind, User, UserRef};
use time::Duration;

use crate::world::{PASSWORD, World, code, credentials};

fn sign_up(address: &str) -> SignUp {
    let email = Email::parse(address).expect("an address");
    SignUp { email, full_name: None, password: PASSWORD.to_owned() }
}

async fn signed_up(world: &World, address: &str) -> User {
    world.app.accounts().sign_up(sign_up(address), None).await.expect("sign up")
}

#[tokio::test]
async fn usernames_come_from_addresses_and_are_unique() {
    let world = World::new();
    let mut names = Vec::new();
    for address in
        ["Ann.Lee@example.org", "ann.lee@other.example", "al@example.org", "上海@example.org", "ann-lee+x@a.b"]
    {
        names.push(signed_up(&world, address).await.username.into_string());
    }
    assert_eq!(names, ["ann.lee", "ann.lee_2", "user_al", "user", "ann_lee_x"]);
    let again = world.app.accounts().sign_up(sign_up("ANN.lee@example.org"), None).await;
    assert_eq!(code(again), "email_taken");
}

#[tokio::test]
async fn names_go_on_when_the_numbered_ones_are_taken() {
    let world = World::new();
    for number in 0..22 {
        signed_up(&world, &format!("ann@host{number}.example")).await;
    }
    let last = signed_up(&world, "ann@last.example").await.username.into_string();
    assert!(last.starts_with("ann_") && last.len() > "ann_20".len(), "{last}");
}

#[tokio::test]
async fn a_login_has_one_token_that_lives_as_long_as_it() {
    let world = World::new();
    signed_up(&world, "ann@example.org").await;
    let accounts = world.app.accounts();
    let login = accounts.login_single(credentials("ANN@example.org", PASSWORD)).await.expect("login");
    let caller = accounts.authenticate(&login.token).await.expect("a good token");
    assert_eq!((caller.grant, caller.expires_at - world.now()), (Grant::Single, Duration::days(7)));
    let sessions = accounts.sessions(&caller.actor, hallway_domain::PageRequest::first(9)).await.expect("sessions");
    assert_eq!(sessions.items[0].expires_at, login.expires_at);
    world.clock.advance(Duration::days(7) - Duration::seconds(1));
    accounts.authenticate(&login.token).await.expect("to the last second");
    world.clock.advance(Duration::seconds(1));
    assert_eq!(code(accounts.authenticate(&login.token).await), "token_expired");

    let other = accounts.login_single(credentials("ann", PASSWORD)).await.expect("by name");
    let caller = accounts.authenticate(&other.token).await.expect("a good token").actor;
    accounts.revoke_session(&caller, caller.session).await.expect("revoke");
    assert_eq!(code(accounts.authenticate(&other.token).await), "session_revoked");
    for name in ["ann@example.org", "nobody@example.org", "no name at all"] {
        let wrong: Login = credentials(name, "not the password");
        assert_eq!(code(accounts.login_single(wrong).await), "wrong_password");
    }
    let pair = accounts.login(credentials("ann@example.org", PASSWORD)).await.expect("the other login takes it too");
    assert_eq!(accounts.authenticate(&pair.access).await.expect("a good token").grant, Grant::Pair);
}

#[tokio::test]
async fn somebody_new_is_told_everywhere() {
    let world = World::new();
    let ann = signed_up(&world, "ann@example.org").await;
    let signals = world.bus.signals();
    assert_eq!(signals.len(), 1);
    assert_eq!(signals[0].room, RoomId::EVERYWHERE);
    assert_eq!(signals[0].kind, SignalKind::UserCreated { user: ann.to_ref(), full_name: None });
}

#[tokio::test]
async fn a_reaction_is_given_and_taken_back_with_all_that_there_are() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    let sent = world.send(&ann, &room, "hello").await.message;
    let emoji = Emoji::parse(":tada:").expect("an emoji");
    let messages = world.app.messages();
    for actor in [&ann, &bob, &ann, &bob] {
        messages.toggle_reaction(actor, room.id, sent, emoji.clone()).await.expect("toggle").expect("a change");
    }
    let events = world.bus.events();
    let changes: Vec<(bool, Vec<UserRef>)> = (events.into_iter())
        .filter_map(|event| match event.fact {
            Fact::ReactionChanged { on, reactions, .. } => {
                Some((on, reactions.into_iter().flat_map(|group| group.users).collect()))
            }
            _ => None,
        })
        .collect();
    let (ann, bob) = (ann.user, bob.user);
    let expected = [(true, vec![ann.clone()]), (true, vec![ann, bob.clone()]), (false, vec![bob]), (false, Vec::new())];
    assert_eq!(changes, expected);
}

#[tokio::test]
async fn marks_tell_which_messages_they_have_passed() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    let mut sent = Vec::new();
    for actor in [&ann, &bob, &ann, &ann] {
        sent.push(world.send(actor, &room, "hello").await);
    }
    world.bus.take();
    let messages = world.app.messages();
    messages.mark_delivered(&bob, room.id, sent[0].seq).await.expect("delivered");
    messages.mark_read(&bob, room.id, sent[2].seq).await.expect("read");
    messages.mark_read(&bob, room.id, sent[3].seq).await.expect("read on");
    let receipts: Vec<(bool, Vec<Receipt>)> = (world.bus.signals().into_iter())
        .filter_map(|signal| match signal.kind {
            SignalKind::Receipts { read, messages, .. } => Some((read, messages)),
            _ => None,
        })
        .collect();
    let of = |at: usize| Receipt { message: sent[at].message, author: ann.id() };
    assert_eq!(receipts, [(false, vec![of(0)]), (true, vec![of(2), of(0)]), (true, vec![of(3)])]);
}

#[tokio::test]
async fn a_message_is_found_by_its_number_by_whoever_may_read_it() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.private_room(&ann, "one").await;
    let sent = world.send(&ann, &room, "hello").await;
    let messages = world.app.messages();
    assert_eq!(messages.place(&ann, sent.message).await.expect("a place").seq, sent.seq);
    assert_eq!(code(messages.place(&bob, sent.message).await), "message_not_found");
    messages.delete(&ann, room.id, sent.message).await.expect("delete");
    assert_eq!(code(messages.place(&ann, sent.message).await), "message_not_found");
}
