//! How failures leave the server: problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) whose `detail`
//! is the text that FastRoom's clients read, plus a stable `code`.

use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use hallway_application::{AuthFailure, Error, ErrorKind};
use hallway_domain::policy::Denied;
use hallway_protocol::rest;
use hallway_protocol::rest::{ValidationIssue, ValidationProblem};

tokio::task_local! {
    /// Names the request that this task answers.
    pub(crate) static REQUEST_ID: String;
}

/// The media type of problem documents.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Detail,
    retry_after: Option<Duration>,
}

#[derive(Debug)]
enum Detail {
    Text(String),
    /// FastRoom's form of 422 where a query, path or body does not parse.
    Issues(Vec<ValidationIssue>),
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: Detail::Text(detail.into()), retry_after: None }
    }

    pub(crate) fn issues(issues: Vec<ValidationIssue>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, code: "invalid", detail: Detail::Issues(issues), retry_after: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not Found")
    }

    pub(crate) fn not_authenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", "Not authenticated")
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal Server Error")
    }

    /// The same with another text.
    #[must_use]
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Detail::Text(detail.into());
        self
    }

    /// The same, with when to come back.
    #[must_use]
    pub(crate) const fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The status of every kind of failure.
const fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Busy | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(status(error.kind()), error.code(), error.to_string());
        match &error {
            // FastRoom answers so, and its clients do not try to refresh then.
            Error::Unauthenticated(AuthFailure::AccountDisabled) => problem.status = StatusCode::BAD_REQUEST,
            Error::Invalid(text) if text.field == "password" && text.message.starts_with("password too short") => {
                problem.detail = Detail::Text("password too short".to_owned());
            }
            Error::Denied(Denied::SlowMode(after) | Denied::JoiningTooFast(after)) => {
                problem.retry_after = Some(after.unsigned_abs());
            }
            Error::RateLimited(limited) => problem.retry_after = Some(limited.retry_after.unsigned_abs()),
            Error::Busy => problem.retry_after = Some(Duration::from_secs(1)),
            Error::Unavailable(detail) => {
                tracing::warn!(detail, "something that a request depends on is not available");
                problem.retry_after = Some(Duration::from_secs(2));
            }
            Error::Internal(detail) => tracing::error!(detail, "a request failed"),
            _ => {}
        }
        problem
    }
}

impl From<hallway_domain::InvalidText> for Problem {
    fn from(error: hallway_domain::InvalidText) -> Self {
        Error::from(error).into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(after) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, after.as_secs_f64().ceil().max(1.0).to_string()));
        }
        let kind = "about:blank".to_owned();
        let title = self.status.canonical_reason().unwrap_or("Error").to_owned();
        let status = self.status.as_u16();
        let code = self.code.to_owned();
        let request_id = REQUEST_ID.try_with(Clone::clone).ok();
        let body = match &self.detail {
            Detail::Text(detail) => {
                let (detail, retry_after_ms) = (detail.clone(), self.retry_after_ms());
                serde_json::to_vec(&rest::Problem { kind, title, status, detail, code, retry_after_ms, request_id })
            }
            Detail::Issues(issues) => {
                let detail = issues.clone();
                serde_json::to_vec(&ValidationProblem { kind, title, status, detail, code, request_id })
            }
        };
        response.content_type(PROBLEM_JSON).body(body.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use hallway_application::Conflict;
    use hallway_domain::InvalidText;
    use hallway_domain::ports::Limited;
    use serde_json::{Value, json};

    use super::*;

    async fn answer(error: Error) -> (HttpResponse, Value) {
        let response = Problem::from(error).error_response();
        let (head, body) = response.into_parts();
        let body = to_bytes(body).await.expect("a whole body");
        (head.set_body(actix_web::body::BoxBody::new(())), serde_json::from_slice(&body).expect("JSON"))
    }

    fn header_of(response: &HttpResponse, name: &str) -> String {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    #[actix_web::test]
    async fn a_problem_has_the_text_that_clients_read_and_a_code() {
        let (response, body) = answer(Conflict::RoomNameTaken.into()).await;
        assert_eq!(response.status(), 409);
        assert_eq!(header_of(&response, "content-type"), PROBLEM_JSON);
        assert_eq!(
            body,
            json!({
                "type": "about:blank", "title": "Conflict", "status": 409,
                "detail": "room name exists", "code": "room_name_taken",
            })
        );
    }

    #[actix_web::test]
    async fn who_is_not_known_is_told_how_to_sign_in() {
        let (response, body) = answer(AuthFailure::WrongPassword.into()).await;
        assert_eq!(response.status(), 401);
        assert_eq!(header_of(&response, "www-authenticate"), "Bearer");
        assert_eq!(body["detail"], "Incorrect username or password");
        let (response, body) = answer(AuthFailure::AccountDisabled.into()).await;
        assert_eq!((response.status().as_u16(), &body["detail"]), (400, &json!("Inactive user")));
    }

    #[actix_web::test]
    async fn waiting_times_are_said_in_whole_seconds_and_exactly() {
        let limited = Limited { retry_after: time::Duration::milliseconds(1500) };
        let (response, body) = answer(Error::RateLimited(limited)).await;
        assert_eq!(response.status(), 429);
        assert_eq!(header_of(&response, "retry-after"), "2");
        assert_eq!(body["retry_after_ms"], 1500);
        let (response, _) = answer(Error::Busy).await;
        assert_eq!((response.status().as_u16(), header_of(&response, "retry-after").as_str()), (503, "1"));
    }

    #[actix_web::test]
    async fn internal_detail_is_not_sent() {
        for error in [Error::Internal("select secret".to_owned()), Error::Unavailable("10.0.0.7 refused".to_owned())] {
            let (response, body) = answer(error).await;
            assert!(response.status().is_server_error());
            let text = body.to_string();
            assert!(!text.contains("select") && !text.contains("10.0.0.7"), "{text}");
        }
    }

    #[actix_web::test]
    async fn recorded_texts_stay() {
        let short = InvalidText::new("password", "password too short: use at least 8 characters");
        let (response, body) = answer(short.into()).await;
        assert_eq!((response.status().as_u16(), &body["detail"]), (422, &json!("password too short")));
        let (response, body) = answer(Denied::Hidden.into()).await;
        assert_eq!((response.status().as_u16(), &body["detail"]), (404, &json!("room not found")));
        let (response, body) = answer(Denied::NotModerator.into()).await;
        assert_eq!((response.status().as_u16(), &body["detail"]), (403, &json!("not moderator")));
    }
}
