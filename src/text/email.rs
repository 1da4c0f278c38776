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
    if text.len() > EMAIL_BYTES_MAX || text.contains(is_odd) {
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

/// Whether no address has this character, outside quotes.
fn is_odd(ch: char) -> bool {
    ch.is_control() || ch.is_whitespace() || is_invisible(ch) || "\"<>()[],;:\\".contains(ch)
}

/// A text with every address in it replaced: what a provider reports is kept, and must not tell who the buyer is. A handle, as
/// `@ana`, is no address.
#[must_use]
pub fn without_addresses(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return text.into();
    }
    let words = text.split_inclusive(is_odd).map(|piece| {
        let word = piece.trim_end_matches(is_odd).trim_end_matches('.');
        let is_address = word.trim_matches('@').contains('@');
        match (is_address, piece.get(word.len()..)) {
            (true, Some(rest)) => [HIDDEN, rest].concat(),
            _ => piece.to_owned(),
        }
    });
    words.collect::<String>().into()
}

/// What stands in the place of an address.
const HIDDEN: &str = "(an address)";

#[cfg(test)]
mod tests {
    use super::{plain_address, without_addresses};

    #[test]
    fn no_address_is_left_in_a_text() {
        let table = [
            ("550 5.1.1 <Ana@Example.com>: unknown", "550 5.1.1 <(an address)>: unknown"),
            ("no mailbox ana@example.com.", "no mailbox (an address)."),
            ("ana@example.com bob@example.com", "(an address) (an address)"),
            ("über jösé@münchen.de ü", "über (an address) ü"),
            ("RCPT TO:<ana@localhost>", "RCPT TO:<(an address)>"),
            ("a@b@c", "(an address)"),
            ("@ana@town.example is gone", "(an address) is gone"),
            ("@shop is suspended", "@shop is suspended"),
            ("ana@ is none, @ neither", "ana@ is none, @ neither"),
            ("no answer in time", "no answer in time"),
            ("", ""),
        ];
        for (text, kept) in table {
            assert_eq!(without_addresses(text), kept, "{text}");
        }
    }

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
