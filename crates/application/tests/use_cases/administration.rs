//! One's own password, and accounts of others.

use hallway_application::{Error, Operator, Register};
use hallway_domain::ports::AccountFilter;
use hallway_domain::{Disconnect, PageRequest, Revocation};

use crate::world::{PASSWORD, World, account, code, credentials, message};

const NEW: &str = "another good one";

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let world = World::new();
    let ann = world.user("ann").await;
    let elsewhere = world.login("ann").await;
    let accounts = world.app.accounts();
    world.bus.take();
    let ended = accounts.change_password(&ann, PASSWORD.to_owned(), NEW.to_owned(), None).await.expect("change");
    assert_eq!(ended, 1);
    let expected = Revocation::User { user: ann.id(), except: Some(ann.session), why: Disconnect::SessionRevoked };
    assert_eq!(world.bus.revocations(), [expected]);
    assert_eq!(code(world.authenticate(&elsewhere).await), "session_revoked");
    let refreshed = accounts.refresh(&elsewhere.refresh, &hallway_application::Device::default()).await;
    assert_eq!(code(refreshed), "bad_refresh_token");
    accounts.recheck(&ann).await.expect("the present one goes on");
    assert_eq!(code(accounts.login(credentials("ann", PASSWORD)).await), "wrong_password");
    accounts.login(credentials("ann", NEW)).await.expect("login");
    assert!(world.audited().contains(&"password_changed"));
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_into_a_good_one() {
    let world = World::new();
    let ann = world.user("ann").await;
    let accounts = world.app.accounts();
    let change = async |current: &str, new: &str| {
        code(accounts.change_password(&ann, current.to_owned(), new.to_owned(), None).await)
    };
    assert_eq!(change("wrong", NEW).await, "not_confirmed");
    assert_eq!(change(PASSWORD, "short").await, "invalid");
    assert_eq!(change(&"x".repeat(2000), NEW).await, "invalid");
    assert!(world.audited().contains(&"confirm_failed"));
    accounts.login(credentials("ann", PASSWORD)).await.expect("it is as before");
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_can_come_back() {
    let world = World::new();
    let (root, bob) = (world.user("root").await, world.user("bob").await);
    let talk = world.room(&bob, "talk").await;
    let accounts = world.app.accounts();
    let by = Operator::Administrator(&root);
    world.bus.take();
    assert!(accounts.set_disabled(by, bob.id(), true).await.expect("disable").disabled);
    let expected = Revocation::User { user: bob.id(), except: None, why: Disconnect::AccountDisabled };
    assert_eq!(world.bus.revocations(), [expected]);
    assert_eq!(code(accounts.recheck(&bob).await), "account_disabled");
    // A connection that has not heard of it yet writes nothing.
    assert_eq!(code(world.app.messages().send(&bob, message(talk.id, "still here")).await), "session_revoked");
    assert_eq!(world.texts(talk.id).await, [""; 0]);
    assert!(accounts.set_disabled(by, bob.id(), true).await.expect("again").disabled);
    assert!(!accounts.set_disabled(by, bob.id(), false).await.expect("enable").disabled);
    assert_eq!(code(accounts.recheck(&bob).await), "session_revoked", "its sessions do not come back");
    world.login("bob").await;
    let deeds = world.audited();
    assert_eq!(deeds.iter().filter(|action| **action == "account_disabled").count(), 1, "{deeds:?}");
    assert!(deeds.contains(&"account_enabled"));
}

#[tokio::test]
async fn only_administrators_do_so_and_not_to_themselves() {
    let world = World::new();
    let (root, bob, cem) = (world.user("root").await, world.user("bob").await, world.user("cem").await);
    let accounts = world.app.accounts();
    let by = Operator::Administrator(&bob);
    let filter = AccountFilter::default();
    assert_eq!(code(accounts.accounts(by, &filter, PageRequest::first(9)).await), "not_administrator");
    assert_eq!(code(accounts.set_disabled(by, cem.id(), true).await), "not_administrator");
    assert_eq!(code(accounts.set_admin(by, bob.id(), true).await), "not_administrator");
    assert_eq!(code(accounts.end_sessions(by, cem.id()).await), "not_administrator");
    assert_eq!(code(accounts.erase(by, cem.id()).await), "not_administrator");
    let own = Operator::Administrator(&root);
    assert_eq!(code(accounts.set_disabled(own, root.id(), true).await), "not_permitted");
    assert_eq!(code(accounts.set_admin(own, root.id(), false).await), "not_permitted");
    assert_eq!(code(accounts.erase(own, root.id()).await), "not_permitted");
    // The right is read when it is used, whatever a connection believes.
    accounts.set_admin(own, bob.id(), true).await.expect("promote");
    accounts.set_admin(by, root.id(), false).await.expect("demote");
    assert!(root.is_admin);
    assert_eq!(code(accounts.set_disabled(own, cem.id(), true).await), "not_administrator");
    assert_eq!(accounts.end_sessions(by, cem.id()).await.expect("end"), 1);
    assert_eq!(code(accounts.recheck(&cem).await), "session_revoked");
}

#[tokio::test]
async fn the_console_needs_no_account() {
    let world = World::new();
    let accounts = world.app.accounts();
    let console = Operator::Console;
    let root = accounts.create(console, account("root"), false).await.expect("create");
    assert!(root.is_admin, "the first is");
    let bob = accounts.create(console, account("bob"), true).await.expect("create");
    assert!(bob.is_admin);
    let taken: Result<_, Error> = accounts.create(console, Register { ..account("bob") }, false).await;
    assert_eq!(code(taken), "username_taken");
    assert!(!accounts.set_admin(console, root.id, false).await.expect("demote").is_admin);
    let before = world.login("bob").await;
    assert_eq!(accounts.reset_password(console, &bob, NEW.to_owned()).await.expect("reset"), 1);
    assert_eq!(code(world.authenticate(&before).await), "session_revoked");
    accounts.login(credentials("bob", NEW)).await.expect("login");
    assert_eq!(code(accounts.reset_password(console, &bob, "bob".to_owned()).await), "invalid");
    let listed = accounts.accounts(console, &AccountFilter::default(), PageRequest::first(9)).await.expect("accounts");
    assert_eq!(listed.total, 2);
    let log = world.store.audit_log();
    let reset = log.iter().find(|entry| entry.action == "password_reset").expect("noted");
    assert_eq!((reset.actor, reset.target, reset.reason.as_deref()), (None, Some(bob.id), Some("at the console")));
}

#[tokio::test]
async fn sessions_that_others_ended_are_told_once_more() {
    let world = World::new();
    let ann = world.user("ann").await;
    let since = world.now();
    world.app.accounts().set_disabled(Operator::Console, ann.id(), true).await.expect("disable");
    world.bus.take();
    world.app.accounts().close_ended(since).await.expect("close");
    let expected = Revocation::Session { session: ann.session, why: Disconnect::AccountDisabled };
    assert_eq!(world.bus.revocations(), [expected]);
    world.bus.take();
    world.app.accounts().close_ended(since + time::Duration::SECOND).await.expect("close");
    assert_eq!(world.bus.revocations(), []);
}
