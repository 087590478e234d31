//! Whom a text mentions, whatever the text.

use hallway_domain::{Mentions, Username};
use proptest::prelude::*;

/// Texts that have what matters in them more often than chance would.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{3,8}".prop_map(|name| format!("@{name}")),
        Just("@here".to_owned()),
        "[`~]{1,4}",
        "[ \n.,@/_-]{1,3}",
        "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in text()) {
        let found = Mentions::parse(&text);
        prop_assert!(found.users.len() <= Mentions::MOST);
        for name in &found.users {
            prop_assert_eq!(&Username::parse(name.as_str()), &Ok(name.clone()));
        }
        let mut unique = found.users.clone();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(unique.len(), found.users.len(), "each once");
        prop_assert!(text.contains('@') || found.is_empty());
    }

    #[test]
    fn code_mentions_nobody(text in text()) {
        let inner = text.replace(['`', '~'], "");
        let block = format!("```\n{inner}\n```");
        prop_assert!(Mentions::parse(&block).is_empty(), "{block:?}");
        let line = inner.replace('\n', " ");
        let line = format!("`{line}`");
        prop_assert!(Mentions::parse(&line).is_empty(), "{line:?}");
    }

    #[test]
    fn a_name_alone_is_found(name in "[a-z][a-z0-9]{2,30}", before in "[ (\n\"]?", after in "[ ),.!\n\"]?") {
        let found = Mentions::parse(&format!("{before}@{name}{after}"));
        prop_assert!(name == "here" || found.users.iter().map(Username::as_str).eq([name.as_str()]));
    }
}
