//! What a device is told, in either dialect.

use hallway_domain::call::{CallFrame, CallWord, SdpKind, Trickle};
use hallway_domain::{Timestamp, UserId};
use hallway_protocol::ws::calls::{CallError, CallNotice, Candidate, Description, DescriptionKind, Media};
use hallway_protocol::ws::fastroom::ServerFrame;
use hallway_protocol::ws::fastsock::ServerEvent;

fn candidate(trickle: &Trickle) -> Candidate {
    Candidate {
        candidate: trickle.candidate.as_str().to_owned(),
        sdp_mid: trickle.mid.clone(),
        sdp_mline_index: trickle.line,
        username_fragment: trickle.fragment.clone(),
    }
}

fn notice(to: UserId, frame: &CallFrame, at: Timestamp) -> CallNotice {
    let description = |wanted: SdpKind| {
        let sdp = frame.payload.sdp.as_ref().filter(|sdp| sdp.kind == wanted)?;
        let kind = match wanted {
            SdpKind::Offer => DescriptionKind::Offer,
            SdpKind::Answer => DescriptionKind::Answer,
        };
        Some(Description { kind, sdp: sdp.as_str().to_owned() })
    };
    CallNotice {
        call_id: frame.call.to_string(),
        from_user_id: frame.from.0,
        to_user_id: to.0,
        room_id: frame.room.map(|room| room.0),
        sdp_offer: description(SdpKind::Offer),
        sdp_answer: description(SdpKind::Answer),
        candidate: None,
        candidates: frame.payload.candidates.iter().map(candidate).collect(),
        media: frame.payload.media.map(|media| Media { audio: media.audio, video: media.video }),
        reason: frame.reason.map(|reason| reason.word().to_owned()),
        state: frame.phase.word().to_owned(),
        epoch: frame.epoch,
        expires_at: frame.expires_at.map(Into::into),
        age_ms: (at - frame.created_at).whole_milliseconds().try_into().unwrap_or_default(),
        glare: frame.glare,
    }
}

/// For FastSock's clients, which take one candidate at a time.
pub(crate) fn events(to: UserId, frame: &CallFrame, at: Timestamp) -> Vec<ServerEvent> {
    let mut notice = notice(to, frame, at);
    if frame.word != CallWord::Ice {
        return vec![event(frame.word, notice)];
    }
    let candidates = std::mem::take(&mut notice.candidates);
    let one = |candidate| event(frame.word, CallNotice { candidate: Some(candidate), ..notice.clone() });
    candidates.into_iter().map(one).collect()
}

fn event(word: CallWord, notice: CallNotice) -> ServerEvent {
    match word {
        CallWord::Invite => ServerEvent::CallInvite(notice),
        CallWord::Ringing => ServerEvent::CallRinging(notice),
        CallWord::Accept => ServerEvent::CallAccept(notice),
        CallWord::Reject => ServerEvent::CallReject(notice),
        CallWord::Busy => ServerEvent::CallBusy(notice),
        CallWord::Hangup => ServerEvent::CallHangup(notice),
        CallWord::Ice => ServerEvent::CallIce(notice),
        CallWord::Negotiate => ServerEvent::CallNegotiate(notice),
        CallWord::Rejoin => ServerEvent::CallRejoin(notice),
        CallWord::Reconnecting => ServerEvent::CallReconnecting(notice),
        CallWord::Resumed => ServerEvent::CallResumed(notice),
        CallWord::Sync => ServerEvent::CallSync(notice),
        CallWord::Media => ServerEvent::CallMedia(notice),
    }
}

/// For native clients.
pub(crate) fn frames(to: UserId, frame: &CallFrame, at: Timestamp) -> Vec<ServerFrame> {
    vec![self::frame(frame.word, notice(to, frame, at))]
}

fn frame(word: CallWord, notice: CallNotice) -> ServerFrame {
    match word {
        CallWord::Invite => ServerFrame::CallInvite(notice),
        CallWord::Ringing => ServerFrame::CallRinging(notice),
        CallWord::Accept => ServerFrame::CallAccept(notice),
        CallWord::Reject => ServerFrame::CallReject(notice),
        CallWord::Busy => ServerFrame::CallBusy(notice),
        CallWord::Hangup => ServerFrame::CallHangup(notice),
        CallWord::Ice => ServerFrame::CallIce(notice),
        CallWord::Negotiate => ServerFrame::CallNegotiate(notice),
        CallWord::Rejoin => ServerFrame::CallRejoin(notice),
        CallWord::Reconnecting => ServerFrame::CallReconnecting(notice),
        CallWord::Resumed => ServerFrame::CallResumed(notice),
        CallWord::Sync => ServerFrame::CallSync(notice),
        CallWord::Media => ServerFrame::CallMedia(notice),
    }
}

/// `call.error` for either.
pub(crate) fn error(native: bool, error: CallError) -> bytes::Bytes {
    if native {
        crate::ws::text::one(&ServerFrame::CallError(error))
    } else {
        crate::ws::text::one(&ServerEvent::CallError(error))
    }
}
