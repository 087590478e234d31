//! Files as FastSock's clients send and show them.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_protocol::rest::{Upload, UploadForm};

use super::extract::Signed;
use super::on;
use super::receive::receive;
use super::serve::{Embedding, serve};
use crate::problem::Problem;
use crate::state::AppState;

/// Under `/api/v1`.
pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(on("/utils/upload", [(Method::POST, web::to(upload))]));
}

/// At the root.
pub(super) fn configure_static(config: &mut ServiceConfig) {
    config.service(on("/static/uploads/{name}", [(Method::GET, web::to(show)), (Method::HEAD, web::to(show))]));
}

/// Upload a file for FastSock's clients
///
/// The address is good as long as the file is there. A client that sends it as the text of an image message gives the
/// file to that message.
#[utoipa::path(
    post, path = "/api/v1/utils/upload",
    operation_id = "upload_fastsock", tag = "attachments", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = Upload),
        (status = 400, description = "The form could not be read, or has not one field `file`"),
        (status = 409, description = "`no room left for files`"),
        (status = 413, description = "The file is too large"),
    ),
)]
pub(crate) async fn upload(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, payload): Signed<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let attachment = receive(&request, payload, &state, &caller.actor).await?;
    let name = state.app.attachments().upload_name(attachment.id)?;
    Ok(HttpResponse::Ok().json(Upload {
        url: format!("{}/static/uploads/{name}{}", host(&request, &state), ending(&attachment.content_type)),
        filename: attachment.name.into_string(),
        content_type: attachment.content_type,
        size: i64::try_from(attachment.size).unwrap_or(i64::MAX),
    }))
}

/// Download a file that a FastSock client sent
///
/// The address is the right to it. After its message was deleted there is none.
#[utoipa::path(
    get, path = "/static/uploads/{name}",
    operation_id = "static_upload", tag = "attachments",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "The part of it that `Range` asks for", content_type = "*/*"),
        (status = 304, description = "As `If-None-Match` has it"),
        (status = 404, description = "`attachment not found`"),
        (status = 416, description = "No such part"),
    ),
)]
pub(crate) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let opened = state.app.attachments().open_upload(&name).await?;
    serve(&request, &state, &opened, Embedding::Anywhere).await
}

/// For people; the server does not look at it.
pub(crate) fn ending(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        _ => "",
    }
}

/// Where clients reach this server: as configured, or as this one did.
fn host(request: &HttpRequest, state: &AppState) -> String {
    let configured = state.config.server.public_url.trim_end_matches('/');
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let connection = request.connection_info();
    // What a proxy says of the scheme is no secret and opens nothing; the host is the one that was asked.
    let scheme = if connection.scheme() == "https" { "https" } else { "http" };
    let host = request.headers().get(actix_web::http::header::HOST).and_then(|host| host.to_str().ok());
    format!("{scheme}://{}", host.unwrap_or_else(|| connection.host()))
}
