//! Guessing passwords: slowed down, without locking the owner out.

use hallway_application::{Device, Error, Login, Rates, Result, Settings};
use hallway_domain::ports::Rate;
use time::Duration;

use crate::world::{PASSWORD, World, code, credentials, settings};

/// As it is by default, but for the rates of addresses.
fn world() -> World {
    let often = Rate { per_second: 1000.0, burst: 100_000 };
    World::with(Settings { rates: Some(Rates { login: often, ..Rates::default() }), ..settings() })
}

async fn try_from(world: &World, ip: &str, name: &str, password: &str) -> Result<()> {
    let device = Device { ip: Some(ip.to_owned()), user_agent: None };
    world.app.accounts().login(Login { device, ..credentials(name, password) }).await.map(drop)
}

const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.1";

#[tokio::test]
async fn the_eleventh_wrong_password_waits_and_the_owner_elsewhere_does_not() {
    let world = world();
    world.register("ann").await;
    for _ in 0..10 {
        assert_eq!(code(try_from(&world, HERE, "ann", "wrong").await), "wrong_password");
    }
    let hashed = world.hasher.verified();
    for password in ["wrong", PASSWORD] {
        let error = try_from(&world, HERE, "ann", password).await.expect_err("refused");
        let Error::RateLimited(limited) = error else { panic!("{error:?}") };
        assert!(limited.retry_after > Duration::ZERO && limited.retry_after <= Duration::minutes(15));
    }
    assert_eq!(world.hasher.verified(), hashed, "and costs no hash");
    try_from(&world, ELSEWHERE, "ann", PASSWORD).await.expect("the owner comes from elsewhere");
    assert_eq!(code(try_from(&world, HERE, "ann", "wrong").await), "rate_limited", "which is no help to the other");
    try_from(&world, HERE, "ANN", "wrong").await.expect_err("another spelling is the same account");
    world.clock.advance(Duration::minutes(15));
    try_from(&world, HERE, "ann", PASSWORD).await.expect("it is over");
}

#[tokio::test]
async fn a_right_password_takes_wrong_ones_back() {
    let world = world();
    world.register("ann").await;
    for _ in 0..5 {
        for _ in 0..9 {
            assert_eq!(code(try_from(&world, HERE, "ann", "wrong").await), "wrong_password");
        }
        try_from(&world, HERE, "ann", PASSWORD).await.expect("login");
    }
}

#[tokio::test]
async fn an_unknown_name_is_counted_alike_and_costs_as_many_hashes() {
    let world = world();
    world.register("ann").await;
    let mut outcomes = Vec::new();
    for name in ["ann", "nobody", "nobody@example.org"] {
        let before = world.hasher.verified();
        let mut codes = Vec::new();
        for _ in 0..12 {
            codes.push(code(try_from(&world, HERE, name, "wrong").await));
        }
        outcomes.push((codes, world.hasher.verified() - before));
    }
    assert_eq!(outcomes[0].1, 10);
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
}

#[tokio::test]
async fn many_at_once_are_no_way_around_it() {
    let world = world();
    world.register("ann").await;
    let tries = (0..40).map(|_| try_from(&world, HERE, "ann", "wrong"));
    let outcomes = futures_util::future::join_all(tries).await;
    let checked = outcomes.into_iter().filter(|outcome| matches!(outcome, Err(Error::Unauthenticated(_)))).count();
    assert_eq!(checked, 10);
}

#[tokio::test]
async fn the_password_that_is_asked_once_more_is_no_way_around_it_either() {
    let world = world();
    let ann = world.user("ann").await;
    let accounts = world.app.accounts();
    let guess = || accounts.change_password(&ann, "wrong".to_owned(), "another good one".to_owned(), Some(HERE));
    for _ in 0..10 {
        assert_eq!(code(guess().await), "not_confirmed");
    }
    assert_eq!(code(guess().await), "rate_limited");
    assert_eq!(code(try_from(&world, HERE, "ann", "wrong").await), "rate_limited");
}
