//! Buyers whose banks ask for them: the letters that reach them, the page that these lead to, and the bank.

use std::sync::{Arc, Mutex};

use flashtag::domain::id::{Account, Network, OfferId};
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use flashtag::outbox::provider::stripe::{Api, NotTold, OnSession, Standing};
use flashtag::words::Challenge;
use networks::stripe::Status;

use super::clock::ShopClock;
use super::line::{Killed, Line};
use super::order::Order;
use super::shop::Shop;
use crate::test_rng::TestRng;

/// How long a payment waits for its buyer.
pub(super) const WITHIN: Millis = Millis::from_secs(600);

/// The page that a bank sends its buyers back to.
const RETURN: &str = "https://shop.example/authenticate/t/back";

/// What a buyer does whose bank asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Buyer {
    /// Agrees.
    Agrees,
    /// Refuses.
    Refuses,
    /// Never opens the letter.
    Never,
    /// Goes to the bank, and answers nothing there.
    Leaves,
    /// Goes to the bank, and agrees when the time is over.
    Late,
    /// Gets no letter.
    Unreachable,
}

impl Buyer {
    pub(super) const ALL: [Self; 6] =
        [Self::Agrees, Self::Refuses, Self::Never, Self::Leaves, Self::Late, Self::Unreachable];

    /// The buyer of an order: some as others.
    pub(super) fn draw(rng: &mut TestRng) -> Self {
        *rng.pick(&Self::ALL)
    }
}

/// A letter that lies in a mailbox, whatever becomes of the shop.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    order: usize,
    paid_under: String,
    challenge: Challenge,
    /// The payment waits at the bank, and the buyer is there.
    is_at_bank: bool,
    is_done: bool,
}

/// The way to Stripe in the hands of the page's server.
struct Borrowed(Mutex<(Line, ShopClock, bool)>);

impl Http for Borrowed {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let (line, clock, is_killed) = &mut *self.0.lock().unwrap();
        let dead = || Err(Unanswered::Unknown("the process was killed".into()));
        if *is_killed {
            return dead();
        }
        line.exchange(request, clock).unwrap_or_else(|Killed| {
            *is_killed = true;
            dead()
        })
    }
}

impl Shop {
    /// Writes to the buyer of a payment that waits. Returns whether the buyer can be asked.
    pub(super) fn write_to_buyer(&mut self, order: usize, intent: &str, recorded_at: Timestamp) -> bool {
        let Order { buyer, id, paid_under, .. } = &self.books.orders[order];
        if *buyer == Buyer::Unreachable {
            return false;
        }
        let challenge = Challenge {
            offer: OfferId::parse("kettle").unwrap(),
            ordinal: id.ordinal,
            account: Account::parse(Network::X, "42").unwrap(),
            payment: PaymentRef::parse(intent).unwrap(),
            until: recorded_at.plus(self.patience.unwrap_or(WITHIN)),
        };
        let paid_under = paid_under.clone();
        if self.letters.iter().all(|letter| letter.paid_under != paid_under) {
            self.letters.push(Letter { order, paid_under, challenge, is_at_bank: false, is_done: false });
        }
        true
    }

    /// A buyer with a letter does the next thing.
    pub(super) fn some_buyer_acts(&mut self) {
        let open: Vec<usize> =
            (0..self.letters.len()).filter(|index| !self.letters[*index].is_done).collect();
        if !open.is_empty() {
            let index = *self.rng.pick(&open);
            self.buyer_acts(index);
        }
    }

    /// Whether a buyer is at the bank.
    pub(super) fn is_buyer_at_bank(&self) -> bool {
        self.letters.iter().any(|letter| letter.is_at_bank)
    }

    /// Every buyer with a letter does the next thing.
    pub(super) fn buyers_act(&mut self) {
        (0..self.letters.len()).for_each(|index| self.buyer_acts(index));
    }

    fn buyer_acts(&mut self, index: usize) {
        let Letter { order, ref challenge, is_at_bank, is_done, .. } = self.letters[index];
        let buyer = self.books.orders[order].buyer;
        let is_over = self.clock.shown() >= challenge.until;
        match (buyer, is_at_bank) {
            _ if is_done => {}
            (Buyer::Never | Buyer::Unreachable, _) => {}
            (_, false) if is_over => self.letters[index].is_done = true,
            // Where payments do not wait, there is no page.
            (_, false) if self.patience.is_none() => {}
            (_, false) => self.press(index),
            (Buyer::Agrees, true) => self.answer_bank(index, true),
            (Buyer::Refuses, true) => self.answer_bank(index, false),
            (Buyer::Late, true) if is_over => self.answer_bank(index, true),
            (Buyer::Leaves | Buyer::Late, true) => {}
        }
    }

    /// The buyer presses the button of the page.
    fn press(&mut self, index: usize) {
        let challenge = self.letters[index].challenge.clone();
        let begun = self.at_page(|payments| payments.begin(&challenge, RETURN));
        match begun {
            Ok(Standing::AtBank(_)) => self.letters[index].is_at_bank = true,
            Ok(standing @ (Standing::Held | Standing::Over)) => self.told(index, &standing),
            Ok(Standing::Waits | Standing::UnderWay) | Err(NotTold::Unread(_)) => {}
            Err(NotTold::NotTheirs) => {
                self.faults.push(format!("{challenge:?} is told to be another order's"))
            }
        }
    }

    /// The buyer answers the bank, and comes back to the page.
    fn answer_bank(&mut self, index: usize, agrees: bool) {
        let challenge = self.letters[index].challenge.clone();
        self.line.answer_bank(&challenge.payment.to_string(), agrees, self.clock.real);
        if let Ok(standing) = self.at_page(|payments| payments.look(&challenge)) {
            self.told(index, &standing);
        }
        self.letters[index].is_done = true;
    }

    /// Notes what the page tells, and what of it is not so.
    fn told(&mut self, index: usize, standing: &Standing) {
        let Letter { challenge, is_done, .. } = &mut self.letters[index];
        *is_done |= matches!(standing, Standing::Held | Standing::Over);
        let id = challenge.payment.to_string();
        let intent = self.line.stripe.intents().iter().find(|intent| intent.id == id).expect("it was made");
        let is_true = match standing {
            Standing::Held => intent.was_held,
            Standing::Over => intent.status != Status::RequiresCapture && intent.amount_received == 0,
            _ => true,
        };
        if !is_true {
            self.faults
                .push(format!("the buyer of {id} is told {standing:?}, and it is {:?}", intent.status));
        }
    }

    /// Lets the server of the page ask Stripe. A request may kill the process.
    fn at_page<T>(&mut self, ask: impl FnOnce(&OnSession) -> T) -> T {
        let lent = std::mem::replace(&mut self.line, Line::new(TestRng::new(0)));
        let clock = std::mem::replace(&mut self.clock, ShopClock::new(Timestamp::from_ms(0)));
        let borrowed = Arc::new(Borrowed(Mutex::new((lent, clock, false))));
        let http = Arc::clone(&borrowed) as Arc<dyn Http>;
        let payments = OnSession::new(Api::new("https://stripe.example"), http, self.instance.id.to_string());
        let told = ask(&payments);
        drop(payments);
        let Ok(Borrowed(back)) = Arc::try_unwrap(borrowed) else { panic!("the page keeps the way") };
        let (line, clock, is_killed) = back.into_inner().unwrap();
        (self.line, self.clock) = (line, clock);
        if is_killed {
            self.restart();
        }
        told
    }

    /// Buyers try everything once more: they kept their letters, and the pages of their banks.
    pub(super) fn buyers_try_again(&mut self) {
        self.line.cut = None;
        for index in 0..self.letters.len() {
            let challenge = self.letters[index].challenge.clone();
            if self.patience.is_some() {
                self.at_page(|payments| payments.begin(&challenge, RETURN)).ok();
            }
            self.line.answer_bank(&challenge.payment.to_string(), true, self.clock.real);
        }
    }

    /// Nobody who was forgotten by a restored copy has a letter any more: links are good for minutes.
    pub(super) fn throw_letters_away(&mut self) {
        let known: Vec<&String> = self.books.orders.iter().map(|order| &order.paid_under).collect();
        self.letters.retain(|letter| known.contains(&&letter.paid_under));
    }
}
