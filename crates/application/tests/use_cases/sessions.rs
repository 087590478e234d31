//! Sessions and tickets.

use futures_util::future::join_all;
use hallway_application::ProfilePatch;
use hallway_domain::{Disconnect, PageRequest, Revocation};
use time::Duration;

use crate::world::{World, code};

#[tokio::test]
async fn one_session_is_ended_by_its_owner() {
    let world = World::new();
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let accounts = world.app.accounts();
    let other = world.login("ann").await;
    let listed = accounts.sessions(&ann, PageRequest::first(9)).await.expect("sessions");
    assert_eq!(listed.total, 2);
    assert_eq!(code(accounts.revoke_session(&bob, other.session).await), "session_not_found");
    world.authenticate(&other).await.expect("not bob's to end");
    accounts.revoke_session(&ann, other.session).await.expect("revoke");
    assert_eq!(code(accounts.revoke_session(&ann, other.session).await), "session_not_found");
    assert_eq!(code(world.authenticate(&other).await), "session_revoked");
    let expected = Revocation::Session { session: other.session, why: Disconnect::SessionRevoked };
    assert_eq!(world.bus.revocations(), [expected]);
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let world = World::new();
    let ann = world.user("ann").await;
    let bob = world.user("bob").await;
    let others = [world.login("ann").await, world.login("ann").await];
    let accounts = world.app.accounts();
    assert_eq!(accounts.revoke_other_sessions(&ann).await.expect("revoke"), 2);
    assert_eq!(accounts.revoke_other_sessions(&ann).await.expect("revoke"), 0);
    for pair in &others {
        assert_eq!(code(world.authenticate(pair).await), "session_revoked");
    }
    let left = accounts.sessions(&ann, PageRequest::first(9)).await.expect("sessions");
    assert_eq!(left.items.iter().map(|session| session.id).collect::<Vec<_>>(), [ann.session]);
    assert_eq!(accounts.sessions(&bob, PageRequest::first(9)).await.expect("sessions").total, 1);
    let expected = Revocation::User { user: ann.id(), except: Some(ann.session), why: Disconnect::SessionRevoked };
    assert_eq!(world.bus.revocations(), [expected]);
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let world = World::new();
    world.register("ann").await;
    let pair = world.login("ann").await;
    let accounts = world.app.accounts();
    let ann = world.authenticate(&pair).await.expect("authenticate").actor;
    let (ticket, expires_at) = accounts.issue_ticket(&ann, &pair.access).await.expect("issue");
    assert_eq!(expires_at - world.now(), Duration::seconds(30));
    assert!(ticket.len() == 43 && !pair.access.contains(&ticket));
    let redeemed = join_all((0..4).map(|_| accounts.redeem_ticket(&ticket))).await;
    let callers: Vec<_> = redeemed.into_iter().filter_map(Result::ok).collect();
    assert_eq!(callers.len(), 1, "it works once");
    assert_eq!((&callers[0].actor, callers[0].expires_at), (&ann, pair.access_expires_at));
    for bad in ["", "x", &"A".repeat(43), &"A".repeat(100_000)] {
        assert_eq!(code(accounts.redeem_ticket(bad).await), "bad_ticket");
    }
}

#[tokio::test]
async fn a_ticket_is_no_better_than_its_token() {
    let world = World::new();
    world.register("ann").await;
    let bob = world.user("bob").await;
    let pair = world.login("ann").await;
    let accounts = world.app.accounts();
    let ann = world.authenticate(&pair).await.expect("authenticate").actor;
    assert_eq!(code(accounts.issue_ticket(&bob, &pair.access).await), "bad_token");

    let (late, _) = accounts.issue_ticket(&ann, &pair.access).await.expect("issue");
    world.clock.advance(Duration::seconds(30));
    assert_eq!(code(accounts.redeem_ticket(&late).await), "bad_ticket");

    let (ticket, _) = accounts.issue_ticket(&ann, &pair.access).await.expect("issue");
    accounts.logout(&pair.refresh).await.expect("logout");
    assert_eq!(code(accounts.redeem_ticket(&ticket).await), "session_revoked");
    assert_eq!(code(accounts.issue_ticket(&ann, &pair.access).await), "session_revoked");
}

#[tokio::test]
async fn a_ticket_ends_with_its_token() {
    let world = World::new();
    world.register("ann").await;
    let pair = world.login("ann").await;
    let accounts = world.app.accounts();
    let ann = world.authenticate(&pair).await.expect("authenticate").actor;
    world.clock.set(pair.access_expires_at - Duration::seconds(5));
    let (_, expires_at) = accounts.issue_ticket(&ann, &pair.access).await.expect("issue");
    assert_eq!(expires_at, pair.access_expires_at);
}

#[tokio::test]
async fn a_conflict_runs_the_whole_unit_again() {
    use hallway_test_support::fakes::CommitFailure;

    let world = World::new();
    let ann = world.user("ann").await;
    let before = world.store.begun();
    world.store.fail_commit(CommitFailure::Conflict);
    world.store.fail_commit(CommitFailure::Conflict);
    world.app.accounts().update_profile(&ann, ProfilePatch::default()).await.expect("the third try");
    assert_eq!(world.store.begun() - before, 3);
    for _ in 0..3 {
        world.store.fail_commit(CommitFailure::Conflict);
    }
    assert_eq!(code(world.app.accounts().update_profile(&ann, ProfilePatch::default()).await), "unavailable");
    assert_eq!(world.store.begun() - before, 6, "and no fourth");
}
