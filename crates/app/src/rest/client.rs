//! Who calls, as far as the transport tells.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Authority;
use hallway_application::Device;

use crate::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";
const USER_AGENT_CHARS: usize = 255;

/// The client's address: the peer's, or what trusted proxies say of it. Each proxy appends whom it heard, so the list
/// is read from its end, as far as trust reaches.
pub(crate) fn address(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let mut address = request.peer_addr()?.ip().to_canonical();
    let headers: Vec<_> = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let mut claims = headers.iter().flat_map(|value| value.split(',')).map(str::trim).rev();
    while trusted.iter().any(|network| network.contains(address)) {
        let Some(claimed) = claims.next().and_then(|claim| claim.parse::<IpAddr>().ok()) else { break };
        address = claimed.to_canonical();
    }
    Some(address)
}

/// Whether the request comes from this machine itself and not through a proxy on it, nor from a page in a browser on it
/// whose own name was made to point here (DNS rebinding).
pub(crate) fn is_local(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let forwarded = [FORWARDED_FOR, "forwarded", "via", "x-real-ip", "x-forwarded-host"]
        .iter()
        .any(|name| headers.contains_key(*name));
    !forwarded
        && names_this_machine(headers)
        && request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(header::HOST);
    let (Some(host), None) = (named.next(), named.next()) else { return false };
    let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.to_canonical().is_loopback()))
}

/// How a client names itself to a login.
pub(crate) fn device(request: &HttpRequest, trusted: &[Network]) -> Device {
    let user_agent = request.headers().get(header::USER_AGENT).map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.chars().filter(|c| !c.is_control()).take(USER_AGENT_CHARS).collect()
    });
    Device { user_agent, ip: address(request, trusted).map(|address| address.to_string()) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:4000").parse().expect("an address"));
        for value in forwarded {
            request = request.append_header((FORWARDED_FOR, *value));
        }
        let trusted: Vec<_> =
            trusted.iter().map(|text| Network::try_from((*text).to_owned()).expect("a network")).collect();
        address(&request.to_http_request(), &trusted).expect("a peer").to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4", "the client made up the rest");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6", "1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn a_proxy_on_this_machine_is_not_this_machine() {
        let request = |peer: &str| {
            let request = TestRequest::default().peer_addr(peer.parse().expect("an address"));
            request.insert_header((header::HOST, "localhost:8000"))
        };
        let near = || request("127.0.0.1:4000");
        assert!(is_local(&near().to_http_request()));
        assert!(!is_local(&near().insert_header((FORWARDED_FOR, "1.2.3.4")).to_http_request()));
        assert!(!is_local(&request("10.1.1.1:4000").to_http_request()));
    }

    #[test]
    fn a_page_whose_name_was_made_to_point_here_is_not_this_machine() {
        let asked = |hosts: &[&str]| {
            let request = TestRequest::default().peer_addr("127.0.0.1:4000".parse().expect("an address"));
            let request = hosts.iter().fold(request, |request, host| request.append_header((header::HOST, *host)));
            is_local(&request.to_http_request())
        };
        for host in ["localhost", "LocalHost:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "[::ffff:127.0.0.1]"] {
            assert!(asked(&[host]), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "10.0.0.1", "evil.example@localhost", "0.0.0.0", "", "::"]
        {
            assert!(!asked(&[host]), "{host}");
        }
        assert!(!asked(&[]));
        assert!(!asked(&["localhost", "evil.example"]));
    }
}
