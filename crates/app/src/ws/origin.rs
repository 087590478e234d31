//! Which web pages may open a socket.

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header;

/// A browser names the page's origin in the handshake and cannot be made to lie (RFC 6455, section 10.2). Without an
/// `Origin` it is no browser, and the token alone decides.
#[derive(Clone, Debug, Default)]
pub struct AllowedOrigins {
    /// As browsers write them: `https://chat.example.org`.
    pub listed: Vec<String>,
    /// Pages of this machine, on any port.
    pub localhost: bool,
}

impl AllowedOrigins {
    pub(crate) fn admits(&self, request: &HttpRequest) -> bool {
        let mut origins = request.headers().get_all(header::ORIGIN);
        let Some(origin) = origins.next() else { return true };
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        origins.next().is_none() && origin.to_str().is_ok_and(|origin| self.allows(origin, host))
    }

    pub(crate) fn allows(&self, origin: &str, host: Option<&str>) -> bool {
        if self.listed.iter().any(|listed| listed.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
            return true;
        }
        let Ok(uri) = origin.parse::<Uri>() else { return false };
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
        // The parser also takes a user, and anything after the colon for a port. No browser writes those.
        let plain = authority.port_u16().map(|port| format!("{}:{port}", authority.host()));
        if authority.as_str() != plain.as_deref().unwrap_or(authority.host()) {
            return false;
        }
        let is_own_page = host.is_some_and(|host| authority.as_str().eq_ignore_ascii_case(host));
        is_own_page || (self.localhost && matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]"))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::AllowedOrigins;

    fn admits(localhost: bool, origin: &str, host: &str) -> bool {
        let origins = AllowedOrigins { listed: vec!["https://app.example.org".to_owned()], localhost };
        let request = TestRequest::default().insert_header(("origin", origin)).insert_header(("host", host));
        origins.admits(&request.to_http_request())
    }

    #[test]
    fn listed_pages_and_the_servers_own_may_connect() {
        assert!(admits(false, "https://app.example.org", "chat.example.org"));
        assert!(admits(false, "https://chat.example.org", "chat.example.org"));
        assert!(admits(false, "http://chat.example.org:8000", "chat.example.org:8000"));
    }

    #[test]
    fn all_others_may_not() {
        for origin in [
            "null",
            "https://evil.example",
            "https://app.example.org.evil.example",
            "https://app.example.org:8443",
            "http://app.example.org",
            "https://chat.example.org:8443",
            "https://evil.example/https://app.example.org",
            "https://chat.example.org@evil.example",
            "file://chat.example.org",
            "",
        ] {
            assert!(!admits(false, origin, "chat.example.org"), "{origin}");
        }
    }

    #[test]
    fn pages_of_this_machine_may_where_that_is_on() {
        for origin in ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080"] {
            assert!(admits(true, origin, "127.0.0.1:8000"), "{origin}");
            assert!(!admits(false, origin, "127.0.0.1:8000"), "{origin}");
        }
        for origin in
            ["http://localhost.evil.example", "http://localhost:5173.evil.example", "http://evil@localhost:5173"]
        {
            assert!(!admits(true, origin, "127.0.0.1:8000"), "{origin}");
        }
    }

    #[test]
    fn no_origin_is_no_browser_and_two_are_nonsense() {
        let origins = AllowedOrigins::default();
        assert!(origins.admits(&TestRequest::default().to_http_request()));
        let two = TestRequest::default()
            .insert_header(("host", "a.example"))
            .append_header(("origin", "https://a.example"))
            .append_header(("origin", "https://b.example"));
        assert!(!origins.admits(&two.to_http_request()));
    }
}
