//! What travels between nodes, which may run two releases during an upgrade.
//!
//! An envelope is `{"v":1,"node":"…","items":[…]}`. Optional fields may be added to an item without a new version: an
//! older node ignores them. An item that an older node cannot read is passed over and counted, and answered by a look at
//! the logs unless it says that it is a signal, which no log has. [`VERSION`] changes only when even that would be wrong.

mod attachment;
mod calls;
mod convert;
mod wire;

pub(crate) use calls::{read as read_payload, write as write_payload};
use hallway_domain::ports::BusItem;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Of the envelope itself.
const VERSION: u32 = 1;
/// The kind of the one item that is not of the bus itself. A release that does not know it does the same about it.
const MISSED: &str = "missed";
/// A payload is not made longer than this, so that one write never fills a subscriber's buffer at the server.
const LONGEST: usize = 64 * 1024;

#[derive(Serialize)]
struct Outgoing<'a> {
    v: u32,
    node: &'a str,
    items: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Incoming<'a> {
    v: u32,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

/// What of an item no release changes.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    k: std::borrow::Cow<'a, str>,
}

/// What a payload held.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Opened {
    pub(crate) items: Vec<BusItem>,
    /// So many items were not understood.
    pub(crate) unknown: usize,
    /// Something else than signals is among those, or the other node could not publish for a while.
    pub(crate) missed: bool,
}

/// The items as one or more payloads, in order.
pub(crate) fn seal(node: &str, items: &[BusItem]) -> Vec<String> {
    let mut payloads = Vec::with_capacity(1);
    let (mut gathered, mut bytes) = (Vec::new(), 0);
    for item in items {
        // Every field is a number, a text or a list of them, so this cannot fail; an item that did would be missed and
        // healed like any other.
        let Ok(item) = to_raw_value(&wire::Item::from(item)) else { continue };
        if bytes + item.get().len() > LONGEST && !gathered.is_empty() {
            payloads.extend(finish(node, std::mem::take(&mut gathered)));
            bytes = 0;
        }
        bytes += item.get().len();
        gathered.push(item);
    }
    if !gathered.is_empty() {
        payloads.extend(finish(node, gathered));
    }
    payloads
}

fn finish(node: &str, items: Vec<Box<RawValue>>) -> Option<String> {
    serde_json::to_string(&Outgoing { v: VERSION, node, items }).ok()
}

/// Says that this node could not publish for a while: whoever gets it is to look at the database.
pub(crate) fn missed(node: &str) -> Option<String> {
    finish(node, vec![RawValue::from_string(format!(r#"{{"k":"{MISSED}"}}"#)).ok()?])
}

pub(crate) fn open(payload: &[u8]) -> Opened {
    let mut opened = Opened::default();
    match serde_json::from_slice::<Incoming<'_>>(payload) {
        Ok(incoming) if incoming.v <= VERSION => {
            for item in incoming.items {
                let known = serde_json::from_str::<wire::Item>(item.get()).ok();
                if let Some(known) = known.and_then(|known| known.try_into().ok()) {
                    opened.items.push(known);
                    continue;
                }
                let kind = serde_json::from_str::<Kind<'_>>(item.get());
                opened.unknown += usize::from(!matches!(&kind, Ok(kind) if kind.k == MISSED));
                opened.missed |= !kind.is_ok_and(|kind| kind.k == "signal");
            }
        }
        Ok(incoming) => (opened.unknown, opened.missed) = (incoming.items.len().max(1), true),
        Err(_) => (opened.unknown, opened.missed) = (1, true),
    }
    opened
}

#[cfg(test)]
mod tests;
