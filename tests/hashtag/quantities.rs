//! The units that a post claims: the number behind the tag, and text that only resembles one.

use flashtag::text::hashtag::hashtags;
use flashtag::text::quantity::quantity;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The quantity behind the first tag.
fn units_behind(text: &str) -> Option<u32> {
    let tag = hashtags(text).next().expect("the text has a tag");
    quantity(text, tag.byte_range())
}

#[track_caller]
fn each(table: &[(&str, Option<u32>)]) {
    for (text, units) in table {
        assert_eq!(units_behind(text), *units, "{text}");
    }
}

#[test]
fn a_quantity_stands_directly_behind_the_tag() {
    each(&[
        ("#BuyKettle", None),
        ("#BuyKettle please", None),
        ("#BuyKettle x2", Some(2)),
        ("#BuyKettle X2", Some(2)),
        ("#BuyKettle x 2", Some(2)),
        ("#BuyKettle × 2 please", Some(2)),
        ("#BuyKettle 2x", Some(2)),
        ("#BuyKettle 2X", Some(2)),
        ("#BuyKettle ×2", Some(2)),
        ("#BuyKettle 2×", Some(2)),
        ("#BuyKettle×2", Some(2)),
        ("＃BuyKettle x2", Some(2)),
        ("#BuyKettle \t\u{a0}\u{3000} x2", Some(2)),
        ("#BuyKettle\u{200b} \u{200f}x2", Some(2)),
        ("#BuyKettle please x2", None),
        ("#BuyKettle #now x2", None),
        ("#BuyKettle\nx2", None),
        ("#BuyKettle\u{2028}x2", None),
        ("#BuyKettle 2x4", None),
    ]);
}

#[test]
fn what_stands_before_the_tag_is_talk() {
    each(&[
        ("my BMW X5 #BuyKettle", None),
        ("Galaxy S2 2x #BuyKettle", None),
        ("x2 #BuyKettle", None),
        ("2X #BuyKettle", None),
        ("×2 #BuyKettle now", None),
        ("(x2) #BuyKettle", None),
        ("x2, #BuyKettle", None),
        ("日本 x2 #BuyKettle", None),
        ("x3 #BuyKettle x2", Some(2)),
        ("x3 #BuyKettle please", None),
    ]);
}

#[test]
fn blanks_one_comma_and_brackets_may_stand_between() {
    each(&[
        ("#BuyKettle, x2", Some(2)),
        ("#BuyKettle,x2", Some(2)),
        ("#BuyKettle , 2x", Some(2)),
        ("#BuyKettle、x2", Some(2)),
        ("#BuyKettle，x2", Some(2)),
        ("#BuyKettle، x2", Some(2)),
        ("#BuyKettle (x2)", Some(2)),
        ("#BuyKettle(x 2)", Some(2)),
        ("#BuyKettle ( x2 )", Some(2)),
        ("#BuyKettle（x2）", Some(2)),
        ("#BuyKettle, (x2)", Some(2)),
        ("#BuyKettle [2x please]", Some(2)),
        ("(#BuyKettle x2)", Some(2)),
        ("(#BuyKettle) x2", Some(2)),
        ("(#BuyKettle), x2", Some(2)),
        ("#BuyKettle,, x2", None),
        ("#BuyKettle ((x2))", None),
        ("#BuyKettle: x2", None),
        ("#BuyKettle. x2", None),
        ("#BuyKettle - x2", None),
        ("#BuyKettle,\nx2", None),
        ("#BuyKettle x\n2", None),
    ]);
}

#[test]
fn a_quantity_is_a_whole_token() {
    each(&[
        ("#BuyKettle x2!", Some(2)),
        ("#BuyKettle x2,", Some(2)),
        ("#BuyKettle x2, please", Some(2)),
        ("#BuyKettle x2. Thanks", Some(2)),
        ("#BuyKettle x2...", Some(2)),
        ("#BuyKettle x2?!", Some(2)),
        ("#BuyKettle “x2”", None),
        ("“#BuyKettle x2”", Some(2)),
        ("#BuyKettle x2 - now", Some(2)),
        ("#BuyKettle x2\u{3000}a", Some(2)),
        ("買う #BuyKettle x2。", Some(2)),
        ("#BuyKettle x2\nx3", Some(2)),
        ("#BuyKettle x360bundle", None),
        ("#BuyKettle x2.5", None),
        ("#BuyKettle x2,5", None),
        ("#BuyKettle 2x4", None),
        ("#BuyKettle x2x", None),
        ("#BuyKettle xx2", None),
        ("#BuyKettle x2-pack", None),
        ("#BuyKettle x2/day", None),
        ("#BuyKettle x2:30", None),
        ("#BuyKettle x2's", None),
        ("#BuyKettle x2’s", None),
        ("#BuyKettle x2_", None),
        ("#BuyKettle x2%", None),
        ("#BuyKettle x2+", None),
        ("#BuyKettle x2$", None),
        ("#BuyKettle x2é", None),
        ("#BuyKettle x2🙏", Some(2)),
        ("#BuyKettle (2x❤️)", Some(2)),
        ("#BuyKettle x2👍🏽👍🏽", Some(2)),
        ("#BuyKettle x2🇩🇪", Some(2)),
        ("#BuyKettle x2\u{200f}", Some(2)),
        ("\u{202b}#BuyKettle ×2\u{202c}", Some(2)),
        ("#BuyKettle x2\u{200b}!", Some(2)),
        ("#BuyKettle x2\u{2060}🔥", Some(2)),
        ("#BuyKettle 2\u{200d}x", Some(2)),
        ("#BuyKettle x2\u{200b}5", None),
        ("#BuyKettle x2\u{200b}é", None),
        ("#BuyKettle x2\u{301}", None),
        ("#BuyKettle x2©", None),
        ("#BuyKettle x2\u{fe0f}\u{20e3}", None),
        ("#BuyKettle -2x", None),
        ("#BuyKettle x-2", None),
        ("#BuyKettle 2", None),
        ("#BuyKettle x", None),
        ("#BuyKettle two", None),
        ("#BuyKettle x 2.5", None),
        ("#BuyKettle x 2nd", None),
        ("#BuyKettle x 2x", None),
        ("#BuyKettle 2 x", None),
    ]);
}

#[test]
fn numbers_are_ascii_and_bounded() {
    each(&[
        ("#BuyKettle x0", Some(0)),
        ("#BuyKettle x000", Some(0)),
        ("#BuyKettle x02", Some(2)),
        ("#BuyKettle x1000", Some(1000)),
        ("#BuyKettle x4294967295", Some(u32::MAX)),
        ("#BuyKettle x4294967296", Some(u32::MAX)),
        ("#BuyKettle x99999999999999999999999999", Some(u32::MAX)),
        ("#BuyKettle x２", None),
        ("#BuyKettle x٢", None),
        ("#BuyKettle x²", None),
        ("#BuyKettle ｘ2", None),
        ("#BuyKettle *2", None),
    ]);
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(
        pieces in vec(select(vec!["#a", "x", "X", "×", "2", "0", " ", "(", ")", ".", "-", "é", "🔥", "\u{301}"]), 0..12),
        wild in any::<String>(),
        place in (0_usize..40, 0_usize..40),
    ) {
        for text in [pieces.concat(), wild] {
            let _ = quantity(&text, place.0..place.1);
            for tag in hashtags(&text) {
                let _ = quantity(&text, tag.byte_range());
            }
        }
    }

    #[test]
    fn a_count_is_read_back(units: u32, mark in select(vec!['x', 'X', '×'])) {
        for text in [
            format!("#a {mark}{units}"),
            format!("#a {units}{mark}"),
            format!("5x #a, ({mark} {units})"),
        ] {
            prop_assert_eq!(units_behind(&text), Some(units), "{}", text);
        }
    }
}
