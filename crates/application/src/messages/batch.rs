//! One transaction of the writer: a fixed number of statements, however many messages and rooms.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use hallway_domain::policy::{self, Denied, Permit, Post, Scope};
use hallway_domain::{
    Actor, AttachmentId, ClientId, DirectKey, Fact, FilterAction, Membership, Message, MessageId, MessageView, NewHeld,
    NewMessage, Pattern, ReplyPreview, Room, RoomId, Sanction, SessionId, Standing, Timestamp, UserId,
};

use super::files::{self, Files};
use super::mentions::{Meant, Named};
use super::{SendMessage, Sent};
use crate::review::{Filters, Words};
use crate::unit::{Attempt, Unit};
use crate::{AuthFailure, Conflict, Error, Missing, Ports, Result};

type Pair = (RoomId, UserId);
type Key = (RoomId, UserId, ClientId);

/// All that decides about a batch, as its transaction read it.
struct Facts {
    rooms: BTreeMap<RoomId, Room>,
    standings: HashMap<Pair, Standing>,
    /// What was sent before under the client ids of this batch.
    sent: HashMap<Key, Message>,
    replies: HashMap<MessageId, Message>,
    named: Named,
    files: Files,
    words: Words,
    /// When who writes where slow mode is on wrote last.
    paces: HashMap<Pair, Timestamp>,
    /// Sessions that are live, of accounts that are not disabled.
    live: HashSet<SessionId>,
    /// Direct conversations whose sides cannot reach each other.
    unreachable: HashSet<DirectKey>,
}

/// What becomes of an item.
enum Verdict {
    Refused(Error),
    /// Stored before.
    Repeat(Sent),
    /// The same as that item of this batch.
    RepeatOf(usize),
    /// Kept for a moderator, because of that pattern.
    Held(Pattern),
    Accepted(Permit<Post>),
}

/// Stores what may be stored, commits and publishes; one answer for each item, in order.
pub(super) async fn write(
    ports: &Ports,
    filters: &Filters,
    items: &[(&Actor, &SendMessage)],
) -> Attempt<Vec<Result<Sent>>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let now = ports.clock.now();
    let mut unit = Unit::open(ports).await?;
    let mut facts = read(&mut unit, filters, items, now).await?;
    let verdicts = judge(&mut facts, items, now);
    let held = held(items, &verdicts, now);
    let files = wanted(items, &verdicts);
    let accepted = accept(&mut facts, items, &verdicts, now);
    let stored =
        if accepted.is_empty() { Vec::new() } else { store(&mut unit, &facts, accepted, (&files, now)).await? };
    if !held.is_empty() {
        unit.work.review().hold(&held).await?;
    }
    if !stored.is_empty() || !held.is_empty() {
        unit.commit().await?;
    }
    Ok(answers(verdicts, &stored))
}

async fn read(
    unit: &mut Unit<'_>,
    filters: &Filters,
    items: &[(&Actor, &SendMessage)],
    now: Timestamp,
) -> Attempt<Facts> {
    let rooms: BTreeSet<RoomId> = items.iter().map(|(_, command)| command.room).collect();
    let pairs: BTreeSet<Pair> = items.iter().map(|(actor, command)| (command.room, actor.id())).collect();
    let keys: BTreeSet<Key> = items.iter().filter_map(|(actor, command)| key(actor, command)).collect();
    let targets: BTreeSet<MessageId> = items.iter().filter_map(|(_, command)| command.reply_to).collect();
    let (rooms, pairs) = (Vec::from_iter(rooms), Vec::from_iter(pairs));
    let (keys, targets) = (Vec::from_iter(keys), Vec::from_iter(targets));

    // The locks come first: whatever is read after them stays so until the commit.
    let rooms = unit.work.rooms().lock(&rooms).await?;
    let memberships = unit.work.memberships().find_many(&pairs).await?;
    let sanctions = unit.work.sanctions().in_force(&pairs, now).await?;
    let sent = if keys.is_empty() { Vec::new() } else { unit.work.messages().find_sent(&keys).await? };
    let replies = if targets.is_empty() { Vec::new() } else { unit.work.messages().find_many(&targets).await? };
    let named = Named::read(unit, items.iter().map(|(_, command)| (command.room, command.body.as_str()))).await?;
    let files = Files::read(unit, items).await?;
    let words = Words::read(unit, filters, &rooms.iter().map(|room| room.id).collect::<Vec<_>>()).await?;
    let sessions: BTreeSet<SessionId> = items.iter().map(|(actor, _)| actor.session).collect();
    let paces = paces(unit, &rooms, &pairs).await?;
    let live = unit.work.sessions().live(&Vec::from_iter(sessions), now).await?;
    let direct: Vec<DirectKey> = rooms.iter().filter_map(|room| room.direct).collect();
    let unreachable = if direct.is_empty() { Vec::new() } else { unit.work.accounts().unreachable(&direct).await? };
    Ok(Facts {
        paces,
        live: live.into_iter().collect(),
        unreachable: unreachable.into_iter().collect(),
        named,
        files,
        words,
        rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
        standings: standings(memberships, sanctions, now),
        sent: sent.into_iter().filter_map(|message| Some((sent_key(&message)?, message))).collect(),
        replies: replies.into_iter().map(|message| (message.id, message)).collect(),
    })
}

/// One statement, or none where no room has slow mode.
async fn paces(unit: &mut Unit<'_>, rooms: &[Room], pairs: &[Pair]) -> Attempt<HashMap<Pair, Timestamp>> {
    let slow: HashSet<RoomId> = rooms.iter().filter(|room| room.slow_mode_seconds > 0).map(|room| room.id).collect();
    let pairs: Vec<Pair> = pairs.iter().copied().filter(|(room, _)| slow.contains(room)).collect();
    let last = if pairs.is_empty() { Vec::new() } else { unit.work.messages().last_sent(&pairs).await? };
    Ok(last.into_iter().map(|(room, user, at)| ((room, user), at)).collect())
}

fn standings(memberships: Vec<Membership>, sanctions: Vec<Sanction>, now: Timestamp) -> HashMap<Pair, Standing> {
    let mut found: HashMap<Pair, (Option<Membership>, Vec<Sanction>)> = HashMap::new();
    for membership in memberships {
        let pair = (membership.room, membership.user);
        found.entry(pair).or_default().0 = Some(membership);
    }
    for sanction in sanctions {
        found.entry((sanction.room, sanction.user)).or_default().1.push(sanction);
    }
    let standing = |(pair, (membership, sanctions))| (pair, Standing::new(membership, sanctions, now));
    found.into_iter().map(standing).collect()
}

fn key(actor: &Actor, command: &SendMessage) -> Option<Key> {
    Some((command.room, actor.id(), command.client_id?))
}

fn sent_key(message: &Message) -> Option<Key> {
    Some((message.room, message.author_id()?, message.client_id?))
}

fn judge(facts: &mut Facts, items: &[(&Actor, &SendMessage)], now: Timestamp) -> Vec<Verdict> {
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut taken = HashSet::new();
    let mut verdicts = Vec::with_capacity(items.len());
    for (at, (actor, command)) in items.iter().enumerate() {
        let key = key(actor, command);
        let verdict = if let Some(message) = key.and_then(|key| facts.sent.get(&key)) {
            // Before the policy: who was muted since still learns that the message is there.
            repeat(facts, message, command)
        } else if let Some(&earlier) = key.and_then(|key| first.get(&key)) {
            if same(items[earlier].1, command) { Verdict::RepeatOf(earlier) } else { reused() }
        } else {
            let permit = permit(facts, (actor, command), now);
            let files = |permit| facts.files.take(actor, command, &mut taken).map(|()| permit);
            match permit
                .and_then(files)
                .and_then(|permit| filtered(&mut facts.words, &facts.standings, permit, command))
            {
                Ok((_, Some(pattern))) => {
                    first.extend(key.map(|key| (key, at)));
                    Verdict::Held(pattern)
                }
                Ok((permit, None)) => {
                    first.extend(key.map(|key| (key, at)));
                    // Of several in one batch, slow mode lets the first through.
                    facts.paces.insert((command.room, actor.id()), now);
                    Verdict::Accepted(permit)
                }
                Err(error) => Verdict::Refused(error),
            }
        };
        verdicts.push(verdict);
    }
    verdicts
}

fn permit(facts: &Facts, (actor, command): (&Actor, &SendMessage), now: Timestamp) -> Result<Permit<Post>> {
    if !facts.live.contains(&actor.session) {
        return Err(AuthFailure::SessionRevoked.into());
    }
    let nobody = Standing::default();
    let room = facts.rooms.get(&command.room).ok_or(Missing::Room)?;
    let standing = facts.standings.get(&(room.id, actor.id())).unwrap_or(&nobody);
    let last = facts.paces.get(&(room.id, actor.id())).copied();
    let permit = policy::authorize(actor, Post { last, now }, Scope { room, standing })?;
    if room.direct.is_some_and(|key| facts.unreachable.contains(&key)) {
        return Err(Denied::Unreachable.into());
    }
    if let Some(target) = command.reply_to {
        let target = facts.replies.get(&target).filter(|target| target.room == room.id && !target.is_deleted());
        target.ok_or(Missing::Message)?;
    }
    Ok(permit)
}

/// What the room's filter says: nothing, or the pattern for which the message is to be held.
fn filtered(
    words: &mut Words,
    standings: &HashMap<Pair, Standing>,
    permit: Permit<Post>,
    command: &SendMessage,
) -> Result<(Permit<Post>, Option<Pattern>)> {
    let author = standings.get(&(command.room, permit.actor()));
    let verdict = author.and_then(|author| words.verdict(command.room, author, command.body.as_str()));
    match verdict.map(|(action, pattern)| (action, pattern.clone())) {
        None => Ok((permit, None)),
        // A room where too much waits already takes no more of it.
        Some((FilterAction::Hold, pattern)) if words.hold(command.room) => Ok((permit, Some(pattern))),
        Some(_) => Err(Denied::BlockedByFilter.into()),
    }
}

/// What is to wait for a moderator.
fn held(items: &[(&Actor, &SendMessage)], verdicts: &[Verdict], now: Timestamp) -> Vec<NewHeld> {
    let held = items.iter().zip(verdicts).filter_map(|((actor, command), verdict)| {
        let Verdict::Held(pattern) = verdict else { return None };
        Some(NewHeld {
            room: command.room,
            author: actor.id(),
            body: command.body.clone(),
            reply_to: command.reply_to,
            client_id: command.client_id,
            attachments: command.attachments.clone(),
            pattern: pattern.clone(),
            created_at: now,
        })
    });
    held.collect()
}

/// The answer to a client id that was used before. What an edit or a deletion has replaced cannot be compared.
fn repeat(facts: &Facts, message: &Message, command: &SendMessage) -> Verdict {
    let same_body = message.edited_at.is_some() || message.body == command.body.as_str();
    if message.is_deleted() || (same_body && message.reply_to == command.reply_to && facts.files.same(message, command))
    {
        Verdict::Repeat(sent(message, true))
    } else {
        reused()
    }
}

fn same(one: &SendMessage, other: &SendMessage) -> bool {
    one.body == other.body && one.reply_to == other.reply_to && one.attachments == other.attachments
}

const fn reused() -> Verdict {
    Verdict::Refused(Error::Conflict(Conflict::ClientIdReused))
}

const fn sent(message: &Message, duplicate: bool) -> Sent {
    Sent { message: message.id, seq: message.seq, at: message.created_at, duplicate }
}

/// The files of each accepted message.
fn wanted<'a>(items: &[(&Actor, &'a SendMessage)], verdicts: &[Verdict]) -> Vec<&'a [AttachmentId]> {
    let accepted = items.iter().zip(verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Accepted(_)));
    accepted.map(|((_, command), _)| command.attachments.as_slice()).collect()
}

/// Gives each accepted message the next place in its room's log.
fn accept(
    facts: &mut Facts,
    items: &[(&Actor, &SendMessage)],
    verdicts: &[Verdict],
    now: Timestamp,
) -> Vec<(NewMessage, Meant)> {
    let Facts { rooms, standings, named, .. } = facts;
    let mut accepted = Vec::new();
    for ((actor, command), verdict) in items.iter().zip(verdicts) {
        let standing = standings.get(&(command.room, actor.id()));
        if let (Verdict::Accepted(permit), Some(room), Some(standing)) =
            (verdict, rooms.get_mut(&command.room), standing)
        {
            let meant = named.meant(command.body.as_str(), actor, Scope { room, standing });
            let author = actor.user.clone();
            let message = NewMessage::text(permit, author, room.take_seq(), command.body.clone(), now);
            let message = NewMessage { reply_to: command.reply_to, client_id: command.client_id, ..message };
            accepted.push((message, meant));
        }
    }
    accepted
}

async fn store(
    unit: &mut Unit<'_>,
    facts: &Facts,
    accepted: Vec<(NewMessage, Meant)>,
    (files, now): (&[&[AttachmentId]], Timestamp),
) -> Attempt<Vec<Message>> {
    let count = accepted.len();
    let (accepted, meant): (Vec<_>, Vec<_>) = accepted.into_iter().unzip();
    let stored = unit.work.messages().insert_many(accepted).await?;
    if stored.len() != count {
        return Err(Error::Internal(format!("{count} messages inserted, {} returned", stored.len())).into());
    }
    let mentions: Vec<_> = stored.iter().zip(&meant).flat_map(|(message, meant)| meant.rows(message)).collect();
    if !mentions.is_empty() {
        unit.work.mentions().insert_many(&mentions).await?;
    }
    files::claim(unit, &stored, files).await?;
    for ((message, Meant { users, here }), files) in stored.iter().zip(meant).zip(files) {
        let Some(room) = facts.rooms.get(&message.room) else { continue };
        let reply = message.reply_to.and_then(|target| facts.replies.get(&target)).map(ReplyPreview::of);
        let attachments = facts.files.shown(files);
        let view = MessageView { reply, attachments, mentions: users, here, ..MessageView::bare(message.clone()) };
        unit.record_at(room, message.seq, now, Fact::MessagePosted(Box::new(view)));
    }
    Ok(stored)
}

fn answers(verdicts: Vec<Verdict>, stored: &[Message]) -> Vec<Result<Sent>> {
    let mut stored = stored.iter();
    let mut answers: Vec<Result<Sent>> = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let answer = match verdict {
            Verdict::Refused(error) => Err(error),
            Verdict::Held(_) => Err(Denied::HeldForReview.into()),
            Verdict::Repeat(sent) => Ok(sent),
            Verdict::RepeatOf(earlier) => answers[earlier].clone().map(|sent| Sent { duplicate: true, ..sent }),
            Verdict::Accepted(_) => match stored.next() {
                Some(message) => Ok(sent(message, false)),
                None => Err(Error::Internal("a message was accepted and not stored".to_owned())),
            },
        };
        answers.push(answer);
    }
    answers
}
