//! Reminders in `sell`: an offer that has them writes one to who has not confirmed, an offer without them none.

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, Sale, text};

/// Ana confirms after 5 minutes, bob never: the accounts, the times and the outcomes' words of the e-mails.
fn emails(option: &str) -> Vec<(String, String, bool)> {
    let offers = OFFERS.replace("units = 1\n", "units = 2\n") + option;
    let post = |id: u32, author: u32, time: &str, words: &str| {
        let posted_at = format!("2013-02-13T{time}Z");
        json!({"network": "x", "id": id.to_string(), "author": {"id": author.to_string()},
            "posted_at": posted_at, "text": words})
        .to_string()
            + "\n"
    };
    let posts = post(1, 42, "12:00:00", "#BuyKindle")
        + &post(2, 43, "12:01:00", "#BuyKindle")
        + &post(3, 42, "12:05:00", "#ConfirmKindle");
    let sale = Sale::new(&offers, ACCOUNTS.to_owned() + &ACCOUNTS.replace("\"42\"", "\"43\""), &posts);
    sale.sell_with(&[]).must(0, &[]);
    sale.verify(&["--strict"]).must(0, &[]);
    let first = sale.read("out/effects.ndjson");
    sale.sell_with(&[]).must(0, &[]);
    assert_eq!(sale.read("out/effects.ndjson"), first, "the same input gives the same bytes");
    let emails = sale.lines("out/effects.ndjson").into_iter().filter(|line| line["kind"] == "email");
    let told = |line: &Value| {
        let is_reminder = text(line, "text").contains("have not confirmed yet");
        (text(line, "account").to_owned(), text(line, "at").to_owned(), is_reminder)
    };
    emails.map(|line| told(&line)).collect()
}

#[test]
fn one_reminder_leaves_a_third_of_the_window_before_the_deadline() {
    let sold = ("x:42".to_owned(), "2013-02-13T12:05:00.000Z".to_owned(), false);
    assert_eq!(emails(""), std::slice::from_ref(&sold), "the order of ana");
    // The window is 15 minutes long, and the sandbox delivers the prompt at once.
    let reminder = ("x:43".to_owned(), "2013-02-13T12:11:00.000Z".to_owned(), true);
    assert_eq!(emails("reminder = true\n"), [sold, reminder]);
}
