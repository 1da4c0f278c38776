//! What networks and the law forbid, where `x_consent` lifts it, and what the card processor does not take.

use std::path::Path;

use flashtag::config::advice::facts::Filed;
use flashtag::config::offers::parse_offers;
use flashtag::config::places::Places;
use flashtag::config::policy::forbidden;
use flashtag::config::serve::parse_serve;
use flashtag::outbox::provider::stripe::stripe_amount;

const SHOP: &str = "[shop]\nname = \"Potshop\"\n";

const ON_X: &str = "accounts = { x = \"9001\" }\n";
const ON_BLUESKY: &str = "accounts = { bluesky = \"did:plc:shop\" }\n";

const SALE: &str = "[[offer]]\nid = \"pot\"\nkind = \"purchase\"\ntitle = \"Pot\"\nprice = \"10.00 USD\"\nunits = 50\n\
     tags = { buy = \"BuyPot\", confirm = \"ConfirmPot\", cancel = \"CancelPot\" }\n\
     opens = \"2026-03-02T12:00:00Z\"\ncloses = \"2026-03-02T18:00:00Z\"\n";

const CREDIT: &str = "[[offer]]\nid = \"small\"\nkind = \"credit\"\ntags = { enroll = \"ShopSmall\" }\ncredit = \"5.00 USD\"\n\
     min_spend = \"25.00 USD\"\nmerchants = [\"m-100\"]\nenrollments = 50\nopens = \"2026-03-02T12:00:00Z\"\n\
     closes = \"2026-03-02T18:00:00Z\"\nvalid_until = \"2026-04-02T18:00:00Z\"\n";

const DRAW: &str = "draw_window = \"5m\"\n\
     draw_seed = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n";

const TERMS: &str = "terms_url = \"https://shop.example/terms\"\n";

const CONSENT: &str = "x_consent = \"e-mail of X of 2026-02-01\"\n";

const X: &str = "[[network]]\nname = \"shop-x\"\nkind = \"x\"\naccount = \"9001\"\nclient_id = \"abc\"\n\
                 client_secret_file = \"x-secret\"\n";
const SECOND_X: &str = "[[network]]\nname = \"second-x\"\nkind = \"x\"\naccount = \"9002\"\nclient_id = \"abc\"\n\
                        client_secret_file = \"x-secret\"\n";
const UNUSED: &str = "read = \"off\"\nreply = false\n";
const BLUESKY: &str = "[[network]]\nname = \"shop-bluesky\"\nkind = \"bluesky\"\naccount = \"did:plc:shop\"\n\
                       app_password_file = \"password\"\n";

const PAID: &str =
    "offers.toml:6:1: a post on X enrolls a card for statement credits, and X forbids paying for posts";
const APPS: &str = "serve.toml:11:1: two accounts have different apps at X";
const LOT: &str = "offers.toml:13:1: it is drawn by lot in public, and names no terms";

/// A case, what is sold where, by which accounts, and the faults.
type Case<'a> = (&'a str, [&'a str; 3], [&'a str; 3], &'a [&'a str]);

#[test]
fn what_is_forbidden_is_a_fault_and_a_written_consent_lifts_what_x_forbids() {
    let other_app = SECOND_X.replace("\"abc\"", "\"other\"");
    let table: [Case<'_>; 15] = [
        ("a purchase on X", [ON_X, SALE, ""], [X, "", ""], &[]),
        ("a credit for a post on X", [ON_X, CREDIT, ""], [X, "", ""], &[PAID]),
        ("X agreed", [ON_X, CREDIT, ""], [CONSENT, X, ""], &[]),
        ("a credit elsewhere", [ON_BLUESKY, CREDIT, ""], [BLUESKY, "", ""], &[]),
        ("the shop is on X and does not enroll there", [ON_BLUESKY, CREDIT, ""], [BLUESKY, X, ""], &[]),
        (
            "posts come by HTTP, from whom the shop made a contract with",
            [ON_X, CREDIT, ""],
            ["", "", ""],
            &[],
        ),
        ("the account at X is not used", [ON_X, CREDIT, ""], [X, UNUSED, ""], &[]),
        ("two accounts of one app", [ON_X, SALE, ""], [X, SECOND_X, ""], &[]),
        ("two apps", [ON_X, SALE, ""], [X, &other_app, ""], &[APPS]),
        ("two apps, and X agreed", [ON_X, SALE, ""], [CONSENT, X, &other_app], &[]),
        ("two apps, one of them unused", [ON_X, SALE, ""], [X, &other_app, UNUSED], &[]),
        ("a draw without terms", [ON_X, SALE, DRAW], [X, "", ""], &[LOT]),
        ("no consent of X lifts the law", [ON_X, SALE, DRAW], [CONSENT, X, ""], &[LOT]),
        ("a draw with terms", [ON_X, SALE, &format!("{DRAW}{TERMS}")], [X, "", ""], &[]),
        ("a draw that no network shows", [ON_X, SALE, DRAW], ["", "", ""], &[]),
    ];
    for (case, [accounts, offer, more], serve, expected) in table {
        let (offers, serve) = (format!("{SHOP}{accounts}{offer}{more}"), serve.concat());
        let file = parse_offers(&offers, "offers.toml").unwrap_or_else(|faults| panic!("{case}: {faults}"));
        let config = parse_serve(&serve, "serve.toml", Path::new("/"), [])
            .unwrap_or_else(|faults| panic!("{case}: {faults}"));
        let found = forbidden(
            &Filed { name: "serve.toml", content: &config, places: Places::of(&serve) },
            &Filed { name: "offers.toml", content: &file, places: Places::of(&offers) },
            |amount| stripe_amount(amount).is_some(),
        );
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let fits = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
        assert!(fits, "{case}: {found:#?}");
    }
}

#[test]
fn a_consent_says_what_x_wrote_and_when() {
    for (text, good) in
        [("e-mail of X of 2026-02-01", true), ("", false), ("yes", false), ("  \\n      ", false)]
    {
        let read = parse_serve(&format!("x_consent = \"{text}\"\n"), "serve.toml", Path::new("/"), []);
        assert_eq!(read.is_ok(), good, "{text:?}");
        if let Err(faults) = read {
            assert!(faults.to_string().contains("not what X wrote, and when"), "{faults}");
        }
    }
}

/// Stripe has no statement credits, and a live shop pretends nothing.
#[test]
fn a_live_shop_with_stripe_grants_no_statement_credits() {
    let stripe = "[providers]\ncards = \"stripe\"\n";
    let live = format!("mode = \"live\"\n{stripe}");
    for (case, offer, serve, forbids) in [
        ("a credit of a live shop", CREDIT, live.as_str(), true),
        ("a credit of a test", CREDIT, stripe, false),
        ("a purchase", SALE, live.as_str(), false),
    ] {
        let offers = format!("{SHOP}{ON_BLUESKY}{offer}");
        let file = parse_offers(&offers, "offers.toml").unwrap_or_else(|faults| panic!("{case}: {faults}"));
        let config =
            parse_serve(serve, "serve.toml", Path::new("/"), []).unwrap_or_else(|faults| panic!("{faults}"));
        let found = forbidden(
            &Filed { name: "serve.toml", content: &config, places: Places::of(serve) },
            &Filed { name: "offers.toml", content: &file, places: Places::of(&offers) },
            |amount| stripe_amount(amount).is_some(),
        );
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), usize::from(forbids), "{case}: {found:?}");
        let words = "offers.toml:6:1: it grants statement credits, which Stripe does not have";
        assert!(found.iter().all(|fault| fault.starts_with(words)), "{case}: {found:?}");
    }
}

/// Each row: the price, what else the offer says, and the first total that Stripe does not take.
#[test]
fn a_shop_with_stripe_sells_for_what_stripe_takes() {
    let by_region = "tax = { \"US-NY\" = \"8.875%\", \"*\" = \"0%\" }\n";
    let table = [
        ("10.00 USD", "tax = \"8.875%\"\nlimit_per_account = 5\n", None),
        ("1500 JPY", "tax = \"10%\"\n", None),
        ("1500 ISK", "", None),
        ("1.230 KWD", "limit_per_account = 5\n", None),
        ("1.234 KWD", "", Some("an order of 1 comes to 1.234 KWD")),
        ("1.235 KWD", "limit_per_account = 2\n", Some("an order of 1 comes to 1.235 KWD")),
        ("1.230 KWD", "tax = \"5%\"\n", Some("an order of 1 comes to 1.292 KWD")),
        ("1.230 KWD", "tax = \"5%\"\nprice_includes_tax = true\n", None),
        // One region has a tax.
        ("8.000 KWD", by_region, None),
        ("4.000 KWD", by_region, Some("an order of 1 comes to 4.355 KWD")),
        ("8.000 KWD", "tax = \"1.25%\"\nlimit_per_account = 3\n", None),
        ("0.800 KWD", "tax = \"10%\"\nlimit_per_account = 3\n", None),
        ("0.080 KWD", "tax = \"12.5%\"\nlimit_per_account = 3\n", None),
        ("0.040 KWD", "tax = \"12.5%\"\nlimit_per_account = 3\n", Some("an order of 1 comes to 0.045 KWD")),
        ("10.50 MGA", "limit_per_account = 2\n", Some("an order of 1 comes to 10.50 MGA")),
    ];
    for (price, more, expected) in table {
        let offers = format!("{SHOP}{ON_BLUESKY}{}{more}", SALE.replace("10.00 USD", price));
        let file = parse_offers(&offers, "offers.toml").unwrap_or_else(|faults| panic!("{price}: {faults}"));
        for (cards, refuses) in [("stripe", expected.is_some()), ("sandbox", false)] {
            let serve = format!("[providers]\ncards = \"{cards}\"\n");
            let config = parse_serve(&serve, "serve.toml", Path::new("/"), [])
                .unwrap_or_else(|faults| panic!("{faults}"));
            let found = forbidden(
                &Filed { name: "serve.toml", content: &config, places: Places::of(&serve) },
                &Filed { name: "offers.toml", content: &file, places: Places::of(&offers) },
                |amount| stripe_amount(amount).is_some(),
            );
            assert_eq!(found.len(), usize::from(refuses), "{price} {more} {found:?}");
            for fault in &found {
                let begin = format!("offers.toml:8:1: {} with tax", expected.unwrap_or_default());
                assert!(fault.to_string().starts_with(&begin), "{price} {more} {fault}");
            }
        }
    }
}
