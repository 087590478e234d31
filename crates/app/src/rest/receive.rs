//! Taking a file out of a form, piece by piece: neither its size nor its pace is up to the client.

use std::future::Future;
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use hallway_application::{Error, FileRefused, Upload};
use hallway_domain::{Actor, Attachment, FileName};
use tokio::time::Instant;

use super::extract::expect_type;
use crate::config::AttachmentsConfig;
use crate::problem::Problem;
use crate::state::AppState;

/// Bytes of a form around its file.
const AROUND: u64 = 64 * 1024;

/// How fast a body must come.
struct Pace<'a> {
    config: &'a AttachmentsConfig,
    began: Instant,
    received: u64,
}

fn slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "slow_body", "body took too long to arrive")
}

fn bad_form(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_form", detail)
}

impl<'a> Pace<'a> {
    fn new(config: &'a AttachmentsConfig) -> Self {
        Self { config, began: Instant::now(), received: 0 }
    }

    /// What comes next, if it comes before the average gets too low or the time is over.
    async fn wait<T>(&self, next: impl Future<Output = T>) -> Result<T, Problem> {
        let fair = self.config.slow_grace_seconds + self.received / self.config.min_bytes_per_second.max(1);
        let end = self.began + Duration::from_secs(fair.min(self.config.upload_seconds));
        tokio::time::timeout_at(end, next).await.map_err(|_| slow())
    }
}

/// Receives the form's `file`, looks at it and stores it.
pub(super) async fn receive(
    request: &HttpRequest,
    payload: web::Payload,
    state: &AppState,
    actor: &Actor,
) -> Result<Attachment, Problem> {
    expect_type(request, &["multipart/form-data"])?;
    let announced: Option<u64> =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let files = state.app.attachments();
    let least = announced.map(|length| length.saturating_sub(AROUND));
    let mut upload = Some(files.begin(actor, least).await?);
    let mut name = None;
    let mut pace = Pace::new(&state.config.attachments);
    let mut form = Multipart::new(request.headers(), payload);
    while let Some(field) = pace.wait(form.next()).await? {
        let mut field = field.map_err(|error| unreadable(&error))?;
        if field.name() != Some("file") {
            skip(&mut field, &mut pace).await?;
            continue;
        }
        if name.is_some() {
            return Err(bad_form("the form must have one file"));
        }
        name = Some(called(&field));
        if let Some(upload) = &mut upload {
            take(&mut field, &mut pace, upload).await?;
        }
    }
    match (name, upload.take()) {
        (Some(name), Some(upload)) => Ok(files.finish(upload, name).await?),
        _ => Err(bad_form("the form has no field `file`")),
    }
}

/// What the client calls the file.
fn called(field: &Field) -> FileName {
    let disposition = field.content_disposition();
    let extended = disposition
        .and_then(|disposition| disposition.get_filename_ext())
        .and_then(|name| std::str::from_utf8(&name.value).ok());
    FileName::clean(extended.or_else(|| disposition.and_then(|it| it.get_filename())).unwrap_or_default())
}

async fn take(field: &mut Field, pace: &mut Pace<'_>, upload: &mut Upload) -> Result<(), Problem> {
    while let Some(piece) = pace.wait(field.next()).await? {
        let piece = piece.map_err(|error| unreadable(&error))?;
        pace.received += piece.len() as u64;
        upload.write(&piece).await?;
    }
    Ok(())
}

/// Other fields are not wanted, and may not be a way around the limits.
async fn skip(field: &mut Field, pace: &mut Pace<'_>) -> Result<(), Problem> {
    let mut skipped = 0;
    while let Some(piece) = pace.wait(field.next()).await? {
        skipped += piece.map_err(|error| unreadable(&error))?.len() as u64;
        if skipped > AROUND {
            return Err(Error::File(FileRefused::TooLarge { max: AROUND }).into());
        }
    }
    pace.received += skipped;
    Ok(())
}

fn unreadable(error: &MultipartError) -> Problem {
    tracing::debug!(%error, "a form could not be read");
    bad_form("the form could not be read")
}
