//! The whole of `/ws` as an AsyncAPI document.

use serde_json::{Map, Value, json};

use super::schema::{Frames, client_frames, server_frames};
use super::{CLOSE_CODES, SUBPROTOCOL};

/// `/ws` as an [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0) document.
#[must_use]
pub fn asyncapi(version: &str) -> Value {
    const DEFINITIONS: &str = "/components/schemas";
    let mut schemas = Map::new();
    let mut messages = Map::new();
    let mut channel_messages = Map::new();
    let mut side = |direction: &str, Frames { frames, shared }: Frames| {
        let mut references = Vec::new();
        for (word, name, schema) in frames {
            let key = format!("{direction}.{word}");
            let summary = schema.get("description").cloned().unwrap_or_default();
            let payload = json!({ "$ref": format!("#{DEFINITIONS}/{name}") });
            messages
                .insert(key.clone(), json!({ "name": word, "title": name, "summary": summary, "payload": payload }));
            channel_messages.insert(key.clone(), json!({ "$ref": format!("#/components/messages/{key}") }));
            references.push(json!({ "$ref": format!("#/channels/ws/messages/{key}") }));
            schemas.insert(name, schema);
        }
        schemas.extend(shared);
        references
    };
    let from_clients = side("client", client_frames(DEFINITIONS));
    let from_server = side("server", server_frames(DEFINITIONS));
    let close_codes: Vec<Value> = (CLOSE_CODES.iter())
        .map(|close| {
            json!({ "code": close.code, "reason": close.reason, "meaning": close.meaning,
                    "reconnect": close.reconnect.as_str() })
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hallway",
            "version": version,
            "description": "Rooms, chat and presence over a WebSocket. Text frames, each a JSON object with a `type`.",
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "standalone": { "host": "127.0.0.1:8000", "protocol": "ws", "security": security() },
        },
        "channels": {
            "ws": {
                "address": "/ws",
                "title": "The socket",
                "messages": channel_messages,
                "bindings": { "ws": { "method": "GET", "query": query(), "headers": headers() } },
                "x-close-codes": close_codes,
            },
        },
        "operations": {
            "fromClients": {
                "action": "receive",
                "summary": "What a client sends.",
                "channel": { "$ref": "#/channels/ws" },
                "messages": from_clients,
            },
            "fromServer": {
                "action": "send",
                "summary": "What the server sends.",
                "channel": { "$ref": "#/channels/ws" },
                "messages": from_server,
            },
        },
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": security_schemes(),
        },
    })
}

fn query() -> Value {
    json!({
        "type": "object",
        "properties": {
            "ticket": { "type": "string", "description": "From `POST /api/v1/ws/ticket`; works once, for 30 s." },
            "access_token": { "type": "string", "description": "For older clients; can be switched off." },
            "device_id": { "type": "string", "format": "uuid", "description": "The same for the life of a page, reloads included: calls go on with it. Only with `hallway.v1`." },
        },
    })
}

fn headers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "Sec-WebSocket-Protocol": {
                "type": "string",
                "description": "The subprotocol, and the access token with `bearer.` before it.",
                "examples": [format!("{SUBPROTOCOL}, bearer.<access token>")],
            },
        },
    })
}

const SCHEMES: [&str; 4] = ["subprotocol", "bearer", "ticket", "accessToken"];

fn security() -> Value {
    SCHEMES.iter().map(|scheme| json!({ "$ref": format!("#/components/securitySchemes/{scheme}") })).collect()
}

fn security_schemes() -> Value {
    json!({
        "subprotocol": {
            "type": "httpApiKey", "name": "Sec-WebSocket-Protocol", "in": "header",
            "description": format!("`{SUBPROTOCOL}, bearer.<access token>`: for browsers."),
        },
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
        "ticket": { "type": "httpApiKey", "name": "ticket", "in": "query", "description": "Works once." },
        "accessToken": {
            "type": "httpApiKey", "name": "access_token", "in": "query",
            "description": "For older clients; can be switched off. None of these: `auth` as the first frame, within 5 s.",
        },
    })
}
