//! Registration, sign-in, tokens.

use futures_util::future::join_all;
use hallway_application::{Device, ErrorKind, ProfilePatch, Register};
use hallway_domain::ports::{AccessClaims, RefreshClaims, Store, Tokens};
use hallway_domain::{Disconnect, Email, FullName, RefreshToken, Revocation, TokenId};
use hallway_test_support::fakes::FakeTokens;
use time::Duration;

use crate::world::{PASSWORD, World, account, code, credentials, username};

fn email(address: &str) -> Email {
    Email::parse(address).expect("a valid address")
}

#[tokio::test]
async fn the_first_account_is_the_administrator() {
    let world = World::new();
    let names = ["ann", "bob", "cem", "dee", "eve", "fay", "gil", "hal"];
    let made = join_all(names.map(|name| async {
        let accounts = world.app.accounts();
        tokio::task::yield_now().await;
        accounts.register(account(name), None).await.expect("register")
    }))
    .await;
    assert_eq!(made.iter().filter(|user| user.is_admin).count(), 1);
}

#[tokio::test]
async fn names_and_addresses_are_taken_once() {
    let world = World::new();
    let accounts = world.app.accounts();
    let ann = Register { email: Some(email("ann@example.org")), ..account("ann") };
    accounts.register(ann, None).await.expect("register");
    assert_eq!(code(accounts.register(account("ann"), None).await), "username_taken");
    let same = Register { email: Some(email("Ann@Example.org")), ..account("bob") };
    assert_eq!(code(accounts.register(same, None).await), "email_taken");
    // Both races at once: the insert decides, not the look before it.
    let (one, two) = tokio::join!(accounts.register(account("cem"), None), accounts.register(account("cem"), None));
    assert!(one.is_ok() != two.is_ok());
}

#[tokio::test]
async fn bad_passwords_are_refused_with_a_reason() {
    let world = World::new();
    for (password, reason) in [("short", "too short"), ("password", "too common"), (&"x".repeat(1025), "too long")] {
        let command = Register { password: password.to_owned(), ..account("ann") };
        let error = world.app.accounts().register(command, None).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_login_gives_tokens_that_work() {
    let world = World::new();
    world.register("ann_lee").await;
    let pair = world.app.accounts().login(credentials("  Ann-Lee ", PASSWORD)).await.expect("login");
    let caller = world.authenticate(&pair).await.expect("authenticate");
    assert_eq!(caller.actor.user.username, username("ann_lee"));
    assert_eq!((caller.actor.session, caller.expires_at), (pair.session, pair.access_expires_at));
    assert_eq!(pair.access_expires_at - world.now(), Duration::minutes(15));
    assert_eq!(world.audited(), ["login"]);
    assert!(!format!("{pair:?} {:?}", credentials("ann", PASSWORD)).contains(PASSWORD));
    assert!(!format!("{pair:?}").contains(&pair.access), "debug output shows no token");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_alike() {
    let world = World::new();
    world.register("ann").await;
    let accounts = world.app.accounts();
    for (n, name) in ["ann", "nobody", "not a name!", ""].into_iter().enumerate() {
        let error = accounts.login(credentials(name, "something else")).await.expect_err("refused");
        assert_eq!(error.to_string(), "Incorrect username or password");
        assert_eq!(world.hasher.verified(), n as u64 + 1, "each takes as long as a check");
    }
    assert_eq!(world.audited(), ["login_failed"; 4]);
}

#[tokio::test]
async fn that_an_account_is_disabled_is_told_after_the_password() {
    let world = World::new();
    let ann = world.user("ann").await;
    world.disable(ann.id()).await;
    let accounts = world.app.accounts();
    assert_eq!(code(accounts.login(credentials("ann", "something else")).await), "wrong_password");
    assert_eq!(code(accounts.login(credentials("ann", PASSWORD)).await), "account_disabled");
}

#[tokio::test]
async fn too_much_hashing_is_busy() {
    let world = World::new();
    world.register("ann").await;
    world.hasher.set_busy(true);
    assert_eq!(code(world.app.accounts().login(credentials("ann", PASSWORD)).await), "busy");
    assert_eq!(code(world.app.accounts().register(account("bob"), None).await), "busy");
}

#[tokio::test]
async fn authentication_asks_whether_the_session_lives() {
    let world = World::new();
    world.register("ann").await;
    let pair = world.login("ann").await;
    let accounts = world.app.accounts();
    assert_eq!(code(accounts.authenticate("garbage").await), "bad_token");
    assert_eq!(code(accounts.authenticate(&pair.refresh).await), "wrong_token_type");
    // A session of somebody else in a token that is otherwise good.
    let bob = world.user("bob").await;
    let claims = AccessClaims {
        user: bob.id(),
        username: username("bob"),
        session: pair.session,
        grant: hallway_domain::ports::Grant::Pair,
        id: TokenId(world.client_id().0),
        issued_at: world.now(),
        expires_at: world.now() + Duration::hours(1),
    };
    assert_eq!(code(accounts.authenticate(&FakeTokens.sign_access(&claims)).await), "bad_token");
    let later = world.login("ann").await;
    let caller = accounts.authenticate(&pair.access).await.expect("authenticate").actor;
    assert_eq!(accounts.recheck(&caller).await.expect("still signed in"), caller);
    accounts.logout(&pair.refresh).await.expect("logout");
    assert_eq!(code(accounts.authenticate(&pair.access).await), "session_revoked");
    assert_eq!(code(accounts.recheck(&caller).await), "session_revoked");
    let caller = accounts.authenticate(&later.access).await.expect("another login is not ended");
    world.clock.advance(Duration::minutes(15));
    assert_eq!(code(accounts.authenticate(&later.access).await), "token_expired");
    let fresh = world.login("ann").await;
    world.disable(caller.actor.id()).await;
    assert_eq!(code(accounts.authenticate(&fresh.access).await), "account_disabled");
}

#[tokio::test]
async fn a_refresh_rotates_and_its_repeat_gives_the_same() {
    let world = World::new();
    world.register("ann").await;
    let (accounts, device) = (world.app.accounts(), Device::default());
    let first = world.login("ann").await;
    world.clock.advance(Duration::minutes(14));
    let second = accounts.refresh(&first.refresh, &device).await.expect("refresh");
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(second.session, first.session);
    world.clock.advance(RefreshToken::GRACE);
    let again = accounts.refresh(&first.refresh, &device).await.expect("a repeat within the grace");
    assert_eq!(again.refresh, second.refresh);
    world.authenticate(&again).await.expect("its access token is good");
    assert_eq!(code(accounts.refresh(&first.access, &device).await), "bad_refresh_token");
    accounts.refresh(&second.refresh, &device).await.expect("the chain goes on");
}

#[tokio::test]
async fn of_eight_refreshes_at_once_one_makes_the_successor() {
    let world = World::new();
    world.register("ann").await;
    let (accounts, device) = (world.app.accounts(), Device::default());
    let first = world.login("ann").await;
    let pairs = join_all((0..8).map(|_| accounts.refresh(&first.refresh, &device))).await;
    let successors: std::collections::BTreeSet<String> =
        pairs.into_iter().map(|pair| pair.expect("all are answered").refresh).collect();
    assert_eq!(successors.len(), 1);
    world.authenticate(&first).await.expect("nobody was logged out");
}

#[tokio::test]
async fn late_reuse_ends_the_session() {
    let world = World::new();
    world.register("ann").await;
    let (accounts, device) = (world.app.accounts(), Device::default());
    for late in [true, false] {
        let first = world.login("ann").await;
        let second = accounts.refresh(&first.refresh, &device).await.expect("refresh");
        if late {
            world.clock.advance(RefreshToken::GRACE + Duration::microseconds(1));
        } else {
            // The successor was used: who still has its parent is somebody else.
            accounts.refresh(&second.refresh, &device).await.expect("refresh");
        }
        world.bus.take();
        assert_eq!(code(accounts.refresh(&first.refresh, &device).await), "bad_refresh_token");
        assert_eq!(code(accounts.refresh(&second.refresh, &device).await), "bad_refresh_token");
        assert_eq!(code(world.authenticate(&second).await), "session_revoked");
        let expected = Revocation::Session { session: first.session, why: Disconnect::SessionRevoked };
        assert_eq!(world.bus.revocations(), [expected], "told once, however often it is tried");
    }
    assert_eq!(world.audited().iter().filter(|word| **word == "session_reuse").count(), 2);
}

#[tokio::test]
async fn a_refresh_token_must_be_the_very_one_that_was_given() {
    let world = World::new();
    world.register("ann").await;
    let (accounts, device) = (world.app.accounts(), Device::default());
    let pair = world.login("ann").await;
    let claims = FakeTokens.verify_refresh(&pair.refresh, world.now()).expect("claims");
    let longer = RefreshClaims { expires_at: claims.expires_at + Duration::days(99), ..claims };
    let forged = FakeTokens.sign_refresh(&longer);
    assert_eq!(code(accounts.refresh(&forged, &device).await), "bad_refresh_token");
    accounts.logout(&forged).await.expect("a bad token is no error");
    world.authenticate(&pair).await.expect("and ends nothing");
    let caller = world.authenticate(&pair).await.expect("caller").actor;
    world.disable(caller.id()).await;
    assert_eq!(code(accounts.refresh(&pair.refresh, &device).await), "account_disabled");
}

#[tokio::test]
async fn logout_ends_the_session_and_takes_anything() {
    let world = World::new();
    world.register("ann").await;
    let (accounts, device) = (world.app.accounts(), Device::default());
    let first = world.login("ann").await;
    let second = accounts.refresh(&first.refresh, &device).await.expect("refresh");
    accounts.logout("garbage").await.expect("garbage");
    accounts.logout(&first.access).await.expect("not a refresh token");
    world.authenticate(&second).await.expect("still signed in");
    accounts.logout(&first.refresh).await.expect("an older token of the session");
    accounts.logout(&first.refresh).await.expect("again");
    assert_eq!(code(accounts.refresh(&second.refresh, &device).await), "bad_refresh_token");
    let expected = Revocation::Session { session: first.session, why: Disconnect::SessionRevoked };
    assert_eq!(world.bus.revocations(), [expected]);
}

#[tokio::test]
async fn a_profile_changes_what_it_names() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let accounts = world.app.accounts();
    let full_name = FullName::parse("Ann Lee").expect("a valid name");
    let patch = ProfilePatch { email: Some(Some(email("ann@example.org"))), full_name: Some(Some(full_name.clone())) };
    accounts.update_profile(&ann, patch).await.expect("update");
    let patch = ProfilePatch { email: Some(None), full_name: None };
    let user = accounts.update_profile(&ann, patch).await.expect("update");
    assert_eq!((user.email.clone(), user.full_name.clone()), (None, Some(full_name)));
    assert_eq!(accounts.user(ann.id()).await.expect("user"), user);
    assert_eq!(accounts.user_by_username(&username("ann")).await.expect("user"), user);
    let patch = ProfilePatch { email: Some(Some(email("both@example.org"))), full_name: None };
    accounts.update_profile(&ann, patch.clone()).await.expect("update");
    assert_eq!(code(accounts.update_profile(&bob, patch).await), "email_taken");
    assert_eq!(code(accounts.user_by_username(&username("nobody")).await), "user_not_found");
    assert_eq!(Store::queries(&world.store).user(bob.id()).await.expect("user").expect("bob").email, None);
}
