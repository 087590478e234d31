//! Session descriptions and ICE candidates, checked before they are handed to somebody else's browser.
//!
//! Not a full parser: what is checked is what a hostile sender could use against the receiver or the server. Formats:
//! [RFC 8866](https://www.rfc-editor.org/rfc/rfc8866) (SDP), [RFC 8839](https://www.rfc-editor.org/rfc/rfc8839)
//! (candidates), [RFC 8829](https://www.rfc-editor.org/rfc/rfc8829) (what browsers make).

use crate::InvalidText;

/// An offer with audio, video, a shared screen and simulcast was 14 kB in Chromium 156.
pub const MAX_SDP_BYTES: usize = 32 * 1024;
pub const MAX_CANDIDATE_BYTES: usize = 1024;
/// Most media sections of a description.
const MAX_MEDIA: usize = 32;
const MAX_LINE_BYTES: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SdpKind {
    Offer,
    Answer,
}

/// A checked session description.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionDescription {
    pub kind: SdpKind,
    sdp: String,
}

// It holds addresses: not for logs.
impl std::fmt::Debug for SessionDescription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionDescription").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl SessionDescription {
    /// # Errors
    /// It is too long, is not text of lines that begin with a letter and `=`, has unencrypted media, or a media
    /// section that neither it nor the session gives a fingerprint and ICE credentials.
    pub fn parse(kind: SdpKind, sdp: String) -> Result<Self, InvalidText> {
        check(&sdp).map_err(|problem| InvalidText::new("sdp", format!("sdp: {problem}")))?;
        Ok(Self { kind, sdp })
    }

    /// Takes what an earlier `parse` accepted back out of storage, unchecked.
    #[must_use]
    pub const fn from_stored(kind: SdpKind, sdp: String) -> Self {
        Self { kind, sdp }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.sdp
    }

    /// The same without the addresses of the sender: only candidates of relays stay.
    #[must_use]
    pub fn relay_only(&self) -> Self {
        Self { kind: self.kind, sdp: relay_candidates_only(&self.sdp) }
    }
}

fn check(sdp: &str) -> Result<(), &'static str> {
    if sdp.len() > MAX_SDP_BYTES {
        return Err("longer than 32 KiB");
    }
    if sdp.lines().next() != Some("v=0") {
        return Err("must begin with v=0");
    }
    let mut scope = Scope::default();
    let mut session = Scope::default();
    let mut media = 0;
    for line in sdp.lines() {
        if line.is_empty() {
            continue;
        }
        check_line(line)?;
        if let Some(section) = line.strip_prefix("m=") {
            finish(media, scope, &mut session)?;
            media += 1;
            if media > MAX_MEDIA {
                return Err("too many media sections");
            }
            scope = Scope { is_rejected: section.split(' ').nth(1) == Some("0"), ..Scope::default() };
            check_media(section)?;
        } else if let Some(attribute) = line.strip_prefix("a=") {
            scope.has_fingerprint |= attribute.starts_with("fingerprint:");
            scope.has_credentials |= attribute.starts_with("ice-ufrag:");
            if attribute.starts_with("candidate:") {
                candidate(attribute).ok_or("a candidate is malformed")?;
            }
        }
    }
    finish(media, scope, &mut session)
}

/// What a media section, or the session before the first one, has said of itself.
#[derive(Clone, Copy, Default)]
struct Scope {
    has_fingerprint: bool,
    has_credentials: bool,
    is_rejected: bool,
}

fn finish(media: usize, scope: Scope, session: &mut Scope) -> Result<(), &'static str> {
    if media == 0 {
        *session = scope;
        return Ok(());
    }
    if scope.is_rejected {
        return Ok(());
    }
    if !(scope.has_fingerprint || session.has_fingerprint) {
        return Err("media without a fingerprint");
    }
    if !(scope.has_credentials || session.has_credentials) {
        return Err("media without ICE credentials");
    }
    Ok(())
}

fn check_line(line: &str) -> Result<(), &'static str> {
    let mut bytes = line.bytes();
    if line.len() > MAX_LINE_BYTES {
        return Err("a line is too long");
    }
    if !bytes.next().is_some_and(|byte| byte.is_ascii_lowercase()) || bytes.next() != Some(b'=') {
        return Err("a line does not begin with a letter and =");
    }
    // A line break in disguise would add attributes behind the checks.
    if line.chars().any(char::is_control) { Err("control characters") } else { Ok(()) }
}

fn check_media(section: &str) -> Result<(), &'static str> {
    let mut words = section.split(' ');
    let kind = words.next().unwrap_or_default();
    if !matches!(kind, "audio" | "video" | "application") {
        return Err("media must be audio, video or application");
    }
    let is_port = words.next().is_some_and(|port| port.parse::<u16>().is_ok());
    let is_encrypted = words.next().is_some_and(|transport| {
        matches!(transport, "UDP/TLS/RTP/SAVPF" | "TCP/TLS/RTP/SAVPF" | "UDP/DTLS/SCTP" | "TCP/DTLS/SCTP" | "DTLS/SCTP")
    });
    if is_port && is_encrypted { Ok(()) } else { Err("media must be encrypted (DTLS)") }
}

/// An ICE candidate line, as browsers give it; empty marks the end of candidates.
#[derive(Clone, PartialEq, Eq)]
pub struct IceCandidate {
    line: String,
    is_relay: bool,
}

impl std::fmt::Debug for IceCandidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceCandidate").field("is_relay", &self.is_relay).finish_non_exhaustive()
    }
}

impl IceCandidate {
    /// # Errors
    /// It is too long, or not `candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type>`.
    pub fn parse(line: &str) -> Result<Self, InvalidText> {
        let refused = |problem: &str| InvalidText::new("candidate", format!("candidate: {problem}"));
        if line.len() > MAX_CANDIDATE_BYTES {
            return Err(refused("longer than 1 KiB"));
        }
        let bare = line.strip_prefix("a=").unwrap_or(line);
        if bare.is_empty() {
            return Ok(Self { line: String::new(), is_relay: true });
        }
        if bare.chars().any(char::is_control) {
            return Err(refused("control characters"));
        }
        let kind = candidate(bare).ok_or_else(|| refused("malformed"))?;
        Ok(Self { line: bare.to_owned(), is_relay: kind == "relay" })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// Takes the sender's address out; false if it is about nothing else.
    pub fn strip(&mut self) -> bool {
        if self.is_relay {
            self.line = without_related(&self.line);
        }
        self.is_relay
    }

    /// It tells the address of a relay, not the sender's.
    #[must_use]
    pub const fn is_relay(&self) -> bool {
        self.is_relay
    }
}

/// The type of a well-formed candidate.
fn candidate(line: &str) -> Option<&str> {
    let mut words = line.strip_prefix("candidate:")?.split(' ');
    let foundation = words.next()?;
    let is_word = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.is_ascii();
    if !is_word(foundation, 32) || words.next()?.parse::<u16>().is_err() {
        return None;
    }
    let transport = words.next()?;
    if !(transport.eq_ignore_ascii_case("udp") || transport.eq_ignore_ascii_case("tcp")) {
        return None;
    }
    if words.next()?.parse::<u32>().is_err() {
        return None;
    }
    let address = words.next()?;
    let is_address = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-');
    if !is_word(address, 255) || !address.bytes().all(is_address) || words.next()?.parse::<u16>().is_err() {
        return None;
    }
    if words.next()? != "typ" {
        return None;
    }
    words.next().filter(|kind| matches!(*kind, "host" | "srflx" | "prflx" | "relay"))
}

/// A description without candidates that tell the sender's address; a relay's related address goes, too.
#[must_use]
pub fn relay_candidates_only(sdp: &str) -> String {
    let mut kept = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\r', '\n']);
        let Some(attribute) = bare.strip_prefix("a=").filter(|text| text.starts_with("candidate:")) else {
            kept.push_str(line);
            continue;
        };
        if candidate(attribute) == Some("relay") {
            let end = &line[bare.len()..];
            kept.push_str("a=");
            kept.push_str(&without_related(attribute));
            kept.push_str(end);
        }
    }
    kept
}

/// `raddr` and `rport` of a relay candidate are the sender's own address.
fn without_related(candidate: &str) -> String {
    let mut words = candidate.split(' ');
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "raddr" => {
                words.next();
                kept.extend(["raddr", "0.0.0.0"]);
            }
            "rport" => {
                words.next();
                kept.extend(["rport", "0"]);
            }
            _ => kept.push(word),
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINGERPRINT: &str = "a=fingerprint:sha-256 AA:BB\r\n";
    const HOST: &str = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0";
    const RELAY: &str = "candidate:3 1 udp 41885439 198.51.100.2 49200 typ relay raddr 192.0.2.7 rport 50000";

    fn offer(media: &str) -> String {
        format!("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:x\r\n{media}")
    }

    fn parse(sdp: String) -> Result<SessionDescription, InvalidText> {
        SessionDescription::parse(SdpKind::Offer, sdp)
    }

    #[test]
    fn what_browsers_make_is_taken() {
        let sdp = offer(&format!("{FINGERPRINT}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n"));
        assert_eq!(parse(sdp.clone()).expect("a description").as_str(), sdp);
        let per_media = offer(&format!("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{FINGERPRINT}"));
        parse(per_media).expect("a fingerprint in the section");
    }

    #[test]
    fn what_could_hurt_the_receiver_is_refused() {
        let bad = [
            String::new(),
            "v=1\r\n".to_owned(),
            offer("m=audio 9 RTP/AVP 0\r\n"),
            offer("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"),
            offer(&format!("{FINGERPRINT}m=audio x UDP/TLS/RTP/SAVPF 111\r\n")),
            offer(&format!("{FINGERPRINT}m=message 9 UDP/TLS/RTP/SAVPF 111\r\n")),
            offer(&format!("{FINGERPRINT}nonsense\r\n")),
            offer(&format!("{FINGERPRINT}a=x:\0\r\n")),
            offer(&format!("{FINGERPRINT}a=x\ry\r\n")),
            offer(&format!("{FINGERPRINT}a=candidate:broken\r\n")),
            offer(&format!("a={}\r\n", "x".repeat(MAX_SDP_BYTES))),
            offer(&format!("{FINGERPRINT}{}", "m=audio 9 UDP/TLS/RTP/SAVPF 1\r\n".repeat(MAX_MEDIA + 1))),
            format!("v=0\r\n{FINGERPRINT}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"),
        ];
        for sdp in bad {
            assert!(parse(sdp.clone()).is_err(), "{sdp}");
        }
    }

    #[test]
    fn candidates_are_checked() {
        assert!(!IceCandidate::parse(HOST).expect("a candidate").is_relay());
        assert!(IceCandidate::parse(RELAY).expect("a candidate").is_relay());
        assert_eq!(IceCandidate::parse(&format!("a={HOST}")).expect("a candidate").as_str(), HOST);
        IceCandidate::parse("").expect("the end of candidates");
        let mdns = "candidate:1 1 udp 1 0f8c3b2a-1f2e-4b3c-9d4e-5f6a7b8c9d0e.local 5000 typ host";
        IceCandidate::parse(mdns).expect("a name instead of an address");
        let long = format!("{HOST} {}", "x".repeat(MAX_CANDIDATE_BYTES));
        for bad in [
            "candidate",
            "candidate:1",
            "candidate:1 1 sctp 1 a 1 typ host",
            "x",
            &long,
            "candidate:1 1 udp 1 a 1 typ odd",
            "candidate:1 1 udp 1 a/b 1 typ host",
            "candidate:1 1 udp 1 a 1 typ host\r\na=x",
        ] {
            assert!(IceCandidate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn relay_only_keeps_no_address_of_the_sender() {
        let sdp =
            offer(&format!("{FINGERPRINT}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na={HOST}\r\na={RELAY}\r\na=mid:0\r\n"));
        let stripped = parse(sdp).expect("a description").relay_only();
        assert!(!stripped.as_str().contains("192.0.2.7"));
        assert!(stripped.as_str().contains("198.51.100.2 49200 typ relay raddr 0.0.0.0 rport 0\r\na=mid:0\r\n"));
    }
}
