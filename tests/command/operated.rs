//! An operator's orders in a recording: sales are paused and closed, an account is unlinked.

use super::{ACCOUNTS, OFFERS, Sale, flashtag, text};

/// A post of an author on the day of the sale.
fn post(id: u32, author: u32, time: &str, words: &str) -> String {
    format!(
        "{{\"network\":\"x\",\"id\":\"{id}\",\"author\":{{\"id\":\"{author}\"}},\"posted_at\":\"2013-02-13T{time}Z\",\"text\":\"{words}\"}}\n"
    )
}

/// A command at a time of that day.
fn order(time: &str, words: &str) -> String {
    format!("{{\"at\":\"2013-02-13T{time}Z\",{words}}}\n")
}

/// Sells the recording.
fn sell(posts: &[String], commands: &[String]) -> Sale {
    let bob = ACCOUNTS.replace("42", "43").replace("ana", "bob");
    let sale = Sale::new(OFFERS, format!("{ACCOUNTS}{bob}"), posts.concat());
    sale.write("commands.ndjson", commands.concat());
    let path = |name: &str| sale.path(name).display().to_string();
    let files = ["offers.toml", "accounts.ndjson", "posts.ndjson", "commands.ndjson", "out"].map(path);
    let [offers, accounts, posts, commands, out] = &files;
    let arguments = ["sell", "--offers", offers, "--accounts", accounts, "--posts", posts];
    flashtag(arguments.into_iter().chain(["--commands", commands, "--clock", "posts", "--out", out]))
        .must(0, &[]);
    flashtag(["verify", "--strict", "--data", out]).must(0, &["0 violated"]);
    sale
}

/// Sells the recording, and returns each outcome with its account.
fn outcomes(posts: &[String], commands: &[String]) -> Vec<String> {
    let lines = sell(posts, commands).lines("out/outcomes.ndjson");
    lines.iter().map(|line| format!("{} {}", text(line, "account"), text(line, "outcome"))).collect()
}

#[test]
fn a_paused_sale_refuses_claims_and_moves_its_deadlines() {
    let posts = [
        post(1, 42, "12:00:00", "#BuyKindle"),
        post(2, 43, "12:05:00", "#BuyKindle"),
        post(3, 43, "12:45:00", "#BuyKindle"),
        // Fifteen minutes after the claim, and forty of pause.
        post(4, 42, "12:54:59", "#ConfirmKindle"),
    ];
    let commands = [
        order("12:01:00", r#""command":"pause","offer":"kindle","deadlines":"freeze""#),
        order("12:41:00", r#""command":"resume","offer":"kindle""#),
    ];
    let expected =
        ["x:42 reserved", "x:43 paused", "x:43 waitlisted", "x:42 confirmed", "x:42 sold", "x:43 sold_out"];
    assert_eq!(outcomes(&posts, &commands), expected);
}

#[test]
fn an_unlinked_account_loses_what_it_did_not_order() {
    let posts = [
        post(1, 42, "12:00:00", "#BuyKindle"),
        post(2, 43, "12:01:00", "#BuyKindle"),
        post(3, 42, "12:03:00", "#ConfirmKindle"),
        post(4, 43, "12:04:00", "#ConfirmKindle"),
    ];
    let commands = [order("12:02:00", r#""command":"unlink","account":"x:42""#)];
    let expected = [
        "x:42 reserved",
        "x:43 waitlisted",
        "x:42 released",
        "x:43 promoted",
        "x:42 not_linked",
        "x:43 confirmed",
        "x:43 sold",
    ];
    assert_eq!(outcomes(&posts, &commands), expected);
}

#[test]
fn after_an_early_close_no_reply_asks_to_post_again() {
    let posts = [
        post(1, 42, "12:00:00", "#BuyKindle"),
        // After the window and its grace.
        post(2, 42, "12:16:00", "#ConfirmKindle"),
        post(3, 43, "12:17:00", "#BuyKindle"),
    ];
    let commands = [order("12:02:00", r#""command":"close","offer":"kindle""#)];
    let sale = sell(&posts, &commands);
    let effects = sale.lines("out/effects.ndjson");
    let replies = effects.iter().filter(|effect| text(effect, "kind") == "reply");
    let texts: Vec<_> = replies.map(|reply| text(reply, "text")).collect();
    let [_, expired, late, closed] = texts[..] else { panic!("{texts:?}") };
    assert_eq!(expired, "Your time to confirm Kindle is over. Nothing was charged. The sale is over by now.");
    assert_eq!(
        late,
        "Your confirmation of Kindle came after its time. Nothing was charged. The sale is over by now."
    );
    assert_eq!(closed, "The sale of Kindle is over; it ended before its time. Thank you for asking!");
}
