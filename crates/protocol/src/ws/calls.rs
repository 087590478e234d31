//! Calls between two users. Both dialects say the same: FastSock's in `data`, the native one beside `type`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A session description, as browsers make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    #[serde(rename = "type")]
    pub kind: DescriptionKind,
    /// At most 32 KiB.
    pub sdp: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DescriptionKind {
    Offer,
    Answer,
}

/// An ICE candidate, as browsers make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// At most 1 KiB; empty: there are no more.
    pub candidate: String,
    #[serde(default)]
    pub sdp_mid: Option<String>,
    #[serde(default, rename = "sdpMLineIndex")]
    pub sdp_mline_index: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

/// What is sent, or switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    #[serde(default)]
    pub audio: bool,
    #[serde(default)]
    pub video: bool,
}

/// What a client says about a call. Which fields count depends on the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRequest {
    /// Made by the caller: 1 to 36 of `A-Z a-z 0-9 - _`, best a UUID. Only `call.invite` may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 36))]
    pub call_id: Option<String>,
    /// Whom to call; also `receiver_id` or `peer_user_id`. In other events it is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_user_id: Option<i64>,
    /// `call.invite`: a room of both that gives the right to call. Without one, they must have talked before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
    /// `call.invite`, `call.rejoin`, `call.negotiate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_offer: Option<Description>,
    /// `call.accept`, `call.negotiate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_answer: Option<Description>,
    /// `call.ice`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// `call.ice`: several at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub candidates: Vec<Candidate>,
    /// `call.invite`, `call.accept`, `call.media`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// `call.hangup`: `ice_failed`, `ice_timeout` or `user_media_failed`, where it is one of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `call.hangup`: also if another device of the user is in the call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// `call.negotiate`: the epoch that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// `call.rejoin`: the epoch that the new offer replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_epoch: Option<u32>,
    /// `call.rejoin`: also if another device of the user is in the call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_over: bool,
}

/// What a device is told about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallNotice {
    pub call_id: String,
    /// The other side.
    pub from_user_id: i64,
    pub to_user_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_offer: Option<Description>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_answer: Option<Description>,
    /// FastSock's `call.ice`: one at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// The native `call.ice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// Why it ended or stops ringing: `hangup`, `cancelled`, `timeout`, `answered_elsewhere`, `declined_elsewhere`,
    /// `moved`, `caller_lost`, `connection_lost`, `ice_failed`, `ice_timeout`, `user_media_failed`, `ended`, `recalled`,
    /// `declined`, `busy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `ringing`, `active`, `reconnecting` or `ended`.
    pub state: String,
    /// Counts the offers that replaced the first one.
    pub epoch: u32,
    /// When it stops ringing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Milliseconds since it was placed.
    pub age_ms: u64,
    /// The receiver was just calling the other way: this call has won.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub glare: bool,
}

/// An event of a client that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallError {
    pub message: String,
    /// The refused event.
    pub context_event: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// A stable word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// With `glare`: the call of the other side, which rings now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winning_call_id: Option<String>,
    /// With `stale_epoch`: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
}
