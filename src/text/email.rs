//! E-mail addresses that mail can be sent to.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use lettre::Address;
use unicode_normalization::UnicodeNormalization;

use super::invisible::is_invisible;

/// The longest address that mail can be sent to, in bytes.
const EMAIL_BYTES_MAX: usize = 254;

/// An address in the form in which mail programs take it, with the domain in ASCII: `ana@münchen.de` is
/// `ana@xn--mnchen-3ya.de`. `None` if the text is no address, or more than one.
///
/// Quoted names and domains that are numbers are refused: nobody has them, and they are a way to smuggle a
/// second address past programs that split at commas.
#[must_use]
pub fn plain_address(text: &str) -> Option<String> {
    let odd =
        |ch: char| ch.is_control() || ch.is_whitespace() || is_invisible(ch) || "\"<>()[],;:\\".contains(ch);
    if text.len() > EMAIL_BYTES_MAX || text.contains(odd) {
        return None;
    }
    let composed = if text.is_ascii() { Cow::from(text) } else { text.nfc().collect() };
    let address: Address = composed.parse().ok()?;
    // Without underscores, and with the lengths that a lookup allows.
    let domain = Uts46::new().to_ascii(
        address.domain().as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let domain = domain.ok().filter(|domain| domain.parse::<std::net::IpAddr>().is_err())?;
    let plain = format!("{}@{domain}", address.user());
    (plain.len() <= EMAIL_BYTES_MAX).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::plain_address;

    #[test]
    fn an_address_is_taken_in_its_plain_form() {
        let table = [
            ("ana@example.com", Some("ana@example.com")),
            ("Ana@Example.COM", Some("Ana@example.com")),
            ("ana+kindle@example.com", Some("ana+kindle@example.com")),
            ("o'neil@example.com", Some("o'neil@example.com")),
            ("a.n-a=b!#$%&*/?^_`{|}~@mail.example-2.co", Some("a.n-a=b!#$%&*/?^_`{|}~@mail.example-2.co")),
            ("ana@localhost", Some("ana@localhost")),
            ("ana@example.museum", Some("ana@example.museum")),
            ("ana@münchen.de", Some("ana@xn--mnchen-3ya.de")),
            ("ana@MÜNCHEN.de", Some("ana@xn--mnchen-3ya.de")),
            ("ana@xn--mnchen-3ya.de", Some("ana@xn--mnchen-3ya.de")),
            ("ana@例え.テスト", Some("ana@xn--r8jz45g.xn--zckzah")),
            ("jösé@example.com", Some("jösé@example.com")),
            ("jo\u{308}s@example.com", Some("jös@example.com")),
            ("\"ana smith\"@example.com", None),
            ("\"ana\"@example.com", None),
            ("ana@[127.0.0.1]", None),
            ("ana@127.0.0.1", None),
            ("ana@example.com\r\nBcc: x@y.example", None),
            ("ana@example.com, bob@example.com", None),
            ("ana@example.com;bob@example.com", None),
            ("Ana <ana@example.com>", None),
            ("a@b@example.com", None),
            ("ana@example..com", None),
            ("ana@.example.com", None),
            ("ana@example.com.", None),
            ("ana@-example.com", None),
            ("ana@example-.com", None),
            ("ana@exa_mple.com", None),
            ("ana@xn--a.com", None),
            (".ana@example.com", None),
            ("ana.@example.com", None),
            ("a..na@example.com", None),
            ("a na@example.com", None),
            ("\u{202e}ana@example.com", None),
            ("ana\u{200b}@example.com", None),
            ("ana@example.com\u{2028}x", None),
            ("ana@", None),
            ("@example.com", None),
            ("ana", None),
            ("@", None),
            ("", None),
        ];
        for (text, plain) in table {
            assert_eq!(plain_address(text).as_deref(), plain, "{text:?}");
        }
        let long = |length: usize| format!("{}@{}.example.com", "a".repeat(length), "b".repeat(60));
        assert!(plain_address(&long(64)).is_some());
        assert_eq!(plain_address(&long(65)), None);
        assert_eq!(plain_address(&"a@".repeat(100_000)), None);
    }
}
