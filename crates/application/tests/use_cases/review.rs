//! Reports, filters and held messages, and the door of a room.

use hallway_application::{Decision, ReportScope, Reported, SendMessage};
use hallway_domain::policy::Denied;
use hallway_domain::{
    Actor, Fact, FilterAction, Pattern, ProtectionPatch, Remark, Resolution, Role, Room, RoomId, SignalKind, Timestamp,
};
use time::Duration;

use crate::world::{World, body, code, message, settings, strict};

struct Case {
    world: World,
    /// Runs the server, and is in no room.
    chief: Actor,
    ann: Actor,
    bob: Actor,
    cem: Actor,
    room: Room,
}

/// A room of `ann`, with `bob` as a moderator and `cem` as a member.
async fn case() -> Case {
    case_in(World::new()).await
}

async fn case_in(world: World) -> Case {
    let chief = world.user("chief").await;
    assert!(chief.is_admin, "the first account runs the server");
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    world.join(&cem, &room).await;
    world.app.moderation().set_moderator(&ann, room.id, bob.id(), Some(true)).await.expect("promote");
    world.bus.take();
    Case { world, chief, ann, bob, cem, room }
}

fn reason(text: &str) -> Remark {
    Remark::parse("reason", text).expect("a reason")
}

const FIRST: u32 = 50;

impl Case {
    const fn scope(&self) -> ReportScope {
        ReportScope::Room(self.room.id)
    }

    async fn filter(&self, pattern: &str, action: FilterAction) {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        self.world.app.review().add_filter(&self.ann, self.room.id, pattern, action).await.expect("a rule");
    }

    async fn send(&self, actor: &Actor, text: &str) -> Result<(), &'static str> {
        let sent = self.world.app.messages().send(actor, message(self.room.id, text)).await;
        sent.map(drop).map_err(|error| error.code())
    }

    async fn protect(&self, patch: ProtectionPatch) {
        self.world.app.review().protect(&self.ann, self.room.id, patch).await.expect("protect");
    }
}

#[tokio::test]
async fn a_report_reaches_those_who_moderate_and_not_whom_it_is_about() {
    let case = case().await;
    let review = case.world.app.review();
    let sent = case.world.send(&case.bob, &case.room, "fools").await;
    case.world.bus.take();
    let made = review.report(&case.cem, Reported::Message(sent.message), reason("rude")).await.expect("report");
    assert!(made.new);
    let told: Vec<_> = case.world.signals().into_iter().map(|signal| signal.kind).collect();
    for user in [case.ann.id(), case.bob.id()] {
        assert!(told.contains(&SignalKind::ReportsWaiting { user, open: 1 }), "{told:?}");
    }
    assert_eq!(told.len(), 2, "nobody else: {told:?}");
    let again = review.report(&case.cem, Reported::Message(sent.message), reason("still")).await.expect("report");
    assert_eq!((again.id, again.new), (made.id, false));

    let open = review.reports(&case.ann, case.scope(), Some(true), (None, FIRST)).await.expect("list");
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].report.reason.as_str(), open[0].report.quote.as_deref()), ("rude", Some("fools")));
    assert_eq!(review.reports(&case.bob, case.scope(), None, (None, FIRST)).await.expect("list"), []);
    let about_himself = review.resolve(&case.bob, (case.scope(), made.id), Decision::Dismiss, None).await;
    assert_eq!(code(about_himself), "report_not_found");
    assert_eq!(code(review.reports(&case.cem, case.scope(), None, (None, FIRST)).await), "not_moderator");
    assert_eq!(code(review.reports(&case.ann, ReportScope::Server, None, (None, FIRST)).await), "not_administrator");
    let all = review.reports(&case.chief, ReportScope::Server, None, (None, FIRST)).await.expect("list");
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn only_what_one_may_read_is_reported() {
    let case = case().await;
    let review = case.world.app.review();
    let private = case.world.private_room(&case.ann, "secret").await;
    let secret = case.world.send(&case.ann, &private, "psst").await;
    let own = case.world.send(&case.cem, &case.room, "mine").await;
    let report = |actor, reported| review.report(actor, reported, reason("x"));
    assert_eq!(code(report(&case.cem, Reported::Message(secret.message)).await), "message_not_found");
    let outside = Reported::User(case.ann.id(), Some(private.id));
    assert_eq!(code(report(&case.cem, outside).await), "room_not_found");
    let nowhere = Reported::User(case.ann.id(), Some(RoomId(999_999)));
    assert_eq!(code(report(&case.cem, nowhere).await), "room_not_found");
    assert_eq!(code(report(&case.cem, Reported::Message(own.message)).await), "not_permitted");
    case.world.app.messages().delete(&case.cem, case.room.id, own.message).await.expect("delete");
    assert_eq!(code(report(&case.ann, Reported::Message(own.message)).await), "message_not_found");
    assert!(report(&case.cem, Reported::User(case.bob.id(), None)).await.expect("to administrators").new);
    let all = review.reports(&case.chief, ReportScope::Server, None, (None, FIRST)).await.expect("list");
    assert_eq!(all.iter().map(|view| view.report.room).collect::<Vec<_>>(), [None]);
    assert_eq!(review.reports(&case.ann, case.scope(), None, (None, FIRST)).await.expect("list"), []);
}

#[tokio::test]
async fn a_decision_acts_once_and_ends_all_reports_of_the_same() {
    let case = case().await;
    let review = case.world.app.review();
    let sent = case.world.send(&case.cem, &case.room, "buy now").await;
    let one = review.report(&case.bob, Reported::Message(sent.message), reason("spam")).await.expect("report");
    let two = review.report(&case.chief, Reported::Message(sent.message), reason("spam")).await.expect("report");
    let delete = Decision::DeleteMessage;
    let view = review.resolve(&case.bob, (case.scope(), one.id), delete, Some(reason("gone"))).await.expect("resolve");
    let resolved = view.report.resolved.expect("resolved");
    assert_eq!((resolved.resolution, resolved.note.as_deref()), (Resolution::MessageDeleted, Some("gone")));
    assert_eq!(resolved.by, Some(case.bob.id()));
    assert!(case.world.texts(case.room.id).await.iter().all(String::is_empty), "the message is gone");
    let log = case.world.log(case.room.id).await.len();
    for report in [one.id, two.id] {
        review.resolve(&case.ann, (case.scope(), report), delete, None).await.expect("again");
        assert_eq!(
            code(review.resolve(&case.ann, (case.scope(), report), Decision::Dismiss, None).await),
            "report_resolved"
        );
    }
    assert_eq!(case.world.log(case.room.id).await.len(), log, "nothing was done twice");
    let audited = case.world.audited();
    assert_eq!(audited.iter().filter(|word| **word == "resolve_report").count(), 1);
    assert!(audited.contains(&"delete_message"));
    assert_eq!(review.reports(&case.ann, case.scope(), Some(true), (None, FIRST)).await.expect("list"), []);
}

#[tokio::test]
async fn a_decision_mutes_or_bans_as_the_decider_may() {
    let case = case().await;
    let review = case.world.app.review();
    let reported = |user: &Actor| Reported::User(user.id(), Some(case.room.id));
    let about_cem = review.report(&case.bob, reported(&case.cem), reason("noise")).await.expect("report");
    let until = case.world.now() + Duration::minutes(5);
    let mute = Decision::Mute(Some(until));
    review.resolve(&case.bob, (case.scope(), about_cem.id), mute, None).await.expect("mute");
    assert_eq!(case.send(&case.cem, "hello").await, Err("muted"));
    let line = case.world.store.audit_log().into_iter().rfind(|line| line.action == "mute").expect("audited");
    assert_eq!(line.reason, None, "the reporter's words stay with the report");

    let about_ann = review.report(&case.cem, reported(&case.ann), reason("tyrant")).await.expect("report");
    let ban = Decision::Ban(None);
    assert_eq!(code(review.resolve(&case.bob, (case.scope(), about_ann.id), ban, None).await), "outranked");
    let elsewhere = case.world.room(&case.bob, "two").await;
    let wrong_room = ReportScope::Room(elsewhere.id);
    assert_eq!(code(review.resolve(&case.bob, (wrong_room, about_ann.id), ban, None).await), "report_not_found");
    let none = review.resolve(&case.bob, (case.scope(), about_ann.id), Decision::DeleteMessage, None).await;
    assert_eq!(code(none), "invalid");
    let outside = review.resolve(&case.chief, (ReportScope::Server, about_ann.id), ban, None).await;
    assert_eq!(code(outside), "not_moderator", "administrators moderate rooms that they are moderators of");
    let open = review.reports(&case.bob, case.scope(), Some(true), (None, FIRST)).await.expect("list");
    assert_eq!(open.len(), 1, "what could not be done is not decided");
    review.resolve(&case.chief, (ReportScope::Server, about_ann.id), Decision::Dismiss, None).await.expect("dismiss");
}

#[tokio::test]
async fn reports_are_bounded() {
    let mut settings = settings();
    settings.open_reports_per_user = 1;
    let case = case_in(World::with(settings)).await;
    let review = case.world.app.review();
    review.report(&case.cem, Reported::User(case.ann.id(), None), reason("x")).await.expect("report");
    let second = review.report(&case.cem, Reported::User(case.bob.id(), None), reason("x")).await;
    assert_eq!(code(second), "too_many_reports");
}

#[tokio::test]
async fn reports_writes_and_marks_have_rates() {
    let mut settings = settings();
    settings.rates = Some(strict());
    let world = World::with(settings);
    let ann = world.user("ann").await;
    let bob = world.user("bob").await;
    let room = world.room(&ann, "one").await;
    world.join(&bob, &room).await;
    let review = world.app.review();
    review.report(&bob, Reported::User(ann.id(), None), reason("x")).await.expect("report");
    assert_eq!(code(review.report(&bob, Reported::User(ann.id(), Some(room.id)), reason("x")).await), "rate_limited");
    world.app.count_write(&bob).await.expect("one");
    assert_eq!(code(world.app.count_write(&bob).await), "rate_limited");
    world.app.count_write(&ann).await.expect("another user");
    let head = world.log(room.id).await.last().expect("an event").seq;
    world.send(&ann, &room, "hi").await;
    world.app.messages().mark_delivered(&bob, room.id, head.next()).await.expect("a mark");
    assert_eq!(code(world.app.messages().mark_read(&bob, room.id, head.next()).await), "rate_limited");
    world.app.messages().mark_delivered(&bob, room.id, head).await.expect("what changes nothing is free");
}

fn only(age: Option<u32>, joins: Option<u32>, locked: Option<bool>) -> ProtectionPatch {
    ProtectionPatch { locked_down: locked, join_per_minute: joins, min_account_age_seconds: age }
}

#[tokio::test]
async fn a_locked_room_lets_nobody_in_but_whom_moderators_add() {
    let case = case().await;
    let rooms = case.world.app.rooms();
    case.protect(only(None, None, Some(true))).await;
    let dan = case.world.user("dan").await;
    assert_eq!(code(rooms.join(&dan, case.room.id).await), "room_locked");
    rooms.join(&case.cem, case.room.id).await.expect("a member stays one");
    rooms.join(&case.chief, case.room.id).await.expect("administrators come in");
    rooms.add_member(&case.ann, case.room.id, &dan.user.username).await.expect("a moderator knows");
    let review = case.world.app.review();
    assert_eq!(code(review.protect(&case.cem, case.room.id, only(None, None, Some(false))).await), "not_moderator");
    assert_eq!(code(review.protection(&case.cem, case.room.id).await), "not_moderator");
    assert!(review.protection(&case.bob, case.room.id).await.expect("see").locked_down);
    let too_much = review.protect(&case.ann, case.room.id, only(Some(31_536_001), None, None)).await;
    assert_eq!(code(too_much), "invalid");
    case.protect(only(None, None, Some(false))).await;
    rooms.join(&case.world.user("eve").await, case.room.id).await.expect("open again");
    assert_eq!(case.world.audited().iter().filter(|word| **word == "protect_room").count(), 2);
}

#[tokio::test]
async fn a_locked_room_that_everybody_left_can_be_taken_over() {
    let case = case().await;
    let rooms = case.world.app.rooms();
    case.protect(only(None, None, Some(true))).await;
    for member in [&case.cem, &case.bob, &case.ann] {
        rooms.leave(member, case.room.id).await.expect("leave");
    }
    let dan = case.world.user("dan").await;
    let entry = rooms.join(&dan, case.room.id).await.expect("nobody else could open it");
    assert_eq!(entry.membership.role, Role::Owner);
}

#[tokio::test]
async fn new_accounts_wait_and_crowds_come_one_by_one() {
    let case = case().await;
    let rooms = case.world.app.rooms();
    case.world.clock.advance(Duration::minutes(2));
    case.protect(only(Some(60), None, None)).await;
    let dan = case.world.user("dan").await;
    let error = rooms.join(&dan, case.room.id).await.expect_err("too new");
    let since: Timestamp = case.world.now();
    assert!(
        matches!(error, hallway_application::Error::Denied(Denied::AccountTooNew(until)) if until == since + Duration::minutes(1))
    );
    case.world.clock.advance(Duration::minutes(1));
    rooms.join(&dan, case.room.id).await.expect("old enough");

    case.protect(only(Some(0), Some(2), None)).await;
    let (eve, fay) = (case.world.user("eve").await, case.world.user("fay").await);
    case.world.clock.advance(Duration::seconds(20));
    rooms.join(&eve, case.room.id).await.expect("the second of this minute");
    let error = rooms.join(&fay, case.room.id).await.expect_err("too many");
    assert_eq!(error.code(), "joining_too_fast");
    assert!(
        matches!(error, hallway_application::Error::Denied(Denied::JoiningTooFast(wait)) if wait == Duration::seconds(40))
    );
    case.world.clock.advance(Duration::seconds(40));
    rooms.join(&fay, case.room.id).await.expect("a minute after the first");
}

#[tokio::test]
async fn blocked_words_are_refused_in_sends_and_edits() {
    let case = case().await;
    case.send(&case.cem, "spam").await.expect("no rule yet");
    case.filter("spam", FilterAction::Block).await;
    assert_eq!(case.send(&case.cem, "so much SPAM!").await, Err("blocked_by_filter"));
    case.send(&case.cem, "spammer").await.expect("another word");
    case.send(&case.bob, "spam").await.expect("moderators write what they want");
    let sent = case.world.send(&case.cem, &case.room, "ham").await;
    let edit = case.world.app.messages().edit(&case.cem, case.room.id, sent.message, body("spam")).await;
    assert_eq!(code(edit), "blocked_by_filter");
    let other = case.world.room(&case.cem, "two").await;
    case.world.send(&case.cem, &other, "spam").await;

    let review = case.world.app.review();
    let again =
        review.add_filter(&case.ann, case.room.id, Pattern::parse("spam").expect("fine"), FilterAction::Hold).await;
    assert_eq!(code(again), "filter_exists");
    assert_eq!(code(review.filters(&case.cem, case.room.id).await), "not_moderator");
    let rules = review.filters(&case.bob, case.room.id).await.expect("rules");
    assert_eq!(code(review.remove_filter(&case.cem, case.room.id, rules[0].id).await), "not_moderator");
    review.remove_filter(&case.bob, case.room.id, rules[0].id).await.expect("remove");
    assert_eq!(code(review.remove_filter(&case.bob, case.room.id, rules[0].id).await), "filter_not_found");
    case.send(&case.cem, "spam").await.expect("the rule is gone");
    let direct = case.world.app.rooms().direct(&case.ann, case.cem.user.username.clone()).await.expect("direct").0;
    let pattern = Pattern::parse("spam").expect("fine");
    assert_eq!(code(review.add_filter(&case.ann, direct.id, pattern, FilterAction::Block).await), "direct_room");
}

#[tokio::test]
async fn held_messages_wait_and_are_posted_in_their_authors_names() {
    let case = case().await;
    case.filter("crypto", FilterAction::Hold).await;
    let review = case.world.app.review();
    let text = "crypto! @bob";
    let draft = || SendMessage { client_id: Some(hallway_domain::ClientId(uuid(7))), ..message(case.room.id, text) };
    for _ in 0..2 {
        let sent = case.world.app.messages().send(&case.cem, draft()).await;
        assert_eq!(code(sent), "held_for_review");
    }
    let before = case.world.log(case.room.id).await.len();
    assert_eq!(code(review.held(&case.cem, case.room.id, (None, FIRST)).await), "not_moderator");
    let held = review.held(&case.bob, case.room.id, (None, FIRST)).await.expect("held");
    assert_eq!(held.iter().map(|held| held.body.as_str()).collect::<Vec<_>>(), [text], "once for one client id");
    assert_eq!((&held[0].author, held[0].pattern.as_str()), (&case.cem.user, "crypto"));
    assert_eq!(code(review.approve(&case.cem, case.room.id, held[0].id).await), "not_moderator");

    let posted = review.approve(&case.bob, case.room.id, held[0].id).await.expect("approve");
    let log = case.world.log(case.room.id).await;
    assert_eq!(log.len(), before + 1);
    let Some(Fact::MessagePosted(view)) = log.last().map(|event| &event.fact) else { panic!("not posted: {log:?}") };
    assert_eq!((view.message.id, view.message.author.as_ref()), (posted, Some(&case.cem.user)));
    assert_eq!(view.mentions, std::slice::from_ref(&case.bob.user));
    let repeat = case.world.app.messages().send(&case.cem, draft()).await.expect("it is there");
    assert!(repeat.duplicate && repeat.message == posted);
    assert_eq!(code(review.approve(&case.bob, case.room.id, held[0].id).await), "held_message_not_found");
    let line = case.world.store.audit_log().pop().expect("audited");
    assert_eq!((line.action, line.target), ("approve_message", Some(case.cem.id())));
    assert!(!format!("{line:?}").contains("@bob"), "what it says is not in the audit log");
}

#[tokio::test]
async fn held_messages_of_who_may_not_write_any_more_are_only_rejected() {
    let mut settings = settings();
    settings.held_per_room = 2;
    let case = case_in(World::with(settings)).await;
    case.filter("crypto", FilterAction::Hold).await;
    for _ in 0..2 {
        assert_eq!(case.send(&case.cem, "crypto").await, Err("held_for_review"));
    }
    assert_eq!(case.send(&case.cem, "crypto").await, Err("blocked_by_filter"), "enough waits");
    let review = case.world.app.review();
    let held = review.held(&case.ann, case.room.id, (None, FIRST)).await.expect("held");
    case.world.app.rooms().leave(&case.cem, case.room.id).await.expect("leave");
    assert_eq!(code(review.approve(&case.ann, case.room.id, held[0].id).await), "author_cannot_post");
    review.reject(&case.ann, case.room.id, held[0].id).await.expect("reject");
    assert_eq!(code(review.reject(&case.ann, case.room.id, held[0].id).await), "held_message_not_found");
    assert_eq!(review.held(&case.ann, case.room.id, (None, FIRST)).await.expect("held").len(), 1, "the other waits");
    assert_eq!(case.world.texts(case.room.id).await, Vec::<String>::new());
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}
