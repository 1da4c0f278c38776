//! A story: handwritten records and ledger lines, one function call each.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashtag::domain::cid::Cid;
use flashtag::domain::decision::{Decision, Few, Record};
use flashtag::domain::draw::Seed;
use flashtag::domain::effect::{Announcement, Effect, Payment, ReplyRequest};
use flashtag::domain::event::{Authorized, Claim, Event, Way};
use flashtag::domain::heard_posts::HeardPost;
use flashtag::domain::id::{Account, EffectKey, Network, OfferId, OfferNo, PostId, ReservationId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::left::Left;
use flashtag::domain::link::{Last4, Region};
use flashtag::domain::money::Money;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::status_word::StatusWord;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::partition::pending_effects::PendingEffects;
use flashtag::verify::{Checker, Ending, LedgerEntry, Report};

/// 149.99 USD and a tax of 8.875 %.
pub(super) const TOTAL: &str = "163.30 USD";

#[derive(Clone, Default)]
pub(crate) struct Story {
    pub(crate) records: Vec<(u32, u64, Record)>,
    pub(super) ledger: Vec<LedgerEntry>,
    /// The words of the control journal, with the times of their records.
    pub(super) words: Vec<(Timestamp, StatusWord)>,
}

impl Story {
    pub(super) fn record_decision(
        &mut self,
        partition: u32,
        sec: u32,
        events: Vec<Event>,
        effects: Vec<Effect>,
    ) -> u64 {
        let sequence = 1 + self.records.iter().filter(|(of, _, _)| *of == partition).count() as u64;
        let record =
            Record { at: at(sec), decision: Decision { events: events.into(), effects: effects.into() } };
        self.records.push((partition, sequence, record));
        sequence
    }

    pub(super) fn record(&mut self, partition: u32, sequence: u64) -> &mut Record {
        let found = self.records.iter_mut().find(|(of, number, _)| (*of, *number) == (partition, sequence));
        &mut found.expect("the story has that record").2
    }

    pub(super) fn events(&mut self, sequence: u64) -> &mut Few<Event> {
        &mut self.record(0, sequence).decision.events
    }

    pub(super) fn effects(&mut self, sequence: u64) -> &mut Few<Effect> {
        &mut self.record(0, sequence).decision.effects
    }

    pub(super) fn pay(&mut self, operation: &str, key: &str, order: &str, who: &str, taken: bool) {
        self.ledger.push(LedgerEntry {
            at: at(0),
            key: key.into(),
            operation: operation.into(),
            order: order.into(),
            card: format!("tok_{who}"),
            amount: TOTAL.parse().unwrap(),
            taken,
        });
    }

    pub(super) fn pay_for(
        &mut self,
        operation: &str,
        key: &str,
        order: &str,
        payment: &Payment,
        taken: bool,
    ) {
        let (operation, key, order, card) =
            (operation.into(), key.into(), order.into(), payment.card.to_string());
        self.ledger.push(LedgerEntry {
            at: at(0),
            key,
            operation,
            order,
            card,
            amount: payment.amount,
            taken,
        });
    }

    pub(super) fn report(&self, ending: Ending, with_ledger: bool) -> Report {
        let mut checker = Checker::new(ending);
        for (at, word) in &self.words {
            checker.read_word(*at, word);
        }
        for (partition, sequence, record) in &self.records {
            checker.read(*partition, *sequence, record);
        }
        if ending == Ending::Strict {
            for (partition, sequence, record) in self.last_credits() {
                checker.read(partition, sequence, &record);
            }
        }
        if with_ledger {
            checker.read_ledger(self.ledger.iter().cloned());
        }
        checker.finish()
    }

    /// The records that report the credits which the story leaves with their provider. Its first one it reports itself.
    pub(super) fn last_credits(&self) -> Vec<(u32, u64, Record)> {
        let mut pending = PendingEffects::default();
        let mut last = BTreeMap::new();
        for (partition, sequence, record) in &self.records {
            pending.read(*partition, *sequence, KeyForm::Bare, record.clone());
            last.insert(*partition, (*sequence, record.at));
        }
        let is_left = |key: &EffectKey| {
            let effect = pending.get(*key);
            let credit = matches!(effect, Some(Effect::Credit(_) | Effect::ReverseCredit(_)));
            credit && *key != self::key("3/5/0")
        };
        let mut records = Vec::new();
        for (partition, (sequence, at)) in last {
            let keys: Vec<_> =
                pending.keys().into_iter().filter(|key| key.partition == partition && is_left(key)).collect();
            if !keys.is_empty() {
                let decision = Decision::of(Event::Delivered(keys.into()));
                records.push((partition, sequence + 1, Record { at, decision }));
            }
        }
        records
    }
}

pub(super) fn at(sec: u32) -> Timestamp {
    Timestamp::from_ms(1_360_774_800_000).plus(Millis::from_secs(sec))
}

/// A seed of one repeated byte.
pub(super) fn seed(byte: &str) -> Seed {
    byte.repeat(32).parse().unwrap()
}

pub(super) fn account(who: &str) -> Account {
    Account::parse(Network::Mastodon, who).unwrap()
}

pub(super) fn post(id: &str) -> PostId {
    PostId::parse(Network::Mastodon, id).unwrap()
}

pub(super) fn key(text: &str) -> EffectKey {
    text.parse().unwrap()
}

pub(super) fn id(offer: u32, ordinal: u32) -> ReservationId {
    ReservationId { offer: OfferNo(offer), ordinal }
}

/// Opens at 60, closes at 5000.
pub(super) fn terms(name: &str, units: u32) -> Terms {
    Terms {
        id: OfferId::parse(name).unwrap(),
        campaign: name.into(),
        title: name.into(),
        tags: Tags { buy: "Buy".into(), confirm: Some("Confirm".into()), cancel: Some("Cancel".into()) },
        price: "149.99 USD".parse().unwrap(),
        tax: Tax::Flat("8.875%".parse().unwrap()),
        units,
        opens: at(60),
        closes: at(5000).into(),
        confirm_within: Millis::from_secs(900),
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(120),
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 1,
        waitlist: true,
        waitlist_max: 1000,
        brands: vec![],
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::Mastodon],
        terms_url: None,
        rules: flashtag::domain::rules::Rules::default(),
    }
}

pub(super) fn added(offer: u32, terms: Terms) -> Event {
    Event::OfferAdded { offer: OfferNo(offer), terms: Box::new(terms) }
}

/// The claim of `who`, by the post `who-claims`.
pub(super) fn claim(who: &str, sec: u32) -> Claim {
    Claim {
        post: post(&format!("{who}-claims")),
        posted_at: at(sec),
        account: account(who),
        units: 1,
        amount: TOTAL.parse().unwrap(),
        rate: "8.875%".parse().unwrap(),
        card: format!("tok_{who}").into(),
        email: format!("{who}@example.com").into(),
        region: Region::new("US-NY"),
        last4: Last4::new("1005"),
        handle: Some("ana".into()),
        cid: None,
    }
}

pub(super) fn reserved(id: ReservationId, who: &str, sec: u32) -> Event {
    Event::Reserved { id, claim: claim(who, sec).into(), deadline: at(sec + 1020) }
}

pub(super) fn waitlisted(offer: u32, who: &str, sec: u32, place: u32) -> Event {
    Event::Waitlisted { offer: OfferNo(offer), claim: claim(who, sec).into(), place }
}

pub(super) fn ahead(offer: u32, who: &str, place: u32) -> Event {
    let post = post(&format!("{who}-confirms"));
    Event::WaiterConfirmed { offer: OfferNo(offer), account: account(who), post, place }
}

pub(super) fn promoted(id: ReservationId, who: &str, sec: u32) -> Event {
    Event::Promoted { id, account: account(who), units: 1, deadline: at(sec + 1020) }
}

pub(super) fn parked(offer: u32, who: &str, sec: u32) -> Event {
    Event::ConfirmParked {
        offer: OfferNo(offer),
        account: account(who),
        post: post(&format!("{who}-confirms")),
        posted_at: at(sec),
        until: at(sec + 30),
    }
}

/// The hash of a post, of which a relay tells.
pub(super) fn cid(name: &str) -> Box<Cid> {
    Box::new(Cid::parse(&format!("bafy{}", name.replace('-', ""))).unwrap())
}

pub(super) fn heard_post(name: &str) -> HeardPost {
    HeardPost { post: post(name), cid: *cid(name) }
}

/// The fact that a relay told of the confirmation of `who`.
pub(super) fn heard(offer: u32, who: &str) -> Event {
    let HeardPost { post, cid } = heard_post(&format!("{who}-confirms"));
    Event::ConfirmationHeard { offer: OfferNo(offer), account: account(who), post, cid: Box::new(cid) }
}

pub(super) fn confirmed(id: ReservationId, who: &str, way: Way) -> Event {
    let word = if way == Way::OneStep { "claims" } else { "confirms" };
    Event::Confirmed { id, account: account(who), post: post(&format!("{who}-{word}")), units: 1, way }
}

pub(super) fn authorized(id: ReservationId, done: &str) -> Event {
    Event::Authorized(Authorized { id, key: key(done), reference: None })
}

pub(super) fn sold(id: ReservationId, who: &str, done: &str) -> Event {
    Event::Sold { id, account: account(who), units: 1, amount: TOTAL.parse().unwrap(), key: key(done) }
}

pub(super) fn declined(id: ReservationId, who: &str, done: &str) -> Event {
    Event::Declined { id, account: account(who), units: 1, reason: "funds".into(), key: key(done) }
}

pub(super) fn released(id: ReservationId, who: &str) -> Event {
    Event::Released { id, account: account(who), units: 1, post: post(&format!("{who}-cancels")) }
}

pub(super) fn expired(id: ReservationId, who: &str) -> Event {
    Event::Expired { id, account: account(who), units: 1 }
}

/// The claim of an event, to be changed.
pub(super) fn claim_of(event: &mut Event) -> &mut Claim {
    match event {
        Event::Reserved { claim, .. } | Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
            Arc::make_mut(claim)
        }
        other => panic!("no fact about a claim: {other:?}"),
    }
}

/// The same event about `count` units.
pub(super) fn units(count: u32, mut event: Event) -> Event {
    match &mut event {
        Event::Reserved { .. } | Event::Waitlisted { .. } | Event::Entered { .. } => {
            let claim = claim_of(&mut event);
            (claim.units, claim.amount) = (count, price(count));
        }
        Event::Sold { units, amount, .. } => (*units, *amount) = (count, price(count)),
        Event::Promoted { units, .. } | Event::Confirmed { units, .. } | Event::Released { units, .. } => {
            *units = count;
        }
        other => panic!("no fact about units: {other:?}"),
    }
    event
}

/// The same event by another post.
pub(super) fn by(id: &str, mut event: Event) -> Event {
    match &mut event {
        Event::Reserved { .. } | Event::Waitlisted { .. } | Event::Entered { .. } => {
            claim_of(&mut event).post = post(id);
        }
        Event::Confirmed { post: by, .. }
        | Event::Released { post: by, .. }
        | Event::TakenBack { post: by, .. } => *by = post(id),
        other => panic!("no fact by a post: {other:?}"),
    }
    event
}

/// The price of units with their tax.
pub(super) fn price(units: u32) -> Money {
    let total = [TOTAL, "326.60 USD", "489.90 USD"].get(units as usize - 1);
    total.expect("these stories have no larger order").parse().unwrap()
}

/// The payment of an order of `units` units.
pub(super) fn pays(units: u32, id: ReservationId, who: &str) -> Payment {
    Payment { amount: price(units), ..payment(id, who) }
}

pub(super) fn payment(id: ReservationId, who: &str) -> Payment {
    let amount: Money = TOTAL.parse().unwrap();
    Payment {
        id,
        account: account(who),
        card: format!("tok_{who}").into(),
        amount,
        reference: None,
        details: None,
        heard: None,
    }
}

pub(super) fn reply_request(
    offer: u32,
    reservation: Option<u32>,
    who: &str,
    outcome: Outcome,
) -> ReplyRequest {
    ReplyRequest {
        account: account(who),
        post: post(&format!("{who}-claims")),
        offer: OfferNo(offer),
        outcome,
        reservation,
        place: None,
        deadline: None,
        amount: None,
        units: 1,
        about: None,
        left: Left::Untold,
    }
}

pub(super) fn reply(id: ReservationId, who: &str, outcome: Outcome) -> Effect {
    Effect::Reply(reply_request(id.offer.0, Some(id.ordinal), who, outcome))
}

pub(super) fn reply_in_line(offer: u32, who: &str, outcome: Outcome) -> Effect {
    Effect::Reply(reply_request(offer, None, who, outcome))
}

/// The effects of a sale: the reply, the e-mail and the merchant's order.
pub(super) fn thanks(id: ReservationId, who: &str) -> Vec<Effect> {
    let request = reply_request(id.offer.0, Some(id.ordinal), who, Outcome::Sold);
    let email = Effect::Email { to: format!("{who}@example.com").into(), request: request.clone() };
    vec![Effect::Reply(request), email, Effect::Order(payment(id, who))]
}

pub(super) fn announce(offer: u32, announcement: Announcement) -> Effect {
    Effect::Announce { network: Network::Mastodon, offer: OfferNo(offer), announcement }
}
