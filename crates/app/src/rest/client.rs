//! Who calls, as far as the transport tells.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;
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

/// Whether the request comes from this machine itself and not through a proxy on it.
pub(crate) fn is_local(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let forwarded = [FORWARDED_FOR, "forwarded", "via", "x-real-ip", "x-forwarded-host"]
        .iter()
        .any(|name| headers.contains_key(*name));
    !forwarded && request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
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
        let request = || TestRequest::default().peer_addr("127.0.0.1:4000".parse().expect("an address"));
        assert!(is_local(&request().to_http_request()));
        assert!(!is_local(&request().insert_header((FORWARDED_FOR, "1.2.3.4")).to_http_request()));
        let far = TestRequest::default().peer_addr("10.1.1.1:4000".parse().expect("an address"));
        assert!(!is_local(&far.to_http_request()));
    }
}
