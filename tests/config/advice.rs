//! What `check` advises, as tables: `advice/*.txt`. Each table begins with its rule, `# ...`, and has these lines:
//!
//! ```text
//! now 2026-03-01T00:00:00Z                 the moment; else a month before the sale
//! shop time_zone = "America/New_York"      a line of [shop], or one that replaces the line of its key
//! offer units = 1000                       a line of the offer, or one that replaces the line of its key
//! toml [[offer]]                           a line of the offer file, unchanged
//! serve email = "smtp://mail.example"      a line of the service's configuration, unchanged
//! accounts 3 x visa credit US-NY           that many linked accounts: network, brand, funding, region
//! > offers.toml:12 pot closes: it is over  a finding: its place, its offer, and the beginning of what it says
//! ```
//!
//! A table without a finding is one of a sale that the adviser has nothing to say of. Every finding of a table is
//! listed.

use std::path::Path;

use flashtag::config::advice::account_summary::AccountSummary;
use flashtag::config::advice::advise;
use flashtag::config::advice::facts::{Facts, Filed};
use flashtag::config::advice::finding::{Finding, Severity};
use flashtag::config::offers::parse_offers;
use flashtag::config::places::Places;
use flashtag::config::serve::parse_serve;
use flashtag::domain::id::Account;
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::domain::time::Timestamp;

const TABLES: [(&str, &str); 5] = [
    ("times.txt", include_str!("advice/times.txt")),
    ("stock.txt", include_str!("advice/stock.txt")),
    ("tags.txt", include_str!("advice/tags.txt")),
    ("networks.txt", include_str!("advice/networks.txt")),
    ("files.txt", include_str!("advice/files.txt")),
];

const SHOP: [&str; 3] = ["name = \"Potshop\"", "accounts = { x = \"9001\" }", "time_zone = \"UTC\""];

const OFFER: [&str; 8] = [
    "id = \"pot\"",
    "kind = \"purchase\"",
    "title = \"Pot\"",
    "tags = { buy = \"BuyPot\", confirm = \"ConfirmPot\", cancel = \"CancelPot\" }",
    "price = \"10.00 USD\"",
    "units = 50",
    "opens = \"2026-03-02T12:00:00Z\"",
    "closes = \"2026-03-02T18:00:00Z\"",
];

/// The files of one table.
struct Table {
    now: Timestamp,
    shop: Vec<String>,
    offer: Vec<String>,
    more: String,
    serve: Option<String>,
    accounts: Option<AccountSummary>,
    expected: Vec<String>,
}

impl Table {
    fn read(lines: &[&str]) -> Self {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let mut table = Self {
            now: "2026-02-01T00:00:00Z".parse().unwrap(),
            shop: owned(&SHOP),
            offer: owned(&OFFER),
            more: String::new(),
            serve: None,
            accounts: None,
            expected: Vec::new(),
        };
        for line in lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "now" => table.now = rest.parse().unwrap(),
                "shop" => replace(&mut table.shop, rest),
                "offer" => replace(&mut table.offer, rest),
                "toml" => table.more.push_str(&format!("{rest}\n")),
                "serve" => table.serve.get_or_insert_default().push_str(&format!("{rest}\n")),
                "accounts" => link(table.accounts.get_or_insert_default(), rest),
                ">" => table.expected.push(rest.to_owned()),
                _ => panic!("no line of a table: {line}"),
            }
        }
        table
    }

    fn findings(&self) -> Vec<Finding> {
        let text =
            format!("[shop]\n{}\n[[offer]]\n{}\n{}", self.shop.join("\n"), self.offer.join("\n"), self.more);
        let file = parse_offers(&text, "offers.toml").unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        let serve = self.serve.as_deref().map(|text| {
            let config = parse_serve(text, "serve.toml", Path::new("/"), []);
            (text, config.unwrap_or_else(|faults| panic!("{faults}\n{text}")))
        });
        advise(&Facts {
            now: self.now,
            offers: Filed { name: "offers.toml", content: &file, places: Places::of(&text) },
            serve: serve.as_ref().map(|(text, content)| Filed {
                name: "serve.toml",
                content,
                places: Places::of(text),
            }),
            accounts: self.accounts.as_ref().map(|content| Filed {
                name: "accounts.ndjson",
                content,
                places: Places::default(),
            }),
        })
    }
}

/// Replaces the line of the same key, or adds the line; a key alone removes its line.
fn replace(lines: &mut Vec<String>, line: &str) {
    let key = line.split(" =").next().unwrap().to_owned();
    let same = lines.iter().position(|known| known.starts_with(&format!("{key} =")));
    match (same, line.contains('=')) {
        (Some(at), true) => lines[at] = line.to_owned(),
        (Some(at), false) => drop(lines.remove(at)),
        (None, _) => lines.push(line.to_owned()),
    }
}

/// Links accounts: `3 x visa credit US-NY`, or `none`.
fn link(accounts: &mut AccountSummary, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [count, network, brand, funding, region] = words[..] else {
        assert_eq!(line, "none");
        return;
    };
    let funding =
        Funding::ALL.into_iter().find(|each| format!("{each:?}").eq_ignore_ascii_case(funding)).unwrap();
    let count: usize = count.parse().unwrap();
    for number in 0..count {
        let author = match network {
            "x" => format!("x:{}", 1000 + number),
            "bluesky" => format!("bluesky:did:plc:{number}"),
            _ => format!("mastodon:https://shop.example/users/{number}"),
        };
        let account: Account = author.parse().unwrap();
        let card = Card { token: "tok_1".into(), brand: brand.into(), funding, last4: "4242".into() };
        accounts.add(&LinkedAccount { account, link: Link::new(&card, "ana@example.com", region) });
    }
}

/// A finding, as a table has it: its place, its offer, and what it says.
fn shown(finding: &Finding) -> String {
    let Finding { file, line, offer, what, .. } = finding;
    let line = if *line > 0 { format!(":{line}") } else { String::new() };
    let offer = offer.as_ref().map(|offer| format!(" {offer}")).unwrap_or_default();
    format!("{file}{line}{offer}: {what}")
}

#[test]
fn the_adviser_says_what_each_table_lists_and_nothing_else() {
    let mut tables = 0;
    let mut differences = String::new();
    for (file, text) in TABLES {
        for story in text.split("\n\n").map(str::trim).filter(|story| !story.is_empty()) {
            let lines: Vec<&str> = story.lines().collect();
            let (rule, lines) = lines.split_first().unwrap();
            assert!(rule.starts_with("# "), "{file}: a table begins with its rule: {rule}");
            let table = Table::read(lines);
            let findings = table.findings();
            for finding in &findings {
                assert_eq!(finding.severity, Severity::Warning, "{finding}");
                assert!(finding.advice.as_ref().is_some_and(|advice| !advice.is_empty()), "{finding}");
            }
            let found: Vec<String> = findings.iter().map(shown).collect();
            let fits = found.len() == table.expected.len()
                && found
                    .iter()
                    .zip(&table.expected)
                    .all(|(found, expected)| found.starts_with(expected.as_str()));
            if !fits {
                differences.push_str(&format!("{file}: {rule}\n> {}\n", found.join("\n> ")));
            }
            tables += 1;
        }
    }
    assert!(differences.is_empty(), "the adviser said:\n{differences}");
    assert!(tables > 40, "{tables} tables");
}
