use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

fn refuses<T: DeserializeOwned>(body: &Value) {
    assert!(T::deserialize(body).is_err(), "{body} was taken");
}

#[test]
fn bodies_refuse_what_only_the_server_sets() {
    refuses::<RegisterBody>(&json!({"username": "alice", "password": "secret77", "is_admin": true}));
    refuses::<RoomCreate>(&json!({"name": "lobby", "owner_id": 1}));
    refuses::<RoomPatch>(&json!({"epoch": 1}));
    refuses::<MessagePatch>(&json!({"content": "hi", "user_id": 2}));
    refuses::<ProfilePatch>(&json!({"disabled": false}));
    refuses::<AddMember>(&json!({"username": "bob", "role": "owner"}));
    refuses::<ToggleBody>(&json!({"by": 3}));
    refuses::<RefreshBody>(&json!({"refresh_token": "x", "sid": 1}));
    refuses::<TokenForm>(&json!({"username": "a", "password": "b", "is_admin": "1"}));
}

#[test]
fn bodies_refuse_other_types_and_repeated_keys() {
    for password in [json!(null), json!(1), json!({"$gt": ""}), json!(["a"]), json!(true)] {
        refuses::<RegisterBody>(&json!({"username": "alice", "password": password}));
    }
    refuses::<RoomCreate>(&json!({"name": ["lobby"]}));
    refuses::<RoomCreate>(&json!({"name": "lobby", "is_private": "yes"}));
    refuses::<ToggleBody>(&json!({"seconds": -1}));
    refuses::<ToggleBody>(&json!({"seconds": 1.5}));
    assert!(serde_json::from_str::<RoomCreate>(r#"{"name":"a","name":"b"}"#).is_err());
}

#[test]
fn null_and_absent_differ_where_null_removes() {
    let patch = |body: Value| serde_json::from_value::<RoomPatch>(body).expect("valid");
    assert_eq!(patch(json!({})).topic, None);
    assert_eq!(patch(json!({"topic": null})).topic, Some(None));
    assert_eq!(patch(json!({"topic": "tea"})).topic, Some(Some("tea".to_owned())));
    assert_eq!(patch(json!({"name": null, "is_private": null})), RoomPatch::default());

    let patch = |body: Value| serde_json::from_value::<ProfilePatch>(body).expect("valid");
    assert_eq!(patch(json!({"email": null})), ProfilePatch { email: Some(None), full_name: None });
    assert_eq!(serde_json::to_value(patch(json!({"email": null}))).expect("plain"), json!({"email": null}));
}

#[test]
fn the_token_form_takes_what_oauth_libraries_send() {
    let form: TokenForm = serde_json::from_value(
        json!({"username": "a", "password": "b", "grant_type": "", "scope": "", "client_id": "x", "client_secret": ""}),
    )
    .expect("valid");
    assert_eq!(form.grant_type, GrantType::Password);
    refuses::<TokenForm>(&json!({"username": "a", "password": "b", "grant_type": "refresh_token"}));
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let form: TokenForm = serde_json::from_value(json!({"username": "a", "password": "hunter2"})).expect("valid");
    assert!(!format!("{form:?}").contains("hunter2"));
}

#[test]
fn a_page_knows_where_the_next_one_begins() {
    let page = Page::new(vec![1, 2], 5, 2, 2);
    assert_eq!((page.has_more, page.next_offset), (true, Some(4)));
    let page = Page::new(vec![5], 5, 2, 4);
    assert_eq!((page.has_more, page.next_offset), (false, None));
    let page = Page::<i32>::new(vec![], 5, 2, 9);
    assert_eq!((page.has_more, page.next_offset), (false, None));
}

#[test]
fn a_room_says_null_for_what_there_is_not() {
    let room = Room {
        id: 1,
        name: "lobby".to_owned(),
        is_private: false,
        created_at: time::macros::datetime!(2026-01-31 09:30 UTC).into(),
        kind: crate::RoomKind::Public,
        topic: None,
        role: None,
        member_count: 2,
        peer: None,
        unread: 0,
        mentions: 0,
        notify: crate::NotifyLevel::All,
        last_seq: 3,
        epoch: 7,
        last_message_at: None,
        posting: crate::Posting::Everyone,
        slow_mode_seconds: 0,
        archived_at: None,
    };
    assert_eq!(
        serde_json::to_value(room).expect("plain"),
        json!({"id": 1, "name": "lobby", "is_private": false, "created_at": "2026-01-31T09:30:00.000000Z",
               "kind": "public", "topic": null, "role": null, "member_count": 2, "peer": null,
               "unread": 0, "mentions": 0, "notify": "all", "last_seq": 3, "epoch": 7,
               "last_message_at": null, "posting": "everyone", "slow_mode_seconds": 0, "archived_at": null})
    );
}
