//! Account commands in posts: `@AmexSync STOP`, and nothing else.

use flashtag::text::account_word::{AccountWord, account_word};
use proptest::prelude::*;

/// The account command in a post to a shop with these handles.
fn asked(text: &str) -> Option<AccountWord> {
    account_word(text, &["AmexSync".into(), "amexsync.bsky.social".into(), "AmexSync@shop.example".into()])
}

#[test]
fn a_command_alone_is_recognized() {
    for (text, command) in [
        ("@AmexSync STOP", AccountWord::Stop),
        ("@AmexSync START", AccountWord::Start),
        ("@AmexSync FREEZE", AccountWord::Freeze),
        ("@amexsync stop", AccountWord::Stop),
        ("@AMEXSYNC Start", AccountWord::Start),
        ("@AmexSync freeze!", AccountWord::Freeze),
        ("@AmexSync Stop.", AccountWord::Stop),
        ("@AmexSync STOP!!!", AccountWord::Stop),
        ("  @AmexSync \n STOP \n", AccountWord::Stop),
        ("＠AmexSync STOP", AccountWord::Stop),
        ("@ana @AmexSync @bob STOP", AccountWord::Stop),
        ("@сергей @AmexSync STOP", AccountWord::Stop),
        ("@amexsync.bsky.social STOP", AccountWord::Stop),
        ("@AmexSync@shop.example STOP", AccountWord::Stop),
        // Mastodon shows mentions without their server; the handle may be written without one, too.
        ("@AmexSync@mastodon.social STOP", AccountWord::Stop),
    ] {
        assert_eq!(asked(text), Some(command), "{text}");
    }
}

#[test]
fn other_text_is_no_account_command() {
    for text in [
        "",
        "STOP",
        "@",
        "@ STOP",
        "@AmexSync",
        "@ana STOP",
        "@AmexSyncs STOP",
        "@bsky.social STOP",
        "@AmexSync please STOP",
        "@AmexSync STOP it",
        "@AmexSync STOP START",
        "@AmexSync STOP?",
        "@AmexSync STOP !",
        "@AmexSync #STOP",
        "@AmexSync STOPP",
        "@AmexSync ＳＴＯＰ",
        "@AmexSync ſTOP",
        "@AmexSync, STOP",
        "@AmexSync:STOP",
        "@AmexSyncSTOP",
        "STOP @AmexSync",
        "Hey @AmexSync STOP",
        "RT @AmexSync STOP",
        "@ana@AmexSync STOP",
    ] {
        assert_eq!(asked(text), None, "{text}");
    }
}

#[test]
fn of_two_servers_only_the_shops_own_counts() {
    let handles = ["AmexSync@shop.example".into()];
    let stops = |text: &str| account_word(text, &handles) == Some(AccountWord::Stop);
    assert!(stops("@AmexSync@Shop.Example STOP") && stops("@AmexSync STOP"));
    assert!(!stops("@AmexSync@other.example STOP"));
    assert_eq!(account_word("@AmexSync STOP", &[]), None);
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in "[@＠aA.! \\n#]{0,12}", wild in any::<String>()) {
        let _ = (asked(&text), asked(&wild), asked(&format!("@AmexSync {wild}")));
    }
}
