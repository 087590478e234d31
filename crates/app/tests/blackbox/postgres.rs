//! The same on PostgreSQL, where the database's own concurrency could show. Most of it is the repository contract's
//! affair, which runs on both.

use std::process::Command;

use crate::support::Server;
use crate::{attachments, crash, direct, fastroom_errors, holes_accounts, holes_rooms, holes_sockets, resume, sends};

const UNLIMITED: [(&str, &str); 1] = [("HALLWAY_LIMITS__RATES", "off")];

#[tokio::test]
async fn whoever_may_not_write_is_told_why() {
    fastroom_errors::refused_writers(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn a_file_is_for_who_may_read_its_room_now() {
    attachments::life(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn an_upload_of_fastsocks_client_is_shown_as_long_as_it_is_there() {
    attachments::static_upload(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn f2_sockets_hold_no_database_connection() {
    let few = [("HALLWAY_DATABASE__MAX_CONNECTIONS", "2")];
    holes_sockets::sixty_sockets(Server::start_on_postgres(&few).await).await;
}

#[tokio::test]
async fn f3_a_ban_ends_receiving_reading_and_typing_on_a_live_socket_at_once() {
    holes_sockets::ban(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn f5_history_has_the_order_and_the_times_of_the_live_frames() {
    holes_sockets::order_and_times(Server::start_on_postgres(&UNLIMITED).await).await;
}

#[tokio::test]
async fn f10_eight_refreshes_at_once_have_one_successor() {
    holes_accounts::eight_refreshes(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn f11_joining_and_making_at_once_leave_one_member_and_one_room() {
    holes_rooms::at_once(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn f17_a_server_with_its_own_database_needs_a_secret_of_its_own() {
    for secret in ["", "dev-secret-change-me", "short"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hallway"));
        command
            .env_clear()
            .env("HALLWAY_BIND", "127.0.0.1:0")
            .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
            .env("FASTROOM_SECRET", secret);
        let ended = command.output().expect("the binary starts");
        assert_eq!(ended.status.code(), Some(2), "{secret:?}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("auth.secret") && (secret.len() < 6 || !said.contains(secret)), "{said}");
    }
}

#[tokio::test]
async fn a_send_that_is_repeated_after_a_reconnect_returns_the_original() {
    sends::repeated_send(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn two_hundred_sends_pipelined_from_one_connection_keep_their_order() {
    sends::one_connection(Server::start_on_postgres(&UNLIMITED).await).await;
}

#[tokio::test]
async fn two_hundred_sends_from_twenty_connections_have_one_order_everywhere() {
    sends::twenty_connections(Server::start_on_postgres(&UNLIMITED).await).await;
}

#[tokio::test]
async fn resumes_under_concurrent_sends_have_no_hole_and_no_repeat() {
    resume::concurrent_resumes(Server::start_on_postgres(&crash::SETTINGS).await).await;
}

#[tokio::test]
async fn no_acknowledged_message_is_lost_and_no_repeated_one_is_doubled() {
    crash::kills(Server::start_on_postgres(&crash::SETTINGS).await).await;
}

#[tokio::test]
async fn a_direct_message_reaches_every_device_of_both_by_the_name_of_the_other() {
    let server = Server::start_on_postgres(&[]).await;
    direct::every_device(&server, &server).await;
}

#[tokio::test]
async fn a_pair_has_one_direct_conversation_however_often_it_is_asked_for() {
    direct::one_for_a_pair(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn each_side_of_direct_conversations_sees_its_own_list() {
    direct::own_lists(Server::start_on_postgres(&[]).await).await;
}

#[tokio::test]
async fn for_strangers_there_are_no_direct_conversations() {
    direct::strangers(Server::start_on_postgres(&[]).await).await;
}
