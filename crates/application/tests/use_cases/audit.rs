//! Every act of moderation has its line.

use hallway_application::{Decision, ReportScope, Reported, SetSanction};
use hallway_domain::ports::AuditFilter;
use hallway_domain::{
    FilterAction, InviteTerms, Pattern, ProtectionPatch, Remark, Role, RoomPatch, RoomTopic, SanctionKind,
};

use crate::world::{World, code, message};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect("a pattern")
}

#[tokio::test]
async fn every_act_of_moderation_has_a_line() {
    let world = World::new();
    let chief = world.user("chief").await;
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room(&ann, "one").await;
    for member in [&bob, &cem] {
        world.join(member, &room).await;
    }
    let (rooms, moderation, review) = (world.app.rooms(), world.app.moderation(), world.app.review());
    let mut expected: Vec<&str> = Vec::new();
    let before = world.audited().len();

    moderation.set_role(&ann, room.id, bob.id(), Role::Moderator).await.expect("role");
    expected.push("set_role");
    for (kind, on, off) in [(SanctionKind::Mute, "mute", "unmute"), (SanctionKind::Ban, "ban", "unban")] {
        for (wish, word) in [(true, on), (false, off)] {
            let sanction = SetSanction { kind, on: Some(wish), reason: None, expires_at: None };
            moderation.set_sanction(&bob, room.id, cem.id(), sanction).await.expect("sanction");
            expected.push(word);
        }
    }
    let sent = world.send(&cem, &room, "hello").await;
    let reported = Reported::Message(sent.message);
    let report = review.report(&chief, reported, Remark::parse("reason", "x").expect("fine")).await.expect("report");
    review
        .resolve(&bob, (ReportScope::Room(room.id), report.id), Decision::DeleteMessage, None)
        .await
        .expect("resolve");
    expected.extend(["delete_message", "resolve_report"]);
    let topic = RoomPatch { topic: Some(Some(RoomTopic::parse("news").expect("fine"))), ..RoomPatch::default() };
    rooms.update(&ann, room.id, topic).await.expect("update");
    expected.push("update_room");
    let patch = ProtectionPatch { join_per_minute: Some(100), ..ProtectionPatch::default() };
    review.protect(&ann, room.id, patch).await.expect("protect");
    expected.push("protect_room");
    let rule = review.add_filter(&ann, room.id, pattern("spam"), FilterAction::Hold).await.expect("filter");
    expected.push("add_filter");
    for _ in 0..2 {
        assert_eq!(code(world.app.messages().send(&cem, message(room.id, "spam")).await), "held_for_review");
    }
    let held = review.held(&bob, room.id, (None, 10)).await.expect("held");
    review.approve(&bob, room.id, held[0].id).await.expect("approve");
    review.reject(&bob, room.id, held[1].id).await.expect("reject");
    review.remove_filter(&ann, room.id, rule.id).await.expect("remove");
    expected.extend(["approve_message", "reject_message", "remove_filter"]);
    let invite = rooms.create_invite(&ann, room.id, InviteTerms::default()).await.expect("invite");
    rooms.revoke_invite(&ann, room.id, invite.invite.id).await.expect("revoke");
    expected.extend(["create_invite", "revoke_invite"]);
    rooms.add_member(&ann, room.id, &chief.user.username).await.expect("add");
    expected.push("add_member");
    moderation.kick(&ann, room.id, cem.id(), None).await.expect("kick");
    expected.push("kick");
    moderation.hand_over(&ann, room.id, bob.id()).await.expect("hand over");
    expected.push("hand_over");

    let all = world.store.audit_log();
    let words: Vec<&str> = all[before..].iter().map(|line| line.action).collect();
    assert_eq!(words, expected);
    for line in &all[before..] {
        assert_eq!(line.room, Some(room.id), "{line:?}");
        assert!(line.actor.is_some(), "{line:?}");
    }
    let line = |word| all.iter().find(|line| line.action == word).expect(word);
    let detail = |key, value: &str| vec![(key, value.to_owned())];
    assert_eq!(line("set_role").details, [("from", "member".to_owned()), ("to", "moderator".to_owned())]);
    assert_eq!(line("update_room").details, detail("topic", "news"));
    assert_eq!(line("delete_message").details, detail("message", &sent.message.to_string()));
    // As moderators read it, and nobody else.
    let filter = AuditFilter::default();
    let lines = review.room_audit(&bob, room.id, filter.clone(), (None, 100)).await.expect("audit");
    let read: Vec<&str> = lines.iter().rev().map(|line| line.action.as_str()).collect();
    assert_eq!(read, expected);
    assert!(lines.iter().all(|line| line.room == Some(room.id)), "nothing of other rooms, whatever is asked for");
    assert_eq!(code(review.room_audit(&cem, room.id, filter.clone(), (None, 100)).await), "not_moderator");
    assert_eq!(code(review.server_audit(&bob, &filter, (None, 100)).await), "not_administrator");
    assert!(review.server_audit(&chief, &filter, (None, 100)).await.expect("audit").len() > expected.len());
    rooms.delete(&bob, room.id).await.expect("delete");
    assert_eq!(world.audited().last(), Some(&"delete_room"));
}
