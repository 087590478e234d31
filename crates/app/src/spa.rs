//! The web app, from files inside the binary. `web/dist` is built by `scripts/run`, never by cargo; without it a page
//! says how to get it.

use std::fmt::Write as _;

use actix_web::http::header::{self, CacheControl, CacheDirective, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::Problem;
use crate::rest;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

/// How files end that a browser asks for beside pages.
const FILES: [&str; 10] = ["js", "css", "map", "json", "png", "svg", "ico", "woff2", "txt", "webmanifest"];

/// Scripts come from files of this origin only. Styles may be set from the page, because components position with them.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                   img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
                   worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                   frame-ancestors 'none'";
const PERMISSIONS: &str =
    "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()";

/// Answers for whatever no other route does: files of the app, its pages, or not found.
pub(crate) async fn fallback(request: HttpRequest) -> HttpResponse {
    answer(&request, Dist::get)
}

fn answer(request: &HttpRequest, files: impl Fn(&str) -> Option<EmbeddedFile>) -> HttpResponse {
    let path = request.path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || rest::is_api(path) {
        return Problem::not_found().error_response();
    }
    let name = path.trim_start_matches('/');
    if !name.is_empty()
        && name != INDEX
        && let Some(file) = files(name)
    {
        return send(request, name, file);
    }
    if names_file(name) || !accepts_html(request) {
        return Problem::not_found().error_response();
    }
    match files(INDEX) {
        Some(index) => send(request, INDEX, index),
        None => {
            secured(StatusCode::OK).content_type("text/html; charset=utf-8").insert_header(no_cache()).body(MISSING)
        }
    }
}

/// Whether what is missing is a file and no page: a browser that runs a page as a script or a style is of no use. Names
/// of rooms and people may have dots, and end as they like.
fn names_file(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let Some((_, ending)) = last.rsplit_once('.') else { return false };
    let is_name = name.starts_with("r/") || name.starts_with("d/");
    name.starts_with("assets/") || (!is_name && FILES.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// Whether the client wants a page; one that does not say takes anything.
fn accepts_html(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT)
        .is_none_or(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html") || accept.contains("*/*")))
}

fn send(request: &HttpRequest, name: &str, file: EmbeddedFile) -> HttpResponse {
    let mut tag = String::with_capacity(32);
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    // Weak: what is sent may be compressed.
    let tag = EntityTag::new_weak(tag);
    // Vite puts a hash of the content into the names of what it bundles.
    let cache = if name.starts_with("assets/") {
        let immutable = CacheDirective::Extension("immutable".to_owned(), None);
        CacheControl(vec![CacheDirective::Public, CacheDirective::MaxAge(31_536_000), immutable])
    } else {
        no_cache()
    };
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = secured(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header(cache).insert_header(ETag(tag));
    if known {
        return response.finish();
    }
    let kind = file.metadata.mimetype();
    let is_text = kind.starts_with("text/");
    let kind = if is_text { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    response.content_type(kind).body(file.data.into_owned())
}

fn no_cache() -> CacheControl {
    CacheControl(vec![CacheDirective::NoCache])
}

fn secured(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header(("permissions-policy", PERMISSIONS));
    response
}

const MISSING: &str = include_str!("spa_missing.html");

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;
    use rust_embed::Metadata;

    use super::*;

    fn dist(name: &str) -> Option<EmbeddedFile> {
        let (data, mime): (&[u8], _) = match name {
            INDEX => (b"<!doctype html>app", "text/html"),
            "assets/index-abc.js" => (b"run()", "text/javascript"),
            "favicon.svg" => (b"<svg/>", "image/svg+xml"),
            _ => return None,
        };
        let metadata = Metadata::__rust_embed_new([7; 32], None, None, mime);
        Some(EmbeddedFile { data: Cow::Borrowed(data), metadata })
    }

    fn get(path: &str) -> TestRequest {
        TestRequest::get().uri(path).insert_header(("accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
    }

    fn header_of(response: &HttpResponse, name: &str) -> String {
        response.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned()).unwrap_or_default()
    }

    #[actix_web::test]
    async fn pages_are_the_index_and_are_asked_for_again() {
        for path in [
            "/",
            "/login",
            "/r/general",
            "/r/a.b",
            "/r/7/notes.txt",
            "/d/alice",
            "/d/j.r.r",
            "/d/bob.js",
            "/settings",
            "/v1.2",
            "/index.html",
        ] {
            let response = answer(&get(path).to_http_request(), dist);
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(header_of(&response, "cache-control"), "no-cache");
            assert_eq!(header_of(&response, "content-type"), "text/html; charset=utf-8");
            let csp = header_of(&response, "content-security-policy");
            assert!(csp.contains("script-src 'self';") && csp.contains("frame-ancestors 'none'"), "{csp}");
            for name in
                ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "permissions-policy"]
            {
                assert!(!header_of(&response, name).is_empty(), "{name}");
            }
            assert_eq!(to_bytes(response.into_body()).await.expect("whole"), "<!doctype html>app");
        }
    }

    #[actix_web::test]
    async fn hashed_files_are_kept_for_ever_and_known_ones_not_sent_again() {
        let response = answer(&get("/assets/index-abc.js").to_http_request(), dist);
        assert_eq!(response.status(), 200);
        assert_eq!(header_of(&response, "cache-control"), "public, max-age=31536000, immutable");
        let tag = header_of(&response, "etag");
        let again = get("/assets/index-abc.js").insert_header(("if-none-match", tag)).to_http_request();
        assert_eq!(answer(&again, dist).status(), 304);
        let stale = get("/assets/index-abc.js").insert_header(("if-none-match", "\"other\"")).to_http_request();
        assert_eq!(answer(&stale, dist).status(), 200);
        assert_eq!(header_of(&answer(&get("/favicon.svg").to_http_request(), dist), "cache-control"), "no-cache");
    }

    #[actix_web::test]
    async fn the_api_and_missing_files_are_never_pages() {
        for path in [
            "/api/v1/nothing",
            "/rooms/1/nothing",
            "/users/a/b",
            "/assets/index-old.js",
            "/assets/x.unknown",
            "/static/uploads/x",
            "/sw.js",
            "/theme.css",
            "/old/app.js.map",
            "/manifest.json",
            "/apple-touch-icon.png",
            "/logo.SVG",
            "/favicon.ico",
            "/font.woff2",
            "/robots.txt",
            "/site.webmanifest",
        ] {
            assert_eq!(answer(&get(path).to_http_request(), dist).status(), 404, "{path}");
        }
        let json = TestRequest::get().uri("/nothing").insert_header(("accept", "application/json"));
        assert_eq!(answer(&json.to_http_request(), dist).status(), 404);
        let post = TestRequest::post().uri("/login").insert_header(("accept", "text/html"));
        assert_eq!(answer(&post.to_http_request(), dist).status(), 404);
    }

    #[actix_web::test]
    async fn without_a_built_app_a_page_says_how_to_get_it() {
        let response = answer(&get("/").to_http_request(), |_| None);
        assert_eq!(response.status(), 200);
        let body = to_bytes(response.into_body()).await.expect("whole");
        assert!(String::from_utf8_lossy(&body).contains("scripts/run"));
    }
}
