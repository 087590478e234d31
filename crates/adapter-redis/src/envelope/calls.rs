//! What devices of calls are told, and what is kept for them.

use hallway_domain::call as domain;
use hallway_domain::call::{
    CallFrame, CallId, CallMedia, CallWord, DeviceId, HangupReason, IceCandidate, Phase, SdpKind, SessionDescription,
    Trickle,
};
use hallway_domain::{RoomId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::convert::{Impossible, micros, moment};

#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    /// Whether it is an offer, and the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sdp: Option<(bool, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ice: Vec<Candidate>,
    /// Audio and video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media: Option<(bool, bool)>,
}

#[derive(Serialize, Deserialize)]
struct Candidate {
    c: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fragment: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Frame {
    word: String,
    call: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Uuid>,
    from: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<i64>,
    epoch: u32,
    payload: Payload,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    phase: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    created_at: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    glare: bool,
}

impl From<&domain::Payload> for Payload {
    fn from(payload: &domain::Payload) -> Self {
        let candidate = |trickle: &Trickle| Candidate {
            c: trickle.candidate.as_str().to_owned(),
            mid: trickle.mid.clone(),
            line: trickle.line,
            fragment: trickle.fragment.clone(),
        };
        Self {
            sdp: payload.sdp.as_ref().map(|sdp| (sdp.kind == SdpKind::Offer, sdp.as_str().to_owned())),
            ice: payload.candidates.iter().map(candidate).collect(),
            media: payload.media.map(|media| (media.audio, media.video)),
        }
    }
}

impl TryFrom<Payload> for domain::Payload {
    type Error = Impossible;

    fn try_from(payload: Payload) -> Result<Self, Impossible> {
        let kind = |is_offer| if is_offer { SdpKind::Offer } else { SdpKind::Answer };
        let trickle = |candidate: Candidate| {
            let parsed = IceCandidate::parse(&candidate.c).map_err(|_| Impossible)?;
            let Candidate { mid, line, fragment, .. } = candidate;
            Ok(Trickle { candidate: parsed, mid, line, fragment })
        };
        Ok(Self {
            sdp: payload.sdp.map(|(is_offer, sdp)| SessionDescription::from_stored(kind(is_offer), sdp)),
            candidates: payload.ice.into_iter().map(trickle).collect::<Result<_, Impossible>>()?,
            media: payload.media.map(|(audio, video)| CallMedia { audio, video }),
        })
    }
}

impl From<&CallFrame> for Frame {
    fn from(frame: &CallFrame) -> Self {
        Self {
            word: frame.word.word().to_owned(),
            call: frame.call.to_string(),
            to: frame.to.map(|device| device.0),
            from: frame.from.0,
            room: frame.room.map(|room| room.0),
            epoch: frame.epoch,
            payload: (&frame.payload).into(),
            reason: frame.reason.map(|reason| reason.word().to_owned()),
            phase: frame.phase.word().to_owned(),
            expires_at: frame.expires_at.map(micros),
            created_at: micros(frame.created_at),
            glare: frame.glare,
        }
    }
}

impl TryFrom<Frame> for CallFrame {
    type Error = Impossible;

    fn try_from(frame: Frame) -> Result<Self, Impossible> {
        Ok(Self {
            word: CallWord::from_word(&frame.word).ok_or(Impossible)?,
            call: CallId::from_stored(frame.call),
            to: frame.to.map(DeviceId),
            from: UserId(frame.from),
            room: frame.room.map(RoomId),
            epoch: frame.epoch,
            payload: frame.payload.try_into()?,
            // A newer release may know more reasons; that it ended counts.
            reason: frame.reason.map(|reason| HangupReason::from_word(&reason).unwrap_or(HangupReason::Ended)),
            phase: Phase::from_word(&frame.phase).ok_or(Impossible)?,
            expires_at: frame.expires_at.map(moment).transpose()?,
            created_at: moment(frame.created_at)?,
            glare: frame.glare,
        })
    }
}

/// A payload as text.
pub(crate) fn write(payload: &domain::Payload) -> Result<String, String> {
    serde_json::to_string(&Payload::from(payload)).map_err(|error| error.to_string())
}

/// None: only a newer release understands it.
pub(crate) fn read(text: &str) -> Option<domain::Payload> {
    serde_json::from_str::<Payload>(text).ok()?.try_into().ok()
}
