//! One transaction of the writer: a fixed number of statements, however many messages and rooms.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hallway_domain::policy::{self, Permit, Post, Scope};
use hallway_domain::{
    Actor, ClientId, Fact, Membership, Message, MessageId, MessageView, NewMessage, ReplyPreview, Room, RoomId,
    Sanction, Standing, Timestamp, UserId,
};

use super::{SendMessage, Sent};
use crate::unit::{Attempt, Unit};
use crate::{Conflict, Error, Missing, Ports, Result};

type Pair = (RoomId, UserId);
type Key = (RoomId, UserId, ClientId);

/// All that decides about a batch, as its transaction read it.
struct Facts {
    rooms: BTreeMap<RoomId, Room>,
    standings: HashMap<Pair, Standing>,
    /// What was sent before under the client ids of this batch.
    sent: HashMap<Key, Message>,
    replies: HashMap<MessageId, Message>,
}

/// What becomes of an item.
enum Verdict {
    Refused(Error),
    /// Stored before.
    Repeat(Sent),
    /// The same as that item of this batch.
    RepeatOf(usize),
    Accepted(Permit<Post>),
}

/// Stores what may be stored, commits and publishes; one answer for each item, in order.
pub(super) async fn write(ports: &Ports, items: &[(&Actor, &SendMessage)]) -> Attempt<Vec<Result<Sent>>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let now = ports.clock.now();
    let mut unit = Unit::open(ports).await?;
    let mut facts = read(&mut unit, items, now).await?;
    let verdicts = judge(&facts, items);
    let accepted = accept(&mut facts, items, &verdicts, now);
    let stored = if accepted.is_empty() { Vec::new() } else { store(&mut unit, &facts, accepted, now).await? };
    if !stored.is_empty() {
        unit.commit().await?;
    }
    Ok(answers(verdicts, &stored))
}

async fn read(unit: &mut Unit<'_>, items: &[(&Actor, &SendMessage)], now: Timestamp) -> Attempt<Facts> {
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
    Ok(Facts {
        rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
        standings: standings(memberships, sanctions, now),
        sent: sent.into_iter().filter_map(|message| Some((sent_key(&message)?, message))).collect(),
        replies: replies.into_iter().map(|message| (message.id, message)).collect(),
    })
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

fn judge(facts: &Facts, items: &[(&Actor, &SendMessage)]) -> Vec<Verdict> {
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut verdicts = Vec::with_capacity(items.len());
    for (at, (actor, command)) in items.iter().enumerate() {
        let key = key(actor, command);
        let verdict = if let Some(message) = key.and_then(|key| facts.sent.get(&key)) {
            // Before the policy: who was muted since still learns that the message is there.
            repeat(message, command)
        } else if let Some(&earlier) = key.and_then(|key| first.get(&key)) {
            if same(items[earlier].1, command) { Verdict::RepeatOf(earlier) } else { reused() }
        } else {
            match permit(facts, actor, command) {
                Ok(permit) => {
                    first.extend(key.map(|key| (key, at)));
                    Verdict::Accepted(permit)
                }
                Err(error) => Verdict::Refused(error),
            }
        };
        verdicts.push(verdict);
    }
    verdicts
}

fn permit(facts: &Facts, actor: &Actor, command: &SendMessage) -> Result<Permit<Post>> {
    let nobody = Standing::default();
    let room = facts.rooms.get(&command.room).ok_or(Missing::Room)?;
    let standing = facts.standings.get(&(room.id, actor.id())).unwrap_or(&nobody);
    let permit = policy::authorize(actor, Post, Scope { room, standing })?;
    if let Some(target) = command.reply_to {
        let target = facts.replies.get(&target).filter(|target| target.room == room.id && !target.is_deleted());
        target.ok_or(Missing::Message)?;
    }
    Ok(permit)
}

/// The answer to a client id that was used before. What an edit or a deletion has replaced cannot be compared.
fn repeat(message: &Message, command: &SendMessage) -> Verdict {
    let same_body = message.edited_at.is_some() || message.body == command.body.as_str();
    if message.is_deleted() || (same_body && message.reply_to == command.reply_to) {
        Verdict::Repeat(sent(message, true))
    } else {
        reused()
    }
}

fn same(one: &SendMessage, other: &SendMessage) -> bool {
    one.body == other.body && one.reply_to == other.reply_to
}

const fn reused() -> Verdict {
    Verdict::Refused(Error::Conflict(Conflict::ClientIdReused))
}

const fn sent(message: &Message, duplicate: bool) -> Sent {
    Sent { message: message.id, seq: message.seq, at: message.created_at, duplicate }
}

/// Gives each accepted message the next place in its room's log.
fn accept(
    facts: &mut Facts,
    items: &[(&Actor, &SendMessage)],
    verdicts: &[Verdict],
    now: Timestamp,
) -> Vec<NewMessage> {
    let mut accepted = Vec::new();
    for ((actor, command), verdict) in items.iter().zip(verdicts) {
        if let (Verdict::Accepted(permit), Some(room)) = (verdict, facts.rooms.get_mut(&command.room)) {
            let author = actor.user.clone();
            let message = NewMessage::text(permit, author, room.take_seq(), command.body.clone(), now);
            accepted.push(NewMessage { reply_to: command.reply_to, client_id: command.client_id, ..message });
        }
    }
    accepted
}

async fn store(unit: &mut Unit<'_>, facts: &Facts, accepted: Vec<NewMessage>, now: Timestamp) -> Attempt<Vec<Message>> {
    let count = accepted.len();
    let stored = unit.work.messages().insert_many(accepted).await?;
    if stored.len() != count {
        return Err(Error::Internal(format!("{count} messages inserted, {} returned", stored.len())).into());
    }
    for message in &stored {
        let Some(room) = facts.rooms.get(&message.room) else { continue };
        let reply = message.reply_to.and_then(|target| facts.replies.get(&target)).map(ReplyPreview::of);
        let view = MessageView { message: message.clone(), reply, reactions: Vec::new() };
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
