//! The frames as JSON Schema, made from the types, in the same order every time.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::asyncapi::asyncapi;
use super::{ClientFrame, ServerFrame};
use crate::ws::schema::{Naming, absent_is_not_null, document, frames, sorted};

pub(super) use crate::ws::schema::Frames;

const NAMING: Naming = Naming { tag: "type", suffix: "Frame" };

/// JSON Schema of every frame that a client sends.
#[must_use]
pub fn client_schema() -> Value {
    document("ClientFrame", "A frame from a client.", client_frames("/$defs"))
}

/// JSON Schema of every frame that the server sends.
#[must_use]
pub fn server_schema() -> Value {
    document("ServerFrame", "A frame from the server.", server_frames("/$defs"))
}

/// What is committed under `docs/api/`: file names and their text.
#[must_use]
pub fn documents() -> [(&'static str, String); 3] {
    [
        ("fastroom.client.schema.json", client_schema()),
        ("fastroom.server.schema.json", server_schema()),
        ("asyncapi.json", asyncapi(env!("CARGO_PKG_VERSION"))),
    ]
    .map(|(name, document)| (name, format!("{:#}\n", sorted(document))))
}

/// What clients send. They may send null for a field that is absent.
pub(super) fn client_frames(definitions: &'static str) -> Frames {
    frames::<ClientFrame>(SchemaSettings::draft2020_12(), definitions, "Client", NAMING)
}

/// What the server sends: exactly what it writes, so what may be absent is never null.
pub(super) fn server_frames(definitions: &'static str) -> Frames {
    let Frames { mut frames, mut shared } =
        frames::<ServerFrame>(SchemaSettings::draft2020_12().for_serialize(), definitions, "", NAMING);
    for schema in frames.iter_mut().map(|(_, _, schema)| schema).chain(shared.values_mut()) {
        absent_is_not_null(schema);
    }
    Frames { frames, shared }
}
