//! A table of texts, their tags, and the reasons.

use flashtag::text::hashtag::{hashtags, same_tag};

use super::tags;

/// Text, tags joined by spaces, reason.
const CASES: &[(&str, &str, &str)] = &[
    // Plain use
    ("#BuyKettle", "BuyKettle", "a tag alone"),
    ("I want the red one, please #BuyKettle now", "BuyKettle", "a tag in a sentence"),
    ("#buykettle #BUYKETTLE", "buykettle BUYKETTLE", "kept as written; case is judged elsewhere"),
    ("#BuyKettle x2", "BuyKettle", "the quantity is not part of the tag"),
    ("＃BuyKettle", "BuyKettle", "the full-width hash sign counts as well"),
    ("line one\n#BuyKettle\r\n#ConfirmKettle", "BuyKettle ConfirmKettle", "one tag a line"),
    ("", "", "no text"),
    ("no tag in here", "", "no hash sign"),
    ("a lonely # sign and one at the end #", "", "a hash sign with nothing behind it"),
    // Before the tag
    ("(#deal) [#deal] {#deal}", "deal deal deal", "brackets may stand before"),
    ("\"#deal\" '#deal' “#deal”", "deal deal deal", "quotation marks may stand before"),
    ("/#deal =#deal %#deal @#deal", "deal deal deal deal", "so may most signs"),
    ("。#deal　#deal！#deal", "deal deal deal", "and punctuation of other scripts"),
    ("\u{200B}#deal \u{A0}#deal \u{200F}#deal", "deal deal deal", "and invisible spaces and direction marks"),
    ("🔥#deal 🇩🇪#deal ☂\u{FE0F}#deal", "deal deal deal", "and emoji, with or without a variation selector"),
    ("word#deal", "", "a letter before glues the sign to the word"),
    ("1#deal ٣#deal", "", "so does a digit of any script"),
    ("_#deal ·#deal ・#deal", "", "and an underscore, a middle dot, a katakana dot"),
    ("\u{200D}#deal \u{200C}#deal", "", "and an invisible joiner"),
    ("買#deal", "", "and a Chinese character"),
    ("&#deal", "", "an ampersand before may be an HTML escape"),
    ("It&#39;s &#x27;deal", "", "as it is here"),
    ("AT&amp;#deal", "deal", "but the escape's end is no obstacle"),
    ("& #deal", "deal", "nor is an ampersand one space away"),
    ("a\u{FE0F}#deal", "deal", "a variation selector ends an emoji, and so a tag may start"),
    ("#a\u{FE0F}#b", "", "unless the selector has been used up by the tag before"),
    // Several hash signs
    ("##deal", "deal", "the last of several signs counts"),
    ("###deal", "deal", "however many there are"),
    ("#one#two", "", "tags without a space between are none"),
    ("#one#two#three", "", "not even the last"),
    ("#one #two,#three;#four", "one two three four", "any separator will do"),
    ("#deal＃two", "", "either kind of sign breaks it"),
    // What a tag consists of
    ("#2026", "", "a number is no tag"),
    ("#2026deal #deal2026", "2026deal deal2026", "but may be part of one"),
    ("#١٢٣", "", "nor is a number in other digits"),
    ("#_ #__ #1_2", "", "nor underscores"),
    ("#_a #a_", "_a a_", "which may be part of one, too"),
    ("#²³ #①", "", "superscripts and circled digits are not tag characters"),
    ("#aⅧ", "a", "nor are Roman numerals"),
    ("#flash-sale", "flash", "a dash ends the tag"),
    ("#it's #it’s", "it it", "so does an apostrophe of either kind"),
    ("#50%off", "", "and a percent sign, which leaves a bare number"),
    ("#deal!!! #deal... #deal?", "deal deal deal", "and any punctuation"),
    ("#example.com", "example", "and a full stop"),
    ("#a~b #c+d #e&f #g$h", "a c e g", "and other signs"),
    ("#dea\u{AD}l", "dea", "and an invisible soft hyphen"),
    ("#deal🔥hot", "deal", "and an emoji"),
    ("#🔥deal", "", "which cannot start one"),
    ("#👍🏽", "", "nor be one"),
    ("# deal", "", "nor can a space"),
    ("#deal:// #https://example.com", "", "what a protocol follows is no tag"),
    // Keycaps
    ("#\u{FE0F}\u{20E3} deal", "", "the keycap emoji is not a hash sign"),
    ("#\u{20E3}deal", "", "however it is spelled"),
    ("#\u{FE0F}deal", "", "nor is a sign in emoji style"),
    ("1\u{FE0F}\u{20E3}#deal", "", "a keycap is a mark, and marks are letters"),
    // Scripts
    ("#café #cafe\u{301}", "café cafe\u{301}", "accents, composed or not"),
    ("#\u{301}", "\u{301}", "a mark alone, odd as it is"),
    ("#ÇokUcuz #Größe #İstanbul", "ÇokUcuz Größe İstanbul", "Latin beyond ASCII"),
    ("#скидка #προσφορά", "скидка προσφορά", "Cyrillic and Greek"),
    ("#מבצע #צה״ל", "מבצע צה״ל", "Hebrew, with its own gershayim"),
    ("#צה\"ל", "צה", "but not with an ASCII quotation mark"),
    ("#خصم٥٠ #می\u{200C}خواهم", "خصم٥٠ می\u{200C}خواهم", "Arabic digits; the Persian non-joiner"),
    ("#ลดราคา50", "ลดราคา50", "Thai with its marks"),
    ("#ख़रीदो", "ख़रीदो", "Devanagari with its marks"),
    ("#買う #ーsale #〃a #さ〜い", "買う ーsale 〃a さ〜い", "Japanese with its signs"),
    ("#할인 #\u{1112}\u{1161}\u{11AB}", "할인 \u{1112}\u{1161}\u{11AB}", "Korean, composed or not"),
    ("#il·lusió", "il·lusió", "Catalan's middle dot"),
    ("#col∙lecció", "col", "but not the bullet that looks like it"),
    ("#𝐃𝐞𝐚𝐥 #𐐔𐐯", "𝐃𝐞𝐚𝐥 𐐔𐐯", "letters beyond the basic plane"),
    // URLs
    ("https://example.com/#deal", "", "a fragment belongs to its URL"),
    ("https://example.com/?q=1#deal", "", "after a query as well"),
    ("example.com/#deal", "", "and in a URL without protocol"),
    ("example.notatld/#deal", "deal", "but not if it is no URL at all"),
    ("example.みんな/#deal", "", "which is a matter of the top-level domain"),
    ("(https://example.com/#deal) #deal", "deal", "the URL ends with its bracket"),
    ("https://example.com/a_(#b)_c", "", "a pair of brackets is inside"),
    ("https://t.co/AbC123#deal", "", "a short link ends early, but the sign stands against a word"),
    ("https://t.co/AbC123 #deal", "deal", "a space helps"),
    ("https://example.com #deal #two.com", "deal two", "URLs elsewhere do not matter"),
    ("see example.com/sale,#deal", "", "a comma may be inside a path"),
    ("http://＃deal.com", "", "even a full-width sign, inside a host"),
    ("<a href=\"#deal\">#deal</a>", "deal deal", "HTML is not understood, nor need it be"),
    // Names
    ("@store#deal", "", "a tag glued to a name"),
    ("@store #deal", "deal", "a tag after a name"),
    ("$BUY #deal", "deal", "cashtags are something else"),
];

#[test]
fn texts_have_the_tags_of_the_table() {
    let wrong: Vec<_> = CASES
        .iter()
        .filter(|(text, expected, _)| tags(text) != *expected)
        .map(|(text, expected, why)| format!("{why}: {text:?} has {:?}, not {expected:?}", tags(text)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn offsets_count_code_points_and_include_the_sign() {
    let text = "😀é #𝐃eal and ＃two";
    let found: Vec<_> = hashtags(text).map(|tag| (tag.tag, tag.start, tag.end)).collect();
    assert_eq!(found, [("𝐃eal", 3, 8), ("two", 13, 17)]);
    let cut: Vec<_> = hashtags(text).map(|tag| &text[tag.byte_range()]).collect();
    assert_eq!(cut, ["#𝐃eal", "＃two"]);
}

#[test]
fn tags_are_equal_in_their_folded_form() {
    for (a, b, same) in [
        ("BuyKettle", "buykettle", true),
        ("BuyKettle", "BUYKETTLE", true),
        ("BuyKettle", "BuyKettles", false),
        ("Kettle", "\u{212A}ettle", true), // the Kelvin sign
        ("sale", "\u{17F}ale", true),      // the long s
        ("CAFÉ", "café", true),
        ("café", "CAFé", true),
        ("café", "cafe\u{301}", true),
        ("café", "cafe", false),
        ("Strasse", "STRAẞE", true),
        ("İstanbul", "istanbul", false),
        ("kit", "kıt", false),
        ("セール", "ｾｰﾙ", true),
        ("セール", "セーﾙ", true),
        ("セール", "せーる", false),
        ("사기", "\u{1109}\u{1161}\u{1100}\u{1175}", true),
        ("Купить", "КУПИТЬ", true),
        ("Купить", "Kупить", false), // a Latin K
    ] {
        assert_eq!(same_tag(a, b), same, "{a} and {b}");
    }
}

/// Time grows with the length of a text, not with its square: no post may stall the engine.
#[test]
fn hostile_texts_are_scanned_in_linear_time() {
    for piece in [
        "あ",
        "a.",
        "あ.",
        "-",
        "a_b.com.",
        "a_.",
        "#",
        "#a",
        "#1",
        "http://",
        "a.com/(",
        "a.com/((",
        "x.com/(a(b",
        "😀.",
        "日本http",
    ] {
        let text = piece.repeat(200_000 / piece.len()) + ".#deal";
        assert!(hashtags(&text).count() <= text.len());
    }
}
