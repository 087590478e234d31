//! Codes beside the password.

use hallway_application::{Login, Operator};
use hallway_domain::Actor;
use hallway_domain::ports::OneTimeCodes;
use hallway_test_support::fakes::FakeCodes;
use time::Duration;

use crate::world::{PASSWORD, World, code, credentials};

fn decoded(text: &str) -> Vec<u8> {
    let mut bits = (0_u64, 0_u32);
    let mut bytes = Vec::new();
    for c in text.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        bits = ((bits.0 << 5) | u64::from(value), bits.1 + 5);
        if bits.1 >= 8 {
            bits.1 -= 8;
            bytes.push(u8::try_from((bits.0 >> bits.1) & 255).expect("a byte"));
        }
    }
    bytes
}

/// What an authenticator shows, some steps from now.
fn shown(world: &World, secret: &str, steps: i64) -> String {
    format!("{:06}", FakeCodes.code(&decoded(secret), world.now().unix_timestamp() / 30 + steps))
}

async fn login(world: &World, code: Option<&str>) -> hallway_application::Result<()> {
    let login = Login { code: code.map(str::to_owned), ..credentials("ann", PASSWORD) };
    world.app.accounts().login(login).await.map(drop)
}

/// With a second factor that counts: its secret and the recovery codes.
async fn enrolled(world: &World) -> (Actor, String, Vec<String>) {
    let ann = world.user("ann").await;
    let accounts = world.app.accounts();
    let made = accounts.enrol_second_factor(&ann, PASSWORD.to_owned(), None).await.expect("enrol");
    assert_eq!(made.uri, format!("otpauth://totp/Hallway:ann?secret={}&issuer=Hallway", made.secret));
    login(world, None).await.expect("it does not count yet");
    let first = shown(world, &made.secret, 0);
    let codes = accounts.confirm_second_factor(&ann, &first, None).await.expect("confirm");
    (ann, made.secret, codes)
}

#[tokio::test]
async fn a_login_asks_for_a_code_and_takes_each_once() {
    let world = World::new();
    let (_, secret, _) = enrolled(&world).await;
    assert_eq!(code(login(&world, None).await), "totp_required");
    assert_eq!(code(login(&world, Some(&shown(&world, &secret, 0))).await), "wrong_code", "it confirmed already");
    world.clock.advance(Duration::seconds(30));
    let present = shown(&world, &secret, 0);
    let wrong = format!("{:06}", (present.parse::<u32>().expect("digits") + 1) % 1_000_000);
    for refused in [wrong.as_str(), "", "12345", "abcdef", "1234567"] {
        assert_eq!(code(login(&world, Some(refused)).await), "wrong_code", "{refused}");
    }
    login(&world, Some(&format!(" {} {} ", &present[..3], &present[3..]))).await.expect("as people type it");
    assert_eq!(code(login(&world, Some(&present)).await), "wrong_code", "once");
    world.clock.advance(Duration::seconds(60));
    login(&world, Some(&shown(&world, &secret, -1))).await.expect("a clock may be a step behind");
    assert_eq!(code(login(&world, Some(&shown(&world, &secret, 2))).await), "wrong_code");
    login(&world, Some(&shown(&world, &secret, 1))).await.expect("or ahead");
    assert!(world.audited().contains(&"totp_enabled"));
}

#[tokio::test]
async fn without_the_password_a_code_is_worth_nothing() {
    let world = World::new();
    let (_, secret, codes) = enrolled(&world).await;
    world.clock.advance(Duration::seconds(30));
    for given in [shown(&world, &secret, 0), codes[0].clone()] {
        let guess = Login { code: Some(given), ..credentials("ann", "wrong") };
        assert_eq!(code(world.app.accounts().login(guess).await), "wrong_password");
    }
    login(&world, Some(&shown(&world, &secret, 0))).await.expect("and is not used up");
    login(&world, Some(&codes[0])).await.expect("nor is this one");
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    let world = World::new();
    let (ann, _, codes) = enrolled(&world).await;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19 && !code.contains(' ')), "{codes:?}");
    let accounts = world.app.accounts();
    assert_eq!(accounts.second_factor(&ann).await.expect("state").recovery_codes, 10);
    login(&world, Some(&codes[3].to_lowercase().replace('-', " "))).await.expect("however it is typed");
    assert_eq!(code(login(&world, Some(&codes[3])).await), "wrong_code");
    assert_eq!(accounts.second_factor(&ann).await.expect("state").recovery_codes, 9);
    assert!(world.audited().contains(&"recovery_code_used"));
}

#[tokio::test]
async fn it_is_changed_by_who_knows_the_password() {
    let world = World::new();
    let (ann, ..) = enrolled(&world).await;
    let accounts = world.app.accounts();
    assert_eq!(code(accounts.enrol_second_factor(&ann, "wrong".to_owned(), None).await), "not_confirmed");
    assert_eq!(code(accounts.enrol_second_factor(&ann, PASSWORD.to_owned(), None).await), "second_factor_set");
    assert_eq!(code(accounts.remove_second_factor(&ann, "wrong".to_owned(), None).await), "not_confirmed");
    assert!(accounts.second_factor(&ann).await.expect("state").enabled);
    accounts.remove_second_factor(&ann, PASSWORD.to_owned(), None).await.expect("remove");
    accounts.remove_second_factor(&ann, PASSWORD.to_owned(), None).await.expect("again is fine");
    login(&world, None).await.expect("the password alone");
    assert_eq!(code(accounts.confirm_second_factor(&ann, "123456", None).await), "no_second_factor");
    accounts.enrol_second_factor(&ann, PASSWORD.to_owned(), None).await.expect("enrol");
    assert_eq!(code(accounts.confirm_second_factor(&ann, "1", None).await), "wrong_code");
}

#[tokio::test]
async fn who_has_lost_it_is_helped_at_the_console() {
    let world = World::new();
    let (ann, ..) = enrolled(&world).await;
    let accounts = world.app.accounts();
    assert!(accounts.take_second_factor(Operator::Console, ann.id()).await.expect("take"));
    assert!(!accounts.take_second_factor(Operator::Console, ann.id()).await.expect("take"));
    login(&world, None).await.expect("the password alone");
}
