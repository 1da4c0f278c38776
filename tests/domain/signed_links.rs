//! Signed links: only a signed one opens, and only in time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flashtag::domain::id::{Account, OfferId};
use flashtag::words::signed_link::{LinkFault, LinkKey, Opened, open, sign};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

use super::world::ms;

fn offer() -> OfferId {
    OfferId::parse("kindle-fire-hd").unwrap()
}

fn token(key: &LinkKey, account: &str) -> String {
    sign(key, &offer(), 17, &account.parse().unwrap(), ms(1000))
}

#[test]
fn a_link_opens_until_it_expires() {
    let key = LinkKey::new([7; 32]);
    let longest = format!("bluesky:did:plc:{}", "a".repeat(504));
    for account in ["x:42", "mastodon:https://a.example/u/1", "bluesky:did:plc:abc", &longest] {
        let token = token(&key, account);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        let opened = Opened { offer: offer(), ordinal: 17, account: account.parse().unwrap() };
        let table = [
            (0, Ok(opened.clone())),
            (999, Ok(opened)),
            (1000, Err(LinkFault::Expired)),
            (86_400_000, Err(LinkFault::Expired)),
        ];
        for (now, expected) in table {
            assert_eq!(open(&key, &token, ms(now)), expected, "{account} at {now}");
        }
    }
}

#[test]
fn a_malformed_token_is_distinguished_from_a_wrong_signature() {
    let key = LinkKey::new([7; 32]);
    let good = token(&key, "x:42");
    let bytes = URL_SAFE_NO_PAD.decode(&good).unwrap();
    let of = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let another_version: Vec<u8> = std::iter::once(2).chain(bytes[1..].iter().copied()).collect();
    let table = [
        ("nothing", String::new(), LinkFault::Malformed),
        ("no base64", "!!!!".to_owned(), LinkFault::Malformed),
        ("base64 of another alphabet", good.clone() + "+/", LinkFault::Malformed),
        ("padding", good + "=", LinkFault::Malformed),
        ("too short to be signed", of(&bytes[..32]), LinkFault::Malformed),
        ("without end", "A".repeat(100_000), LinkFault::Malformed),
        ("another version", of(&another_version), LinkFault::Malformed),
        ("cut off", of(&bytes[..bytes.len() - 1]), LinkFault::BadSignature),
        ("made longer", of(&[&bytes[..], b"x"].concat()), LinkFault::BadSignature),
        (
            "signature alone changed",
            of(&[&bytes[..bytes.len() - 32], &[0; 32]].concat()),
            LinkFault::BadSignature,
        ),
        ("by a foreign key", token(&LinkKey::new([8; 32]), "x:42"), LinkFault::BadSignature),
    ];
    for (what, token, fault) in table {
        assert_eq!(open(&key, &token, ms(0)), Err(fault), "{what}");
    }
}

/// The form of a token, stated a second time: links in circulation must open after an update.
#[test]
fn the_form_of_a_token_has_not_changed() {
    let mut agreed = b"\x01kindle-fire-hd.17 x:42 1360713601000".to_vec();
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap().chain_update(b"flashtag/confirm/");
    let signature = mac.chain_update(&agreed).finalize().into_bytes();
    agreed.extend_from_slice(&signature);
    assert_eq!(token(&LinkKey::new([7; 32]), "x:42"), URL_SAFE_NO_PAD.encode(agreed));
}

#[test]
fn a_key_is_read_from_hex_digits_and_never_shown() {
    let digits = "00ff".repeat(16);
    let key: LinkKey = digits.parse().unwrap();
    assert_eq!((key.expose(), format!("{key:?}")), (digits.clone(), "LinkKey(..)".to_owned()));
    for bad in [
        "",
        "00",
        &digits[1..],
        &format!("{digits}0"),
        &digits.replace('f', "g"),
        &format!(" {}", &digits[1..]),
    ] {
        assert!(bad.parse::<LinkKey>().is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_flipped_bit_opens(key: [u8; 32], ordinal: u32, author in 1_u64.., bit: prop::sample::Index) {
        let (key, account) = (LinkKey::new(key), format!("x:{author}").parse::<Account>().unwrap());
        let token = sign(&key, &offer(), ordinal, &account, ms(1000));
        let opened = open(&key, &token, ms(0)).unwrap();
        prop_assert_eq!((opened.ordinal, opened.account), (ordinal, account));
        let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(open(&key, &URL_SAFE_NO_PAD.encode(bytes), ms(0)).is_err());
    }

    #[test]
    fn no_other_letter_opens(key: [u8; 32], place: prop::sample::Index, other in "[A-Za-z0-9_-]") {
        let key = LinkKey::new(key);
        let token = token(&key, "x:42");
        let place = place.index(token.len());
        let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
        prop_assume!(changed != token);
        prop_assert!(open(&key, &changed, ms(0)).is_err());
    }

    #[test]
    fn no_other_key_opens(key: [u8; 32], other: [u8; 32]) {
        prop_assume!(key != other);
        let token = token(&LinkKey::new(key), "x:42");
        prop_assert_eq!(open(&LinkKey::new(other), &token, ms(0)), Err(LinkFault::BadSignature));
    }
}
