//! Rates.

use hallway_application::{Device, Login};
use time::Duration;

use crate::world::{PASSWORD, World, account, body, code, credentials, message, settings, strict};

fn from(ip: &str) -> Device {
    Device { user_agent: None, ip: Some(ip.to_owned()) }
}

#[tokio::test]
async fn sign_in_is_limited_by_address() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let accounts = world.app.accounts();
    accounts.register(account("ann"), Some("203.0.113.1")).await.expect("register");
    assert_eq!(code(accounts.register(account("bob"), Some("203.0.113.1")).await), "rate_limited");
    accounts.register(account("bob"), Some("203.0.113.2")).await.expect("another address");

    let login = |ip| Login { device: from(ip), ..credentials("ann", PASSWORD) };
    let pair = accounts.login(login("203.0.113.1")).await.expect("login");
    assert_eq!(code(accounts.login(login("203.0.113.1")).await), "rate_limited");
    accounts.login(login("203.0.113.2")).await.expect("another address");
    world.clock.advance(Duration::seconds(61));
    accounts.login(login("203.0.113.1")).await.expect("a minute later");

    accounts.refresh(&pair.refresh, &from("203.0.113.1")).await.expect("refresh");
    assert_eq!(code(accounts.refresh(&pair.refresh, &from("203.0.113.1")).await), "rate_limited");
}

#[tokio::test]
async fn one_account_is_not_guessed_from_many_addresses() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let accounts = world.app.accounts();
    accounts.register(account("ann"), None).await.expect("register");
    for n in 0..10 {
        let guess = Login { device: from(&format!("203.0.113.{n}")), ..credentials("ann", "guess") };
        assert_eq!(code(accounts.login(guess).await), "wrong_password");
    }
    let checked = world.hasher.verified();
    let guess = Login { device: from("203.0.113.99"), ..credentials("Ann", "guess") };
    assert_eq!(code(accounts.login(guess).await), "rate_limited");
    assert_eq!(world.hasher.verified(), checked, "and costs no hashing");
}

#[tokio::test]
async fn writing_is_limited_by_user() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room(&ann, "one").await;
    let messages = world.app.messages();
    world.join(&bob, &room).await;
    assert_eq!(code(world.app.rooms().join(&bob, room.id).await), "rate_limited");

    // Refused ones leave the others in order.
    let sends = [
        messages.send(&ann, message(room.id, "a1")),
        messages.send(&ann, message(room.id, "a2")),
        messages.send(&bob, message(room.id, "b1")),
    ];
    let [a1, a2, b1] = sends;
    let (a1, a2, b1) = (a1.await.expect("a1"), a2.await, b1.await.expect("b1"));
    assert_eq!(code(a2), "rate_limited");
    assert_eq!(b1.seq, a1.seq.next());
    // Edits, deletions and reactions count too.
    assert_eq!(code(messages.edit(&ann, room.id, a1.message, body("x")).await), "rate_limited");
    assert_eq!(code(messages.delete(&ann, room.id, a1.message).await), "rate_limited");
    world.clock.advance(Duration::minutes(1));
    messages.edit(&ann, room.id, a1.message, body("x")).await.expect("a minute later");
}
