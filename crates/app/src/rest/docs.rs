//! `/openapi.json` and a page that shows it, from files inside the binary.

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::Config;

use super::on;
use crate::problem::Problem;

/// The page sets styles from its script; scripts themselves come from files only.
const CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
                   base-uri 'none'; frame-ancestors 'none'";

/// The document, rendered once.
struct Rendered(web::Bytes);

pub(super) fn configure(config: &mut ServiceConfig) {
    let page = Config::new(["/openapi.json"]).try_it_out_enabled(true).validator_url("none");
    let document = super::openapi().to_json().unwrap_or_default();
    config
        .app_data(Data::new(Rendered(document.into())))
        .app_data(Data::new(page))
        .service(on("/openapi.json", [(Method::GET, web::to(json))]))
        .service(web::resource("/docs").to(to_page))
        .service(on("/docs/{file:.*}", [(Method::GET, web::to(file))]));
}

async fn json(document: Data<Rendered>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}

async fn to_page() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

async fn file(request: HttpRequest, config: Data<Config<'static>>) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("file");
    let config: Arc<Config<'static>> = config.into_inner();
    let file = utoipa_swagger_ui::serve(name, config).map_err(|error| {
        tracing::error!(%error, "the API page could not be made");
        Problem::internal()
    })?;
    let file = file.ok_or_else(Problem::not_found)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(header::ContentEncoding::Gzip);
    }
    response
        .content_type(file.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    Ok(response.body(file.bytes.into_owned()))
}
