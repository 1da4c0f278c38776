//! Posts that speak of their author's account: `@AmexSync STOP`, and nothing else.

use flashtag::domain::command::Intent;
use flashtag::text::account_word::account_word;
use proptest::prelude::*;

/// What a post asks a shop that is called so on its networks.
fn asked(text: &str) -> Option<Intent> {
    account_word(text, &["AmexSync".into(), "amexsync.bsky.social".into(), "AmexSync@shop.example".into()])
}

#[test]
fn a_word_alone_is_taken_at_its_word() {
    for (text, wish) in [
        ("@AmexSync STOP", Intent::Stop),
        ("@AmexSync START", Intent::Start),
        ("@AmexSync FREEZE", Intent::Freeze),
        ("@amexsync stop", Intent::Stop),
        ("@AMEXSYNC Start", Intent::Start),
        ("@AmexSync freeze!", Intent::Freeze),
        ("@AmexSync Stop.", Intent::Stop),
        ("@AmexSync STOP!!!", Intent::Stop),
        ("  @AmexSync \n STOP \n", Intent::Stop),
        ("＠AmexSync STOP", Intent::Stop),
        ("@ana @AmexSync @bob STOP", Intent::Stop),
        ("@сергей @AmexSync STOP", Intent::Stop),
        ("@amexsync.bsky.social STOP", Intent::Stop),
        ("@AmexSync@shop.example STOP", Intent::Stop),
        // Mastodon shows mentions without their server; the handle may be written without one, too.
        ("@AmexSync@mastodon.social STOP", Intent::Stop),
    ] {
        assert_eq!(asked(text), Some(wish), "{text}");
    }
}

#[test]
fn anything_else_is_no_account_word() {
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
    let stops = |text: &str| account_word(text, &handles) == Some(Intent::Stop);
    assert!(stops("@AmexSync@Shop.Example STOP") && stops("@AmexSync STOP"));
    assert!(!stops("@AmexSync@other.example STOP"));
    assert_eq!(account_word("@AmexSync STOP", &[]), None);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "[@＠aA.! \\n#]{0,12}", wild in any::<String>()) {
        let _ = (asked(&text), asked(&wild), asked(&format!("@AmexSync {wild}")));
    }
}
