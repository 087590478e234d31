//! What every [`Store`](hallway_domain::ports::Store) must do, in memory or in a database.
//!
//! ```ignore
//! async fn fresh() -> World {
//!     World::new(Arc::new(FakeStore::default()))
//! }
//! hallway_test_support::store_contract!(fresh);
//! ```
//!
//! `fresh` gives an empty store each time; [`World::keeping`] holds what must outlive it. The macro makes one test
//! per case, so that failures have names. The crate that calls it needs `tokio` with `macros` and `rt-multi-thread`.

pub mod history;
pub mod log;
pub mod members;
pub mod messages;
pub mod reactions;
pub mod rooms;
pub mod sanctions;
pub mod sessions;
pub mod units;
pub mod upkeep;
pub mod users;
pub mod visible;
mod world;

pub use world::{World, at};

/// Makes one test per case of the contract. `$fresh` names an `async fn() -> World` in scope.
#[macro_export]
macro_rules! store_contract {
    ($fresh:ident) => {
        $crate::store_contract! { @areas $fresh;
            users {
                stores_and_finds, names_and_addresses_are_unique, a_duplicate_leaves_the_unit_usable,
                tells_whether_there_is_any, one_registration_is_the_first, updates_all_but_name_and_password, keeps_passwords_apart, lists_in_order_and_pages,
                leaves_disabled_accounts_out_of_the_list, searches_in_any_case, search_takes_wildcards_literally,
            }
            sessions {
                stores_and_finds, revokes_once, revokes_all_but_one, lists_live_ones_last_used_first,
                a_touch_moves_use_and_end, refresh_tokens_form_a_chain, a_refresh_token_is_claimed_once,
                of_many_claims_one_wins, tells_which_of_many_are_live,
            }
            rooms {
                stores_and_finds, names_are_unique, a_duplicate_leaves_the_unit_usable, updates_what_may_change,
                locks_what_exists_in_order, heads_of_many_rooms, deletes_all_that_is_inside, never_reuses_an_id,
            }
            members {
                stores_and_finds, finds_many_at_once, the_heir_is_the_highest_then_the_longest,
                who_is_banned_inherits_nothing, counts_owners,
                marks_only_rise, lists_the_longest_first, lists_standings, tells_the_access_of_many_at_once,
                rooms_of_leaves_out_bans, a_standing_is_membership_and_sanctions,
            }
            sanctions {
                hold_until_lifted, end_by_the_clock, survive_leaving, lifting_tells_whether_there_was_one,
                kinds_are_apart, are_found_for_many_at_once,
            }
            messages {
                stores_many_in_the_order_given, stores_hundreds_at_once, finds_many_of_any_room, finds_what_was_sent_before,
                saves_edits_and_tombstones, is_found_only_in_its_room, keeps_any_text, nothing_asked_is_nothing_found,
            }
            reactions {
                are_given_once, are_taken_back_once, are_shown_in_order_of_giving, leave_with_nothing_behind,
            }
            history {
                gives_the_newest_up_to_a_place, goes_back_before_a_message, goes_on_after_a_message,
                passes_over_deleted_messages, pages_from_the_newest, shows_what_a_reply_answers,
                a_deleted_target_shows_no_text, one_message_with_all_that_belongs_to_it, counts_unread_messages,
                absurd_pages_are_empty,
            }
            log {
                gives_every_kind_of_fact_back, is_read_in_parts, shows_messages_as_they_are_now,
                forgets_what_was_deleted, takes_no_place_twice, is_one_per_room,
            }
            visible {
                public_and_own_private_rooms, in_order_of_making_and_paged, not_where_one_is_banned,
                only_mine_if_asked, finds_names_in_any_case, takes_wildcards_literally, counts_members_and_unread,
                tells_when_the_newest_message_was_sent, one_room_is_as_in_the_list,
            }
            units {
                a_dropped_unit_leaves_nothing, a_committed_unit_is_seen, readers_do_not_wait_for_a_writer,
                writers_of_a_room_take_turns, crossing_locks_do_not_block_for_ever, answers_a_ping,
            }
            upkeep {
                cuts_old_events_from_the_beginning, cuts_no_more_than_the_limit, keeps_messages_of_a_cut_log,
                removes_sessions_long_over, removes_refresh_tokens_long_over,
            }
        }
    };
    (@areas $fresh:ident; $($area:ident { $($case:ident),* $(,)? })*) => {
        $(mod $area {$(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let world: $crate::contract::store::World = super::$fresh().await;
                $crate::contract::store::$area::$case(world).await;
            }
        )*})*
    };
}

#[cfg(test)]
mod tests {
    /// A case that is not in the macro's list would never run.
    #[test]
    fn every_case_is_listed() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src/contract/store");
        let list = std::fs::read_to_string(format!("{here}/mod.rs")).expect("own source");
        let list: Vec<&str> = list.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let mut cases = 0;
        for file in std::fs::read_dir(here).expect("own folder") {
            let path = file.expect("entry").path();
            if path.ends_with("world.rs") || path.ends_with("mod.rs") {
                continue;
            }
            for line in std::fs::read_to_string(&path).expect("own source").lines() {
                if let Some(rest) = line.strip_prefix("pub async fn ") {
                    let case = rest.split('(').next().unwrap_or_default();
                    assert!(list.contains(&case), "{case} of {} is not in store_contract!", path.display());
                    cases += 1;
                }
            }
        }
        assert!(cases > 60, "only {cases} cases found: does this test still read them?");
    }
}
