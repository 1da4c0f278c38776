//! Linked accounts: valid lines are read, and secrets are refused.

use flashtag::domain::id::{Account, Authors, Network};
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::intake::accounts::{LineFault, decode_link, read_accounts};

const GOOD: &str = r#"{"network":"x","author_id":"42","card":{"token":"tok_1","brand":"Amex","funding":"credit","last4":"1005"},"email":"ana@example.com","region":"US-NY"}"#;

#[test]
fn a_valid_link_is_read() {
    let card =
        Card { token: "tok_1".into(), brand: "amex".into(), funding: Funding::Credit, last4: "1005".into() };
    let account = Account::parse(Network::X, "42").unwrap();
    let link = Link::new(&card, "ana@example.com", "US-NY");
    assert_eq!(decode_link(GOOD.as_bytes(), Authors::OfNetworks), Ok(LinkedAccount { account, link }));
    let table = [
        // One X id in ten passes the check of a card number.
        ("\"42\"", "\"4242424242424242\""),
        ("ana@example.com", "a.n'a+sale=1@mail.example-2.co"),
        ("\"x\",\"author_id\":\"42\"", "\"mastodon\",\"author_id\":\"https://a.example/users/ana\""),
        ("ana@example.com", "o'neil@example.com"),
        ("ana@example.com", "jösé@example.com"),
        ("US-NY", "DE"),
        ("credit", "debit"),
        ("credit", "charge"),
        ("credit", "prepaid"),
        ("credit", "corporate"),
    ];
    for (good, other) in table {
        assert!(decode_link(GOOD.replace(good, other).as_bytes(), Authors::OfNetworks).is_ok(), "{other}");
    }
}

#[test]
fn regions_and_addresses_are_taken_in_one_form() {
    let linked = |good: &str, other: &str| {
        decode_link(GOOD.replace(good, other).as_bytes(), Authors::OfNetworks).unwrap().link
    };
    for region in ["us-ny", "Us-Ny", "US-NY", " US-NY ", "us-ny\\t"] {
        assert_eq!(linked("US-NY", region).region(), "US-NY");
    }
    assert_eq!(linked("ana@example.com", "ana@MÜNCHEN.de").email(), Some("ana@xn--mnchen-3ya.de"));
    for uri in ["https://shop.example/users/Ana", "https://Shop.EXAMPLE/users/Ana"] {
        let line = GOOD.replace("\"x\"", "\"mastodon\"").replace("\"42\"", &format!("\"{uri}\""));
        let author = decode_link(line.as_bytes(), Authors::OfNetworks).unwrap().account.author;
        assert_eq!(author.to_string(), "https://shop.example/users/Ana", "of {uri}");
    }
}

#[test]
fn a_bad_link_is_named() {
    let table = [
        ("tok_1", "4242424242424242", "pan_not_allowed"),
        ("tok_1", "4242 4242-4242 4242", "pan_not_allowed"),
        ("tok_1", "tok_378282246310005", "pan_not_allowed"),
        ("1005", "378282246310005", "pan_not_allowed"),
        ("Amex", "4242424242424242", "pan_not_allowed"),
        ("ana@", "4242424242424242@", "pan_not_allowed"),
        ("US-NY", "4242424242424242", "pan_not_allowed"),
        ("credit", "4242424242424242", "pan_not_allowed"),
        ("tok_1", "", "bad_value"),
        ("tok_1", "tok 1", "bad_value"),
        ("tok_1", "tok\\n1", "bad_value"),
        ("\"tok_1\"", "1", "bad_type"),
        ("\"tok_1\"", "null", "bad_type"),
        ("Amex", "", "bad_value"),
        ("credit", "Credit", "bad_value"),
        ("credit", "barter", "bad_value"),
        ("1005", "105", "bad_value"),
        ("1005", "10055", "bad_value"),
        ("1005", "100x", "bad_value"),
        ("1005", "１００５", "bad_value"),
        ("\"1005\"", "1005", "bad_type"),
        ("ana@example.com", "", "bad_address"),
        ("ana@example.com", "ana", "bad_address"),
        ("ana@example.com", "@example.com", "bad_address"),
        ("ana@example.com", "ana@", "bad_address"),
        ("ana@example.com", "ana@@example.com", "bad_address"),
        ("ana@example.com", "ana@b@example.com", "bad_address"),
        ("ana@example.com", "ana@example..com", "bad_address"),
        ("ana@example.com", "ana@example.com\\r\\nBcc: all@example.com", "bad_address"),
        ("ana@example.com", "ana@example.com\\n", "bad_address"),
        ("ana@example.com", "ana@example.com,bo@example.com", "bad_address"),
        ("ana@example.com", "Ana <ana@example.com>", "bad_address"),
        ("ana@example.com", "\\\"ana smith\\\"@example.com", "bad_address"),
        ("ana@example.com", "ana@[127.0.0.1]", "bad_address"),
        ("ana@example.com", "ana@-example.com", "bad_address"),
        ("ana@example.com", "a na@example.com", "bad_address"),
        ("ana@example.com", "ana@example.com\\u2028x", "bad_address"),
        ("ana@example.com", "ana@example.com\\u0000", "bad_address"),
        ("ana@example.com", "\\u202eana@example.com", "bad_address"),
        ("US-NY", "U", "bad_value"),
        ("US-NY", "US_NY", "bad_value"),
        ("US-NY", "ABCDEFGHIJKLMNOPQ", "bad_value"),
        ("\"x\"", "\"icq\"", "bad_value"),
        ("\"42\"", "42", "bad_id"),
        ("\"42\"", "\"ana\"", "bad_id"),
        ("\"x\",\"author_id\":\"42\"", "\"mastodon\",\"author_id\":\"42\"", "bad_id"),
        ("\"x\",\"author_id\":\"42\"", "\"mastodon\",\"author_id\":\"ana@a.example\"", "bad_id"),
        ("\"author_id\":\"42\",", "", "missing_field"),
        (",\"region\":\"US-NY\"", "", "missing_field"),
        ("\"region\"", "\"regoin\"", "unknown_field"),
        ("\"last4\"", "\"number\":\"1\",\"last4\"", "unknown_field"),
        ("\"email\"", "\"email\":\"b@c.de\",\"email\"", "duplicate_key"),
        ("{\"network", "\u{feff}{\"network", "bad_encoding"),
        ("\"US-NY\"}", "\"US-NY\"", "not_json"),
        ("\"US-NY\"}", "\"US-NY\"}}", "not_json"),
    ];
    for (good, bad, code) in table {
        assert!(GOOD.contains(good), "{good}");
        let line = GOOD.replace(good, bad);
        assert_eq!(
            decode_link(line.as_bytes(), Authors::OfNetworks).map_err(|fault| fault.code()),
            Err(code),
            "{line}"
        );
    }
    let array = br#"["x","42",["tok_1","amex","credit","1005"],"ana@example.com","US-NY"]"#;
    assert_eq!(decode_link(array, Authors::OfNetworks).unwrap_err().code(), "bad_type");
}

#[test]
fn an_unknown_field_is_named_unless_its_name_is_a_secret() {
    let fault_of = |name: &str| {
        let line = GOOD.replace("\"email\"", &format!("\"{name}\":1,\"email\""));
        decode_link(line.as_bytes(), Authors::OfNetworks).unwrap_err().to_string()
    };
    assert_eq!(fault_of("cvc"), "`cvc` is no field of this line");
    for name in ["4242424242424242", "a`b\\n\\u001b[31m", "", &"x".repeat(10_000)] {
        assert_eq!(fault_of(name), "`a strange name` is no field of this line");
    }
}

#[test]
fn a_file_is_read_to_its_first_fault() {
    let second = GOOD.replace("\"42\"", "\"43\"");
    let file = format!("{GOOD}\r\n\n   \n{second}");
    let mut seen = Vec::new();
    let count = read_accounts(file.as_bytes(), Authors::OfNetworks, |link| {
        seen.push(link.account.to_string());
        None
    })
    .unwrap();
    assert_eq!((count, seen), (2, vec!["x:42".to_owned(), "x:43".to_owned()]));

    let mut handed_over = 0;
    let fault = read_accounts(format!("\n{file}\n{{}}\n{GOOD}").as_bytes(), Authors::OfNetworks, |_| {
        handed_over += 1;
        None
    })
    .unwrap_err();
    assert_eq!(fault.to_string(), "line 6: `network` is missing");
    assert!(matches!(fault, LineFault::Line { line: 6, .. }) && handed_over == 2);
}

#[test]
fn an_account_is_linked_once() {
    let again = GOOD.replace("tok_1", "tok_2");
    let mut links = std::collections::HashMap::new();
    let file = format!("\u{feff}{GOOD}\n\n{again}\n");
    let fault = read_accounts(file.as_bytes(), Authors::OfNetworks, |linked| {
        links.insert(linked.account, linked.link)
    })
    .unwrap_err();
    assert_eq!(fault.to_string(), "line 3: x:42 is linked twice, here and before");
}
