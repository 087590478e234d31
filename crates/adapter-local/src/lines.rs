//! Devices of calls, and what waits for them, in one process.

use std::collections::HashMap;

use async_trait::async_trait;
use hallway_domain::call::{CallId, DeviceId, Kept, MAX_KEPT, MAX_RUNG, Party, Payload};
use hallway_domain::ports::{CallLines, Line, LineError};
use hallway_domain::{ConnectionId, UserId};
use parking_lot::Mutex;

/// Most calls whose payloads are kept. A call that comes on top is refused: the ones before it are in use.
const MAX_CALLS: usize = 100_000;

/// What is kept of each device.
type KeptOfCall = HashMap<Party, Vec<(Kept, Payload)>>;

/// Bounded by the connections of this process, and by `MAX_CALLS`.
#[derive(Default)]
pub struct LocalCallLines {
    devices: Mutex<HashMap<UserId, Vec<(DeviceId, ConnectionId)>>>,
    kept: Mutex<HashMap<CallId, KeptOfCall>>,
}

#[async_trait]
impl CallLines for LocalCallLines {
    async fn attach(&self, line: Line) -> Result<(), LineError> {
        let mut devices = self.devices.lock();
        let of_user = devices.entry(line.user).or_default();
        of_user.retain(|(device, _)| *device != line.device);
        of_user.push((line.device, line.connection));
        Ok(())
    }

    async fn detach(&self, line: Line) -> Result<bool, LineError> {
        let mut devices = self.devices.lock();
        let Some(of_user) = devices.get_mut(&line.user) else { return Ok(true) };
        of_user.retain(|known| *known != (line.device, line.connection));
        let is_gone = of_user.iter().all(|(device, _)| *device != line.device);
        if of_user.is_empty() {
            devices.remove(&line.user);
        }
        Ok(is_gone)
    }

    async fn devices(&self, user: UserId) -> Result<Vec<DeviceId>, LineError> {
        let devices = self.devices.lock();
        let of_user = devices.get(&user).into_iter().flatten();
        Ok(of_user.rev().take(MAX_RUNG).map(|(device, _)| *device).collect())
    }

    async fn renew(&self) -> Result<(), LineError> {
        Ok(())
    }

    async fn keep(&self, call: &CallId, from: Party, what: Kept, payload: &Payload) -> Result<(), LineError> {
        let mut kept = self.kept.lock();
        if kept.len() >= MAX_CALLS && !kept.contains_key(call) {
            return Err(LineError("too many calls".to_owned()));
        }
        let of_device = kept.entry(call.clone()).or_default().entry(from).or_default();
        match what {
            Kept::Offer => of_device.clear(),
            Kept::Answer | Kept::Negotiation => of_device.retain(|(known, _)| *known != what),
            Kept::Candidate => {}
        }
        if of_device.len() < MAX_KEPT {
            of_device.push((what, payload.clone()));
        }
        Ok(())
    }

    async fn kept(&self, call: &CallId, from: Party) -> Result<Vec<(Kept, Payload)>, LineError> {
        let kept = self.kept.lock();
        let mut found = kept.get(call).and_then(|call| call.get(&from)).cloned().unwrap_or_default();
        found.sort_by_key(|(what, _)| *what == Kept::Candidate);
        Ok(found)
    }

    async fn forget(&self, call: &CallId, from: Party) -> Result<(), LineError> {
        if let Some(call) = self.kept.lock().get_mut(call) {
            call.remove(&from);
        }
        Ok(())
    }

    async fn close(&self, call: &CallId) -> Result<(), LineError> {
        self.kept.lock().remove(call);
        Ok(())
    }
}
