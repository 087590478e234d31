//! Giving files out so that no browser runs what is in them.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{self, ByteRangeSpec, HeaderValue, Range as RangeHeader};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _};
use bytes::Bytes;
use futures_util::Stream;
use hallway_application::{Opened, Variant};
use hallway_domain::ports::BlobReader;

use crate::problem::Problem;
use crate::state::AppState;

/// Who may show it inside their pages.
#[derive(Clone, Copy)]
pub(super) enum Embedding {
    /// Pages of the same site.
    SameSite,
    /// Pages of everybody who has the address.
    Anywhere,
}

/// Types that a browser shows without running them. Everything else is downloaded as bytes.
fn inline(content_type: &str) -> bool {
    matches!(
        content_type,
        "image/png"
            | "image/jpeg"
            | "image/gif"
            | "image/webp"
            | "audio/mpeg"
            | "audio/ogg"
            | "audio/x-wav"
            | "audio/x-flac"
            | "audio/m4a"
            | "audio/aac"
            | "video/mp4"
            | "video/webm"
    )
}

/// What `Content-Disposition` says ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)): the name in plain letters, and
/// whole as [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187) writes it.
fn disposition(kind: &str, name: &str) -> String {
    use std::fmt::Write as _;
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " -_.()+,=@".contains(c) { c } else { '_' }).collect();
    let mut text = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The one part that was asked for; none: all of it.
fn part(request: &HttpRequest, size: u64) -> Result<Option<Range<u64>>, ()> {
    let Some(text) = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    // A range that is not understood, and several at once, may be answered with all of it.
    let Ok(RangeHeader::Bytes(ranges)) = text.parse::<RangeHeader>() else { return Ok(None) };
    let [range]: [ByteRangeSpec; 1] = match ranges.try_into() {
        Ok(one) => one,
        Err(_) => return Ok(None),
    };
    match range.to_satisfiable_range(size) {
        Some((first, last)) => Ok(Some(first..last + 1)),
        None => Err(()),
    }
}

fn stream(reader: Box<dyn BlobReader>) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    futures_util::stream::try_unfold(reader, |mut reader| async move {
        match reader.next().await {
            Ok(Some(piece)) => Ok(Some((Bytes::from(piece), reader))),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::warn!(%error, "a file could not be read to its end");
                Err(std::io::Error::other("file could not be read"))
            }
        }
    })
}

/// Answers with the file, or with the part of it that was asked for.
pub(super) async fn serve(
    request: &HttpRequest,
    state: &AppState,
    opened: &Opened,
    embedding: Embedding,
) -> Result<HttpResponse, Problem> {
    let attachment = &opened.attachment;
    let etag = format!("\"{}-{}\"", attachment.id, if opened.variant == Variant::Content { "c" } else { "t" });
    let mut response = HttpResponse::Ok();
    headers(&mut response, state, embedding);
    response.insert_header((header::ETAG, etag.clone()));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|known| known.trim() == etag)) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    if opened.variant == Variant::Thumbnail {
        return thumbnail(state, opened, response).await;
    }

    let shown = inline(&attachment.content_type) && !request.query_string().split('&').any(|key| key == "download=1");
    let content_type = if shown { attachment.content_type.as_str() } else { "application/octet-stream" };
    let kind = if shown { "inline" } else { "attachment" };
    response
        .insert_header((header::CONTENT_TYPE, content_type.to_owned()))
        .insert_header((header::CONTENT_DISPOSITION, disposition(kind, attachment.name.as_str())))
        .insert_header((header::ACCEPT_RANGES, "bytes"));
    let Ok(part) = part(request, attachment.size) else { return Ok(no_such_part(attachment.size)) };
    let length = part.as_ref().map_or(attachment.size, |part| part.end - part.start);
    if let Some(part) = &part {
        let range = format!("bytes {}-{}/{}", part.start, part.end - 1, attachment.size);
        response.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, range));
    }
    if request.method() == Method::HEAD {
        return Ok(response.body(SizedStream::new(length, futures_util::stream::empty::<Result<_, std::io::Error>>())));
    }
    let reader = state.app.attachments().read(opened, part).await?;
    Ok(response.body(SizedStream::new(length, Box::pin(stream(reader)))))
}

fn no_such_part(size: u64) -> HttpResponse {
    let status = StatusCode::RANGE_NOT_SATISFIABLE;
    let mut response = Problem::new(status, "range_not_satisfiable", "the file has no such part").error_response();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// Nothing in it runs, nobody guesses what it is, and it goes out as it is stored.
fn headers(response: &mut HttpResponseBuilder, state: &AppState, embedding: Embedding) {
    let seconds = state.config.attachments.url_ttl_seconds;
    response
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::CACHE_CONTROL, format!("private, max-age={seconds}, immutable")))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        // Else it would be compressed, and its parts with it.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static(match embedding {
                Embedding::SameSite => "same-site",
                Embedding::Anywhere => "cross-origin",
            }),
        ));
}

async fn thumbnail(
    state: &AppState,
    opened: &Opened,
    mut response: HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let mut reader = state.app.attachments().read(opened, None).await?;
    // Four hundred pixels a side: small enough to be held.
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await.map_err(hallway_application::Error::from)? {
        bytes.extend_from_slice(&piece);
    }
    let content_type = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    response
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"thumbnail\""));
    Ok(response.body(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_header() {
        assert_eq!(disposition("inline", "a.png"), "inline; filename=\"a.png\"; filename*=UTF-8''a.png");
        assert_eq!(
            disposition("attachment", "上 \"x\"; y\r\n%.svg"),
            "attachment; filename=\"_ _x__ y__%.svg\"; filename*=UTF-8''%E4%B8%8A%20%22x%22%3B%20y%0D%0A%25.svg"
                .replace("__%.svg", "___.svg")
        );
        assert!(HeaderValue::from_str(&disposition("inline", "a\0\r\n\u{202E}b")).is_ok());
    }

    #[test]
    fn what_browsers_run_is_not_shown() {
        for run in ["text/html", "image/svg+xml", "application/pdf", "text/xml", "application/octet-stream", ""] {
            assert!(!inline(run), "{run}");
        }
    }
}
