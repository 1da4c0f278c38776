//! Ids, and text that only resembles one.

use flashtag::domain::id::{
    Account, AuthorId, Authors, EffectKey, IdFault, Network, OfferId, PostId, ReservationId,
};
use flashtag::text::card_number::holds_card_number;
use flashtag::text::network::IdGrammar;

#[test]
fn an_invalid_id_of_x_is_refused() {
    let table = [
        ("42", Ok(())),
        ("1700000000000000001", Ok(())),
        ("12345678901234567890", Ok(())),
        ("123456789012345678901", Err(IdFault::Form(IdGrammar::Decimal))), // 21 digits
        ("", Err(IdFault::Empty)),
        ("0", Err(IdFault::Form(IdGrammar::Decimal))),
        ("042", Err(IdFault::Form(IdGrammar::Decimal))),
        ("+42", Err(IdFault::Form(IdGrammar::Decimal))),
        ("-42", Err(IdFault::Form(IdGrammar::Decimal))),
        ("4.2", Err(IdFault::Form(IdGrammar::Decimal))),
        ("4e2", Err(IdFault::Form(IdGrammar::Decimal))),
        ("0x2a", Err(IdFault::Form(IdGrammar::Decimal))),
        ("ana", Err(IdFault::Form(IdGrammar::Decimal))),
        ("@ana", Err(IdFault::Form(IdGrammar::Decimal))),
        ("４２", Err(IdFault::Character)),
        ("٤٢", Err(IdFault::Character)),
        (" 42", Err(IdFault::Character)),
        ("42 ", Err(IdFault::Character)),
        ("42\n", Err(IdFault::Character)),
        ("4\u{0}2", Err(IdFault::Character)),
        ("4\u{200d}2", Err(IdFault::Character)),
        ("42\u{feff}", Err(IdFault::Character)),
    ];
    for (text, judged) in table {
        assert_eq!(PostId::parse(Network::X, text).map(drop), judged, "post {text:?}");
        assert_eq!(AuthorId::parse(Network::X, text).map(drop), judged, "author {text:?}");
        assert_eq!(Account::parse(Network::X, text).map(drop), judged, "account {text:?}");
    }
}

#[test]
fn ids_of_other_networks_have_no_blanks_and_at_most_512_bytes() {
    let long = |length: usize| "a".repeat(length);
    let did = |length: usize| format!("did:plc:{}", "a".repeat(length - 8));
    let table = [
        (Network::Mastodon, "109".to_owned(), Ok(())),
        (Network::Mastodon, "042".to_owned(), Ok(())),
        (Network::Mastodon, "ana@a.example".to_owned(), Ok(())),
        (Network::Mastodon, long(512), Ok(())),
        (Network::Mastodon, long(513), Err(IdFault::TooLong)),
        (Network::Mastodon, String::new(), Err(IdFault::Empty)),
        (Network::Mastodon, "a b".to_owned(), Err(IdFault::Character)),
        (Network::Mastodon, "a\tb".to_owned(), Err(IdFault::Character)),
        (Network::Mastodon, "a\u{0}".to_owned(), Err(IdFault::Character)),
        (Network::Mastodon, "a\u{7f}".to_owned(), Err(IdFault::Character)),
        (Network::Mastodon, "ａna".to_owned(), Err(IdFault::Character)),
        (Network::Bluesky, "did:plc:ewvi7nxzyoun6zhxrhs64oiz".to_owned(), Ok(())),
        (Network::Bluesky, did(512), Ok(())),
        (Network::Bluesky, did(513), Err(IdFault::TooLong)),
        (Network::Bluesky, "ana.bsky.social".to_owned(), Err(IdFault::Form(IdGrammar::Did))),
        (Network::Bluesky, "DID:plc:a".to_owned(), Err(IdFault::Form(IdGrammar::Did))),
        (Network::Bluesky, "did".to_owned(), Err(IdFault::Form(IdGrammar::Did))),
        (Network::X, long(513), Err(IdFault::TooLong)),
    ];
    for (network, text, judged) in table {
        assert_eq!(AuthorId::parse(network, &text).map(drop), judged, "{network} {text:?}");
    }
    let record = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k2yihcrp6f2c";
    assert_eq!(PostId::parse(Network::Bluesky, record).map(|id| id.to_string()), Ok(record.to_owned()));
    assert_eq!(PostId::parse_reference("0/17/2").map(|id| id.to_string()), Ok("0/17/2".to_owned()));
    assert_eq!(PostId::parse_reference("a b").map(drop), Err(IdFault::Character));
}

/// Each row: what is written as an author's id, and what it is where sandbox accounts are accepted, on every network.
#[test]
fn a_sandbox_account_has_one_spelling_on_every_network_and_none_where_only_networks_are_believed() {
    let longest = format!("sandbox:{}", "a".repeat(32));
    let too_long = format!("sandbox:{}", "a".repeat(33));
    let table = [
        ("sandbox:ana", Ok(())),
        ("sandbox:a", Ok(())),
        ("sandbox:77", Ok(())),
        ("sandbox:-", Ok(())),
        ("sandbox:ana-2", Ok(())),
        (&longest, Ok(())),
        (&too_long, Err(IdFault::SandboxName)),
        ("sandbox:", Err(IdFault::SandboxName)),
        ("sandbox:Ana", Err(IdFault::SandboxName)),
        ("sandbox:ana_2", Err(IdFault::SandboxName)),
        ("sandbox:ana.b", Err(IdFault::SandboxName)),
        ("sandbox:ana/b", Err(IdFault::SandboxName)),
        ("sandbox:ana%20", Err(IdFault::SandboxName)),
        ("sandbox::ana", Err(IdFault::SandboxName)),
        ("sandbox:sandbox:ana", Err(IdFault::SandboxName)),
        ("sandbox:did:plc:ana", Err(IdFault::SandboxName)),
        ("sandbox://a.example/ana", Err(IdFault::SandboxName)),
        ("sandbox:https://a.example/users/ana", Err(IdFault::SandboxName)),
        ("sandbox:ana ", Err(IdFault::Character)),
        (" sandbox:ana", Err(IdFault::Character)),
        ("sandbox:an\u{e4}", Err(IdFault::Character)),
        ("sandbox:ana\u{0}", Err(IdFault::Character)),
    ];
    for network in Network::ALL {
        for (text, judged) in &table {
            let refused = judged.and(Err::<(), _>(IdFault::SandboxAccount));
            for read in [Authors::account, Authors::linked_account] {
                let accepted = read(Authors::OfNetworksOrSandbox, network, text);
                assert_eq!(
                    accepted.as_ref().map(drop).map_err(|fault| *fault),
                    *judged,
                    "{network} {text:?}"
                );
                assert_eq!(read(Authors::OfNetworks, network, text).map(drop), refused, "{network} {text:?}");
                let Ok(account) = accepted else { continue };
                assert!(account.is_sandbox());
                // Written, read back, and stored as any id that is a text.
                assert_eq!(account.to_string(), format!("{network}:{text}"));
                assert_eq!(account.to_string().parse().as_ref(), Ok(&account));
                assert_eq!(
                    postcard::to_stdvec(&account.author).unwrap(),
                    postcard::to_stdvec(&text.to_string()).unwrap()
                );
                let stored = postcard::to_stdvec(&account).unwrap();
                assert_eq!(postcard::from_bytes::<Account>(&stored).as_ref(), Ok(&account));
            }
            assert_eq!(Account::parse(network, text).map(drop), refused, "{network} {text:?}");
            assert_eq!(Account::parse_linked(network, text).map(drop), refused, "{network} {text:?}");
            assert_eq!(AuthorId::parse(network, text).map(drop), refused, "{network} {text:?}");
            assert_eq!(AuthorId::parse_linked(network, text).map(drop), refused, "{network} {text:?}");
        }
    }
}

/// What resembles a sandbox account's id and is none goes by the network's own grammar.
#[test]
fn a_networks_own_author_is_no_sandbox_account() {
    let own = [
        (Network::X, "42"),
        (Network::Bluesky, "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        (Network::Bluesky, "did:web:sandbox"),
        (Network::Mastodon, "https://sandbox.example/users/sandbox:ana"),
        // Ids that older releases took.
        (Network::Mastodon, "109"),
        (Network::Mastodon, "sandbox"),
        (Network::Mastodon, "SANDBOX:ana"),
    ];
    for (network, text) in own {
        for authors in [Authors::OfNetworks, Authors::OfNetworksOrSandbox] {
            let account = authors.account(network, text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert!(!account.is_sandbox(), "{account}");
        }
    }
    for (network, text) in
        [(Network::X, "sandbox"), (Network::X, "SANDBOX:ana"), (Network::Bluesky, "xsandbox:ana")]
    {
        let judged = Authors::OfNetworksOrSandbox.account(network, text).map(drop);
        assert!(matches!(judged, Err(IdFault::Form(_))), "{network} {text:?}: {judged:?}");
    }
}

#[test]
fn the_same_author_id_on_two_networks_is_two_accounts() {
    let x = Account::parse(Network::X, "42").expect("an account");
    let mastodon = Account::parse(Network::Mastodon, "42").expect("an account");
    assert_ne!(x, mastodon);
    assert_eq!((x.to_string(), mastodon.to_string()), ("x:42".to_owned(), "mastodon:42".to_owned()));
}

#[test]
fn a_network_has_one_name() {
    for network in Network::ALL {
        assert_eq!(network.name().parse(), Ok(network));
        assert_eq!(serde_json::to_value(network).expect("a name"), network.name());
    }
    for name in ["X", "twitter", "", " x", "x "] {
        assert_eq!(name.parse::<Network>(), Err(IdFault::Network), "{name:?}");
    }
}

#[test]
fn an_offer_id_has_lower_case_letters_digits_and_inner_dashes() {
    let (long, longer) = ("a".repeat(64), "a".repeat(65));
    let good = ["kindle-fire-hd", "a", "7", "a-1", &long];
    let bad = ["", "-a", "a-", "Kindle", "a b", "a.b", "a_b", "ä", "a\u{0}", &longer];
    assert!(good.iter().all(|name| OfferId::parse(name).is_some_and(|id| id.as_str() == *name)));
    for name in bad {
        assert_eq!(OfferId::parse(name), None, "{name:?}");
    }
}

#[test]
fn a_reservation_id_has_one_spelling() {
    let kindle = OfferId::parse("kindle-fire-hd").expect("a name");
    let id = ReservationId { offer: flashtag::domain::id::OfferNo(0), ordinal: 17 };
    assert_eq!(id.public(&kindle), "kindle-fire-hd.17");
    assert_eq!(ReservationId::split_public("kindle-fire-hd.17"), Some((kindle, 17)));
    for text in [
        "kindle",
        "kindle.",
        ".17",
        "kindle.+17",
        "kindle.017",
        "kindle.-1",
        "kindle.1.7",
        "kindle. 17",
        "kindle.4294967296",
        "Kindle.17",
        "kindle.１７",
        "kindle.17\n",
    ] {
        assert_eq!(ReservationId::split_public(text), None, "{text:?}");
    }
}

#[test]
fn an_effect_key_has_one_spelling() {
    let key = EffectKey { partition: 3, sequence: u64::MAX, index: 0 };
    assert_eq!(key.to_string().parse(), Ok(key));
    for text in [
        "",
        "1/2",
        "1/2/3/4",
        "1/2/",
        "/1/2",
        "+1/2/3",
        "1/02/3",
        "1/2/-3",
        " 1/2/3",
        "1/2/3 ",
        "a/b/c",
        "1/18446744073709551616/3",
        "4294967296/1/1",
        "１/2/3",
    ] {
        assert_eq!(text.parse::<EffectKey>(), Err(IdFault::NotAKey), "{text:?}");
    }
}

#[test]
fn card_numbers_are_found_in_every_spelling() {
    let table = [
        ("4242424242424242", true),
        ("4242-4242-4242-4242", true),
        ("378282246310005", true),       // 15 digits
        ("6304000000000000000", true),   // 19 digits
        ("6304000000000000001", false),  // the same, wrong check digit
        ("63040000000000000000", false), // 20 digits are no card
        ("my card:4242424242424242.", true),
        ("4242 4242 4242 4242 12/27", true),
        ("4242424242424242 123", true),
        ("12 4242 4242 4242 4242", true),
        ("#BuyKindle 2 of 4242 4242 4242 4242!", true),
        ("4242  4242 - 4242--4242", true),
        ("1700000000000000001", false),
        ("424242424242", false),
        ("2013-02-13 17:00:00", false),
        ("", false),
    ];
    for (text, holds) in table {
        assert_eq!(holds_card_number(text), holds, "{text:?}");
    }
}
