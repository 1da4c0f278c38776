//! Account commands in posts: `@AmexSync, STOP!`, and no other word.

use flashtag::text::account_word::{AccountWord, account_word};
use proptest::prelude::*;

/// The account command in a post to a shop with these handles.
fn asked(text: &str) -> Option<AccountWord> {
    account_word(text, &["AmexSync".into(), "amexsync.bsky.social".into(), "AmexSync@shop.example".into()])
}

#[test]
fn a_command_is_recognized_in_every_form() {
    let table = [
        ("plain", "@AmexSync STOP", AccountWord::Stop),
        ("plain", "@AmexSync START", AccountWord::Start),
        ("plain", "@AmexSync FREEZE", AccountWord::Freeze),
        ("lower case", "@amexsync stop", AccountWord::Stop),
        ("mixed case", "@AMEXSYNC Start", AccountWord::Start),
        ("an exclamation mark", "@AmexSync freeze!", AccountWord::Freeze),
        ("a full stop", "@AmexSync Stop.", AccountWord::Stop),
        ("many marks", "@AmexSync STOP!!!", AccountWord::Stop),
        ("a question", "@AmexSync STOP?", AccountWord::Stop),
        ("a mark apart", "@AmexSync STOP !", AccountWord::Stop),
        ("marks of other scripts", "@AmexSync STOP。¡", AccountWord::Stop),
        ("a comma behind the name", "@AmexSync, STOP", AccountWord::Stop),
        ("a colon behind the name", "@AmexSync:STOP", AccountWord::Stop),
        ("dots behind the name", "@AmexSync...STOP", AccountWord::Stop),
        ("a dash", "@AmexSync - STOP", AccountWord::Stop),
        ("quotation marks", "@AmexSync “STOP”", AccountWord::Stop),
        ("brackets", "(@AmexSync) [STOP]", AccountWord::Stop),
        ("emphasis", "@AmexSync *STOP* _stop_", AccountWord::Stop),
        ("a hash sign", "@AmexSync #STOP", AccountWord::Stop),
        ("several lines", "  @AmexSync \n STOP \n", AccountWord::Stop),
        ("the full-width sign", "＠AmexSync STOP", AccountWord::Stop),
        ("full-width letters", "@AmexSync ＳＴＯＰ", AccountWord::Stop),
        ("a long s", "@AmexSync ſTOP", AccountWord::Stop),
        ("other mentions around", "@ana @AmexSync @bob STOP", AccountWord::Stop),
        ("a mention in another script", "@сергей @AmexSync STOP", AccountWord::Stop),
        ("the mention behind", "STOP @AmexSync", AccountWord::Stop),
        ("mentions on both sides", "@ana freeze, @AmexSync!", AccountWord::Freeze),
        ("the word again", "STOP STOP stop @AmexSync", AccountWord::Stop),
        ("an emoji behind", "@AmexSync STOP 🙏", AccountWord::Stop),
        ("emoji of many code points", "🛑@AmexSync 👩🏽‍💻STOP👨‍👩‍👧🇩🇪✋🏿❤️", AccountWord::Stop),
        ("a keycap", "@AmexSync STOP 1️⃣", AccountWord::Stop),
        ("a no-break space", "@AmexSync\u{a0}STOP", AccountWord::Stop),
        ("a zero-width space", "@AmexSync\u{200b} \u{200b}STOP\u{200b}", AccountWord::Stop),
        ("a joiner within the word", "@AmexSync ST\u{200d}OP", AccountWord::Stop),
        ("marks of direction", "\u{2067}@AmexSync\u{2069} \u{200f}STOP\u{200e}", AccountWord::Stop),
        ("a byte-order mark", "\u{feff}@AmexSync STOP\u{feff}", AccountWord::Stop),
        ("a selector behind the word", "@AmexSync STOP\u{fe0f}", AccountWord::Stop),
        ("a soft hyphen", "@AmexSync FREE\u{ad}ZE", AccountWord::Freeze),
        ("the Bluesky handle", "@amexsync.bsky.social STOP", AccountWord::Stop),
        ("the handle with its server", "@AmexSync@shop.example STOP", AccountWord::Stop),
        // Mastodon shows mentions without their server; the handle may be written without one, too.
        ("the handle with another server", "@AmexSync@mastodon.social STOP", AccountWord::Stop),
    ];
    for (name, text, command) in table {
        assert_eq!(asked(text), Some(command), "{name}: {text}");
    }
}

#[test]
fn other_text_is_no_account_command() {
    for text in [
        "",
        "STOP",
        "STOP!",
        "@",
        "@ STOP",
        "@AmexSync",
        "@AmexSync !",
        "@ana STOP",
        "STOP @ana",
        "@AmexSyncs STOP",
        "@bsky.social STOP",
        "@AmexSync please STOP",
        "@AmexSync STOP please",
        "@AmexSync STOP it",
        "@AmexSync STOP 2",
        "@AmexSync 2 STOP",
        "@AmexSync STOP START",
        "@AmexSync STOP/START",
        "@AmexSync non-stop",
        "@AmexSync don't STOP",
        "do not STOP @AmexSync",
        "@AmexSync S T O P",
        "@AmexSync STOPP",
        "@AmexSync STOP_IT",
        "@AmexSync STOPé",
        "@AmexSync S\u{336}T\u{336}O\u{336}P\u{336}",
        "@AmexSync ЅТОР",
        "@AmexSync 止めて STOP",
        "@AmexSyncSTOP",
        "STOP@AmexSync",
        "Hey @AmexSync STOP",
        "RT @AmexSync STOP",
        "@ana@AmexSync STOP",
        "@AmexSync STOP https://shop.example",
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

/// What may stand around the word and the mention without being a word.
fn decoration() -> impl Strategy<Value = String> {
    let pieces = ["", " ", "!", ".", ", ", "…", " 🙏", "✋🏿", "\u{200b} ", "\n", " «", "❤️", " 🇩🇪"];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..4)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in "[@＠aA.! \\n#]{0,12}", wild in any::<String>()) {
        let _ = (asked(&text), asked(&wild), asked(&format!("@AmexSync {wild}")));
    }

    #[test]
    fn decoration_changes_nothing(
        word in proptest::sample::select(vec!["STOP", "stop", "Freeze", "START"]),
        around in [decoration(), decoration(), decoration()],
        behind: bool,
    ) {
        let [first, second, third] = around;
        let text = match behind {
            true => format!("{first}{word}{second} @AmexSync {third}"),
            false => format!("{first}@AmexSync {second}{word}{third}"),
        };
        prop_assert_eq!(asked(&text), asked(&format!("@AmexSync {word}")), "{}", text);
        prop_assert_eq!(asked(&format!("{text} it")), None, "{}", text);
    }
}
