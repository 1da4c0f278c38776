//! The address for letters: given on `/me`, proven by a letter, changed, forgotten; and every attack on it.

use std::collections::BTreeMap;
use std::path::Path;

use flashtag::clock::Clock;

use super::browser::{Browser, hidden};
use super::client::{Reply, exchange, request};
use super::linking::{assert_page, counted, link_with, sign_in};
use super::served::{SMALL, Served, post};
use crate::crash::assert_verified;
use crate::crash::server::poll;

/// The letters of a Maildir to one address, each as its text.
pub(crate) fn letters_to(data: &Path, address: &str) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(data.join("mail/new")) else { return Vec::new() };
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let own = format!("\r\nTo: {address}\r\n");
    texts.filter(|text| format!("\r\n{text}").contains(&own)).collect()
}

/// The path of the page that the letters to an address lead to, once there are that many of them.
fn pages_of(data: &Path, address: &str, count: usize) -> Vec<String> {
    let letters = poll(|| letters_to(data, address), |letters| letters.len() >= count);
    assert_eq!(letters.len(), count, "{letters:?}");
    letters.iter().map(|letter| page_of(letter)).collect()
}

pub(crate) fn page_of(letter: &str) -> String {
    // Long lines of a letter are broken by a sign that is no part of it.
    let whole = letter.replace("=\r\n", "");
    let (_, rest) = whole.split_once("/link/mail/").unwrap_or_else(|| panic!("no link in {whole}"));
    format!("/link/mail/{}", rest.split(|ch: char| ch.is_whitespace() || "\"<".contains(ch)).next().unwrap())
}

/// Links an account, and gives that address for its letters. Returns the page of the account.
fn linked_with(browser: &mut Browser, author: &str, address: &str) -> Reply {
    link_with(browser, "x", author, &[("letters", "yes")]);
    let me = browser.open("/me");
    browser.submit(&me, "/me/address", &[("address", address)])
}

fn held(served: &Served, author: &str) -> (String, bool) {
    let held = served.get(&format!("/v1/accounts/x/{author}/personal-data")).json();
    (held["email"].as_str().unwrap_or_default().to_owned(), held["email_verified"].as_bool().unwrap())
}

/// How many letters were not sent, because their accounts have no proven address.
fn unaddressed(served: &Served) -> String {
    let metrics = served.get("/metrics").body;
    let start = "flashtag_replies_dropped_total{why=\"unaddressed\"} ";
    metrics.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default().to_owned()
}

/// An offer of which an account buys several, one after the other.
const PAN: &str = r#"
[[offer]]
id = "pan"
kind = "purchase"
title = "Pan"
tags = { buy = "BuyPan" }
price = "10.00 USD"
units = 1000
limit_per_account = 10
opens = "2020-01-01T00:00:00Z"
closes = "2090-01-01T00:00:00Z"
confirm_within = "0s"
"#;

#[test]
fn letters_go_to_an_address_once_its_owner_pressed_the_button_of_the_first_one() {
    let mut served = Served::selling(PAN);
    let mut ana = Browser::new(served.address);
    let done = link_with(&mut ana, "x", "77", &[("letters", "yes")]);
    assert!(done.body.contains("Your e-mail address"), "who wants letters is asked where to: {done:?}");
    let me = ana.submit(&done, "/me/address", &[("address", " ana@example.com ")]);
    assert_page(&me, 200, "Your account");
    assert!(me.body.contains("We asked ana@example.com"), "{me:?}");
    assert_eq!(held(&served, "77"), ("ana@example.com".to_owned(), false));

    // Until it is proven, the address gets that one letter. Buying works, and what is sold is told by reply.
    let bought = served.post(post("1", 77, "#BuyPan"));
    assert_eq!(bought.lines()[0]["outcome"], "confirmed");
    poll(|| unaddressed(&served), |count| count == "1");
    let page = pages_of(&served.data(), "ana@example.com", 1).remove(0);

    // The letter is read on another device, where nobody is signed in. What looks at mail first changes nothing.
    let mut phone = Browser::new(served.address);
    for _ in 0..3 {
        let shown = phone.get(&page);
        assert_page(&shown, 200, "Is this your address?");
        assert!(!held(&served, "77").1);
    }
    let proven = phone.post(&page, &[]);
    assert_page(&proven, 200, "Letters come to this address");
    assert_eq!(held(&served, "77"), ("ana@example.com".to_owned(), true));
    let me = ana.open("/me");
    assert!(me.body.contains("Letters about your orders go to ana@example.com"), "{me:?}");
    assert_eq!(counted(&served, "address_proven"), 1);

    // From now on results come by letter, before a restart and after it.
    for (number, count) in [(2, 2), (3, 3)] {
        assert_eq!(served.post(post(&number.to_string(), 77, "#BuyPan")).lines()[0]["outcome"], "confirmed");
        let data = served.data();
        let letters = || letters_to(&data, "ana@example.com").len();
        poll(letters, |letters| *letters == count);
        served.restart();
    }
    // The owner takes it back: no more letters.
    let mut ana = ana.moved(served.address);
    let me = ana.open("/me");
    let me = ana.submit(&me, "/me/no-letters", &[]);
    assert!(me.body.contains("You get no letters"), "{me:?}");
    assert_eq!(held(&served, "77"), (String::new(), false));
    served.stop();
    assert_verified(&served.data(), false);
    assert_eq!(letters_to(&served.data(), "ana@example.com").len(), 3);
}

/// Each row: who shows which ticket, how, and what the page says. None of them proves Ana's address.
#[test]
fn nothing_but_the_button_of_the_newest_addresss_own_letter_proves_it() {
    let served = Served::open();
    let (mut ana, mut eve) = (Browser::new(served.address), Browser::new(served.address));
    linked_with(&mut ana, "77", "old@example.com");
    let old = pages_of(&served.data(), "old@example.com", 1).remove(0);
    let me = ana.open("/me");
    ana.submit(&me, "/me/address", &[("address", "ana@example.com")]);
    let own = pages_of(&served.data(), "ana@example.com", 1).remove(0);
    linked_with(&mut eve, "66", "eve@example.com");
    let eves = pages_of(&served.data(), "eve@example.com", 1).remove(0);
    let stranger = Browser::new(served.address);
    let never = format!("/link/mail/{}", "A".repeat(43));
    let with = |header: &str| {
        let mut browser = stranger.clone();
        browser.headers = vec![header.to_owned()];
        browser
    };
    let over = "This link is not valid any more";
    let foreign = "Press the button on our own page";
    let table: [(&str, Browser, &str, u16, &str); 8] = [
        ("the letter to the address before", stranger.clone(), &old, 410, over),
        ("a ticket that never was", stranger.clone(), &never, 410, over),
        ("no ticket", stranger.clone(), "/link/mail/x", 410, over),
        ("a ticket cut short", stranger.clone(), &own[..own.len() - 1], 410, over),
        ("a page of another site", with("Origin: https://evil.example"), &own, 403, foreign),
        ("a nameless page of another site", with("Sec-Fetch-Site: cross-site"), &own, 403, foreign),
        ("Eve's own ticket", eve.clone(), &eves, 200, "Letters come to this address"),
        ("Eve's ticket in Ana's browser", ana.clone(), &eves, 200, "Letters come to this address"),
    ];
    for (what, mut browser, page, status, heading) in table {
        assert_page(&browser.post(page, &[]), status, heading);
        assert_eq!(held(&served, "77"), ("ana@example.com".to_owned(), false), "{what}");
    }
    assert!(held(&served, "66").1);
    // The positive control, and the same ticket once more after the address was taken back and given again.
    assert_page(&ana.post(&own, &[]), 200, "Letters come to this address");
    assert_page(&ana.post(&own, &[]), 200, "Letters come to this address");
    let me = ana.open("/me");
    let me = ana.submit(&me, "/me/no-letters", &[]);
    ana.submit(&me, "/me/address", &[("letters", "yes"), ("address", "ana@example.com")]);
    assert_page(&ana.post(&own, &[]), 410, over);
    assert_eq!(held(&served, "77"), ("ana@example.com".to_owned(), false));
}

/// Each row: what is wrong with the form, and the answer. None of them changes the address.
#[test]
fn an_address_is_taken_from_its_owner_alone_and_only_one_that_is_one() {
    let served = Served::open();
    let (mut ana, mut eve) = (Browser::new(served.address), Browser::new(served.address));
    let me = linked_with(&mut ana, "77", "ana@example.com");
    let token = hidden(&me, "/me/address")[0].1.clone();
    linked_with(&mut eve, "66", "eve@example.com");
    let eves = hidden(&eve.open("/me"), "/me/address")[0].1.clone();
    let foreign = "Press the button on our own page";
    let new = "new@example.com";
    /// What is tried, with which headers, token and address, and what comes of it.
    type Attack<'a> = (&'a str, &'a [&'a str], &'a str, &'a str, u16, &'a str);
    let table: [Attack<'_>; 12] = [
        ("another site", &["Origin: https://evil.example"], &token, new, 403, foreign),
        ("another site, nameless", &["Sec-Fetch-Site: cross-site"], &token, new, 403, foreign),
        ("no token", &[], "", new, 403, "Open the page again"),
        ("another browser's token", &[], &eves, new, 403, "Open the page again"),
        ("a second line", &[], &token, "new@example.com\r\nBcc: vic@example.com", 422, NO_ADDRESS),
        ("a second address", &[], &token, "new@example.com,vic@example.com", 422, NO_ADDRESS),
        ("a second address, quoted", &[], &token, "\"new@example.com,vic\"@example.com", 422, NO_ADDRESS),
        ("a name before it", &[], &token, "New <new@example.com>", 422, NO_ADDRESS),
        ("a command behind it", &[], &token, "new@example.com> RCPT TO:<vic@example.com", 422, NO_ADDRESS),
        ("a number for a host", &[], &token, "new@[127.0.0.1]", 422, NO_ADDRESS),
        ("no address", &[], &token, "new", 422, NO_ADDRESS),
        ("nothing", &[], &token, "", 422, NO_ADDRESS),
    ];
    for (what, headers, token, address, status, heading) in table {
        let mut browser = ana.clone();
        browser.headers = headers.iter().map(|header| (*header).to_owned()).collect();
        for action in ["address", "letter", "no-letters"] {
            if status == 422 && action != "address" {
                continue;
            }
            let page = browser.post(&format!("/me/{action}"), &[("token", token), ("address", address)]);
            assert_page(&page, status, heading);
            assert_eq!(held(&served, "77"), ("ana@example.com".to_owned(), false), "{what}");
        }
    }
    // Who did not agree to letters gives no address.
    let mut bea = Browser::new(served.address);
    link_with(&mut bea, "x", "55", &[]);
    let me = bea.open("/me");
    assert_page(&bea.press(&me, "/me/address", &[("address", "bea@example.com")]), 422, "The box is needed");
    // Nobody who is not signed in does, and a letter is not asked for twice by opening a page.
    let mut stranger = Browser::new(served.address);
    assert_page(&stranger.post("/me/address", &[("address", "vic@example.com")]), 403, "Sign in first");
    assert_eq!(stranger.get("/me/address").status, 405);
    assert!(letters_to(&served.data(), "vic@example.com").is_empty());
}

const NO_ADDRESS: &str = "This is no e-mail address";

#[test]
fn nobody_gets_more_than_three_of_these_letters_a_day() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    let me = linked_with(&mut ana, "77", "vic@example.com");
    let me = ana.submit(&me, "/me/letter", &[]);
    let me = ana.submit(&me, "/me/letter", &[]);
    assert_page(&ana.press(&me, "/me/letter", &[]), 429, "Enough letters for today");
    let other = [("address", "other@example.com")];
    assert_page(&ana.press(&me, "/me/address", &other), 429, "Enough letters for today");
    assert_eq!(held(&served, "77").0, "vic@example.com", "nothing has changed");
    pages_of(&served.data(), "vic@example.com", 3);
    // Neither another account, nor a restart, nor an erasure brings more.
    served.restart();
    let mut eve = Browser::new(served.address);
    link_with(&mut eve, "x", "66", &[("letters", "yes")]);
    let me = eve.open("/me");
    let victim = [("address", "Vic@Example.com")];
    assert_page(&eve.press(&me, "/me/address", &victim), 429, "Enough letters for today");
    let mut ana = ana.moved(served.address);
    let me = ana.open("/me");
    ana.press(&me, "/me/erase", &[("sure", "yes")]);
    link_with(&mut ana, "x", "77", &[("letters", "yes")]);
    let me = ana.open("/me");
    assert_page(&ana.press(&me, "/me/address", &other), 429, "Enough letters for today");
    assert_eq!(counted(&served, "too_many_letters"), 2, "since the restart");
    assert_eq!(letters_to(&served.data(), "vic@example.com").len(), 3);
    assert!(letters_to(&served.data(), "other@example.com").is_empty());
}

#[test]
fn an_address_that_gets_no_letters_gets_none_and_nobody_is_told_why() {
    let served = Served::open();
    let body = r#"{"address":"ana@example.com","reason":"complained"}"#;
    assert_eq!(served.change("/v1/suppressions", "one", body).status, 200);
    let pages: BTreeMap<&str, String> = [("77", "ana@example.com"), ("66", "eve@example.com")]
        .map(|(author, address)| {
            let me = linked_with(&mut Browser::new(served.address), author, address);
            assert_page(&me, 200, "Your account");
            (author, me.body.replace(address, "(address)"))
        })
        .into();
    let told =
        |body: &str| body.split("<h2>Letters</h2>").nth(1).unwrap().split("<form").next().unwrap().to_owned();
    assert_eq!(told(&pages["77"]), told(&pages["66"]));
    pages_of(&served.data(), "eve@example.com", 1);
    assert!(letters_to(&served.data(), "ana@example.com").is_empty());
}

#[test]
fn another_address_begins_anew_and_the_one_before_is_told() {
    let served = Served::selling(PAN);
    let mut ana = Browser::new(served.address);
    linked_with(&mut ana, "77", "old@example.com");
    let old = pages_of(&served.data(), "old@example.com", 1).remove(0);
    ana.post(&old, &[]);
    let me = ana.open("/me");
    ana.submit(&me, "/me/address", &[("address", "new@example.com")]);
    assert_eq!(held(&served, "77"), ("new@example.com".to_owned(), false));
    let new = pages_of(&served.data(), "new@example.com", 1).remove(0);
    let data = served.data();
    let told = poll(|| letters_to(&data, "old@example.com"), |letters| letters.len() == 2);
    let last = told.iter().find(|letter| !letter.contains("/link/mail/")).expect("a letter without a link");
    assert!(last.contains("go to another address now") && !last.contains("new@example.com"), "{last}");
    // What is sold meanwhile brings a letter to neither.
    assert_eq!(served.post(post("1", 77, "#BuyPan")).lines()[0]["outcome"], "confirmed");
    poll(|| unaddressed(&served), |count| count == "1");
    assert_page(&ana.post(&old, &[]), 410, "This link is not valid any more");
    assert_page(&ana.post(&new, &[]), 200, "Letters come to this address");
    assert_eq!(held(&served, "77"), ("new@example.com".to_owned(), true));
    let counts = || [letters_to(&data, "old@example.com").len(), letters_to(&data, "new@example.com").len()];
    assert_eq!(served.post(post("2", 77, "#BuyPan")).lines()[0]["outcome"], "confirmed");
    poll(counts, |counts| *counts == [2, 2]);
}

#[test]
fn a_link_leads_to_the_shops_own_address_whatever_name_was_asked_for() {
    let served = Served::open();
    // An account of the accounts file, whose address the shop vouches for.
    let mut ana = Browser::at(served.address, "shop.example");
    let me = sign_in(&mut ana, "x", "1");
    assert!(me.body.contains("Letters about your orders go to a1@example.com"), "{me:?}");
    ana.submit(&me, "/me/address", &[("letters", "yes"), ("address", "ana@example.com")]);
    let letters = poll(|| letters_to(&served.data(), "ana@example.com"), |letters| letters.len() == 1);
    let whole = letters[0].replace("=\r\n", "");
    assert!(whole.contains("https://shop.example/link/mail/"), "{whole}");
    poll(|| letters_to(&served.data(), "a1@example.com"), |told| told.len() == 1);
    // A name that is not the shop's gets no cookie, and so gives no address.
    Browser::at(served.address, "evil.example").get("/link").assert_problem(421, "foreign_host");
}

#[test]
fn the_sandboxes_person_of_an_unlinked_account_gives_no_address() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    let consent = sign_in(&mut ana, "x", "77");
    let token = hidden(&consent, "/link/card")[0].1.clone();
    let fields = [("token", token.as_str()), ("letters", "yes"), ("address", "ana@example.com")];
    let page = ana.post("/me/address", &fields);
    assert_eq!((page.status, page.header("location")), (303, Some("/link/consent")));
    served.get("/v1/accounts/x/77/personal-data").assert_problem(404, "not_found");
}

/// The value of a header of a letter, unfolded.
fn header(letter: &str, name: &str) -> Option<String> {
    let head = letter.split("\r\n\r\n").next().unwrap();
    let unfolded = head.replace("\r\n ", " ");
    let start = format!("{name}: ");
    unfolded.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
}

/// Letters that no order needs are stopped by one request of a mail program: without a cookie, a page or a second question.
#[test]
fn one_click_stops_letters_that_no_order_needs_and_no_others() {
    let mut served = Served::selling(&format!("{SMALL}{PAN}"));
    let data = served.data();
    let letters = |author: u32| letters_to(&data, &format!("a{author}@example.com"));
    let used = |id: &str, more: &str| {
        let at = Clock::start().now();
        format!(r#"{{"id":"{id}","card":"tok_1","merchant":"m-1","amount":"30.00 USD","at":"{at}",{more}}}"#)
    };
    let purchase = r#""kind":"purchase""#;
    served.post([post("1", 1, "#LoadSmall"), post("2", 1, "#BuyPan")].join("\n"));
    assert_eq!(served.feed(used("t-1", purchase)).lines()[0]["outcome"], "credited");
    let both = poll(|| letters(1), |letters| letters.len() == 2);
    let (orders, credits): (Vec<_>, Vec<_>) =
        both.iter().partition(|letter| letter.contains("Your order of Pan"));
    assert_eq!(header(orders[0], "List-Unsubscribe-Post"), None, "who orders has to hear of it");
    assert_eq!(header(orders[0], "List-Unsubscribe"), None);
    assert_eq!(header(credits[0], "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let way = header(credits[0], "List-Unsubscribe").unwrap();
    let page = way.strip_prefix("<https://shop.example").and_then(|way| way.strip_suffix('>')).unwrap();

    // Opening the address stops nothing, and neither does one that was changed.
    let mut reader = Browser::at(served.address, "shop.example");
    assert_page(&reader.get(page), 200, "No more of these letters?");
    let changed = page.replace("/stop/A", "/stop/B");
    assert_ne!(changed, page);
    for forged in [changed.as_str(), "/link/stop/AAAA", &page[..page.len() - 4]] {
        assert_page(&reader.post(forged, &[]), 404, "There is nothing here");
    }
    let stopped = |served: &Served| {
        // As mail programs send it: no cookie, no origin, this body.
        let body = b"List-Unsubscribe=One-Click";
        let form = "Content-Type: application/x-www-form-urlencoded";
        let reply = exchange(served.address, &request("POST", page, &[form], body));
        assert_page(&reply, 200, "These letters are stopped");
    };
    stopped(&served);
    stopped(&served);
    served.restart();
    stopped(&served);
    // What the card earns brings no letter any more; the order does.
    served.feed(used("t-2", purchase));
    served.post(post("3", 1, "#BuyPan"));
    poll(|| letters(1), |letters| letters.len() == 3);
    let bounced = || {
        let metrics = served.get("/metrics").body;
        metrics.lines().find_map(|line| line.strip_prefix("flashtag_mail_bounced_total ").map(str::to_owned))
    };
    poll(bounced, |count| count.as_deref() == Some("1"));
    // Its owner takes it back.
    let mut ana = Browser::new(served.address);
    let me = sign_in(&mut ana, "x", "1");
    assert!(me.body.contains("You stopped the letters"), "{me:?}");
    let me = ana.submit(&me, "/me/all-letters", &[]);
    assert!(!me.body.contains("You stopped the letters"), "{me:?}");
    served.feed(used("r-1", r#""kind":"refund","refund_of":"t-1""#));
    poll(|| letters(1), |letters| letters.len() == 4);
}
