//! What travels between nodes, which may run two releases during an upgrade.
//!
//! An envelope is `{"v":1,"node":"…","items":[…]}`. Optional fields may be added to an item without a new version: an
//! older node ignores them. An item that an older node cannot read is passed over and counted, and answered by a look at
//! the logs. [`VERSION`] changes only when even that would be wrong.

mod convert;
mod wire;

use hallway_domain::ports::BusItem;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Of the envelope itself.
const VERSION: u32 = 1;
/// A payload is not made longer than this, so that one write never fills a subscriber's buffer at the server.
const LONGEST: usize = 256 * 1024;

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

/// What a payload held.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Opened {
    pub(crate) items: Vec<BusItem>,
    /// So many items were not understood.
    pub(crate) unknown: usize,
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

pub(crate) fn open(payload: &[u8]) -> Opened {
    let mut opened = Opened::default();
    match serde_json::from_slice::<Incoming<'_>>(payload) {
        Ok(incoming) if incoming.v <= VERSION => {
            for item in incoming.items {
                match serde_json::from_str::<wire::Item>(item.get()).ok().and_then(|item| item.try_into().ok()) {
                    Some(item) => opened.items.push(item),
                    None => opened.unknown += 1,
                }
            }
        }
        Ok(incoming) => opened.unknown = incoming.items.len().max(1),
        Err(_) => opened.unknown = 1,
    }
    opened
}

#[cfg(test)]
mod tests;
