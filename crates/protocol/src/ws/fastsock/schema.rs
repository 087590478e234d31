//! The frames as JSON Schema, made from the types.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{ClientEvent, ServerEvent};
use crate::ws::schema::{Frames, Naming, absent_is_not_null, document, frames, sorted};

const NAMING: Naming = Naming { tag: "event", suffix: "Event" };
const DEFINITIONS: &str = "/$defs";

/// JSON Schema of every frame that a client sends.
#[must_use]
pub fn client_schema() -> Value {
    let events = frames::<ClientEvent>(SchemaSettings::draft2020_12(), DEFINITIONS, "Client", NAMING);
    document("FastSock client event", "A frame from a client of FastSock's API.", events)
}

/// JSON Schema of every frame that the server sends.
#[must_use]
pub fn server_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let Frames { mut frames, mut shared } = frames::<ServerEvent>(settings, DEFINITIONS, "", NAMING);
    for schema in frames.iter_mut().map(|(_, _, schema)| schema).chain(shared.values_mut()) {
        absent_is_not_null(schema);
    }
    document("FastSock server event", "A frame to a client of FastSock's API.", Frames { frames, shared })
}

/// What is committed under `docs/api/`: file names and their text.
#[must_use]
pub fn documents() -> [(&'static str, String); 2] {
    [("fastsock.client.schema.json", client_schema()), ("fastsock.server.schema.json", server_schema())]
        .map(|(name, document)| (name, format!("{:#}\n", sorted(document))))
}
