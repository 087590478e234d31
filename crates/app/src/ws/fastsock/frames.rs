//! From what happened to the events that say so.

use std::collections::BTreeMap;

use hallway_application::ReadMarks;
use hallway_domain::{
    Fact, FullName, MessageId, MessageView, Purge, ReactionGroup, Signal, SignalKind, UserId, UserRef,
};
use hallway_hub::RoomLabel;
use hallway_protocol::rest::fastsock as rest;
use hallway_protocol::ws::fastsock::{
    MessageDelete, MessageType, MessageUpdate, Receipt, Received, ServerEvent, Status, TypingNotice,
};

use super::UploadLinks;

/// Where a message of `sender` goes: the other side of a direct conversation, or the room.
fn target(label: &RoomLabel, sender: Option<UserId>) -> (Option<i64>, Option<i64>) {
    match &label.peers {
        Some(peers) => (sender.and_then(|sender| peers.other(sender)).map(|other| other.id.0), None),
        None => (None, Some(label.room.0)),
    }
}

/// What a message says, and as what. A file is its address; beside a text, a line of its own.
fn content(view: &MessageView, links: &UploadLinks) -> (String, MessageType) {
    let body = &view.message.body;
    let kind = |is_image| if is_image { MessageType::Image } else { MessageType::Text };
    let is_picture = matches!(&view.attachments[..], [file] if file.picture.is_some());
    let is_its_address = view.is_file_address();
    // What the client wrote counts only where nobody else knows: loading from another host tells that host who reads.
    if is_its_address && !links.are_known() && links.is_address(body) {
        return (body.clone(), kind(is_picture));
    }
    let mut addresses: Vec<String> = view.attachments.iter().filter_map(|file| links.address(file)).collect();
    if addresses.is_empty() {
        // An image that another message has already.
        return (body.clone(), kind(links.is_address(body)));
    }
    if body.is_empty() || (is_its_address && links.are_known()) {
        return (addresses.join("\n"), kind(is_picture));
    }
    addresses.insert(0, body.clone());
    (addresses.join("\n"), MessageType::Text)
}

fn received(label: &RoomLabel, view: &MessageView, links: &UploadLinks) -> Received {
    let message = &view.message;
    let sender = message.author_id();
    let (receiver_id, room_id) = target(label, sender);
    let (content, message_type) = content(view, links);
    Received {
        id: message.id.0,
        content,
        sender_id: sender.map(|id| id.0),
        receiver_id,
        room_id,
        message_type,
        timestamp: message.created_at.into(),
        reply_to: message.reply_to.map(|id| id.0),
    }
}

/// All reactions: ids of users by emoji.
fn reactions(groups: &[ReactionGroup]) -> BTreeMap<String, Vec<String>> {
    let ids = |users: &[UserRef]| users.iter().map(|user| user.id.to_string()).collect();
    groups.iter().map(|group| (group.emoji.as_str().to_owned(), ids(&group.users))).collect()
}

/// A message as lists have it, for `reader`, who has read as far as `marks` say.
pub(crate) fn message(
    label: &RoomLabel,
    view: &MessageView,
    (reader, marks): (UserId, ReadMarks),
    links: &UploadLinks,
) -> rest::Message {
    let Received { id, content, sender_id, receiver_id, room_id, message_type, timestamp, reply_to } =
        received(label, view, links);
    let read = if view.message.author_id() == Some(reader) { marks.others } else { marks.own };
    rest::Message {
        content,
        receiver_id,
        room_id,
        message_type,
        id,
        sender_id,
        timestamp,
        is_read: view.message.seq <= read,
        reply_to,
        reactions: reactions(&view.reactions),
    }
}

/// An account as others see it: without its address.
pub(crate) fn user(user: &UserRef, full_name: Option<&FullName>) -> rest::User {
    rest::User {
        email: String::new(),
        full_name: full_name.map_or_else(|| user.username.as_str(), FullName::as_str).to_owned(),
        is_active: true,
        id: user.id.0,
    }
}

/// None: there are no words for it.
pub(super) fn event(label: &RoomLabel, fact: &Fact, links: &UploadLinks) -> Option<ServerEvent> {
    match fact {
        // What was deleted meanwhile is not told at all.
        Fact::MessagePosted(view) if view.message.is_deleted() => None,
        Fact::MessagePosted(view) => Some(ServerEvent::Receive(received(label, view, links))),
        Fact::MessageEdited { message, author, body, .. } => {
            let (receiver_id, room_id) = target(label, *author);
            let sender_id = author.map(|id| id.0);
            let (id, content) = (message.0, body.clone());
            Some(ServerEvent::Update(MessageUpdate { id, content, room_id, sender_id, receiver_id }))
        }
        Fact::MessageDeleted { message, author } => {
            let (receiver_id, room_id) = target(label, *author);
            let sender_id = author.map(|id| id.0);
            Some(ServerEvent::Delete(MessageDelete { id: message.0, room_id, sender_id, receiver_id }))
        }
        Fact::ReactionChanged { message, reactions: groups, .. } => {
            Some(ServerEvent::Reaction { message_id: message.0, reactions: reactions(groups) })
        }
        // Told one by one.
        Fact::MessagesPurged(_)
        | Fact::PinChanged { .. }
        | Fact::MemberJoined { .. }
        | Fact::MemberLeft { .. }
        | Fact::MemberUpdated(_)
        | Fact::RoomUpdated { .. } => None,
    }
}

/// Its clients know no places: each message by itself, the oldest first. Of a very large purge the older ones go with the
/// next look at the history.
pub(super) fn purged(label: &RoomLabel, purge: &Purge) -> Vec<ServerEvent> {
    let (receiver_id, room_id) = target(label, Some(purge.user.id));
    let sender_id = Some(purge.user.id.0);
    let gone = |id: &MessageId| ServerEvent::Delete(MessageDelete { id: id.0, room_id, sender_id, receiver_id });
    purge.messages.iter().rev().map(gone).collect()
}

pub(super) fn signal(label: &RoomLabel, signal: &Signal) -> Vec<ServerEvent> {
    match &signal.kind {
        SignalKind::Typing { user, typing } => {
            let (receiver_id, room_id) = target(label, Some(user.id));
            let notice = TypingNotice { sender_id: user.id.0, receiver_id, room_id };
            vec![if *typing { ServerEvent::TypingStart(notice) } else { ServerEvent::TypingStop(notice) }]
        }
        SignalKind::Receipts { user, read, messages } => {
            // The newest come first, and are told last.
            let receipt = |receipt: &hallway_domain::Receipt| {
                let told = Receipt {
                    message_id: receipt.message.0,
                    receiver_id: receipt.author.0,
                    timestamp: signal.at.into(),
                    reader_id: read.then_some(user.id.0),
                };
                if *read { ServerEvent::ReadReceipt(told) } else { ServerEvent::DeliveryReceipt(told) }
            };
            messages.iter().rev().map(receipt).collect()
        }
        SignalKind::Online { user, online } => vec![presence(user.id, *online)],
        SignalKind::UserCreated { user, full_name } => {
            vec![ServerEvent::UserCreated(self::user(user, full_name.as_ref()))]
        }
        SignalKind::PresenceChanged { .. }
        | SignalKind::Read { .. }
        | SignalKind::Delivered { .. }
        | SignalKind::MarkedUnread { .. }
        | SignalKind::ReportsWaiting { .. }
        | SignalKind::NotifyChanged { .. } => Vec::new(),
        SignalKind::Call { user, frame } => crate::ws::calls::events(*user, frame, signal.at),
    }
}

pub(super) const fn presence(user: UserId, online: bool) -> ServerEvent {
    ServerEvent::Presence { user_id: user.0, status: if online { Status::Online } else { Status::Offline } }
}
