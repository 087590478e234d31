//! What every [`Tickets`] must do.
//!
//! ```ignore
//! async fn fresh() -> Arc<dyn Tickets> { .. }
//! hallway_test_support::tickets_contract!(fresh);
//! ```

/// Makes one test per case. `$fresh` names an `async fn() -> Arc<dyn Tickets>` in scope; every call gives an empty one.
#[macro_export]
macro_rules! tickets_contract {
    ($fresh:ident) => {
        $crate::contract_cases! { tickets, $fresh;
            gives_the_value_once, knows_only_what_was_put, gives_nothing_when_it_is_over, tickets_are_apart,
            of_many_takers_one_gets_it, a_user_has_few, used_ones_do_not_count,
        }
    };
}

use std::sync::Arc;

use hallway_domain::ports::Tickets;
use hallway_domain::{Timestamp, UserId};
use time::Duration;

const NOW: Timestamp = time::macros::datetime!(2026-03-01 12:00 UTC);
const END: Timestamp = time::macros::datetime!(2026-03-01 12:00:30 UTC);

async fn put(tickets: &dyn Tickets, ticket: &str, value: &str) {
    tickets.put(ticket, UserId(1), value, END).await.expect("tickets are kept");
}

async fn take(tickets: &dyn Tickets, ticket: &str, now: Timestamp) -> Option<String> {
    tickets.take(ticket, now).await.expect("tickets answer")
}

pub async fn gives_the_value_once(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    put(&*tickets, "t", "a value: {\"☃\": 1}").await;
    assert_eq!(take(&*tickets, "t", NOW).await.as_deref(), Some("a value: {\"☃\": 1}"));
    assert_eq!(take(&*tickets, "t", NOW).await, None);
}

pub async fn knows_only_what_was_put(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    put(&*tickets, "ticket", "v").await;
    for other in ["", "*", "ticke", "ticket ", "TICKET"] {
        assert_eq!(take(&*tickets, other, NOW).await, None, "{other:?}");
    }
    assert!(take(&*tickets, "ticket", NOW).await.is_some());
}

pub async fn gives_nothing_when_it_is_over(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    for ticket in ["a", "b", "c"] {
        put(&*tickets, ticket, "v").await;
    }
    assert!(take(&*tickets, "a", END - Duration::milliseconds(1)).await.is_some());
    assert_eq!(take(&*tickets, "b", END).await, None);
    assert_eq!(take(&*tickets, "c", END + Duration::hours(1)).await, None);
}

pub async fn tickets_are_apart(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    put(&*tickets, "a", "1").await;
    put(&*tickets, "b", "2").await;
    assert_eq!(take(&*tickets, "b", NOW).await.as_deref(), Some("2"));
    assert_eq!(take(&*tickets, "a", NOW).await.as_deref(), Some("1"));
}

pub async fn of_many_takers_one_gets_it(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    put(&*tickets, "t", "v").await;
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let tickets = Arc::clone(&tickets);
        takers.spawn(async move { take(&*tickets, "t", NOW).await });
    }
    let taken: Vec<String> = takers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, ["v"]);
}

/// Most unused tickets of one user.
const FEW: i64 = 32;

pub async fn a_user_has_few(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    tickets.put("other", UserId(2), "v", END).await.expect("tickets are kept");
    // The ones put last end first here: what makes room is what would end first, not what came first.
    for n in 0..FEW + 10 {
        let end = if n < 10 { END + Duration::seconds(n + 100) } else { END + Duration::seconds(n) };
        tickets.put(&format!("t{n}"), UserId(1), "v", end).await.expect("tickets are kept");
    }
    let mut left = Vec::new();
    for n in 0..FEW + 10 {
        left.extend(take(&*tickets, &format!("t{n}"), NOW).await.map(|_| n));
    }
    assert_eq!(left, (0..10).chain(20..FEW + 10).collect::<Vec<_>>());
    assert!(take(&*tickets, "other", NOW).await.is_some(), "another user's stays");
}

pub async fn used_ones_do_not_count(fresh: impl AsyncFn() -> Arc<dyn Tickets>) {
    let tickets = fresh().await;
    tickets.put("first", UserId(1), "v", END).await.expect("tickets are kept");
    for n in 0..2 * FEW {
        let (ticket, end) = (format!("t{n}"), END + Duration::seconds(n));
        tickets.put(&ticket, UserId(1), "v", end).await.expect("tickets are kept");
        assert!(take(&*tickets, &ticket, NOW).await.is_some(), "{n}");
    }
    assert!(take(&*tickets, "first", NOW).await.is_some());
}
