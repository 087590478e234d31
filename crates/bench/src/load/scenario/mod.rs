//! What is done to the server.

mod fan_out;
mod history;
mod idle;
mod join_storm;
mod listen;
mod mixed;
mod reconnect_storm;
mod stalled;

pub(super) use fan_out::fan_out;
pub(super) use history::history;
pub(super) use idle::idle;
pub(super) use join_storm::join_storm;
pub(super) use listen::listen;
pub(super) use mixed::mixed;
pub(super) use reconnect_storm::reconnect_storm;
pub(super) use stalled::stalled;

use std::sync::Arc;

use super::member::Member;
use super::meter::Flight;
use super::sender::Sender;
use super::stage::Stage;

/// A sender for each flight that `of` finds a member for.
fn senders<'a>(
    stage: &Stage,
    rooms: &[String],
    flights: &[Flight],
    of: impl Fn(usize) -> Option<&'a Member>,
) -> Vec<Sender> {
    let numbered = (0..).zip(flights);
    let sender = |(number, flight): (u32, &Flight)| {
        let writer = of(number as usize)?.writer();
        let (room, dialect) = (rooms.get(flight.room)?.clone(), stage.common.dialect);
        Some(Sender { number, room, writer: Arc::clone(&writer), dialect, chars: stage.common.message_chars })
    };
    numbered.filter_map(sender).collect()
}
