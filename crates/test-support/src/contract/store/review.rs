//! Reports, the audit log as it is read, filters and held messages.

use hallway_domain::ports::{AuditEntry, AuditFilter, ReportFilter, UnitOfWork};
use hallway_domain::{
    AttachmentId, AuditId, Body, FilterAction, FilterRule, HeldId, Message, NewFilterRule, NewHeld, NewReport, Pattern,
    Remark, Report, ReportId, ReportSubject, Resolution, Resolved, Role, RoomId, SanctionKind, UserId, UserRef,
};

use super::world::client;
use super::{World, at};

fn of_message(message: &Message, reporter: &UserRef) -> NewReport {
    NewReport {
        subject: ReportSubject::Message(message.id),
        room: Some(message.room),
        reporter: reporter.id,
        target: message.author_id(),
        reason: Remark::parse("reason", "rude \u{1F620}").expect("a reason"),
        quote: Some(message.body.clone()),
        created_at: at(10),
    }
}

fn of_user(user: &UserRef, room: Option<RoomId>, reporter: &UserRef) -> NewReport {
    NewReport {
        subject: ReportSubject::User(user.id, room),
        room,
        reporter: reporter.id,
        target: Some(user.id),
        reason: Remark::parse("reason", "spam").expect("a reason"),
        quote: None,
        created_at: at(11),
    }
}

async fn report(world: &World, report: &NewReport) -> Option<ReportId> {
    let mut unit = world.begin().await;
    let id = unit.review().insert_report(report).await.expect("insert report");
    unit.commit().await.expect("commit report");
    id
}

fn everything(not_about: UserId) -> ReportFilter {
    ReportFilter { room: None, open: None, not_about }
}

async fn listed(world: &World, filter: ReportFilter, before: Option<ReportId>, limit: u32) -> Vec<ReportId> {
    let views = world.store().review_queries().reports(&filter, before, limit).await.expect("reports");
    views.into_iter().map(|view| view.report.id).collect()
}

pub async fn a_report_is_open_once_for_each_reporter(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &bob, "you are all fools").await;
    let new = of_message(&message, &ann);
    let first = report(&world, &new).await.expect("new");
    assert_eq!(report(&world, &new).await, None, "open already");
    let other = report(&world, &of_message(&message, &cem)).await.expect("another reporter");
    let user = report(&world, &of_user(&bob, Some(room), &ann)).await.expect("another subject");
    assert!(report(&world, &of_user(&bob, None, &ann)).await.is_some(), "another place");
    let mut unit = world.begin().await;
    assert_eq!(unit.review().insert_report(&new).await.expect("insert"), None);
    assert_eq!(unit.review().open_report(ann.id, new.subject).await.expect("open"), Some(first), "still usable");
    assert_eq!(unit.review().open_reports_by(ann.id).await.expect("count"), 3);
    let found = unit.review().lock_report(first).await.expect("lock").expect("found");
    let expected = Report {
        id: first,
        room: Some(room),
        reporter: ann.id,
        target: Some(bob.id),
        message: Some(message.id),
        reason: "rude \u{1F620}".to_owned(),
        quote: Some("you are all fools".to_owned()),
        created_at: at(10),
        resolved: None,
    };
    assert_eq!(found, expected);
    assert_eq!(unit.review().lock_report(ReportId(999_999)).await.expect("lock"), None);
    drop(unit);
    assert!(first < other && other < user);
    assert_eq!(world.store().review_queries().open_reports(room).await.expect("count"), 3);
}

pub async fn resolving_ends_all_of_a_subject(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    let message = world.post(room, &bob, "x").await;
    let one = report(&world, &of_message(&message, &ann)).await.expect("new");
    let two = report(&world, &of_message(&message, &cem)).await.expect("new");
    let user = report(&world, &of_user(&bob, Some(room), &cem)).await.expect("new");
    let resolved =
        Resolved { at: at(20), by: Some(ann.id), resolution: Resolution::Banned, note: Some("enough".to_owned()) };
    let mut unit = world.begin().await;
    let subject = ReportSubject::Message(message.id);
    assert_eq!(unit.review().resolve_reports(subject, &resolved).await.expect("resolve"), 2);
    assert_eq!(unit.review().resolve_reports(subject, &resolved).await.expect("again"), 0);
    unit.commit().await.expect("commit");
    for id in [one, two] {
        let view = world.store().review_queries().report(id).await.expect("report").expect("found");
        assert_eq!(view.report.resolved.as_ref(), Some(&resolved));
        assert_eq!(view.resolved_by.as_ref(), Some(&ann));
    }
    let filter = |open| ReportFilter { room: Some(room), open, ..everything(ann.id) };
    assert_eq!(listed(&world, filter(Some(true)), None, 10).await, [user]);
    assert_eq!(listed(&world, filter(Some(false)), None, 10).await, [two, one]);
    assert!(report(&world, &of_message(&message, &ann)).await.is_some(), "it may be reported again");
}

pub async fn lists_reports_from_the_newest_but_none_about_the_reader(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (room, other) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let first = report(&world, &of_user(&bob, Some(room), &cem)).await.expect("new");
    let second = report(&world, &of_user(&ann, Some(room), &cem)).await.expect("new");
    let third = report(&world, &of_user(&bob, Some(other), &cem)).await.expect("new");
    let fourth = report(&world, &of_user(&bob, None, &cem)).await.expect("new");
    let of = |room| ReportFilter { room: Some(room), ..everything(UserId(0)) };
    assert_eq!(listed(&world, of(room), None, 10).await, [second, first]);
    assert_eq!(listed(&world, ReportFilter { not_about: ann.id, ..of(room) }, None, 10).await, [first]);
    assert_eq!(listed(&world, of(other), None, 10).await, [third]);
    assert_eq!(listed(&world, everything(UserId(0)), None, 3).await, [fourth, third, second]);
    assert_eq!(listed(&world, everything(UserId(0)), Some(second), 3).await, [first]);
    let view = world.store().review_queries().report(first).await.expect("report").expect("found");
    assert_eq!((view.reporter, view.target), (Some(cem), Some(bob)));
    assert_eq!(view.room_name.map(hallway_domain::RoomName::into_string).as_deref(), Some("one"));
    assert_eq!(world.store().review_queries().report(ReportId(999_999)).await.expect("report"), None);
}

pub async fn reports_go_with_their_room_and_their_people(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let (room, other) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    report(&world, &of_user(&bob, Some(room), &cem)).await.expect("new");
    report(&world, &of_user(&bob, Some(other), &cem)).await.expect("new");
    let about_ann = report(&world, &of_user(&ann, Some(other), &cem)).await.expect("new");
    let by_bob = report(&world, &of_user(&cem, Some(other), &bob)).await.expect("new");
    assert_ne!(about_ann, by_bob);
    hold(&world, &held(other, &bob, "waits", None)).await;
    let mut unit = world.begin().await;
    unit.rooms().delete(room).await.expect("delete");
    unit.accounts().erase(bob.id).await.expect("erase");
    unit.commit().await.expect("commit");
    assert_eq!(listed(&world, everything(UserId(0)), None, 10).await, [about_ann]);
    assert_eq!(world.store().review_queries().held_of(other, None, 10).await.expect("held"), []);
}

async fn write_line(world: &World, entry: &AuditEntry) {
    let mut unit = world.begin().await;
    unit.audit().append(entry).await.expect("append");
    unit.commit().await.expect("commit");
}

pub async fn the_audit_log_is_narrowed_down_and_paged(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let room = world.room("one", &ann).await.id;
    let entry = |action: &'static str, actor: &UserRef, target: Option<&UserRef>| AuditEntry {
        room: Some(room),
        actor: Some(actor.id),
        target: target.map(|user| user.id),
        action,
        reason: Some("because \u{1F937}".to_owned()),
        details: vec![("seconds", "60".to_owned()), ("a_note", "\"quoted\"".to_owned())],
        at: at(5),
    };
    for line in [entry("ban", &ann, Some(&bob)), entry("unban", &ann, Some(&bob)), entry("ban", &bob, Some(&ann))] {
        write_line(&world, &line).await;
    }
    write_line(&world, &AuditEntry { room: None, details: Vec::new(), ..entry("login", &bob, None) }).await;
    let store = world.store();
    let lines = |filter: AuditFilter, before: Option<AuditId>, limit| {
        let store = &store;
        async move { store.review_queries().audit(&filter, before, limit).await.expect("audit") }
    };
    let words = |lines: &[hallway_domain::ports::AuditLine]| -> Vec<String> {
        lines.iter().map(|line| line.action.clone()).collect()
    };
    let all = lines(AuditFilter::default(), None, 10).await;
    assert_eq!(words(&all), ["login", "ban", "unban", "ban"], "the newest first");
    assert_eq!((all[0].room, &all[0].details), (None, &Vec::new()));
    let of_room = AuditFilter { room: Some(room), ..AuditFilter::default() };
    let first = lines(of_room.clone(), None, 2).await;
    assert_eq!(words(&first), ["ban", "unban"]);
    let rest = lines(of_room.clone(), Some(first[1].id), 2).await;
    assert_eq!(words(&rest), ["ban"]);
    let line = &rest[0];
    assert_eq!((line.actor_name.as_ref(), line.target_name.as_ref()), (Some(&ann), Some(&bob)));
    assert_eq!((line.actor, line.target, line.at), (Some(ann.id), Some(bob.id), at(5)));
    assert_eq!(line.reason.as_deref(), Some("because \u{1F937}"));
    let details = [("a_note", "\"quoted\""), ("seconds", "60")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(line.details, details, "by their words");
    let by_bob = AuditFilter { actor: Some(bob.id), ..of_room.clone() };
    assert_eq!(words(&lines(by_bob, None, 10).await), ["ban"]);
    let to_bob = AuditFilter { target: Some(bob.id), ..AuditFilter::default() };
    assert_eq!(words(&lines(to_bob, None, 10).await), ["unban", "ban"]);
    let bans = AuditFilter { action: Some("ban".to_owned()), ..of_room };
    assert_eq!(lines(bans, None, 10).await.len(), 2);
}

async fn versions(unit: &mut dyn UnitOfWork, rooms: &[RoomId]) -> Vec<(RoomId, i64)> {
    let mut versions = unit.review().filter_versions(rooms).await.expect("versions");
    versions.sort_unstable();
    versions
}

pub async fn every_change_of_a_filter_has_a_version(world: World) {
    let ann = world.user("ann").await;
    let (room, other) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let new = |pattern: &str, action| NewFilterRule {
        room,
        pattern: Pattern::parse(pattern).expect("a pattern"),
        action,
        created_by: ann.id,
        created_at: at(3),
    };
    let mut unit = world.begin().await;
    assert_eq!(versions(unit.as_mut(), &[room, other]).await, []);
    let spam = unit.review().add_filter(&new("spam", FilterAction::Block)).await.expect("add").expect("new");
    let after_one = versions(unit.as_mut(), &[room, other]).await;
    assert_eq!(after_one.len(), 1, "the other room has none");
    assert_eq!(unit.review().add_filter(&new("spam", FilterAction::Hold)).await.expect("add"), None);
    assert_eq!(versions(unit.as_mut(), &[room]).await, after_one, "nothing was changed");
    let money = unit.review().add_filter(&new("free money", FilterAction::Hold)).await.expect("add").expect("new");
    let after_two = versions(unit.as_mut(), &[room]).await;
    assert!(after_two[0].1 > after_one[0].1);
    let expected = FilterRule {
        id: money.id,
        room,
        pattern: Pattern::from_stored("free money".to_owned()),
        action: FilterAction::Hold,
        created_by: Some(ann.id),
        created_at: at(3),
    };
    assert_eq!(money, expected);
    assert_eq!(unit.review().filter_rules(&[room, other]).await.expect("rules"), [spam.clone(), money.clone()]);
    assert_eq!(unit.review().remove_filter(other, spam.id).await.expect("remove"), None, "not of that room");
    assert_eq!(unit.review().remove_filter(room, spam.id).await.expect("remove"), Some(spam.clone()));
    assert_eq!(unit.review().remove_filter(room, spam.id).await.expect("remove"), None);
    assert!(versions(unit.as_mut(), &[room]).await[0].1 > after_two[0].1);
    unit.commit().await.expect("commit");
    assert_eq!(world.store().review_queries().filters_of(room).await.expect("rules"), [money]);
    assert_eq!(world.store().review_queries().filters_of(other).await.expect("rules"), []);
}

fn held(room: RoomId, author: &UserRef, body: &str, id: Option<u128>) -> NewHeld {
    NewHeld {
        room,
        author: author.id,
        body: Body::parse(body.to_owned(), 1000).expect("a body"),
        reply_to: None,
        client_id: id.map(client),
        attachments: vec![AttachmentId(7), AttachmentId(9)],
        pattern: Pattern::parse("spam").expect("a pattern"),
        created_at: at(6),
    }
}

async fn hold(world: &World, held: &NewHeld) {
    let mut unit = world.begin().await;
    unit.review().hold(std::slice::from_ref(held)).await.expect("hold");
    unit.commit().await.expect("commit");
}

pub async fn held_messages_are_kept_once_and_taken_once(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (room, other) = (world.room("one", &ann).await.id, world.room("two", &ann).await.id);
    let mut unit = world.begin().await;
    let all = [held(room, &bob, "spam", Some(1)), held(room, &bob, "spam", None), held(room, &bob, "spam", None)];
    unit.review().hold(&all).await.expect("hold");
    unit.review().hold(&[held(room, &bob, "spam", Some(1))]).await.expect("the same again");
    assert_eq!(unit.review().held_counts(&[room, other]).await.expect("counts"), [(room, 3)]);
    unit.commit().await.expect("commit");
    let queries = world.store();
    let queries = queries.review_queries();
    let listed = queries.held_of(room, None, 10).await.expect("held");
    assert!(listed.len() == 3 && listed.is_sorted_by(|one, next| one.id > next.id), "the newest first");
    let rest = queries.held_of(room, Some(listed[1].id), 10).await.expect("held");
    assert_eq!(rest, listed[2..]);
    let with_client = listed.iter().find(|held| held.client_id == Some(client(1))).expect("kept").clone();
    assert_eq!((&with_client.author, with_client.body.as_str()), (&bob, "spam"));
    assert_eq!((with_client.pattern.as_str(), with_client.created_at), ("spam", at(6)));
    assert_eq!(with_client.attachments, [AttachmentId(7), AttachmentId(9)]);
    let mut unit = world.begin().await;
    assert_eq!(unit.review().take_held(other, with_client.id).await.expect("take"), None, "not of that room");
    assert_eq!(unit.review().take_held(room, HeldId(999_999)).await.expect("take"), None);
    assert_eq!(unit.review().take_held(room, with_client.id).await.expect("take"), Some(with_client.clone()));
    assert_eq!(unit.review().take_held(room, with_client.id).await.expect("take"), None);
    unit.commit().await.expect("commit");
    assert_eq!(queries.held_of(room, None, 10).await.expect("held").len(), 2);
}

pub async fn joins_are_counted_backwards(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Member, at(100)).await;
    world.join(room, &cem, Role::Member, at(110)).await;
    let mut unit = world.begin().await;
    for (nth, since, expected) in [
        (1, 60, Some(at(110))),
        (2, 60, Some(at(100))),
        (3, 60, None),
        (3, -1, Some(at(0))),
        (2, 100, None),
        (1, 110, None),
    ] {
        let found = unit.review().nth_last_join(room, nth, at(since)).await.expect("joins");
        assert_eq!(found, expected, "the {nth}. last after {since}");
    }
}

pub async fn names_those_who_moderate(world: World) {
    let (ann, bob, cem) = (world.user("ann").await, world.user("bob").await, world.user("cem").await);
    let room = world.room("one", &ann).await.id;
    world.join(room, &bob, Role::Moderator, at(1)).await;
    world.join(room, &cem, Role::Member, at(1)).await;
    let store = world.store();
    let moderators = |now, limit| {
        let store = &store;
        async move { store.review_queries().moderators(room, now, limit).await.expect("moderators") }
    };
    assert_eq!(moderators(at(2), 10).await, [ann.id, bob.id]);
    assert_eq!(moderators(at(2), 1).await, [ann.id]);
    world.sanction(room, &bob, SanctionKind::Ban, Some(at(50))).await;
    assert_eq!(moderators(at(2), 10).await, [ann.id], "who is banned reads nothing");
    assert_eq!(moderators(at(51), 10).await, [ann.id, bob.id]);
}
