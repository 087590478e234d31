//! From the fields of an event to a [`CallCommand`].

use hallway_application::CallStep;
use hallway_domain::call::{
    CallId, CallMedia, HangupReason, IceCandidate, MAX_CANDIDATES, Payload, SdpKind, SessionDescription, Trickle,
};
use hallway_domain::{RoomId, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CallCommand, CallEvent, CallFault, What};

const INVALID: &str = "Invalid call payload";
/// Largest number that every JSON reader keeps exactly.
const MAX_EXACT: i64 = (1 << 53) - 1;
/// Most bytes of what an unknown event or call is called back.
const MAX_NAME: usize = 64;
/// Most bytes of the name of a media section, and of a user name fragment (RFC 8839 has 256).
const MAX_MARK: usize = 256;

/// The type and fields of a native frame about a call; none: it is about something else, or no object.
pub(crate) fn peek(text: &str) -> Option<(String, Value)> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: std::borrow::Cow<'a, str>,
    }
    if !text.contains("\"call.") {
        return None;
    }
    let kind = serde_json::from_str::<Kind<'_>>(text).ok()?.kind;
    let word = kind.starts_with("call.").then(|| kind.into_owned())?;
    let mut value: Value = serde_json::from_str(text).ok()?;
    value.as_object_mut()?.remove("type");
    Some((word, value))
}

/// None: it is passed over in silence.
pub(crate) fn decode(word: &str, data: Value) -> Result<Option<CallCommand>, CallFault> {
    let fault = |message, code, call: Option<&str>| CallFault {
        message,
        code,
        word: word.chars().take(MAX_NAME).collect(),
        call: call.filter(|call| call.len() <= MAX_NAME).map(str::to_owned),
    };
    let fields = match data {
        Value::Object(fields) if !fields.is_empty() => fields,
        // What may come late or more than once is never answered, whatever is in it.
        _ if CallEvent::parse(word).is_some_and(|event| !event.is_answered()) => return Ok(None),
        _ => return Err(fault(INVALID, "invalid_frame", None)),
    };
    let mut fields = Fields(fields);
    let named = fields.text("call_id");
    let Some(event) = CallEvent::parse(word) else {
        return Err(fault(INVALID, super::UNKNOWN_EVENT, named.as_deref()));
    };
    let invalid = |code| fault(INVALID, code, named.as_deref());
    let call = named.as_deref().filter(|name| !name.is_empty()).map(CallId::parse).transpose();
    if event == CallEvent::Invite {
        let to = ["to_user_id", "receiver_id", "peer_user_id"].into_iter().find_map(|key| fields.number(key));
        let Some(to) = to else { return Err(fault("Missing call recipient", "missing_recipient", named.as_deref())) };
        let call = call.map_err(|_| invalid("invalid_call_id"))?;
        let offer = fields.description("sdp_offer", SdpKind::Offer).ok_or_else(|| invalid("invalid_sdp"))?;
        let room = fields.number("room_id").map(RoomId);
        let payload = Payload { sdp: Some(offer), candidates: Vec::new(), media: fields.media() };
        return Ok(Some(CallCommand { word: event, what: What::Invite { call, to: UserId(to), room, payload } }));
    }
    let call = match call {
        Ok(Some(call)) => call,
        // No call is called that.
        Ok(None) | Err(_) if !event.is_answered() => return Ok(None),
        Ok(None) => return Err(fault("Missing call_id", "missing_call_id", None)),
        Err(_) => return Err(fault("Unknown call", "unknown_call", named.as_deref())),
    };
    let step = match step(event, &mut fields) {
        Ok(step) => step,
        Err(_) if !event.is_answered() => return Ok(None),
        Err(code) => return Err(invalid(code)),
    };
    Ok(Some(CallCommand { word: event, what: What::Step { call, step } }))
}

fn step(event: CallEvent, fields: &mut Fields) -> Result<CallStep, &'static str> {
    let bad_sdp = "invalid_sdp";
    let missing = "invalid_frame";
    Ok(match event {
        CallEvent::Invite => return Err(missing),
        CallEvent::Accept => {
            let answer = fields.description("sdp_answer", SdpKind::Answer).ok_or(bad_sdp)?;
            CallStep::Accept(Payload { sdp: Some(answer), candidates: Vec::new(), media: fields.media() })
        }
        CallEvent::Reject => CallStep::Reject,
        CallEvent::Busy => CallStep::Busy,
        CallEvent::Hangup => CallStep::Hangup {
            reason: fields.text("reason").and_then(|reason| HangupReason::from_word(&reason)),
            force: fields.flag("force"),
        },
        CallEvent::Ice => CallStep::Ice(fields.candidates().ok_or(missing)?),
        CallEvent::Ringing => CallStep::Ringing,
        CallEvent::Negotiate => {
            let sdp = fields.description("sdp_offer", SdpKind::Offer);
            let sdp = sdp.or_else(|| fields.description("sdp_answer", SdpKind::Answer)).ok_or(bad_sdp)?;
            let epoch = fields.count("epoch");
            CallStep::Negotiate { epoch, payload: Payload { sdp: Some(sdp), ..Payload::default() } }
        }
        CallEvent::Rejoin => {
            let offer = fields.description("sdp_offer", SdpKind::Offer).ok_or(bad_sdp)?;
            let payload = Payload { sdp: Some(offer), candidates: Vec::new(), media: fields.media() };
            let base_epoch = fields.count("base_epoch").ok_or(missing)?;
            CallStep::Rejoin { base_epoch, take_over: fields.flag("take_over"), payload }
        }
        CallEvent::Resume => CallStep::Resume,
        CallEvent::Connected => CallStep::Connected,
        CallEvent::Media => CallStep::Media(fields.media().ok_or(missing)?),
    })
}

struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).and_then(Value::as_str).map(str::to_owned)
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.0.get(key).and_then(Value::as_i64).filter(|number| (1..=MAX_EXACT).contains(number))
    }

    fn count(&self, key: &str) -> Option<u32> {
        self.0.get(key).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn media(&self) -> Option<CallMedia> {
        let media = self.0.get("media")?.as_object()?;
        // Some clients put constraints here: what is not false is wanted.
        let wants = |key: &str| media.get(key).is_some_and(|value| !value.is_null() && value.as_bool() != Some(false));
        Some(CallMedia { audio: wants("audio"), video: wants("video") })
    }

    /// Of the kind that belongs there, whatever it says of itself.
    fn description(&mut self, key: &str, kind: SdpKind) -> Option<SessionDescription> {
        let Some(Value::Object(mut description)) = self.0.remove(key) else { return None };
        let word = match kind {
            SdpKind::Offer => "offer",
            SdpKind::Answer => "answer",
        };
        if description.get("type").and_then(Value::as_str) != Some(word) {
            return None;
        }
        let Some(Value::String(sdp)) = description.remove("sdp") else { return None };
        SessionDescription::parse(kind, sdp).ok()
    }

    /// Those that can be read; none if there is none.
    fn candidates(&self) -> Option<Payload> {
        let one = self.0.get("candidate");
        let several = self.0.get("candidates").and_then(Value::as_array).into_iter().flatten();
        let candidates: Vec<Trickle> =
            one.into_iter().chain(several).take(MAX_CANDIDATES).filter_map(trickle).collect();
        (!candidates.is_empty()).then(|| Payload { candidates, ..Payload::default() })
    }
}

fn trickle(value: &Value) -> Option<Trickle> {
    let candidate = IceCandidate::parse(value.get("candidate")?.as_str()?).ok()?;
    let mark = |key: &str| {
        let mark = value.get(key).and_then(Value::as_str)?;
        (mark.len() <= MAX_MARK && !mark.chars().any(char::is_control)).then(|| mark.to_owned())
    };
    let line = value.get("sdpMLineIndex").and_then(Value::as_u64).and_then(|line| u16::try_from(line).ok());
    Some(Trickle { candidate, mid: mark("sdpMid"), line, fragment: mark("usernameFragment") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SDP: &str = "v=0\r\ns=-\r\n";

    fn fault(word: &str, data: Value) -> (&'static str, &'static str) {
        let fault = decode(word, data).expect_err("a fault");
        (fault.message, fault.code)
    }

    #[test]
    fn the_recorded_texts() {
        let offer = json!({"type": "offer", "sdp": SDP});
        for data in [json!({}), json!([1]), Value::Null, json!("x")] {
            assert_eq!(fault("call.invite", data.clone()), ("Invalid call payload", "invalid_frame"));
            assert_eq!(decode("call.ice", data.clone()), Ok(None));
            assert_eq!(fault("call.accept", data), ("Invalid call payload", "invalid_frame"));
        }
        assert_eq!(fault("call.invite", json!({"sdp_offer": offer})).0, "Missing call recipient");
        assert_eq!(fault("call.accept", json!({"x": 1})).0, "Missing call_id");
        assert_eq!(decode("call.ice", json!({"candidate": {"candidate": ""}})), Ok(None));
        assert_eq!(fault("call.dance", json!({"call_id": "a"})), ("Invalid call payload", "unknown_event"));
        let no_offer = json!({"to_user_id": 2, "sdp_offer": {"type": "answer", "sdp": SDP}});
        assert_eq!(fault("call.invite", no_offer), ("Invalid call payload", "invalid_sdp"));
    }

    #[test]
    fn the_callee_has_three_names() {
        for key in ["to_user_id", "receiver_id", "peer_user_id"] {
            let data = json!({key: 7, "call_id": "a-1", "sdp_offer": {"type": "offer", "sdp": SDP},
                "media": {"audio": true, "video": {"width": 640}}});
            let Ok(Some(CallCommand { what: What::Invite { call, to, payload, .. }, .. })) =
                decode("call.invite", data)
            else {
                panic!("an invitation");
            };
            assert_eq!((call.map(|call| call.to_string()).as_deref(), to), (Some("a-1"), UserId(7)));
            assert_eq!(payload.media, Some(CallMedia { audio: true, video: true }));
        }
    }

    #[test]
    fn what_may_come_late_is_never_a_fault() {
        assert_eq!(decode("call.ice", json!({"call_id": "a", "candidate": {"candidate": "nonsense"}})), Ok(None));
        assert_eq!(decode("call.ice", json!({"call_id": "a", "candidate": null})), Ok(None));
        assert_eq!(decode("call.hangup", json!({"call_id": "not a name!"})), Ok(None));
        assert!(decode("call.accept", json!({"call_id": "not a name!"})).is_err());
    }

    #[test]
    fn candidates_come_alone_or_together() {
        let line = "candidate:1 1 udp 1 192.0.2.1 5000 typ host";
        let one = json!({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "ab"});
        let count = |data: Value| match decode("call.ice", data) {
            Ok(Some(CallCommand { what: What::Step { step: CallStep::Ice(payload), .. }, .. })) => {
                payload.candidates.len()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(count(json!({"call_id": "a", "candidate": one})), 1);
        assert_eq!(count(json!({"call_id": "a", "candidates": [one, one, {"candidate": "x"}]})), 2);
        assert_eq!(count(json!({"call_id": "a", "candidates": vec![one; 50]})), MAX_CANDIDATES);
    }

    #[test]
    fn only_frames_about_calls_are_looked_at() {
        assert!(peek(r#"{"type": "chat", "message": "\"call.invite\""}"#).is_none());
        assert!(peek(r#"["call.invite"]"#).is_none());
        let (word, fields) = peek(r#"{"type": "call.hangup", "call_id": "a"}"#).expect("a call");
        assert_eq!((word.as_str(), fields), ("call.hangup", json!({"call_id": "a"})));
    }
}
