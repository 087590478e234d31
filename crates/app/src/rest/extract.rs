//! What handlers ask for: the caller, ids from the path, bodies. Each refuses with a clear problem.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use hallway_application::{Authenticated, Missing};
use hallway_domain::{AttachmentId, FilterId, HeldId, InviteId, MessageId, ReportId, RoomId, UserId};
use hallway_protocol::rest::ValidationIssue;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;
use crate::state::AppState;

/// Longest that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The caller, and then `T`: who is not signed in learns nothing about the rest of the request. Whatever changes
/// something takes one of the caller's writes.
pub(crate) struct Signed<T = ()>(pub Authenticated, pub T);

impl<T> FromRequest for Signed<T>
where
    T: FromRequest + 'static,
{
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let token = bearer(&request).ok_or_else(Problem::not_authenticated)?;
            let caller = state(&request)?.app.accounts().authenticate(&token).await.map_err(Problem::from)?;
            if !request.method().is_safe() {
                state(&request)?.app.count_write(&caller.actor).await.map_err(Problem::from)?;
            }
            let rest = T::from_request(&request, &mut payload).await.map_err(Into::into)?;
            Ok(Self(caller, rest))
        })
    }
}

/// The token of `Authorization: Bearer` ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750), section 2.1).
pub(crate) fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

fn state(request: &HttpRequest) -> Result<&web::Data<AppState>, Problem> {
    request.app_data::<web::Data<AppState>>().ok_or_else(Problem::internal)
}

/// A number of the path. One that is no id of ours names nothing; what is no number at all does not parse.
fn number(request: &HttpRequest, name: &str, missing: Missing) -> Result<i64, Problem> {
    let text = request.match_info().query(name);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let msg = "Input should be a valid integer, unable to parse string as an integer".to_owned();
        let loc = vec![json!("path"), json!(name)];
        let issue = ValidationIssue { kind: "int_parsing".to_owned(), loc, msg, input: json!(text), ctx: None };
        return Err(Problem::issues(vec![issue]));
    }
    text.parse().map_err(|_| hallway_application::Error::from(missing).into())
}

macro_rules! path {
    ($($(#[$doc:meta])+ $name:ident($($field:ident: $id:ident in $missing:ident),+);)+) => {$(
        $(#[$doc])+
        pub(crate) struct $name($(pub $id),+);

        impl FromRequest for $name {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let ids = || Ok(Self($($id(number(request, stringify!($field), Missing::$missing)?)),+));
                ready(ids())
            }
        }
    )+};
}

path! {
    /// `{room_id}`
    RoomPath(room_id: RoomId in Room);
    /// `{attachment_id}`
    AttachmentPath(attachment_id: AttachmentId in Attachment);
    /// `{room_id}` and `{message_id}`
    MessagePath(room_id: RoomId in Room, message_id: MessageId in Message);
    /// `{user_id}`
    UserPath(user_id: UserId in User);
    /// `{message_id}`, in whatever room
    MessageIdPath(message_id: MessageId in Message);
    /// `{room_id}` and `{invite_id}`
    InviteIdPath(room_id: RoomId in Room, invite_id: InviteId in Invite);
    /// `{report_id}`
    ReportPath(report_id: ReportId in Report);
    /// `{room_id}` and `{report_id}`
    RoomReportPath(room_id: RoomId in Room, report_id: ReportId in Report);
    /// `{room_id}` and `{filter_id}`
    FilterPath(room_id: RoomId in Room, filter_id: FilterId in Filter);
    /// `{room_id}` and `{held_id}`
    HeldPath(room_id: RoomId in Room, held_id: HeldId in HeldMessage);
    /// `{room_id}` and `{user_id}`
    MemberPath(room_id: RoomId in Room, user_id: UserId in Member);
}

/// A JSON body, which must be there.
pub(crate) struct Body<T>(pub T);

/// A JSON body; `None` when the request has none.
pub(crate) struct OptionalBody<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = OptionalBody::from_request(request, payload);
        Box::pin(async move {
            let issue = || issue(vec![json!("body")], "missing", "Field required");
            body.await?.0.map(Self).ok_or_else(|| Problem::issues(vec![issue()]))
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload).await?;
            if bytes.is_empty() {
                return Ok(Self(None));
            }
            expect_type(&request, &["application/json"])?;
            // A list would be taken for the fields in their order.
            let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            if !matches!(first, Some(b'{' | b'n') | None) {
                let msg = "Input should be a valid dictionary or object";
                return Err(Problem::issues(vec![issue(vec![json!("body")], "model_attributes_type", msg)]));
            }
            parse(&bytes).map(Self)
        })
    }
}

/// The whole body, bounded in size and time.
pub(crate) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<BytesMut, Problem> {
    let most = state(request)?.config.limits.body_bytes;
    let too_large =
        || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("body has more than {most} bytes"));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > most as u64) {
        return Err(too_large());
    }
    let gather = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk =
                chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "bad_body", "body could not be read"))?;
            if body.len() + chunk.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "slow_body", "body took too long to arrive");
    tokio::time::timeout(BODY_TIMEOUT, gather).await.map_err(slow)?
}

/// Refuses a body that is said to be something else.
pub(crate) fn expect_type(request: &HttpRequest, types: &[&str]) -> Result<(), Problem> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if types.iter().any(|expected| expected.eq_ignore_ascii_case(essence)) {
        return Ok(());
    }
    let detail = format!("Content-Type must be {}", types.join(" or "));
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail))
}

fn issue(loc: Vec<Value>, kind: &str, msg: &str) -> ValidationIssue {
    ValidationIssue { kind: kind.to_owned(), loc, msg: msg.to_owned(), input: Value::Null, ctx: None }
}

/// A JSON value, whole.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(error.path(), error.inner()))?;
    reader.end().map_err(|_| no_json())?;
    Ok(value)
}

fn no_json() -> Problem {
    Problem::issues(vec![issue(vec![json!("body")], "json_invalid", "JSON decode error")])
}

/// A body that does not parse, in FastRoom's form. What came is not repeated: it may hold a password.
fn unreadable(path: &Path, error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return no_json();
    }
    let mut loc = vec![json!("body")];
    loc.extend(path.iter().filter_map(|step| match step {
        Segment::Seq { index } => Some(json!(index)),
        Segment::Map { key } => Some(json!(key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }));
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    // What these two are about is named in the text only.
    let named = |start| message.strip_prefix(start).and_then(|rest| rest.strip_suffix('`'));
    let (kind, msg) = if let Some(field) = named("missing field `") {
        loc.push(json!(field));
        ("missing", "Field required")
    } else if let Some(field) = named("duplicate field `") {
        loc.push(json!(field));
        ("value_error", "Input should be given once")
    } else if message.starts_with("unknown field") {
        ("extra_forbidden", "Extra inputs are not permitted")
    } else {
        // `invalid type: string "x", expected u64`: only what is expected, in the words of JSON.
        match message.rsplit("expected ").next().unwrap_or_default() {
            "a string" => ("string_type", "Input should be a valid string"),
            "a boolean" => ("bool_type", "Input should be a valid boolean"),
            "u8" | "u16" | "u32" | "u64" if message.starts_with("invalid value") => {
                ("greater_than_equal", "Input should be greater than or equal to 0")
            }
            "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" => {
                ("int_type", "Input should be a valid integer")
            }
            _ => ("value_error", "Input should be of another type"),
        }
    };
    Problem::issues(vec![issue(loc, kind, msg)])
}
