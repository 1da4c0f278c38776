//! Posts that speak of their author's account: `@AmexSync STOP`, and nothing else.

use flashtag::domain::command::Wish;
use flashtag::text::account_word::account_word;
use proptest::prelude::*;

/// What a post asks a shop that is called so on its networks.
fn asked(text: &str) -> Option<Wish> {
    account_word(text, &["AmexSync".into(), "amexsync.bsky.social".into(), "AmexSync@shop.example".into()])
}

#[test]
fn a_word_alone_is_taken_at_its_word() {
    for (text, wish) in [
        ("@AmexSync STOP", Wish::Stop),
        ("@AmexSync START", Wish::Start),
        ("@AmexSync FREEZE", Wish::Freeze),
        ("@amexsync stop", Wish::Stop),
        ("@AMEXSYNC Start", Wish::Start),
        ("@AmexSync freeze!", Wish::Freeze),
        ("@AmexSync Stop.", Wish::Stop),
        ("@AmexSync STOP!!!", Wish::Stop),
        ("  @AmexSync \n STOP \n", Wish::Stop),
        ("＠AmexSync STOP", Wish::Stop),
        ("@ana @AmexSync @bob STOP", Wish::Stop),
        ("@сергей @AmexSync STOP", Wish::Stop),
        ("@amexsync.bsky.social STOP", Wish::Stop),
        ("@AmexSync@shop.example STOP", Wish::Stop),
        // Mastodon shows mentions without their server; the handle may be written without one, too.
        ("@AmexSync@mastodon.social STOP", Wish::Stop),
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
    let stops = |text: &str| account_word(text, &handles) == Some(Wish::Stop);
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
