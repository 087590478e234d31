//! Calls to rows and back. History keeps FastSock's words for how a call ended.

use std::collections::BTreeSet;

use hallway_domain::call::{Call, CallId, CallMedia, CallState, DeviceId, Ending, HangupReason, Outcome, Side};
use hallway_domain::ports::{StoreResult, StoredCall};
use hallway_domain::{DirectKey, RoomId, UserId};
use sea_orm::prelude::Uuid;

use super::{Row, micros, micros_if};
use crate::entities::calls::Model;

const RINGING: &str = "ringing";
const ACTIVE: &str = "active";

const fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "ended",
        Outcome::Missed => "missed",
        Outcome::Declined => "rejected",
        Outcome::Busy => "busy",
        Outcome::Cancelled => "cancelled",
        Outcome::Failed => "failed",
    }
}

fn outcome(status: &str) -> Option<Outcome> {
    use Outcome::{Busy, Cancelled, Completed, Declined, Failed, Missed};
    [Completed, Missed, Declined, Busy, Cancelled, Failed].into_iter().find(|known| self::status(*known) == status)
}

fn devices(devices: &BTreeSet<DeviceId>) -> String {
    devices.iter().map(|device| device.0.to_string()).collect::<Vec<_>>().join(",")
}

fn read_devices(row: Row<'_>, text: &str) -> StoreResult<BTreeSet<DeviceId>> {
    let device = |text: &str| Uuid::parse_str(text).map(DeviceId).map_err(|_| row.corrupt("no device"));
    text.split(',').filter(|text| !text.is_empty()).map(device).collect()
}

pub(crate) fn pair(call: &Call) -> DirectKey {
    DirectKey::new(call.caller, call.callee)
}

/// The row of a call.
pub(crate) fn call_row(call: &Call, version: i64) -> Model {
    let mut row = Model {
        id: call.id.as_str().to_owned(),
        room_id: call.room.map(|room| room.0),
        caller_id: call.caller.0,
        callee_id: call.callee.0,
        pair: pair(call).to_string(),
        status: RINGING.to_owned(),
        reason: None,
        ended_by: None,
        audio: call.media.audio,
        video: call.media.video,
        caller_device: call.caller_device.0,
        callee_device: None,
        rung: String::new(),
        busy: String::new(),
        excused: String::new(),
        // Rejoins are rated: this is never reached.
        epoch: i32::try_from(call.epoch).unwrap_or(i32::MAX),
        version,
        created_at: micros(call.created_at),
        rings_until: None,
        accepted_at: None,
        connected_at: None,
        caller_lost: None,
        callee_lost: None,
        ended_at: None,
        deadline_at: micros_if(call.deadline()),
    };
    match &call.state {
        CallState::Ringing { rung, busy, excused, until, caller_lost } => {
            (row.rung, row.busy, row.excused) = (devices(rung), devices(busy), devices(excused));
            row.rings_until = Some(micros(*until));
            row.caller_lost = micros_if(*caller_lost);
        }
        CallState::Answered { callee_device, accepted_at, connected_at, caller_lost, callee_lost } => {
            ACTIVE.clone_into(&mut row.status);
            row.callee_device = Some(callee_device.0);
            row.accepted_at = Some(micros(*accepted_at));
            row.connected_at = micros_if(*connected_at);
            (row.caller_lost, row.callee_lost) = (micros_if(*caller_lost), micros_if(*callee_lost));
        }
        CallState::Ended { ending, callee_device, accepted_at, connected_at } => {
            status(ending.outcome).clone_into(&mut row.status);
            row.reason = Some(ending.reason.word().to_owned());
            row.ended_by = ending.by.map(|side| side.word().to_owned());
            row.callee_device = callee_device.map(|device| device.0);
            row.accepted_at = micros_if(*accepted_at);
            row.connected_at = micros_if(*connected_at);
            row.ended_at = Some(micros(ending.at));
        }
    }
    row
}

pub(crate) fn stored_call(model: Model) -> StoreResult<StoredCall> {
    let id = model.id.clone();
    let row = Row { table: "calls", id: &id };
    let state = state(row, &model)?;
    let call = Call {
        id: CallId::from_stored(model.id),
        room: model.room_id.map(RoomId),
        caller: UserId(model.caller_id),
        callee: UserId(model.callee_id),
        media: CallMedia { audio: model.audio, video: model.video },
        created_at: row.moment(model.created_at)?,
        epoch: u32::try_from(model.epoch).map_err(|_| row.corrupt("no epoch"))?,
        caller_device: DeviceId(model.caller_device),
        state,
    };
    Ok(StoredCall { call, version: model.version })
}

fn state(row: Row<'_>, model: &Model) -> StoreResult<CallState> {
    let missing = |what: &str| row.corrupt(format!("no {what}"));
    let callee_device = model.callee_device.map(DeviceId);
    let (accepted_at, connected_at) = (row.moment_if(model.accepted_at)?, row.moment_if(model.connected_at)?);
    Ok(match model.status.as_str() {
        RINGING => CallState::Ringing {
            rung: read_devices(row, &model.rung)?,
            busy: read_devices(row, &model.busy)?,
            excused: read_devices(row, &model.excused)?,
            until: row.moment_if(model.rings_until)?.ok_or_else(|| missing("end of ringing"))?,
            caller_lost: row.moment_if(model.caller_lost)?,
        },
        ACTIVE => CallState::Answered {
            callee_device: callee_device.ok_or_else(|| missing("device of the callee"))?,
            accepted_at: accepted_at.ok_or_else(|| missing("time of answering"))?,
            connected_at,
            caller_lost: row.moment_if(model.caller_lost)?,
            callee_lost: row.moment_if(model.callee_lost)?,
        },
        ended => CallState::Ended {
            ending: Ending {
                outcome: outcome(ended).ok_or_else(|| row.corrupt(format!("unknown word {ended:?}")))?,
                reason: (model.reason.as_deref().and_then(HangupReason::from_word)).ok_or_else(|| missing("reason"))?,
                at: row.moment_if(model.ended_at)?.ok_or_else(|| missing("end"))?,
                by: model.ended_by.as_deref().and_then(Side::from_word),
            },
            callee_device,
            accepted_at,
            connected_at,
        },
    })
}
