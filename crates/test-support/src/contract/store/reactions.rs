//! Reactions.

use hallway_domain::{Emoji, Message, ReactionGroup, UserRef};

use super::{World, at};

fn emoji(text: &str) -> Emoji {
    Emoji::parse(text).expect("a valid emoji")
}

async fn give(world: &World, message: &Message, user: &UserRef, text: &str, time: i64) -> bool {
    let mut unit = world.begin().await;
    let new = unit.reactions().add(message.id, user, &emoji(text), at(time)).await.expect("add");
    unit.commit().await.expect("commit");
    new
}

async fn shown(world: &World, message: &Message) -> Vec<ReactionGroup> {
    world.queries().message(message.room, message.id).await.expect("message").expect("found").reactions
}

pub async fn are_given_once(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    assert!(give(&world, &message, &ann, "\u{1F44D}", 1).await);
    assert!(!give(&world, &message, &ann, "\u{1F44D}", 2).await);
    assert!(give(&world, &message, &ann, ":tada:", 3).await);
    let mut unit = world.begin().await;
    let mut emojis = unit.reactions().emojis(message.id).await.expect("emojis");
    emojis.sort_unstable();
    assert_eq!(emojis, [emoji(":tada:"), emoji("\u{1F44D}")]);
    // A duplicate leaves the unit usable.
    assert!(!unit.reactions().add(message.id, &ann, &emoji(":tada:"), at(4)).await.expect("add"));
    assert!(unit.reactions().add(message.id, &ann, &emoji(":wave:"), at(4)).await.expect("add"));
    unit.commit().await.expect("commit after a duplicate");
    assert_eq!(shown(&world, &message).await.len(), 3);
}

pub async fn are_taken_back_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    give(&world, &message, &ann, ":tada:", 1).await;
    let mut unit = world.begin().await;
    assert!(!unit.reactions().remove(message.id, bob.id, &emoji(":tada:")).await.expect("not bob's"));
    assert!(!unit.reactions().remove(message.id, ann.id, &emoji(":wave:")).await.expect("another emoji"));
    assert!(unit.reactions().remove(message.id, ann.id, &emoji(":tada:")).await.expect("remove"));
    assert!(!unit.reactions().remove(message.id, ann.id, &emoji(":tada:")).await.expect("remove again"));
    unit.commit().await.expect("commit");
    assert_eq!(shown(&world, &message).await, []);
}

pub async fn are_shown_in_order_of_giving(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let cem = world.user("cem").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    let other = world.post(room, &ann, "other").await;
    give(&world, &other, &ann, ":wave:", 1).await;
    give(&world, &message, &cem, ":wave:", 2).await;
    give(&world, &message, &bob, ":tada:", 3).await;
    give(&world, &message, &ann, ":wave:", 4).await;
    let expected = [
        ReactionGroup { emoji: emoji(":wave:"), users: vec![cem, ann.clone()] },
        ReactionGroup { emoji: emoji(":tada:"), users: vec![bob] },
    ];
    assert_eq!(shown(&world, &message).await, expected);
    let page = world.queries().messages(room, hallway_domain::PageRequest::first(9)).await.expect("messages");
    assert_eq!(page.items[0].reactions, expected);
    assert_eq!(page.items[1].reactions, [ReactionGroup { emoji: emoji(":wave:"), users: vec![ann] }]);
}

pub async fn leave_with_nothing_behind(world: World) {
    let ann = world.user("ann").await;
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &ann, "hello").await;
    give(&world, &message, &ann, ":tada:", 1).await;
    let mut unit = world.begin().await;
    assert!(unit.reactions().remove(message.id, ann.id, &emoji(":tada:")).await.expect("remove"));
    assert!(unit.reactions().add(message.id, &ann, &emoji(":tada:"), at(2)).await.expect("add anew"));
    drop(unit);
    assert_eq!(shown(&world, &message).await[0].users, [ann], "as before the dropped unit");
}
