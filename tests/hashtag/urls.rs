//! A table of texts and the URLs in them.

use flashtag::text::hashtag::url::urls;

#[test]
fn texts_have_the_urls_of_the_table() {
    for (text, expected) in [
        ("see https://shop.example.com/a.", &["https://shop.example.com/a"][..]),
        ("HTTP://EXAMPLE.COM", &["HTTP://EXAMPLE.COM"]),
        ("shop.de,example.com", &["shop.de", "example.com"]),
        ("http://shop.notatld shop.notatld", &[]),
        ("買うexample.comです", &["example.com"]),
        ("twitter.jp日本語it.so", &["twitter.jp", "it.so"]),
        ("пример.рф", &[]),
        ("http://пример.рф", &["http://пример.рф"]),
        ("shop.みんな shop.xn--q9jyb4c", &["shop.みんな", "shop.xn--q9jyb4c"]),
        ("http://my_shop.example.com", &["http://my_shop.example.com"]),
        ("http://my_shop.com", &[]),
        ("ana@example.com", &[]),
        ("@shop.com #shop.com $shop.com", &[]),
        ("http://a.com:8080/x?y=1&z=2#frag", &["http://a.com:8080/x?y=1&z=2#frag"]),
        ("http://a.com/x_(y_(z))_w", &["http://a.com/x_(y_(z))_w"]),
        ("http://a.com/x(y())", &["http://a.com/x"]),
        ("http://shop.भारतम्/x http://shop.भारत/x", &["http://shop.भारतम्/x", "http://shop.भारत/x"]),
        ("http://a.com/x(((y)))", &["http://a.com/x"]),
        ("https://t.co/abc's", &["https://t.co/abc"]),
        ("https://t.co/abc?x=1.", &["https://t.co/abc?x=1"]),
        ("あhttp://a.com", &["http://a.com"]),
        ("wordhttp://a.com", &["a.com"; 0]),
        ("http:// a.com", &["a.com"]),
        // A label that claims to be encoded, and is not.
        ("http://xn--٣.한국 http://xn--٣.com", &[]),
        ("http://xn--a.한국", &["http://xn--a.한국"]),
    ] {
        let found: Vec<_> = urls(text).iter().map(|url| &text[url.byte_range()]).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn labels_are_at_most_63_bytes_in_ascii_form() {
    let with_label = |label: &str| format!("http://{label}.com/#deal");
    assert_eq!(urls(&with_label(&"a".repeat(63))).len(), 1);
    assert_eq!(urls(&with_label(&"a".repeat(64))).len(), 0);
    assert_eq!(urls(&with_label(&"あ".repeat(50))).len(), 1);
    assert_eq!(urls(&with_label(&"あ".repeat(60))).len(), 0);
    assert_eq!(
        urls("みんな日本＃한국٣xn--。日本＃deal\u{200b}x.com").len(),
        0,
        "nor is what is Latin in it a host"
    );
}
