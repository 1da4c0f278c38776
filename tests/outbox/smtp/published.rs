//! What a domain publishes of its mail: what is missing, and what to publish.

use std::collections::BTreeMap;

use flashtag::networks::NoteKind;
use flashtag::outbox::provider::smtp::published::SenderDomain;

/// A name and its text.
type Text = (&'static str, &'static str);

const SPF: Text = ("shop.com", "v=spf1 include:_spf.relay.net ~all");
const DKIM: Text = ("s1._domainkey.shop.com", "v=DKIM1; k=rsa; p=MIGfMA0");
const DMARC: Text = ("_dmarc.shop.com", "v=DMARC1; p=reject; rua=mailto:a@shop.com");

/// Judges a domain with these texts. Returns a line for each finding.
fn judged(domain: SenderDomain<'_>, texts: &[(&str, &str)]) -> Vec<String> {
    let mut published = BTreeMap::<&str, Vec<String>>::new();
    for (name, text) in texts {
        published.entry(name).or_default().push((*text).to_owned());
    }
    let look_up = |name: &str| Ok(published.get(name).cloned().unwrap_or_default());
    domain.judge(&look_up).iter().map(ToString::to_string).collect()
}

fn without(left_out: Text) -> Vec<Text> {
    [SPF, DKIM, DMARC].into_iter().filter(|text| *text != left_out).collect()
}

fn with(replaced: Text, text: &'static str) -> Vec<Text> {
    without(replaced).into_iter().chain([(replaced.0, text)]).collect()
}

const LIVE: SenderDomain<'static> = SenderDomain { name: "shop.com", selector: Some("s1"), is_live: true };

#[test]
fn a_domain_that_says_everything_lacks_nothing() {
    let found = judged(LIVE, &[SPF, DKIM, DMARC, ("shop.com", "google-site-verification=1")]);
    assert!(found.iter().all(|line| line.starts_with("good: ")) && found.len() == 3, "{found:?}");
}

#[test]
fn what_is_missing_is_told_with_what_to_publish() {
    let table: Vec<(Vec<Text>, &str)> = vec![
        (
            without(SPF),
            "MISSING: SPF: shop.com does not say who sends its mail; publish the TXT record \"v=spf1 include",
        ),
        (with(SPF, "v=spf10 -all"), "MISSING: SPF: shop.com does not say"),
        ([SPF, DKIM, DMARC, ("shop.com", "v=spf1 -all")].to_vec(), "MISSING: SPF: shop.com has two records"),
        (with(SPF, "v=spf1 a +all"), "MISSING: SPF: \"v=spf1 a +all\" lets anybody send"),
        (with(SPF, "v=spf1 a ?all"), "lets anybody send"),
        (with(SPF, "v=spf1 a"), "MISSING: SPF: \"v=spf1 a\" of shop.com forbids nobody"),
        (with(SPF, "v=spf1 redirect=_spf.relay.net"), "good: SPF"),
        (without(DKIM), "MISSING: DKIM: s1._domainkey.shop.com has no key"),
        (with(DKIM, "v=DKIM1; p="), "MISSING: DKIM: the key of s1._domainkey.shop.com is revoked"),
        (without(DMARC), "MISSING: DMARC: shop.com does not say what becomes of forged letters"),
        (without(DMARC), "\"v=DMARC1; p=none; rua=mailto:postmaster@shop.com\" at _dmarc.shop.com"),
        (with(DMARC, "v=DMARC1; p=none"), "note: DMARC: _dmarc.shop.com lets forged letters pass"),
    ];
    for (texts, expected) in table {
        let found = judged(LIVE, &texts);
        assert!(found.iter().any(|line| line.contains(expected)), "no {expected:?} in {found:#?}");
        let others = found.iter().filter(|line| !line.starts_with("good: ")).count();
        assert!(others <= 1, "{found:#?}");
    }
}

#[test]
fn the_policy_of_a_domain_above_counts() {
    let below = SenderDomain { name: "mail.shop.com", ..LIVE };
    let found = judged(below, &[DMARC]);
    assert!(found.iter().any(|line| line.starts_with("good: DMARC: _dmarc.shop.com")), "{found:?}");
    // No domain of a registry speaks for its customers.
    let found = judged(below, &[("_dmarc.com", "v=DMARC1; p=reject")]);
    assert!(found.iter().any(|line| line.starts_with("MISSING: DMARC")), "{found:?}");
}

#[test]
fn a_test_is_told_and_not_stopped() {
    let test = SenderDomain { is_live: false, ..LIVE };
    let found = judged(test, &[]);
    assert!(found.iter().all(|line| line.starts_with("note: ")) && found.len() == 3, "{found:?}");
    let found = judged(SenderDomain { selector: None, ..LIVE }, &[SPF, DMARC]);
    assert!(found.iter().any(|line| line.starts_with("note: DKIM: it can be looked up once")), "{found:?}");
}

#[test]
fn what_nobody_can_tell_is_no_fault() {
    let fails = |_: &str| Err("no resolver answered: timed out".to_owned());
    let found = LIVE.judge(&fails);
    assert!(found.iter().all(|note| note.kind == NoteKind::Advice) && found.len() == 3, "{found:?}");
    let panics = |name: &str| panic!("{name} was looked up");
    for name in ["shop.example", "shop.test", "flashtag.invalid"] {
        assert_eq!(SenderDomain { name, ..LIVE }.judge(&panics).len(), 1);
    }
}
