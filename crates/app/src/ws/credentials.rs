//! What a handshake brings to say who is asking.

use actix_web::HttpRequest;
use actix_web::http::header;
use hallway_domain::call::DeviceId;
use hallway_protocol::ws::fastroom::{BEARER_PREFIX, SUBPROTOCOL};
use secrecy::SecretString;
use uuid::Uuid;

/// The first of these that is present counts, also when a later one would be better.
#[derive(Debug)]
pub(crate) enum Credentials {
    Token(SecretString),
    Ticket(SecretString),
    /// To be said in the first frame.
    None,
}

impl Credentials {
    pub(crate) fn of(request: &HttpRequest, allow_query_token: bool) -> Self {
        let offered = protocols(request).find_map(|protocol| protocol.strip_prefix(BEARER_PREFIX).map(str::to_owned));
        if let Some(token) = offered.or_else(|| bearer(request)) {
            return Self::Token(token.into());
        }
        if let Some(ticket) = query(request, "ticket") {
            return Self::Ticket(ticket.into());
        }
        match query(request, "access_token") {
            Some(token) if allow_query_token => Self::Token(token.into()),
            _ => Self::None,
        }
    }
}

/// The token of a FastSock client: `?token=`, or a header for those that can set one.
pub(crate) fn fastsock_token(request: &HttpRequest) -> Option<SecretString> {
    bearer(request).or_else(|| query(request, "token")).map(SecretString::from)
}

/// Whether the client knows Hallway's own frames.
pub(crate) fn offers_native(request: &HttpRequest) -> bool {
    protocols(request).any(|protocol| protocol == SUBPROTOCOL)
}

/// Which device it is: the same for the life of a page, reloads included.
pub(crate) fn device(request: &HttpRequest) -> Option<DeviceId> {
    Uuid::parse_str(&query(request, "device_id")?).ok().filter(|device| !device.is_nil()).map(DeviceId)
}

fn protocols(request: &HttpRequest) -> impl Iterator<Item = &str> {
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    offers.filter_map(|offer| offer.to_str().ok()).flat_map(|offer| offer.split(',')).map(str::trim)
}

fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// A query parameter. Tokens and tickets have no characters that would be escaped.
fn query(request: &HttpRequest, name: &str) -> Option<String> {
    let pairs = request.query_string().split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use secrecy::ExposeSecret;

    use super::{Credentials, offers_native};

    fn found(request: TestRequest, allow_query_token: bool) -> String {
        match Credentials::of(&request.to_http_request(), allow_query_token) {
            Credentials::Token(token) => format!("token {}", token.expose_secret()),
            Credentials::Ticket(ticket) => format!("ticket {}", ticket.expose_secret()),
            Credentials::None => "none".to_owned(),
        }
    }

    #[test]
    fn the_first_that_is_present_counts() {
        let all = || {
            TestRequest::with_uri("/ws?access_token=d&ticket=c")
                .insert_header(("authorization", "Bearer b"))
                .insert_header(("sec-websocket-protocol", "hallway.v1, bearer.a"))
        };
        assert_eq!(found(all(), true), "token a");
        assert_eq!(found(all().insert_header(("sec-websocket-protocol", "hallway.v1")), true), "token b");
        assert_eq!(found(TestRequest::with_uri("/ws?access_token=d&ticket=c"), true), "ticket c");
        assert_eq!(found(TestRequest::with_uri("/ws?x=1&access_token=d"), true), "token d");
        assert_eq!(found(TestRequest::with_uri("/ws"), true), "none");
    }

    #[test]
    fn the_query_token_can_be_switched_off() {
        assert_eq!(found(TestRequest::with_uri("/ws?access_token=d"), false), "none");
        assert_eq!(found(TestRequest::with_uri("/ws?ticket=c"), false), "ticket c");
    }

    #[test]
    fn the_subprotocol_is_found_among_others() {
        let offer = |protocols| {
            let request = TestRequest::default().insert_header(("sec-websocket-protocol", protocols));
            offers_native(&request.to_http_request())
        };
        assert!(offer("chat, hallway.v1"));
        assert!(!offer("bearer.x"));
        assert!(!offer("hallway.v10"));
        assert!(!offers_native(&TestRequest::default().to_http_request()));
    }
}
