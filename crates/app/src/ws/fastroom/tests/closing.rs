//! The last bytes of a connection.

use std::fmt::Write as _;
use std::time::Duration;

use hallway_domain::Disconnect;
use hallway_hub::Encoder;

use super::{Said, assert_snapshot, lines, said};
use crate::ws::fastroom::{FastroomEncoder, NATIVE, PLAIN, refusal};

const ENCODER: FastroomEncoder = FastroomEncoder { spread: Duration::from_secs(5) };

const ALL: [Disconnect; 12] = [
    Disconnect::Drain,
    Disconnect::NoHeartbeat,
    Disconnect::TooSlow,
    Disconnect::RateLimited,
    Disconnect::Unauthenticated,
    Disconnect::TokenExpired,
    Disconnect::AccountDisabled,
    Disconnect::SessionRevoked,
    Disconnect::FrameTooLarge,
    Disconnect::Protocol,
    Disconnect::GoingAway,
    Disconnect::Internal,
];

#[test]
fn codes() {
    for (why, plain, native) in [
        (Disconnect::Unauthenticated, 4400, 4401),
        (Disconnect::AccountDisabled, 4400, 4403),
        (Disconnect::Drain, 4001, 4001),
        (Disconnect::NoHeartbeat, 4003, 4003),
        (Disconnect::TooSlow, 4008, 4008),
        (Disconnect::RateLimited, 4429, 4429),
        (Disconnect::TokenExpired, 4402, 4402),
        (Disconnect::SessionRevoked, 4410, 4410),
        (Disconnect::FrameTooLarge, 4413, 4413),
        (Disconnect::Protocol, 4426, 4426),
        (Disconnect::GoingAway, 1001, 1001),
        (Disconnect::Internal, 1011, 1011),
    ] {
        for (dialect, expected) in [(PLAIN, plain), (NATIVE, native)] {
            let said = said(&ENCODER.close(dialect, why));
            assert!(matches!(said.last(), Some(Said::Close(code, _)) if *code == expected), "{why:?}: {said:?}");
        }
    }
}

#[test]
fn a_plain_connection_with_a_bad_token_is_refused_without_a_word() {
    let refused = |dialect, why| said(&refusal(dialect, why, ENCODER.spread));
    let silent = refused(PLAIN, Disconnect::Unauthenticated);
    assert!(matches!(silent.as_slice(), [Said::Close(4400, _)]), "{silent:?}");
    for (dialect, why) in [(PLAIN, Disconnect::AccountDisabled), (NATIVE, Disconnect::Unauthenticated)] {
        let told = refused(dialect, why);
        assert_eq!(told, said(&ENCODER.close(dialect, why)));
        assert_eq!(told.len(), 2, "an error and the close: {told:?}");
    }
}

#[test]
fn last_words() {
    let mut text = String::new();
    for why in ALL {
        for (name, dialect) in [("plain", PLAIN), ("native", NATIVE)] {
            write!(text, "{why:?}, {name}:\n{}", lines(&ENCODER.close(dialect, why))).expect("to memory");
        }
    }
    assert_snapshot("close", &text);
}
