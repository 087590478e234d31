//! Files of messages.

use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use hallway_application::{Missing, Variant};
use hallway_domain::AttachmentId;
use hallway_protocol::rest::{Attachment, UploadForm};

use super::extract::{AttachmentPath, Signed, bearer};
use super::on;
use super::receive::receive;
use super::serve::{Embedding, serve};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::AppState;

/// Under `/api/v1`.
pub(super) fn configure(config: &mut ServiceConfig) {
    let (get, head, delete) = (Method::GET, Method::HEAD, Method::DELETE);
    config
        .service(on("/attachments", [(Method::POST, web::to(create))]))
        .service(on("/attachments/{attachment_id}", [(get.clone(), web::to(one)), (delete, web::to(discard))]))
        .service(on(
            "/attachments/{attachment_id}/content",
            [(get.clone(), web::to(content)), (head.clone(), web::to(content))],
        ))
        .service(on("/attachments/{attachment_id}/thumbnail", [(get, web::to(thumbnail)), (head, web::to(thumbnail))]));
}

/// Upload a file
///
/// It then waits for a message that names it. The body is streamed; images are written anew without their metadata.
#[utoipa::path(
    post, path = "/api/v1/attachments",
    operation_id = "create_attachment", tag = "attachments", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = Attachment),
        (status = 400, description = "The form could not be read, or has not one field `file`"),
        (status = 408, description = "The body came too slowly"),
        (status = 409, description = "`no room left for files`"),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "Not a form, or a type of file that is not allowed"),
        (status = 422, description = "`file is empty`, `image is damaged or not complete` or `image has too many pixels`"),
    ),
)]
pub(crate) async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    Signed(caller, payload): Signed<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let attachment = receive(&request, payload, &state, &caller.actor).await?;
    Ok(HttpResponse::Created().json(Links::of(&state.app, caller.actor.id()).attachment(&attachment)))
}

/// Get a file's description
///
/// With fresh addresses. For its owner while it waits, and for whoever may read its message.
#[utoipa::path(
    get, path = "/api/v1/attachments/{attachment_id}",
    operation_id = "get_attachment", tag = "attachments", security(("bearer" = [])),
    params(("attachment_id" = i64, Path)),
    responses((status = 200, body = Attachment), (status = 404, description = "`attachment not found`")),
)]
pub(crate) async fn one(
    state: Data<AppState>,
    Signed(caller, AttachmentPath(id)): Signed<AttachmentPath>,
) -> Result<HttpResponse, Problem> {
    let attachment = state.app.attachments().get(&caller.actor, id).await?;
    Ok(HttpResponse::Ok().json(Links::of(&state.app, caller.actor.id()).attachment(&attachment)))
}

/// Discard an upload
///
/// For its owner, while no message has it.
#[utoipa::path(
    delete, path = "/api/v1/attachments/{attachment_id}",
    operation_id = "discard_attachment", tag = "attachments", security(("bearer" = [])),
    params(("attachment_id" = i64, Path)),
    responses(
        (status = 204, description = "Discarded"),
        (status = 404, description = "`attachment not found`"),
    ),
)]
pub(crate) async fn discard(
    state: Data<AppState>,
    Signed(caller, AttachmentPath(id)): Signed<AttachmentPath>,
) -> Result<HttpResponse, Problem> {
    state.app.attachments().discard(&caller.actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Download a file
///
/// With the `token` of a signed address or with an access token. What a browser could run is never shown inline.
#[utoipa::path(
    get, path = "/api/v1/attachments/{attachment_id}/content",
    operation_id = "attachment_content", tag = "attachments",
    params(
        ("attachment_id" = i64, Path),
        ("token" = Option<String>, Query, description = "From a signed address"),
        ("download" = Option<i64>, Query, description = "1: never inline"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "The part of it that `Range` asks for", content_type = "*/*"),
        (status = 304, description = "As `If-None-Match` has it"),
        (status = 401, description = "The access token is not good"),
        (status = 404, description = "`attachment not found`, or not for the caller any more"),
        (status = 416, description = "No such part"),
    ),
)]
pub(crate) async fn content(
    request: HttpRequest,
    state: Data<AppState>,
    AttachmentPath(id): AttachmentPath,
) -> Result<HttpResponse, Problem> {
    show(&request, &state, id, Variant::Content).await
}

/// Download a thumbnail
#[utoipa::path(
    get, path = "/api/v1/attachments/{attachment_id}/thumbnail",
    operation_id = "attachment_thumbnail", tag = "attachments",
    params(
        ("attachment_id" = i64, Path),
        ("token" = Option<String>, Query, description = "From a signed address"),
    ),
    responses(
        (status = 200, description = "The thumbnail", content_type = "image/*"),
        (status = 304, description = "As `If-None-Match` has it"),
        (status = 401, description = "The access token is not good"),
        (status = 404, description = "`attachment not found`, or not for the caller any more"),
    ),
)]
pub(crate) async fn thumbnail(
    request: HttpRequest,
    state: Data<AppState>,
    AttachmentPath(id): AttachmentPath,
) -> Result<HttpResponse, Problem> {
    show(&request, &state, id, Variant::Thumbnail).await
}

async fn show(
    request: &HttpRequest,
    state: &AppState,
    id: AttachmentId,
    variant: Variant,
) -> Result<HttpResponse, Problem> {
    let files = state.app.attachments();
    let token = request.query_string().split('&').find_map(|pair| pair.strip_prefix("token="));
    let opened = match (token, bearer(request)) {
        (Some(token), _) => files.open(id, variant, token).await?,
        (None, Some(access)) => {
            let caller = state.app.accounts().authenticate(&access).await?;
            files.open_as(&caller.actor, id, variant).await?
        }
        // As with a bad token: who may not have it is not told that it is there.
        (None, None) => return Err(hallway_application::Error::from(Missing::Attachment).into()),
    };
    serve(request, state, &opened, Embedding::SameSite).await
}
