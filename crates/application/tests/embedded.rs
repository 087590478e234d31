//! The example does what it says.

#[path = "../examples/embedded.rs"]
#[expect(dead_code, reason = "its main is for whoever runs it")]
mod embedded;

#[tokio::test]
async fn two_people_talk() {
    let directory = tempfile::tempdir().expect("a directory");
    let heard = embedded::conversation(&directory.path().join("hallway.db")).await.expect("a conversation");
    let expected = [
        "#2 bob joined",
        "#3 message \"Good morning, Bob.\"",
        "#4 message \"Morning! Shall we?\"",
        "ann has 1 unread; history has 2 and older ones: false",
        "  ann: Good morning, Bob.",
        "  bob: Morning! Shall we?",
    ];
    assert_eq!(heard, expected);
}
