//! What search takes for the same, what it finds, and how the search field is read.

use std::collections::BTreeSet;

use hallway_domain::search::{
    Has, Needle, SEARCHED_CHARS, SearchText, folded, has_link, highlights, snippet, tokens_of,
};
use hallway_domain::{RoomName, Username};
use proptest::prelude::*;

fn needle(raw: &str) -> Needle {
    Needle::new(raw).unwrap_or_else(|| panic!("{raw:?} is nothing to look for"))
}

fn finds(text: &str, what: &str) -> bool {
    needle(what).is_in(&folded(text))
}

#[test]
fn forms_of_one_text_fold_alike() {
    for (text, expected) in [
        ("Straße STRASSE", "strasse strasse"),
        ("Café cafe\u{301} CAFÉ", "cafe cafe cafe"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ﬁn ① ㎏", "fin 1 kg"),
        ("ΌΔΟΣ ὁδός", "οδοσ οδοσ"),
        ("Ёлка йод ЙОД", "елка йод йод"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("ガ ｶﾞ か\u{3099}", "ガ ガ が"),
        ("\u{1112}\u{1161}\u{11AB}국 한국", "한국 한국"),
        ("  a\t\n b\u{A0}\u{3000}c\u{7} ", "a b c"),
        ("so\u{AD}ft zero\u{200B}width \u{2764}\u{FE0F}", "soft zerowidth \u{2764}"),
        ("كِتَاب", "كتاب"),
        ("\u{200B}\u{301}", ""),
    ] {
        assert_eq!(folded(text), expected, "{text:?}");
    }
    assert_eq!(folded(&"x".repeat(SEARCHED_CHARS + 9)).chars().count(), SEARCHED_CHARS);
}

#[test]
fn finds_what_people_expect() {
    let code = "call foo_bar::baz(Qux) in src/lib.rs, see https://example.org/a?b=1";
    for what in
        ["foo_bar::baz", "oo_b", "::baz(q", "lib.rs", "QUX", "fo", "ba", "f", "b", "::", "example.org", "(", "in s"]
    {
        assert!(finds(code, what), "{what}");
    }
    for what in ["ar", "az", "oo", "foobar", "ib"] {
        assert!(!finds(code, what), "{what}");
    }
    let chinese = "我住在上海市，很喜欢";
    for what in ["上海", "海", "海市", "住在上海", "，很", "我"] {
        assert!(finds(chinese, what), "{what}");
    }
    assert!(!finds(chinese, "海上"));
    assert!(finds("東京タワーへ", "京タ") && finds("東京タワーへ", "ﾀﾜｰ") && finds("대한민국", "한민"));
    assert!(finds("สวัสดีครับ", "ดี") && finds("ship it 🚀🚀", "🚀") && finds("c++ and c#", "c#") && finds("a :) b", ":)"));
    assert!(finds("one two  three", "two three") && !finds("one two three", "one three"));
    assert_eq!(Needle::new(" \u{200B} "), None);
}

#[test]
fn a_link_is_told_from_talk_of_one() {
    for text in ["https://example.org", "see (http://x.de)", "HTTP://X"] {
        assert!(has_link(&folded(text)), "{text}");
    }
    for text in ["https://", "use http:// or https:// here", "xhttps://a", "example.org"] {
        assert!(!has_link(&folded(text)), "{text}");
    }
}

#[test]
fn the_field_is_read() {
    let parsed = SearchText::parse(
        r#"hello "exact phrase" from:@Alice in:"the den" before:2026-03-01 after:2026-01-01T10:00:00+02:00 has:link has:pin http://x foo:bar Hello"#,
    )
    .expect("fine");
    let words: Vec<&str> = parsed.needles.iter().map(Needle::as_str).collect();
    assert_eq!(words, ["hello", "exact phrase", "http://x", "foo:bar"]);
    assert_eq!(parsed.from.as_ref().map(Username::as_str), Some("alice"));
    assert_eq!(parsed.room.as_ref().map(RoomName::as_str), Some("the den"));
    assert_eq!(parsed.before, Some(time::macros::datetime!(2026-03-01 0:00 UTC)));
    assert_eq!(parsed.after, Some(time::macros::datetime!(2026-01-01 8:00 UTC)));
    assert_eq!(parsed.has, BTreeSet::from([Has::Link, Has::Pin]));
    let direct = SearchText::parse("in:@bob").expect("fine");
    assert_eq!(direct.direct.as_ref().map(Username::as_str), Some("bob"));
    assert!(SearchText::parse("  \u{200B} ").expect("fine").is_empty());
    assert!(SearchText::parse("éèàçéèàç").is_ok(), "no place between bytes");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let many = (0..11).map(|n| format!("w{n}ord")).collect::<Vec<_>>().join(" ");
    let long = "x".repeat(257);
    for (raw, field) in [
        ("from:a", "from"),
        ("from:", "from"),
        ("from:alice from:bob", "from"),
        ("in:", "in"),
        ("in:a in:b", "in"),
        ("in:@x", "in"),
        ("before:yesterday", "before"),
        ("before:2026-13-01", "before"),
        ("after:2026-01-01T10:00:00", "after"),
        ("has:cheese", "has"),
        ("\"open", "q"),
        ("in:\"open", "q"),
        (&many, "q"),
        (&long, "q"),
    ] {
        assert_eq!(SearchText::parse(raw).expect_err(raw).field, field, "{raw}");
    }
}

#[test]
fn marks_are_places_in_utf_16() {
    let body = "🚀 Café CAFE cafés";
    let marks = highlights(body, &[needle("cafe")]);
    assert_eq!(marks, [(3, 7), (8, 12), (13, 17)]);
    assert_eq!(highlights("foo_bar::baz", &[needle("bar"), needle("r::b")]), [(4, 10)]);
    assert_eq!(highlights("banana", &[needle("ana")]), [(1, 6)]);
    assert_eq!(highlights("to do today", &[needle("to")]), [(0, 2), (6, 8)]);
    assert_eq!(highlights("nothing", &[needle("else")]), []);
    let long = format!("{} the needle is here {}", "word ".repeat(100), "tail ".repeat(100));
    let shown = snippet(&long, &[needle("needle")]);
    assert!(shown.text.contains("needle") && shown.text.chars().count() <= 240, "{shown:?}");
    assert!(long[shown.start as usize..].starts_with(&shown.text) && shown.text.starts_with("word "), "{shown:?}");
    assert_eq!(snippet("short", &[]).text, "short");
}

/// Texts in which everything meets everything.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-cA-C]{1,4}",
        "[àéÉßñ]{1,3}",
        "[а-гЙйё]{1,4}",
        "[上海北京]{1,4}",
        "[あアーｶﾞ]{1,3}",
        "[한국어]{1,3}",
        "[_:#/.-]{1,2}",
        "[🚀❤👍]",
        "[ \n]{1,2}",
        "[\u{301}\u{200D}\u{FE0F}]",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// The text, and a part of it.
fn text_and_part() -> impl Strategy<Value = (String, String)> {
    (text(), 0..40_usize, 1..8_usize).prop_map(|(text, skip, take)| {
        let length = text.chars().count().max(1);
        let part = text.chars().skip(skip % length).take(take).collect();
        (text, part)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn tokens_miss_nothing((text, part) in text_and_part(), other in text()) {
        let own = tokens_of(&folded(&text));
        prop_assert!(own.iter().all(|token| (1..=3).contains(&token.chars().count())));
        prop_assert!(own.iter().all(|token| !token.chars().any(|c| c == ' ' || c.is_ascii_punctuation())));
        for what in [part, other.chars().take(4).collect()] {
            let Some(needle) = Needle::new(&what) else { continue };
            let tokens = needle.tokens();
            prop_assert!(!tokens.is_empty(), "{what:?} cannot be looked up");
            let all = tokens.iter().all(|token| own.contains(token));
            let is_in = needle.is_in(&folded(&text));
            prop_assert!(all || !is_in, "{what:?} in {text:?}: {tokens:?}");
            if needle.is_short() {
                prop_assert_eq!(all, is_in, "{:?} in {:?}", what, text);
            }
        }
    }

    #[test]
    fn marks_are_what_was_looked_for((text, part) in text_and_part()) {
        let Some(needle) = Needle::new(&part) else { return Ok(()) };
        let units: Vec<u16> = text.encode_utf16().collect();
        let marks = highlights(&text, std::slice::from_ref(&needle));
        prop_assert_eq!(marks.is_empty(), !needle.is_in(&folded(&text)));
        let mut last = None;
        for (start, end) in marks {
            prop_assert!(last.is_none_or(|last| start > last) && end > start);
            last = Some(end);
            let marked = String::from_utf16(&units[start as usize..end as usize]).expect("whole characters");
            prop_assert!(folded(&marked).contains(needle.as_str()), "{:?} in {:?}", marked, text);
        }
        let shown = snippet(&text, &[needle]);
        let rest = String::from_utf16(&units[shown.start as usize..]).expect("whole characters");
        prop_assert!(rest.starts_with(&shown.text));
    }

    #[test]
    fn nothing_breaks_the_field(raw in "\\PC{0,80}") {
        if let Ok(parsed) = SearchText::parse(&raw) {
            prop_assert!(parsed.needles.len() <= SearchText::MAX_NEEDLES);
        }
    }
}
