//! An account that opted out with STOP gets no reply, but every letter about its order.

use super::serve::{CONFIG, Running, post_by, shop_with};
use super::{ACCOUNTS, OFFERS, Sale, flashtag, listing, ndjson, text};
use crate::crash::poll;

/// Recipient and subject of the letters in the Maildir.
fn letters(sale: &Sale) -> Vec<String> {
    let head = |letter: &str, name: &str| {
        let line = letter.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(ToOwned::to_owned).unwrap_or_default()
    };
    let letters = listing(&sale.path("data/mail/new"));
    let letters = letters.iter().map(|name| sale.read(&format!("data/mail/new/{name}")));
    let mut heads: Vec<_> =
        letters.map(|letter| format!("{}: {}", head(&letter, "To"), head(&letter, "Subject"))).collect();
    heads.sort();
    heads
}

#[test]
fn an_opted_out_account_gets_letters_and_others_get_replies() {
    let sale = shop_with(CONFIG);
    sale.write("offers.toml", sale.read("offers.toml").replace("units = 1", "units = 2"));
    let bobs = ACCOUNTS.replace("42", "43").replace("ana", "bob");
    sale.write("accounts.ndjson", format!("{ACCOUNTS}{bobs}"));
    let engine = Running::start(&sale);
    let posts = [
        (42, 1, "@AmexSync STOP", "opted_out"),
        (42, 2, "#BuyKindle", "reserved"),
        (42, 6, "#BuyKindle", "already_reserved"),
        (43, 3, "#BuyKindle", "reserved"),
        (42, 4, "#ConfirmKindle", "confirmed"),
        (43, 5, "#ConfirmKindle", "confirmed"),
    ];
    for (author, id, words, outcome) in posts {
        if words.contains("Confirm") {
            // Her prompt is a letter, and has left before she confirms.
            poll(|| letters(&sale), |letters| letters.iter().any(|letter| letter.contains("Reserved")));
        }
        let (status, answer) = engine.post(&post_by(author, "somebody", id, words));
        assert_eq!((status, text(&ndjson(&answer)[0], "outcome")), (200, outcome), "{words}: {answer}");
    }
    let orders = |who: &str| format!("{who}@example.com: Your order of Kindle");
    let letters =
        poll(|| letters(&sale), |letters| ["ana", "bob"].iter().all(|who| letters.contains(&orders(who))));
    let (code, words) = engine.stop("-TERM");
    assert_eq!(code, Some(0), "{words}");
    let [prompt, hers, his] = &letters[..] else { panic!("{letters:?}") };
    assert!(prompt.starts_with("ana@example.com: Reserved for you: Kindle"), "{prompt}");
    assert_eq!([hers, his], [&orders("ana"), &orders("bob")]);
    let replies = sale.lines("data/replies.ndjson");
    let answered = replies.iter().map(|reply| text(reply, "in_reply_to")).filter(|post| !post.is_empty());
    // His prompt and the result of his order; the rest are announcements.
    assert_eq!(answered.collect::<Vec<_>>(), ["3", "3"], "only bob is replied to: {replies:?}");
    let data = sale.path("data").display().to_string();
    flashtag(["verify", "--strict", "--data", &data]).must(0, &["0 violated"]);
}

#[test]
fn a_stranger_who_opted_out_is_answered_and_gets_no_more_replies_in_a_replay() {
    let post = |id: u32, minute: u32, words: &str| {
        format!(
            "{{\"network\":\"x\",\"id\":\"{id}\",\"author\":{{\"id\":\"77\"}},\"posted_at\":\"2013-02-13T12:{minute:02}:00Z\",\"text\":\"{words}\"}}\n"
        )
    };
    // The pause between two refusals is long enough for the second one to be told as well.
    let posts = [
        post(1, 0, "#BuyKindle"),
        post(2, 1, "@AmexSync STOP"),
        post(3, 30, "#ConfirmKindle"),
        post(4, 59, "#BuyKindle"),
    ];
    let sale = Sale::new(OFFERS, ACCOUNTS, posts.concat());
    sale.sell().must(0, &[]);
    let outcomes: Vec<_> =
        sale.lines("out/outcomes.ndjson").iter().map(|line| text(line, "outcome").to_owned()).collect();
    assert_eq!(outcomes, ["not_linked", "opted_out", "not_linked", "not_linked"]);
    let effects = sale.lines("out/effects.ndjson");
    let replies = effects.iter().filter(|effect| text(effect, "kind") == "reply");
    let at: Vec<_> = replies.map(|reply| text(reply, "at")).collect();
    assert_eq!(at, ["2013-02-13T12:00:00.000Z"], "the refusal before the STOP, and nothing after it");
}
