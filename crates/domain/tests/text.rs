//! What text is accepted, and as what.

use hallway_domain::{Body, Email, Emoji, FullName, Password, PasswordRules, RoomName, RoomTopic, Username};
use proptest::prelude::*;

#[test]
fn usernames_are_normalised() {
    for (raw, name) in [
        ("alice", "alice"),
        ("  Alice ", "alice"),
        ("Alice Smith", "alice_smith"),
        ("a - _ b", "a_b"),
        ("__bob__", "bob"),
        ("j.r.r", "j.r.r"),
        ("123", "123"),
        (&"x".repeat(32), &"x".repeat(32)),
    ] {
        assert_eq!(Username::parse(raw).expect(raw).as_str(), name, "{raw:?}");
    }
}

#[test]
fn bad_usernames_are_refused() {
    let long = "x".repeat(33);
    for raw in ["", "ab", "___", "a-", "münchen", "a/b/c", "a:b:c", "<img>", "ali\0ce", "аlice", "a\u{202E}bc", &long]
    {
        let error = Username::parse(raw).expect_err(raw);
        assert_eq!(error.field, "username");
    }
}

#[test]
fn emails_are_lower_case_and_plausible() {
    assert_eq!(Email::parse(" Ann@Example.ORG ").expect("fine").as_str(), "ann@example.org");
    for raw in ["", "@", "a@", "@b", "a@b@c", "a b@c.d", "a@.c", "a@c.", "a\0@c.d", &format!("{}@x.y", "a".repeat(252))]
    {
        assert!(Email::parse(raw).is_err(), "{raw:?}");
    }
}

#[test]
fn names_are_one_visible_line() {
    assert_eq!(RoomName::parse("  *:general/off-topic  ").expect("fine").as_str(), "*:general/off-topic");
    assert_eq!(FullName::parse("李小龍 😀").expect("fine").as_str(), "李小龍 😀");
    for raw in [
        "",
        "   ",
        "two\nlines",
        "tab\there",
        "esc\u{1b}[31m",
        "zero\u{200B}width",
        "rtl\u{202E}o",
        "nul\0",
        &"x".repeat(101),
    ] {
        assert!(RoomName::parse(raw).is_err(), "{raw:?}");
        assert!(FullName::parse(raw).is_err(), "{raw:?}");
    }
    assert!(RoomName::parse("@alice").is_err(), "names a direct room");
    assert!(RoomTopic::parse(&"x".repeat(250)).is_ok());
    assert!(RoomTopic::parse(&"x".repeat(251)).is_err());
}

#[test]
fn bodies_keep_every_character() {
    for raw in [" leading", "two\nlines\r\n", "\u{202E}bidi", "😀", "日本語"] {
        assert_eq!(Body::parse(raw.to_owned(), 20).expect(raw).as_str(), raw);
    }
    for raw in ["", " \n\t ", "nul \0"] {
        assert!(Body::parse(raw.to_owned(), 20).is_err(), "{raw:?}");
    }
    assert!(Body::parse("é".repeat(20), 20).is_ok(), "characters count, not bytes");
    assert!(Body::parse("é".repeat(21), 20).is_err());
}

#[test]
fn emojis_are_emojis() {
    for raw in ["👍", "❤️", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "ℹ️", "🅰️", "Ⓜ️", "🇩🇪", ":tada:", ":+1:"]
    {
        assert_eq!(Emoji::parse(raw).expect(raw).as_str(), raw);
    }
    for raw in [
        "",
        "a",
        "ok",
        "::",
        ":a b:",
        "👍 👍",
        "<b>",
        "👍<script>",
        "\0",
        ":\u{e9}:",
        "\u{202e}",
        "👍\u{202e}",
        "\u{feff}",
        "привет",
        "你好",
        &"👍".repeat(17),
    ] {
        assert!(Emoji::parse(raw).is_err(), "{raw:?}");
    }
}

#[test]
fn passwords_are_long_enough_uncommon_and_never_cut() {
    let rules = PasswordRules::new(8);
    let alice = Username::parse("alice.smith").expect("fine");
    let parse = |raw: &str| Password::parse(raw.to_owned(), &rules, &alice);
    for raw in ["correct horse battery", "  spaces   ", "nul\0nul\0nul", "😀😀😀😀😀😀😀😀", &"x".repeat(1024)]
    {
        assert_eq!(parse(raw).expect(raw).expose(), raw);
    }
    for (raw, says) in [
        ("", "password too short"),
        ("1234567", "password too short"),
        ("ééééééé", "password too short"),
        (&*"x".repeat(1025), "password too long"),
        ("password", "password too common"),
        ("PassWord123", "password too common"),
        ("12345678", "password too common"),
        ("Alice.Smith", "password too common"),
    ] {
        let error = parse(raw).expect_err(raw);
        assert!(error.message.starts_with(says), "{raw:?}: {error}");
    }
}

#[test]
fn a_password_shows_itself_to_nobody() {
    let password = Password::attempt("correct horse".to_owned()).expect("fine");
    assert_eq!(format!("{password:?}"), "Password(..)");
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_stable(raw in any::<String>()) {
        if let Ok(name) = Username::parse(&raw) {
            prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()), "normalising twice changes nothing");
        }
        if let Ok(name) = RoomName::parse(&raw) {
            prop_assert_eq!(RoomName::parse(name.as_str()), Ok(name.clone()));
        }
        if let Ok(email) = Email::parse(&raw) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
        }
        drop((FullName::parse(&raw), RoomTopic::parse(&raw), Emoji::parse(&raw), Body::parse(raw, 100)));
    }
}

#[test]
fn usernames_are_made_of_any_text() {
    for (text, name) in [
        ("ann.lee", "ann.lee"),
        ("Ann-Lee+chat", "ann_lee_chat"),
        ("__x__", "user_x"),
        ("al", "user_al"),
        ("", "user"),
        ("上海", "user"),
        ("...", "..."),
        ("a__b--c", "a_b_c"),
    ] {
        let made = Username::suggested(text);
        assert_eq!(made.as_str(), name);
        assert_eq!(Username::parse(made.as_str()).expect("a name"), made, "{text}");
    }
    let long = Username::suggested(&"abcdefghij_".repeat(9));
    assert!(Username::parse(long.as_str()).expect("a name") == long && long.as_str().len() <= Username::MAX);
    for number in [2, 99_999_999] {
        let numbered = long.numbered(number);
        assert!(numbered.as_str().ends_with(&format!("_{number}")) && numbered.as_str().len() <= Username::MAX);
        assert_eq!(Username::parse(numbered.as_str()).expect("a name"), numbered);
    }
}
