//! Networks drop repeated texts, so consecutive replies must differ.

use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::time::Timestamp;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::words::announcement::fits;
use flashtag::words::renderer::Renderer;

use super::{AcceptBare, ON_X, account, announce, at, key, reply, reply_request};

/// An outbox whose text for an outcome is its code, and for an announcement "news".
fn outbox(bounds: Bounds) -> Outbox {
    let renderer = Renderer::new(|_, effect, _| {
        Some(match effect {
            Effect::Reply(request) => request.outcome.code().to_owned(),
            _ => "news".to_owned(),
        })
    });
    Outbox::new(RetryPolicy::default(), bounds, 7, renderer)
}

fn text(attempt: &Attempt) -> &str {
    attempt.text.as_deref().unwrap()
}

fn settle(outbox: &mut Outbox, attempt: &Attempt) {
    outbox.settle(at(0), &attempt.key, AttemptResult::Done { reference: None, at: at(0) });
}

/// Sends effects one after the other, each settled before the next. Returns their texts.
fn sent_texts(outbox: &mut Outbox, lane: Lane, effects: impl IntoIterator<Item = Effect>) -> Vec<String> {
    let each = effects.into_iter().zip(1..).map(|(effect, sequence)| {
        outbox.accept_bare(at(0), key(sequence), at(0), effect);
        let attempt = outbox.take_due(at(0), lane).unwrap();
        settle(outbox, &attempt);
        text(&attempt).to_owned()
    });
    each.collect()
}

fn to(author: u64, outcome: Outcome) -> Effect {
    Effect::Reply(ReplyRequest { account: account(author), ..reply_request(outcome, Some(1)) })
}

#[test]
fn a_text_that_would_repeat_the_last_one_is_numbered() {
    use Outcome::{Expired, Sold};
    // Account, outcome and expected text.
    let table = [
        (1, Sold, "sold"),
        (2, Sold, "sold (2)"),
        (3, Sold, "sold"),
        (4, Expired, "expired"),
        (1, Sold, "sold (2)"),
        (4, Sold, "sold"),
        // The account's last text was "sold (2)", and the lane's last "sold".
        (1, Sold, "sold (3)"),
        (4, Expired, "expired"),
        (4, Expired, "expired (2)"),
        (4, Expired, "expired"),
    ];
    let mut outbox = outbox(Bounds::default());
    let words = sent_texts(&mut outbox, ON_X, table.map(|(who, outcome, _)| to(who, outcome)));
    assert_eq!(words, table.map(|(_, _, words)| words));
}

#[test]
fn announcements_and_refusals_share_the_lane() {
    let mut outbox = outbox(Bounds::default());
    assert_eq!(sent_texts(&mut outbox, ON_X, [announce(Announcement::Opening)]), ["news"]);
    outbox.accept_bare(at(0), key(9), at(0), announce(Announcement::SoldOut));
    let attempt = outbox.take_due(at(0), ON_X).unwrap();
    assert_eq!(text(&attempt), "news (2)");
    settle(&mut outbox, &attempt);
    for words in ["sold_out", "sold_out (2)", "sold_out"] {
        outbox.best_effort(at(0), 0, reply_request(Outcome::SoldOut, None));
        let attempt = outbox.take_due(at(0), ON_X).unwrap();
        assert_eq!(text(&attempt), words);
        settle(&mut outbox, &attempt);
    }
}

#[test]
fn each_network_remembers_its_own_texts() {
    let mut outbox = outbox(Bounds::default());
    let ana = Account::parse(Network::Bluesky, "did:plc:ana").unwrap();
    let reply_to_ana = Effect::Reply(ReplyRequest { account: ana, ..reply_request(Outcome::Sold, Some(1)) });
    assert_eq!(sent_texts(&mut outbox, ON_X, [to(1, Outcome::Sold)]), ["sold"]);
    assert_eq!(sent_texts(&mut outbox, Lane::Replies(Network::Bluesky), [reply_to_ana]), ["sold"]);
}

/// Replies that are in flight together may arrive in any order.
#[test]
fn texts_in_flight_together_differ() {
    let mut outbox = outbox(Bounds::default());
    for sequence in 1..=4 {
        outbox.accept_bare(at(0), key(sequence), at(0), to(sequence, Outcome::Sold));
    }
    let attempts: Vec<_> = std::iter::from_fn(|| outbox.take_due(at(0), ON_X)).collect();
    assert_eq!(attempts.iter().map(text).collect::<Vec<_>>(), ["sold", "sold (2)", "sold (3)", "sold (4)"]);
    for attempt in attempts {
        settle(&mut outbox, &attempt);
    }
    assert_eq!(sent_texts(&mut outbox, ON_X, [to(9, Outcome::Sold)]), ["sold"]);
}

#[test]
fn a_retry_repeats_its_text_and_no_other_reply_uses_it_meanwhile() {
    let mut outbox = outbox(Bounds::default());
    outbox.accept_bare(at(0), key(1), at(0), to(1, Outcome::Sold));
    let first = outbox.take_due(at(0), ON_X).unwrap();
    assert_eq!(outbox.settle(at(0), &first.key, AttemptResult::failed("busy")), None);
    for (sequence, outcome, words) in [(2, Outcome::Expired, "expired"), (3, Outcome::Sold, "sold (2)")] {
        outbox.accept_bare(at(0), key(sequence), at(0), to(sequence, outcome));
        let attempt = outbox.take_due(at(0), ON_X).unwrap();
        assert_eq!(text(&attempt), words);
        settle(&mut outbox, &attempt);
    }
    for number in 2..5 {
        let due = outbox.next_due().unwrap();
        let again = outbox.take_due(due, ON_X).unwrap();
        assert_eq!((again.number, text(&again)), (number, "sold"));
        assert_eq!(outbox.settle(due, &again.key, AttemptResult::failed("busy")), None);
    }
}

#[test]
fn the_latest_recipients_are_remembered_up_to_the_bound() {
    let text_after = |bound: usize, others: u64| {
        let mut outbox = outbox(Bounds { recipients: bound, ..Bounds::default() });
        let others = (0..others).map(|other| to(100 + other, Outcome::Expired));
        let all = [to(1, Outcome::Sold)].into_iter().chain(others).chain([to(1, Outcome::Sold)]);
        sent_texts(&mut outbox, ON_X, all.collect::<Vec<_>>()).pop().unwrap()
    };
    assert_eq!(text_after(10, 4), "sold (2)", "half of the bound is always remembered");
    assert_eq!(text_after(10, 10), "sold", "more other accounts got replies since");
}

#[test]
fn a_varied_text_fits_its_network() {
    let cases = [
        ("x".repeat(140) + " " + &"y".repeat(139), Network::X, Lane::Replies(Network::X)),
        ("é ".repeat(150), Network::Bluesky, Lane::Replies(Network::Bluesky)),
        ("z ".repeat(250), Network::Mastodon, Lane::Replies(Network::Mastodon)),
    ];
    for (words, network, lane) in cases {
        let words = words.trim_end().to_owned();
        assert!(fits(network, &words));
        let rendered = words.clone();
        let renderer = Renderer::new(move |_, _, _| Some(rendered.clone()));
        let mut outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), 7, renderer);
        let announcement =
            || Effect::Announce { network, offer: super::id(1).offer, announcement: Announcement::Closing };
        let texts = sent_texts(&mut outbox, lane, [announcement(), announcement()]);
        assert_eq!(texts[0], words);
        let cut = texts[1].strip_suffix(" (2)").unwrap();
        assert!(words.starts_with(cut) && fits(network, &texts[1]), "{}", texts[1]);
        assert!(cut.len() * 2 + 2 >= words.len(), "no more is cut off than must be: {}", texts[1]);
    }
}

#[test]
fn a_text_is_rendered_once() {
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = std::rc::Rc::clone(&asked);
    let renderer = Renderer::new(move |_, _, _| {
        counted.set(counted.get() + 1);
        Some(format!("words {}", counted.get()))
    });
    let mut outbox = Outbox::new(RetryPolicy::default(), Bounds::default(), 7, renderer);
    outbox.accept_bare(at(0), key(1), at(0), reply(Outcome::Sold, 1));
    assert_eq!(asked.get(), 0, "not before it leaves");
    let mut now: Timestamp = at(0);
    for _ in 0..3 {
        let attempt = outbox.take_due(now, ON_X).unwrap();
        assert_eq!(text(&attempt), "words 1");
        outbox.settle(now, &attempt.key, AttemptResult::failed("busy"));
        now = outbox.next_due().unwrap();
    }
    assert_eq!(asked.get(), 1);
}
