//! How REST fails: problem documents, RFC 9457.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// `application/problem+json`. `detail` is for people, `code` for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the sort of problem; `about:blank` where status and code say all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// A stable snake_case word.
    pub code: String,
    /// How long to wait before another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Finds the request in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A query or body that does not parse: status 422, with one issue for each fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValidationProblem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: Vec<ValidationIssue>,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValidationIssue {
    /// Names the sort of fault, such as `missing` or `int_parsing`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The way to the value: `body`, `query` or `path`, then names and indexes.
    pub loc: Vec<Value>,
    pub msg: String,
    /// What came. Never a secret.
    pub input: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctx: Option<Value>,
}

/// The answer of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// `ready`, or `degraded`: requests are served, but this node and the others do not hear each other.
    pub status: String,
    /// Whether the bus between the nodes answers: `ok` or `away`.
    pub bus: String,
}

/// The answer of `/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    pub status: String,
}
