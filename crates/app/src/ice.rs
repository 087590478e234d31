//! Which STUN and TURN servers clients are told of.

use std::sync::Arc;

use hallway_domain::ports::TurnSigner;
use hallway_domain::{Timestamp, UserId};
use hallway_protocol::rest::{IceServer, IceServers, IceUrls};
use time::Duration;

/// What the operator named. Nothing by default: a STUN server of somebody else's would learn every user's address.
pub(crate) struct IceSource {
    fixed: Vec<IceServer>,
    relay: Option<Relay>,
    relay_only: bool,
}

/// A TURN server that believes passwords which this server makes.
pub(crate) struct Relay {
    pub(crate) urls: Vec<String>,
    pub(crate) signer: Arc<dyn TurnSigner>,
    pub(crate) ttl: Duration,
}

/// Reads a list of servers as browsers take them; nothing is an empty list.
pub(crate) fn parse(text: &str) -> Result<Vec<IceServer>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let servers: Vec<IceServer> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let schemes = ["stun:", "stuns:", "turn:", "turns:"];
    let mut urls = servers.iter().flat_map(|server| server.urls.all());
    match urls.find(|url| !schemes.iter().any(|scheme| url.starts_with(scheme))) {
        Some(odd) => Err(format!("\"{odd}\" does not begin with stun:, stuns:, turn: or turns:")),
        None => Ok(servers),
    }
}

impl IceSource {
    pub(crate) const fn new(fixed: Vec<IceServer>, relay: Option<Relay>, relay_only: bool) -> Self {
        Self { fixed, relay, relay_only }
    }

    /// For one user, now.
    pub(crate) fn servers(&self, user: UserId, now: Timestamp) -> IceServers {
        let mut ice_servers = self.fixed.clone();
        let (mut ttl, mut expires_at) = (None, None);
        if let Some(relay) = &self.relay {
            // Whole seconds: the name says when it ends.
            let end = now.unix_timestamp() + relay.ttl.whole_seconds();
            let username = format!("{end}:{user}");
            let credential = relay.signer.password(&username);
            ice_servers.push(IceServer {
                urls: IceUrls::Several(relay.urls.clone()),
                username: Some(username),
                credential: Some(credential),
            });
            ttl = Some(relay.ttl.whole_seconds().unsigned_abs());
            expires_at = Timestamp::from_unix_timestamp(end).ok().map(Into::into);
        }
        let ice_transport_policy = self.relay_only.then(|| "relay".to_owned());
        IceServers { ice_servers, ttl, expires_at, ice_transport_policy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl TurnSigner for Echo {
        fn password(&self, username: &str) -> String {
            format!("signed {username}")
        }
    }

    #[test]
    fn nobody_is_named_by_default() {
        let source = IceSource::new(parse("").expect("nothing"), None, false);
        let told = serde_json::to_value(source.servers(UserId(7), Timestamp::UNIX_EPOCH)).expect("plain");
        assert_eq!(told, serde_json::json!({"ice_servers": []}));
    }

    #[test]
    fn what_the_operator_wrote_is_told_as_it_is() {
        let text =
            r#"[{"urls":"stun:stun.example.org"},{"urls":["turn:a","turns:b"],"username":"u","credential":"c"}]"#;
        let source = IceSource::new(parse(text).expect("a list"), None, false);
        let told = serde_json::to_value(source.servers(UserId(7), Timestamp::UNIX_EPOCH)).expect("plain");
        assert_eq!(told["ice_servers"], serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
        for bad in ["{}", "x", r#"[{"username":"u"}]"#, r#"[{"urls":"http://x"}]"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_for_one_user_and_a_short_time() {
        let relay = Relay { urls: vec!["turn:a".to_owned()], signer: Arc::new(Echo), ttl: Duration::seconds(600) };
        let source = IceSource::new(Vec::new(), Some(relay), true);
        let told = source.servers(UserId(7), Timestamp::UNIX_EPOCH + Duration::milliseconds(1500));
        assert_eq!(told.ice_servers[0].username.as_deref(), Some("601:7"));
        assert_eq!(told.ice_servers[0].credential.as_deref(), Some("signed 601:7"));
        assert_eq!((told.ttl, told.ice_transport_policy.as_deref()), (Some(600), Some("relay")));
        assert!(told.expires_at.is_some());
    }
}
