//! Compares the prefilter with the decoder: every relevant line passes.

use compact_str::CompactString;
use std::sync::LazyLock;

use flashtag::config::offers::parse_offers;
use flashtag::domain::listing::ShopFront;
use flashtag::intake::catalog::Catalog;
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::line_bound::LINE_BYTES_MAX;
use flashtag::intake::prefilter::line_counts::LineCounts;
use flashtag::intake::prefilter::scan::Prefilter;
use flashtag::intake::reading::Reading;
use proptest::collection::vec;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{bluesky_v1, bluesky_v2, mastodon_frame, mastodon_status, x_line};

/// The shop's handles.
const HANDLES: [CompactString; 3] = [
    CompactString::const_new("AmexSync"),
    CompactString::const_new("amexsync.bsky.social"),
    CompactString::const_new("Amex_7@shop.example"),
];

/// The tags on sale: `BuyPot`, `ConfirmPot`, `Mill_7` and `Aaa`.
const OFFERS: &str = r#"
[shop]
name = "Shop"
accounts = { x = "1" }

[[offer]]
id = "pot"
kind = "purchase"
title = "Pot"
tags = { buy = "BuyPot", confirm = "ConfirmPot" }
price = "20.00 USD"
units = 5
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"

[[offer]]
id = "mill"
kind = "purchase"
title = "Mill"
tags = { buy = "Mill_7", confirm = "Aaa" }
price = "20.00 USD"
units = 5
opens = "2026-01-01T00:00:00Z"
closes = "2026-01-02T00:00:00Z"
"#;

fn catalog(handles: &[CompactString]) -> Catalog {
    let offerings = parse_offers(OFFERS, "the test's offers").expect("sound offers").offerings();
    Catalog::unnumbered(&offerings, ShopFront { own: Vec::new(), handles: handles.to_vec() })
}

/// The tags on sale in a shop with tags of other scripts.
const SCRIPTS: [&str; 8] = ["セール", "確認", "KaufTöpfe", "사기", "खरीदो", "Купить", "Straße", "BuyPot"];

/// The prefilter of that shop, and its catalog.
static SCRIPTS_SHOP: LazyLock<(Prefilter, Catalog)> = LazyLock::new(|| {
    let pairs = SCRIPTS.chunks(2).zip(["a", "b", "c", "d"]);
    let offer = |(tags, id): (&[&str], &str)| {
        let (_, offer) = OFFERS.split_once("\n[[offer]]").expect("an offer");
        let (offer, _) = offer.split_once("\n[[offer]]").expect("another offer");
        let tags = [
            ("\"pot\"", format!("{id:?}")),
            ("BuyPot", tags[0].to_owned()),
            ("ConfirmPot", tags[1].to_owned()),
        ];
        let named = tags.iter().fold(offer.to_owned(), |offer, (from, to)| offer.replace(from, to));
        format!("\n[[offer]]{named}\n")
    };
    let shop = OFFERS.split_once("\n[[offer]]").expect("a shop").0.to_owned();
    let offers = shop + &pairs.map(offer).collect::<String>();
    let offerings = parse_offers(&offers, "the test's offers").expect("sound offers").offerings();
    let catalog = Catalog::unnumbered(&offerings, ShopFront { own: Vec::new(), handles: HANDLES.to_vec() });
    (Prefilter::new(&catalog), catalog)
});

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog(&HANDLES));

fn prefilter() -> &'static Prefilter {
    static PREFILTER: LazyLock<Prefilter> = LazyLock::new(|| Prefilter::new(&CATALOG));
    &PREFILTER
}

/// Whether the line passes.
fn passes(format: Format, line: &[u8]) -> bool {
    passes_by(prefilter(), format, line)
}

fn passes_by(prefilter: &Prefilter, format: Format, line: &[u8]) -> bool {
    prefilter.passing_lines(format, line, &mut LineCounts::default()).next().is_some()
}

/// Whether the line, decoded, concerns an offer, or its author's account.
fn matters(format: Format, line: &str) -> bool {
    matters_in(&CATALOG, format, line)
}

fn matters_in(catalog: &Catalog, format: Format, line: &str) -> bool {
    match format.decode(line.as_bytes()) {
        Ok(Decoded::Post(post)) => catalog.read(&post) != Reading::Unrelated,
        Ok(Decoded::Ignored(_)) | Err(_) => false,
    }
}

fn flashtag_line(text: &str, more: &str) -> String {
    format!(
        r#"{{"network":"x","id":"1","author":{{"id":"2"}},"posted_at":"2026-01-01T00:00:00Z","text":"{text}"{more}}}"#
    )
}

/// A line of each format and each envelope, with this text inserted unchanged.
fn lines_of(text: &str) -> Vec<(Format, String)> {
    let x = x_line(&format!(r#""id":"1","created_at":"2026-01-01T00:00:00Z","text":"{text}""#));
    let record = format!(r#"{{"text":"{text}"}}"#);
    let status = mastodon_status(&format!(r#""content":"{text}","reblog":null"#));
    vec![
        (Format::Flashtag, flashtag_line(text, r#","repost_of":null,"deleted":false"#)),
        (Format::X, x),
        (Format::Bluesky, bluesky_v1("create", "app.bsky.feed.post", &record)),
        (Format::Bluesky, bluesky_v2("create", "app.bsky.feed.post", &record)),
        (Format::Mastodon, mastodon_frame("update", &status)),
        (Format::Mastodon, status),
    ]
}

#[test]
fn tags_pass_in_every_spelling() {
    let spellings = [
        "#BuyPot",
        "a #BuyPot",
        r"\u0023BuyPot",
        "＃BuyPot",
        r"\uff03BuyPot",
        r"\uFF03BuyPot",
        r"\uFf03BuyPot",
        r"a\n#BuyPot",
        r"a\t#BuyPot",
        r"a\u000a#BuyPot",
        r"a\u2028#BuyPot",
        r"a\/#BuyPot",
        r"a\\#BuyPot",
        r"a\r#BuyPot",
        "é #BuyPot",
        "🔥#BuyPot",
        "&amp; #BuyPot",
        "&gt;#BuyPot",
        r"\ud83d\ude00#BuyPot",
        "#bUYpOT",
        "#BuyPot。",
        "#BuyPot\u{2019}s",
        r"#BuyPot\n",
        r"#BuyPot\\u",
        r"#Buy\u0050ot",
        r"#BuyP\u03bft",
        "#Mill_7",
        // A look-alike of a tag on sale is explained to its author, so it passes.
        "#BuyP0t",
        "#ＢuyPot",
        "#BuуPot",
        "#Mi1l_7",
        "#Rnill_7",
    ];
    for (format, line) in spellings.iter().flat_map(|text| lines_of(text)) {
        assert!(matters(format, &line), "the test is not about a tag: {line}");
        assert!(passes(format, line.as_bytes()), "{format}: {line}");
    }
}

#[test]
fn tags_of_other_scripts_pass_and_other_words_do_not() {
    let (prefilter, catalog) = &*SCRIPTS_SHOP;
    let spellings = [
        "#セール",
        "＃ｾｰﾙ",
        "#セ一ル",
        r"\uff03\u30bb\u30fc\u30eb",
        r"#セ\u30fcル",
        "今だけ #セール、お早めに",
        "#KAUFTO\u{308}PFE",
        "#kauftöpfe",
        "#ｋａｕｆｔｏ\u{308}ｐｆｅ",
        "#STRASSE",
        "#straße",
        "#\u{1109}\u{1161}\u{1100}\u{1175}",
        "#КУПИТЬ",
        "#kупить",
        "#खरीदो",
        "#ＢｕｙＰｏｔ",
        "#Buy\u{200d}Pot",
    ];
    for (format, line) in spellings.iter().flat_map(|text| lines_of(text)) {
        assert!(matters_in(catalog, format, &line), "the test is not about a tag: {line}");
        assert!(passes_by(prefilter, format, line.as_bytes()), "{format}: {line}");
    }
    let quiet = [
        "#東京 #セットリスト #セールス #確認中",
        "#Kauf #Töpfe",
        "#사과",
        "#खर",
        "#Куплю",
        "#café #naïve",
        "#BuyPots",
    ];
    for (format, line) in quiet.iter().flat_map(|text| lines_of(text)) {
        assert!(!passes_by(prefilter, format, line.as_bytes()), "{format}: {line}");
    }
}

#[test]
fn account_commands_pass_in_every_spelling() {
    let spellings = [
        "@AmexSync STOP",
        "@aMEXsYNC start!",
        r"@AmexSync\nFREEZE",
        r"\u0040AmexSync STOP",
        r"@\u0041mexSync STOP",
        r"@Amex\u0053ync STOP",
        "＠AmexSync STOP",
        r"\uff20AmexSync STOP",
        "@ana @AmexSync @bob STOP",
        "@AmexSync.bsky.social STOP",
        "@AmexSync@mastodon.example STOP",
        "@amex_7 STOP",
        "@amex_7@SHOP.example STOP",
        "STOP 🙏 @AmexSync",
        r"@AmexSync,\u200bST\u200dOP!",
        r"\ufeff@AmexSync: “STOP”",
        "@AmexSync ＳＴＯＰ",
    ];
    for (format, line) in spellings.iter().flat_map(|text| lines_of(text)) {
        assert!(matters(format, &line), "the test is not about an account word: {line}");
        assert!(passes(format, line.as_bytes()), "{format}: {line}");
    }
}

#[test]
fn mentions_in_html_pass_in_any_markup() {
    let mentions = [
        r#"<p><span class=\"h-card\"><a href=\"https://shop.example/@AmexSync\" class=\"u-url mention\">@<span>AmexSync</span></a></span> STOP</p>"#,
        "@<span>amexsync</span> stop",
        "@<b>Amex</b>Sync STOP",
        "@Amex<wbr>Sync STOP",
        "@<i></i>A<b title='>'>mex</b><!-- > -->Sync STOP",
        "<b>@</b><i>AMEXSYN</i>C STOP",
        "＠A<b>mexSync</b> STOP",
        r"\uFF20A<b>mexSync</b> STOP",
    ];
    for content in mentions {
        let status = mastodon_status(&format!(r#""content":"{content}","reblog":null"#));
        for line in [mastodon_frame("update", &status), status] {
            assert!(matters(Format::Mastodon, &line), "the test is not about an account word: {line}");
            assert!(passes(Format::Mastodon, line.as_bytes()), "{line}");
        }
    }
}

#[test]
fn tags_in_html_pass_in_any_markup() {
    let tags = [
        "#<span>BuyPot</span>",
        r#"<a href=\"https://a.example/tags/BuyPot\" class=\"mention hashtag\" rel=\"tag\">#<span>BuyPot</span></a>"#,
        "#Buy<wbr>Pot",
        "#<b>B</b>u<i title='>'>y</i>P<!-- > -->ot",
        "#<b></b>BuyPot<br>s",
        "#BuyPot</p><p>s",
        "#BuyPot<b title=\\\"",
        "#BuyPot<3",
        "#BuyPot&nbsp;s",
    ];
    for content in tags {
        let status = mastodon_status(&format!(r#""content":"{content}","reblog":null"#));
        for line in [mastodon_frame("update", &status), status] {
            assert!(matters(Format::Mastodon, &line), "the test is not about a tag: {line}");
            assert!(passes(Format::Mastodon, line.as_bytes()), "{line}");
        }
    }
    let status = mastodon_status(r##""content":"#<span>café</span> #<b>Buy</b>Pots","reblog":null"##);
    assert!(!passes(Format::Mastodon, status.as_bytes()), "{status}");
}

#[test]
fn tags_in_html_pass_in_markup_of_any_length() {
    for far in (0..2_100).step_by(7).flat_map(|far| far..far + 2) {
        for html in [format!("<b title='{}'>", "x".repeat(far)), "<b></b>".repeat(far / 7)] {
            let line = mastodon_status(&format!(r##""content":"#Buy{html}Po<i>t</i>","reblog":null"##));
            assert!(matters(Format::Mastodon, &line), "the test is not about a tag: {line}");
            assert!(passes(Format::Mastodon, line.as_bytes()), "{line}");
        }
    }
}

#[test]
fn a_shop_without_handles_has_no_account_commands() {
    for (format, line) in lines_of("@AmexSync STOP") {
        assert!(!passes_by(&Prefilter::new(&catalog(&[])), format, line.as_bytes()), "{format}: {line}");
    }
}

#[test]
fn passing_lines_are_numbered_and_all_lines_counted() {
    let long = format!("{{{}}}", "x".repeat(LINE_BYTES_MAX));
    let (_, quiet) = lines_of("a").swap_remove(1);
    let (_, tagged) = lines_of("#BuyPot").swap_remove(1);
    let (_, addressed) = lines_of("@amexSYNC").swap_remove(1);
    let broken = "no object";
    let lines = ["", &quiet, &tagged, "\r", &quiet, &addressed, &long, &quiet, broken, " ", &tagged];
    let mut tally = LineCounts::default();
    // Line numbers continue from one text to the next.
    for (from, text) in [(0, lines.join("\n")), (11, lines.join("\r\n") + "\r\n")] {
        let passed: Vec<_> = prefilter().passing_lines(Format::X, text.as_bytes(), &mut tally).collect();
        let line = |number: u64, line: &'static str| (from + number, line);
        let wanted =
            [line(3, "tag"), line(6, "addressed"), line(7, "long"), line(9, "broken"), line(11, "tag")];
        let named = passed.into_iter().map(|(number, line)| match line {
            Ok(line) if line == tagged.as_bytes() => (number, "tag"),
            Ok(line) if line == addressed.as_bytes() => (number, "addressed"),
            Ok(line) if line == broken.as_bytes() => (number, "broken"),
            Ok(line) => panic!("{}", String::from_utf8_lossy(line)),
            Err(fault) => (number, if fault.code() == "too_long" { "long" } else { "?" }),
        });
        assert!(named.eq(wanted));
        assert_eq!(tally, LineCounts { lines: from + 11, filled: (from + 11) / 11 * 8 });
    }
}

#[test]
fn many_handles_are_found_like_few() {
    let handles: Vec<CompactString> =
        (0..40_u8).map(|no| format!("{}shop{no}", char::from(b'a' + no % 26)).into()).collect();
    let prefilter = Prefilter::new(&catalog(&handles));
    for (format, line) in lines_of("@Zshop25 STOP") {
        assert!(passes_by(&prefilter, format, line.as_bytes()), "{format}: {line}");
    }
    for (format, line) in lines_of("@Zshop26 STOP") {
        assert!(!passes_by(&prefilter, format, line.as_bytes()), "{format}: {line}");
    }
}

#[test]
fn a_needle_begins_inside_another() {
    // `ret` is a part of the handle and the beginning of `retweeted`.
    let prefilter = Prefilter::new(&catalog(&["ret".into(), "twee".into()]));
    let fields = r#""id":"1","created_at":"2026-01-01T00:00:00Z","text":"a","referenced_tweets":[{"type":"retweeted","id":"7"}]"#;
    assert!(passes_by(&prefilter, Format::X, x_line(fields).as_bytes()));
}

fn x_deletion(kind: &str) -> String {
    format!(r#"{{"data":{{"event_type":"{kind}","payload":{{"id":"7","author_id":"42"}}}}}}"#)
}

#[test]
fn reposts_and_deletions_pass_without_a_tag() {
    let x = |kind: &str| {
        let fields = format!(
            r#""id":"1","created_at":"2026-01-01T00:00:00Z","text":"a","referenced_tweets":[{{"type":"{kind}","id":"7"}}]"#
        );
        (Format::X, x_line(&fields))
    };
    let reblog = mastodon_status(r#""content":"","reblog" : {"id":"7","content":"a"}"#);
    let subject = r#"{"subject":{"uri":"at://did:plc:b/app.bsky.feed.post/1"}}"#;
    let lines = [
        (Format::Flashtag, flashtag_line("a", r#","repost_of":"7""#)),
        (Format::Flashtag, flashtag_line("a", r#","repost_of" : "null""#)),
        (Format::Flashtag, flashtag_line("a", r#","x\"repost_of":null,"repost_of":"7""#)),
        (Format::Flashtag, flashtag_line(r#"\"repost_of\":null"#, r#","repost_of":"7""#)),
        (Format::Flashtag, flashtag_line("a", r#","re\u0070ost_of":"7""#)),
        (Format::Flashtag, flashtag_line("a", r#","deleted":true"#)),
        (Format::Flashtag, flashtag_line("a", r#","dele\u0074ed":true"#)),
        x("retweeted"),
        x(r"retw\u0065eted"),
        (Format::X, x_deletion("post.delete")),
        (Format::X, x_deletion(r"post.d\u0065lete")),
        (Format::Bluesky, bluesky_v1("delete", "app.bsky.feed.post", "null")),
        (Format::Bluesky, bluesky_v2("delete", "app.bsky.feed.post", "null")),
        (Format::Bluesky, bluesky_v1("create", "app.bsky.feed.repost", subject)),
        (Format::Bluesky, bluesky_v2("create", "app.bsky.feed.repost", subject)),
        (Format::Mastodon, mastodon_frame("update", &reblog)),
        (Format::Mastodon, mastodon_frame("update", &reblog.replace(" : ", "\n:\t"))),
        (Format::Mastodon, reblog),
        (Format::Mastodon, mastodon_status(r#""deleted" : true"#)),
    ];
    for (format, line) in lines {
        assert!(matters(format, &line), "the test is not about a repost: {line}");
        assert!(passes(format, line.as_bytes()), "{format}: {line}");
    }
}

/// Facets mark tags wherever they stand, where a text alone has none; but only whole ones.
#[test]
fn a_tag_that_a_facet_marks_within_a_word_counts() {
    for (text, counts) in
        [("x#BuyPot", true), ("欲しい#BuyPot!", true), ("x#BuyPots", false), ("x#Buy", false)]
    {
        let start = text.find('#').unwrap();
        let tag = text[start + 1..].trim_end_matches(['s', '!']);
        let facet = format!(
            r##"{{"index":{{"byteStart":{start},"byteEnd":{}}},"features":[{{"$type":"app.bsky.richtext.facet#tag","tag":"{tag}"}}]}}"##,
            start + 1 + tag.len()
        );
        let record = format!(r#"{{"text":"{text}","facets":[{facet}]}}"#);
        for line in [
            bluesky_v1("create", "app.bsky.feed.post", &record),
            bluesky_v2("create", "app.bsky.feed.post", &record),
        ] {
            assert_eq!(matters(Format::Bluesky, &line), counts, "{line}");
            assert!(!counts || passes(Format::Bluesky, line.as_bytes()), "{line}");
        }
    }
}

#[test]
fn irrelevant_lines_are_left_out() {
    let quiet = [
        "a",
        "it&#39;s",
        "see a.example/page#part",
        r"a\nb",
        "repost_of deleted reblog retweet",
        "１２",
        "@ana STOP",
        "@Amex Sync STOP",
        "@<span>amexian</span> <b>la</b>mexsyn",
        "#BuyPots and #Buy and #Pot, #BuyPo",
        "#BuyPoté #café #東京 #погода",
        r"#mondaymood\n#BuyLocal",
        r"\u0023coffee \uff03tea caf\u00e9 \u000a \ud83d\ude00",
        "#",
        "#\u{fe0f}\u{20e3}",
        "＃\u{20e3}",
        // Redacting a number does not create a tag.
        "4242424242424242#a",
    ];
    for (format, line) in quiet.iter().flat_map(|text| lines_of(text)) {
        assert!(!passes(format, line.as_bytes()), "{format}: {line}");
    }
    let facet = r##"{"text":"a","facets":[{"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://a.example"}]}]}"##;
    for line in
        [bluesky_v1("create", "app.bsky.feed.post", facet), bluesky_v2("create", "app.bsky.feed.post", facet)]
    {
        assert!(!passes(Format::Bluesky, line.as_bytes()), "{line}");
    }
    let (_, marked) = lines_of(r"tea \u0026 \u003c3 #coffee").swap_remove(1);
    assert!(!passes(Format::X, marked.as_bytes()), "{marked}");
    let unliked = bluesky_v1("delete", "app.bsky.feed.like", "null");
    assert!(!passes(Format::Bluesky, unliked.as_bytes()));
    assert!(passes(Format::X, b"no object"), "the decoder shall name the fault");
}

/// A part of a JSON string: raw or escaped, and what the formats treat specially.
fn spelled() -> impl Strategy<Value = String> {
    let special = prop_oneof![
        Just("#"),
        Just("＃"),
        Just(r"\u0023"),
        Just(r"\uFF03"),
        Just(r"\n"),
        Just(r"\\"),
        Just(r"\/"),
        Just(r"\u2028"),
        Just(r"\u0061"),
        Just("&"),
        Just("&amp;"),
        Just("&#39;"),
        Just("&nbsp;"),
        Just("<br>"),
        Just("<b>"),
        Just("</b>"),
        Just(r#"\""#),
        Just(" "),
        Just("a"),
        Just("aa"),
        Just("Buy"),
        Just("BuyPot"),
        Just("BuyP"),
        Just("ot"),
        Just("у"),
        Just("<!-- > -->"),
        Just("<i title='>'>"),
        Just("</p>"),
        Just(r"<\/b>"),
        Just(r"\u03bf"),
        Just(r"\u000a"),
        Just(r"\u0026"),
        Just(r"\u003cb\u003e"),
        Just(r"\u0022"),
        Just("_"),
        Just("7"),
        Just("é"),
        Just("🔥"),
        Just("repost_of"),
        Just(r#"\"deleted\":false"#),
        Just("http://a.co/"),
        Just("."),
        Just("@"),
        Just("＠"),
        Just(r"\uff20"),
        Just("4242424242424242"),
        Just("4242-"),
        Just("RT "),
    ];
    vec(special.prop_map(str::to_owned), 0..12).prop_map(|pieces| pieces.concat())
}

/// A tag in any of its spellings: in either case, composed or not, in wide or narrow letters, with letters that
/// look the same, with characters as JSON escapes, or in markup; possibly damaged.
fn spelled_tag() -> impl Strategy<Value = String> {
    let form = |tag: &str, form: u8| -> String {
        match form {
            0 => tag.to_uppercase(),
            1 => tag.to_lowercase(),
            2 => tag.nfd().collect(),
            3 => tag.nfkd().collect(),
            4 => tag
                .chars()
                .map(|ch| {
                    if ch.is_ascii_graphic() { char::from_u32(ch as u32 + 0xFEE0).unwrap_or(ch) } else { ch }
                })
                .collect(),
            5 => tag.replace("セール", "ｾｰﾙ").replace('ß', "ẞ").replace('o', "о").replace('у', "y"),
            6 => tag.replace('ー', "一").replace('t', "т").replace('u', "𝐮").replace('K', "\u{212a}"),
            _ => tag.to_owned(),
        }
    };
    let letter = |ch: char, how: u8| match how {
        0 => ch.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        1 => format!("<b>{ch}"),
        2 => format!("{ch}</b>"),
        3 => format!("{ch}\u{200d}"),
        4 => format!("\\n{ch}"),
        _ => ch.to_string(),
    };
    let sign = prop_oneof![
        Just("#"),
        Just("＃"),
        Just(r"\u0023"),
        Just(r"\uFF03"),
        Just("é#"),
        Just("日本 #"),
        Just("#<span>")
    ];
    let end = prop_oneof![
        Just(""),
        Just(" x2"),
        Just("。"),
        Just("</span></a> a"),
        Just("s"),
        Just("\u{301}"),
        Just("ス"),
        Just("#"),
        Just(r"\u30b9")
    ];
    (sign, proptest::sample::select(SCRIPTS.to_vec()), 0..12_u8, vec(0..40_u8, 60), end).prop_map(
        move |(sign, tag, as_form, how, end)| {
            let letters: String =
                form(tag, as_form).chars().zip(how).map(|(ch, how)| letter(ch, how)).collect();
            format!("a {sign}{letters}{end}")
        },
    )
}

/// An account command to the shop, spelled and marked up in some way, possibly damaged.
fn spelled_word() -> impl Strategy<Value = String> {
    let between = || {
        prop_oneof![
            20 => Just(""),
            1 => Just("<b>"),
            1 => Just("</b>"),
            1 => Just("<!-- > -->"),
            1 => Just("<i title='>'>"),
            1 => Just("&nbsp;"),
            1 => Just(" "),
            1 => Just(r"\u200b"),
            1 => Just("@"),
        ]
    };
    let sign = prop_oneof![
        Just("@"),
        Just("＠"),
        Just(r"\uFF20"),
        Just(r"\u0040"),
        Just("@ana @"),
        Just("stop @"),
        Just(r"🛑 (FREEZE!) \u200b@"),
    ];
    let name =
        prop_oneof![Just("AmexSync"), Just("AMEXSYNC.bsky.social"), Just("amex_7"), Just("AmexSync@a.b")];
    let word = prop_oneof![
        Just(""),
        Just(", STOP 🙏"),
        Just(r"…\u2067stop\u2069"),
        Just(" STOP"),
        Just(r"\nstart!"),
        Just("<br>Freeze."),
        Just(" no")
    ];
    let cut = move |name: &'static str| {
        vec(between(), name.len()).prop_map(move |cuts| {
            let letters = name.chars().zip(cuts).map(|(letter, cut)| format!("{cut}{letter}"));
            letters.collect::<String>()
        })
    };
    (sign, name.prop_flat_map(cut), between(), word)
        .prop_map(|(sign, name, after, word)| format!("{sign}{name}{after}{word}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn every_relevant_line_passes(text in spelled()) {
        for (format, line) in lines_of(&text) {
            prop_assert!(!matters(format, &line) || passes(format, line.as_bytes()), "{}: {}", format, line);
        }
    }

    #[test]
    fn every_spelling_of_a_tag_passes(text in spelled_tag(), other in spelled()) {
        let (prefilter, catalog) = &*SCRIPTS_SHOP;
        for (format, line) in lines_of(&text).into_iter().chain(lines_of(&format!("{other}{text}"))) {
            let passes = passes_by(prefilter, format, line.as_bytes());
            prop_assert!(!matters_in(catalog, format, &line) || passes, "{}: {}", format, line);
        }
    }

    #[test]
    fn a_text_passes_line_by_line(texts in vec(spelled(), 0..6), end in prop_oneof![Just("\n"), Just("\r\n")]) {
        for format in Format::ALL {
            let lines = texts.iter().flat_map(|text| lines_of(text)).filter(|(of, _)| *of == format);
            let lines: Vec<_> = lines.map(|(_, line)| line).collect();
            let text = lines.join(end);
            let passed: Vec<_> = prefilter().passing_lines(format, text.as_bytes(), &mut LineCounts::default()).map(|(number, _)| number).collect();
            let alone = (1..).zip(&lines).filter(|(_, line)| passes(format, line.as_bytes())).map(|(number, _)| number);
            prop_assert_eq!(passed, alone.collect::<Vec<u64>>());
        }
    }

    #[test]
    fn every_account_command_passes(text in spelled_word()) {
        for (format, line) in lines_of(&text) {
            prop_assert!(!matters(format, &line) || passes(format, line.as_bytes()), "{}: {}", format, line);
        }
    }

    #[test]
    fn relevant_fields_pass(
        text in spelled(),
        repost in prop_oneof![Just(""), Just(",\"repost_of\":null"), Just(",\"repost_of\" :\n\"null\""), Just(",\"repost_of\":\"7\"")],
        deleted in prop_oneof![Just(""), Just(",\"deleted\":false"), Just(",\"deleted\": true"), Just(",\"d\\u0065leted\":true")],
    ) {
        let line = flashtag_line(&text, &format!("{repost}{deleted}"));
        prop_assert!(!matters(Format::Flashtag, &line) || passes(Format::Flashtag, line.as_bytes()), "{}", line);
    }
}
