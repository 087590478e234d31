//! Accounts.

use std::time::Duration;

use hallway_domain::ports::{InsertedUser, UserFilter};
use hallway_domain::{FullName, NewUser, Order, PageRequest, PasswordHash, User, UserId};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::World;
use super::world::{email, username};

fn named(name: &str, full_name: &str) -> NewUser {
    NewUser { full_name: Some(FullName::parse(full_name).expect("a valid name")), ..World::new_user(name) }
}

async fn found(world: &World, text: &str) -> Vec<String> {
    let filter = UserFilter { text: Some(text.to_owned()) };
    let page = world.queries().users(&filter, PageRequest::first(50)).await.expect("users");
    assert_eq!(page.total, page.items.len() as u64, "the total is of what was found");
    page.items.into_iter().map(|user| user.username.into_string()).collect()
}

pub async fn stores_and_finds(world: World) {
    let user = world
        .insert_user(NewUser { email: Some(email("ann@example.org")), is_admin: true, ..named("ann", "Ann Ö. Ünal") })
        .await;
    let expected = User {
        id: user.id,
        username: username("ann"),
        email: Some(email("ann@example.org")),
        full_name: Some(FullName::parse("Ann Ö. Ünal").expect("a valid name")),
        disabled: false,
        is_admin: true,
        created_at: super::at(0),
    };
    assert_eq!(user, expected);
    assert!(user.id.0 > 0);
    let queries = world.queries();
    assert_eq!(queries.user(user.id).await.expect("user"), Some(expected.clone()));
    assert_eq!(queries.user_by_username(&user.username).await.expect("by name"), Some(expected.clone()));
    assert_eq!(queries.user(UserId(user.id.0 + 1)).await.expect("user"), None);
    assert_eq!(queries.user_by_username(&username("nobody")).await.expect("by name"), None);
    let mut unit = world.begin().await;
    assert_eq!(unit.users().find(user.id).await.expect("find"), Some(expected.clone()));
    assert_eq!(unit.users().find_by_username(&user.username).await.expect("find"), Some(expected));
    assert_eq!(unit.users().find(UserId(user.id.0 + 1)).await.expect("find"), None);
}

pub async fn names_and_addresses_are_unique(world: World) {
    world.insert_user(NewUser { email: Some(email("ann@example.org")), ..World::new_user("ann") }).await;
    // No address is not an address: any number of accounts may be without.
    world.user("bob").await;
    world.user("cem").await;
    let mut unit = world.begin().await;
    let again = unit.users().insert(World::new_user("ann")).await.expect("insert");
    assert_eq!(again, InsertedUser::UsernameTaken);
    let same_address = NewUser { email: Some(email("ann@example.org")), ..World::new_user("dee") };
    assert_eq!(unit.users().insert(same_address).await.expect("insert"), InsertedUser::EmailTaken);
    let both = NewUser { email: Some(email("ann@example.org")), ..World::new_user("ann") };
    assert_eq!(unit.users().insert(both).await.expect("insert"), InsertedUser::UsernameTaken);
}

pub async fn a_duplicate_leaves_the_unit_usable(world: World) {
    world.user("ann").await;
    let mut unit = world.begin().await;
    assert_eq!(unit.users().insert(World::new_user("ann")).await.expect("insert"), InsertedUser::UsernameTaken);
    let other = unit.users().insert(World::new_user("bob")).await.expect("insert after a duplicate");
    unit.commit().await.expect("commit after a duplicate");
    let InsertedUser::Created(bob) = other else { panic!("bob was not made: {other:?}") };
    assert_eq!(world.queries().user(bob.id).await.expect("user"), Some(bob));
}

pub async fn tells_whether_there_is_any(world: World) {
    let mut unit = world.begin().await;
    assert!(!unit.users().any().await.expect("any"));
    unit.users().insert(World::new_user("ann")).await.expect("insert");
    assert!(unit.users().any().await.expect("any"), "a unit sees its own writes");
    drop(unit);
    let mut unit = world.begin().await;
    assert!(!unit.users().any().await.expect("any"));
    drop(unit);
    let ann = world.insert_user(World::new_user("ann")).await;
    let mut unit = world.begin().await;
    assert!(unit.users().update(&User { disabled: true, ..ann }).await.expect("update"));
    assert!(unit.users().any().await.expect("any"), "disabled ones too");
}

pub async fn one_registration_is_the_first(world: World) {
    let mut units = JoinSet::new();
    for n in 0..8 {
        let store = world.store();
        units.spawn(async move {
            let mut unit = store.begin().await.expect("begin");
            let first = !unit.users().any().await.expect("any");
            tokio::task::yield_now().await;
            unit.users().insert(World::new_user(&format!("user{n}"))).await.expect("insert");
            unit.commit().await.expect("commit");
            first
        });
    }
    let first = timeout(Duration::from_secs(20), units.join_all()).await.expect("nobody blocks for ever");
    assert_eq!(first.into_iter().filter(|first| *first).count(), 1);
}

pub async fn updates_all_but_name_and_password(world: World) {
    let ann = world.insert_user(NewUser { email: Some(email("ann@example.org")), ..World::new_user("ann") }).await;
    let bob = world.insert_user(World::new_user("bob")).await;
    let mut unit = world.begin().await;
    let changed = User {
        email: Some(email("bob@example.org")),
        full_name: Some(FullName::parse("Bob").expect("a valid name")),
        disabled: true,
        is_admin: true,
        ..bob.clone()
    };
    assert!(unit.users().update(&changed).await.expect("update"));
    // Saving what is there already is no clash with oneself.
    assert!(unit.users().update(&changed).await.expect("update again"));
    let taken = User { email: ann.email.clone(), full_name: None, ..changed.clone() };
    assert!(!unit.users().update(&taken).await.expect("update with another's address"));
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().user(bob.id).await.expect("user"), Some(changed.clone()));

    let cleared = User { email: None, full_name: None, ..changed };
    let mut unit = world.begin().await;
    assert!(unit.users().update(&cleared).await.expect("clear"));
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().user(bob.id).await.expect("user"), Some(cleared));
    assert_eq!(world.queries().user(ann.id).await.expect("user"), Some(ann));
}

pub async fn keeps_passwords_apart(world: World) {
    let ann = world.insert_user(World::new_user("ann")).await;
    let first = world.queries().credentials(&ann.username).await.expect("credentials");
    assert_eq!(first, Some((ann.clone(), PasswordHash("$argon2id$of-ann".to_owned()))));
    let other = PasswordHash("$argon2id$another".to_owned());
    let mut unit = world.begin().await;
    unit.users().set_password(ann.id, &other).await.expect("set password");
    unit.commit().await.expect("commit");
    assert_eq!(world.queries().credentials(&ann.username).await.expect("credentials"), Some((ann, other)));
    assert_eq!(world.queries().credentials(&username("nobody")).await.expect("credentials"), None);
}

pub async fn lists_in_order_and_pages(world: World) {
    let mut all = Vec::new();
    for name in ["mia", "ada", "zoe", "kim"] {
        all.push(world.insert_user(World::new_user(name)).await);
    }
    let filter = UserFilter::default();
    let page = |limit, offset, order| PageRequest { limit, offset, order };
    let first = world.queries().users(&filter, page(3, 0, Order::Ascending)).await.expect("users");
    assert_eq!((first.items, first.total), (all[..3].to_vec(), 4));
    let rest = world.queries().users(&filter, page(3, 3, Order::Ascending)).await.expect("users");
    assert_eq!((rest.items, rest.total), (all[3..].to_vec(), 4));
    let newest = world.queries().users(&filter, page(1, 0, Order::Descending)).await.expect("users");
    assert_eq!((newest.items, newest.total), (all[3..].to_vec(), 4));
    let beyond = world.queries().users(&filter, page(3, u64::MAX, Order::Ascending)).await.expect("users");
    assert_eq!((beyond.items, beyond.total), (Vec::new(), 4));
}

pub async fn leaves_disabled_accounts_out_of_the_list(world: World) {
    let ann = world.insert_user(World::new_user("ann")).await;
    let bob = world.insert_user(World::new_user("bob")).await;
    let mut unit = world.begin().await;
    assert!(unit.users().update(&User { disabled: true, ..ann.clone() }).await.expect("update"));
    unit.commit().await.expect("commit");
    let page = world.queries().users(&UserFilter::default(), PageRequest::first(50)).await.expect("users");
    assert_eq!((page.items, page.total), (vec![bob], 1));
    let found = world.queries().user(ann.id).await.expect("user").expect("still found by id");
    assert!(found.disabled);
}

pub async fn searches_in_any_case(world: World) {
    world.insert_user(named("ann", "Änne Großmann")).await;
    world.insert_user(named("bob", "Robert Ännchen")).await;
    world.user("cem_ann").await;
    assert_eq!(found(&world, "ANN").await, ["ann", "cem_ann"]);
    assert_eq!(found(&world, "änn").await, ["ann", "bob"]);
    assert_eq!(found(&world, "ÄNN").await, ["ann", "bob"]);
    assert_eq!(found(&world, "robert").await, ["bob"]);
    assert_eq!(found(&world, "nobody").await, [""; 0]);
    // A match does not reach from one field into the other.
    assert_eq!(found(&world, "annä").await, [""; 0]);
    assert_eq!(found(&world, "").await, ["ann", "bob", "cem_ann"]);
}

pub async fn search_takes_wildcards_literally(world: World) {
    world.insert_user(named("ann", "100% Ann")).await;
    world.insert_user(named("bob", "back\\slash")).await;
    world.user("c_d").await;
    world.user("cxd").await;
    assert_eq!(found(&world, "%").await, ["ann"]);
    assert_eq!(found(&world, "0%").await, ["ann"]);
    assert_eq!(found(&world, "c_d").await, ["c_d"]);
    assert_eq!(found(&world, "\\").await, ["bob"]);
    assert_eq!(found(&world, "'").await, [""; 0]);
    assert_eq!(found(&world, "ann\0").await, [""; 0]);
}
