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

pub mod accounts;
pub mod attachments;
pub mod calls;
pub mod direct;
pub mod highlights;
pub mod history;
pub mod log;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod reactions;
pub mod receipts;
pub mod review;
pub mod rooms;
pub mod sanctions;
pub mod search;
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
            accounts {
                a_block_is_one_way_and_counts_both_ways, lists_blocks_the_newest_first, who_is_disabled_is_not_reached,
                administrators_list_disabled_ones_too, erases_messages_in_parts, erases_an_account_with_all_that_is_its,
                what_is_to_be_erased_is_remembered, exports_what_is_own_in_parts, tells_live_sessions_in_a_unit, tells_sessions_that_were_ended,
                a_second_factor_is_kept_and_its_codes_are_used_once, of_many_that_use_a_code_one_may,
            }
            calls {
                come_back_in_every_state, two_have_one_live_call, a_change_of_what_was_changed_is_refused,
                a_user_is_in_one_call, are_found_when_they_are_due, are_listed_while_they_live,
                history_goes_back_page_by_page,
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
            direct {
                a_pair_has_one_room, of_two_that_make_it_at_once_one_does, a_head_names_both_sides, each_side_sees_the_other,
                are_listed_by_the_newest_message, nobody_is_shown_an_empty_one_of_another, are_found_by_the_name_of_the_other,
                users_are_found_by_names_and_numbers,
            }
            members {
                stores_and_finds, finds_many_at_once, the_heir_is_the_highest_then_the_longest,
                who_is_banned_inherits_nothing, counts_owners,
                marks_only_rise, lists_the_longest_first, lists_standings, tells_the_access_of_many_at_once,
                rooms_of_leaves_out_bans, a_standing_is_membership_and_sanctions,
            }
            review {
                a_report_is_open_once_for_each_reporter, resolving_ends_all_of_a_subject,
                lists_reports_from_the_newest_but_none_about_the_reader, reports_go_with_their_room_and_their_people,
                the_audit_log_is_narrowed_down_and_paged, every_change_of_a_filter_has_a_version,
                held_messages_are_kept_once_and_taken_once, joins_are_counted_backwards, names_those_who_moderate,
            }
            sanctions {
                hold_until_lifted, end_by_the_clock, survive_leaving, lifting_tells_whether_there_was_one,
                kinds_are_apart, are_found_for_many_at_once,
            }
            messages {
                stores_many_in_the_order_given, stores_hundreds_at_once, finds_many_of_any_room, finds_what_was_sent_before,
                saves_edits_and_tombstones, is_found_only_in_its_room, keeps_any_text, nothing_asked_is_nothing_found,
            }
            moderation {
                sanctions_are_listed_by_kind, a_sanction_gets_another_end, an_end_is_taken_once,
                tells_when_members_wrote_last, removes_what_somebody_wrote, invitations_come_back_as_they_were,
                an_invitation_ends_by_clock_uses_and_word, the_last_use_is_for_one,
            }
            reactions {
                are_given_once, are_taken_back_once, are_shown_in_order_of_giving, leave_with_nothing_behind,
            }
            highlights {
                finds_members_by_their_names, shows_who_is_mentioned_in_order, counts_unread_mentions,
                marks_go_back_when_told, pins_messages_once, stand_out_of_nothing_when_the_room_is_gone,
            }
            attachments {
                come_back_as_they_were, are_shown_with_their_messages_in_order,
                are_discarded_by_their_owner_while_they_wait, go_with_their_message_or_room,
                expire_when_no_message_wants_them, add_up_to_what_a_user_has, share_blobs_of_the_same_content,
                blobs_without_files_are_given_up, no_file_gets_a_blob_that_was_given_up,
                a_file_and_the_collection_do_not_meet, of_two_messages_one_gets_a_file,
            }
            receipts {
                a_message_is_found_in_whatever_room, are_messages_of_others_the_newest_first,
                the_furthest_other_reader_counts, acquaintances_share_a_room, an_address_signs_in,
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
            search {
                finds_words_parts_and_phrases, narrows_down, follows_edits_and_deletions, pages_from_the_newest,
                finds_what_is_defined_to_be_found,
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
