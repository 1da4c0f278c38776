//! The outbox: the queue, the card sandbox, the templates, the providers, the runner.

#![expect(clippy::unwrap_used, reason = "a missing value fails the test")]

mod accounts;
mod attesting;
mod bluesky;
mod breaker;
mod by_recipient;
mod contract;
mod dead_letters;
mod direct;
mod files;
mod instances;
mod mastodon;
mod paced;
mod pacer;
mod queue;
mod recovery;
mod reminders;
mod repetition;
mod resend;
mod runner;
mod sandbox;
mod scarcity;
pub(crate) mod smtp;
mod stripe;
mod stripe_signature;
mod words;
mod words_folder;
mod words_hostile;
mod x;

use flashtag::domain::effect::{Announcement, Effect, Payment, ReplyRequest};
use flashtag::domain::id::{Account, EffectKey, Network, OfferId, OfferNo, PostId, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::left::Left;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::Attempt;
use flashtag::outbox::provider::sandbox::RESEND_SAFETY;
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::lane::Lane;
use flashtag::partition::pending_effects::{Departure, PendingEffect};
use flashtag::words::renderer::Renderer;

const ON_X: Lane = Lane::Replies(Network::X);
use flashtag::words::Words;

/// Accepts effects one by one, under bare keys.
trait AcceptBare {
    fn accept_bare(&mut self, now: Timestamp, key: EffectKey, recorded_at: Timestamp, effect: Effect);
}

impl AcceptBare for Outbox {
    fn accept_bare(&mut self, now: Timestamp, key: EffectKey, recorded_at: Timestamp, effect: Effect) {
        self.accept(
            now,
            key,
            PendingEffect { form: KeyForm::Bare, recorded_at, effect, departure: Departure::NotYet },
        );
    }
}

/// The outbox with a card gateway behind the lanes of money.
fn before_gateway(mut outbox: Outbox) -> Outbox {
    for lane in Lane::MONEY {
        outbox.set_resend_safety(lane, RESEND_SAFETY);
    }
    outbox
}

const START_MS: i64 = 1_360_774_800_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + ms)
}

fn key(sequence: u64) -> EffectKey {
    EffectKey { partition: 0, sequence, index: 0 }
}

fn id(ordinal: u32) -> ReservationId {
    ReservationId { offer: OfferNo(0), ordinal }
}

fn account(author: u64) -> Account {
    Account::parse(Network::X, &author.to_string()).unwrap()
}

fn payment(ordinal: u32, card: &str) -> Payment {
    Payment {
        id: id(ordinal),
        account: account(42),
        card: card.into(),
        amount: "149.99 USD".parse().unwrap(),
        reference: None,
        details: None,
        heard: None,
    }
}

fn reply_request(outcome: Outcome, ordinal: Option<u32>) -> ReplyRequest {
    ReplyRequest {
        account: account(42),
        post: PostId::parse(Network::X, "5000001").unwrap(),
        offer: OfferNo(0),
        outcome,
        reservation: ordinal,
        place: None,
        deadline: None,
        amount: Some("149.99 USD".parse().unwrap()),
        units: 1,
        about: None,
        left: Left::Untold,
    }
}

fn reply(outcome: Outcome, ordinal: u32) -> Effect {
    Effect::Reply(reply_request(outcome, Some(ordinal)))
}

fn email() -> Effect {
    Effect::Email { to: "ana@example.com".into(), request: reply_request(Outcome::Sold, Some(17)) }
}

fn announce(announcement: Announcement) -> Effect {
    Effect::Announce { network: Network::X, offer: OfferNo(0), announcement }
}

fn attempt(sequence: u64, effect: Effect) -> Attempt {
    let text = words().post_text(&effect, &terms().into(), at(0)).map(Into::into);
    Attempt { key: key(sequence).into(), effect, number: 1, look_up: false, recorded_at: at(0), text }
}

/// A renderer that knows the tests' only offer.
fn renderer() -> Renderer {
    let (words, terms) = (words(), terms().into());
    Renderer::new(move |_, effect, now| words.post_text(effect, &terms, now))
}

/// The built-in templates of a shop in New York.
fn words() -> Words {
    Words::new("Kindle Shop", "America/New_York").unwrap()
}

fn terms() -> Terms {
    Terms {
        id: OfferId::parse("kindle-fire-hd").unwrap(),
        campaign: "launch-2013".into(),
        title: "Kindle Fire HD".into(),
        tags: Tags {
            buy: "BuyKindleFireHD".into(),
            confirm: Some("ConfirmKindleFireHD".into()),
            cancel: Some("CancelKindleFireHD".into()),
        },
        price: "149.99 USD".parse().unwrap(),
        tax: Tax::Flat("0%".parse().unwrap()),
        units: 1000,
        opens: at(0),
        closes: at(86_400_000).into(),
        confirm_within: Millis::from_secs(900),
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(60),
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 2,
        waitlist: true,
        waitlist_max: 1000,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: Some("https://shop.example/terms/kindle".into()),
        rules: flashtag::domain::rules::Rules::default(),
    }
}
