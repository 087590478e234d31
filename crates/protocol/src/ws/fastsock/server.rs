//! What the server sends.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MessageDelete, MessageError, MessageUpdate, Receipt, Received, Sent, Status, TypingNotice};
use crate::rest::fastsock::{Room, User};
use crate::ws::calls::{CallError, CallNotice};
use crate::ws::fastroom::LossReason;

/// A frame from the server. Beside these there is `{"error": ..}` for what is no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "data")]
pub enum ServerEvent {
    /// Somebody who shares a room with the user, or the user, came or went; right after connecting one for each who is
    /// there, the user's own first.
    #[serde(rename = "presence.update")]
    Presence { user_id: i64, status: Status },
    /// A message, also for its sender.
    #[serde(rename = "message.receive")]
    Receive(Received),
    /// To the connection that sent a message, before `message.receive`.
    #[serde(rename = "message.ack")]
    Ack(Sent),
    /// Somebody's device has a message.
    #[serde(rename = "message.delivery_receipt")]
    DeliveryReceipt(Receipt),
    /// Somebody has read a message.
    #[serde(rename = "message.read_receipt")]
    ReadReceipt(Receipt),
    /// A message was edited.
    #[serde(rename = "message.update")]
    Update(MessageUpdate),
    /// A message was deleted.
    #[serde(rename = "message.delete")]
    Delete(MessageDelete),
    /// All reactions of a message, whoever changed one: ids of users, as text, by emoji.
    #[serde(rename = "message.reaction")]
    Reaction { message_id: i64, reactions: BTreeMap<String, Vec<String>> },
    /// Somebody is typing.
    #[serde(rename = "typing.start")]
    TypingStart(TypingNotice),
    /// Somebody stopped typing.
    #[serde(rename = "typing.stop")]
    TypingStop(TypingNotice),
    /// The user became a member of a room.
    #[serde(rename = "room.created")]
    RoomCreated(Room),
    /// The room is taken away from the user.
    #[serde(rename = "room.removed")]
    RoomRemoved { id: i64, reason: LossReason },
    /// Somebody has signed up.
    #[serde(rename = "user.created")]
    UserCreated(User),
    /// A message or reaction of the user was refused.
    #[serde(rename = "message.error")]
    MessageError(MessageError),
    /// Somebody calls.
    #[serde(rename = "call.invite")]
    CallInvite(CallNotice),
    /// A device of the other side shows the call.
    #[serde(rename = "call.ringing")]
    CallRinging(CallNotice),
    /// The call was answered.
    #[serde(rename = "call.accept")]
    CallAccept(CallNotice),
    /// The call was declined.
    #[serde(rename = "call.reject")]
    CallReject(CallNotice),
    /// The other side is in another call.
    #[serde(rename = "call.busy")]
    CallBusy(CallNotice),
    /// The call is over for this device.
    #[serde(rename = "call.hangup")]
    CallHangup(CallNotice),
    /// Candidates of the other side.
    #[serde(rename = "call.ice")]
    CallIce(CallNotice),
    /// A later offer or answer of the other side.
    #[serde(rename = "call.negotiate")]
    CallNegotiate(CallNotice),
    /// The other side begins anew: an offer to answer with `call.negotiate`.
    #[serde(rename = "call.rejoin")]
    CallRejoin(CallNotice),
    /// The other side is not there for the moment.
    #[serde(rename = "call.reconnecting")]
    CallReconnecting(CallNotice),
    /// The other side is back.
    #[serde(rename = "call.resumed")]
    CallResumed(CallNotice),
    /// How a call of the user stands.
    #[serde(rename = "call.sync")]
    CallSync(CallNotice),
    /// The other side switched microphone or camera.
    #[serde(rename = "call.media")]
    CallMedia(CallNotice),
    /// A call of the user was refused.
    #[serde(rename = "call.error")]
    CallError(CallError),
}
