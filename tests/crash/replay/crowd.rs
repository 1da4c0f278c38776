//! The crowd: what accounts say, in time and late, and what was heard of it and is delivered again.

use std::collections::VecDeque;

use flashtag::domain::account_status::AccountStatus;
use flashtag::domain::command::{Command, Intent, PostCommand};
use flashtag::domain::id::{Account, Network, OfferNo, PostId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::time::Timestamp;

use super::sale::{CREDITS, PURCHASES};
use crate::dice::Dice;

const PEOPLE: usize = 12;
const CLAIMS_LATELY: usize = 6;

/// Of each card there are two accounts.
pub(super) const CARDS: usize = PEOPLE / 2;

pub(super) fn token(card: usize) -> String {
    format!("tok_{card}")
}

fn account(number: usize) -> Account {
    Account::parse(Network::X, &(1 + number).to_string()).expect("a number")
}

fn link(number: usize) -> Link {
    let (brand, last4) = ("amex".into(), "1005".into());
    let card = Card { token: token(number / 2).into(), brand, funding: Funding::Credit, last4 };
    Link::new(&card, &format!("{number}@example.com"), "US-NY")
}

/// The prompt of the so-many-th reservation, whichever offer's it is.
pub(super) fn prompt(ordinal: u32) -> PostId {
    PostId::parse_reference(&format!("prompt/{ordinal}")).expect("visible")
}

/// A claim of one unit of the first offer, published as it comes.
pub(super) fn claim(number: usize, now: Timestamp) -> Command {
    Command::Say(PostCommand {
        post: PostId::parse(Network::X, &(number + 100).to_string()).expect("a number"),
        account: account(number),
        posted_at: now,
        intent: Intent::Buy(OfferNo(0)),
        link: Some(link(number)),
        units: 1,
        account_since: None,
        status: AccountStatus::default(),
    })
}

#[derive(Default)]
pub(super) struct Crowd {
    posts: u64,
    /// Who claimed or confirmed what lately: they have most to say.
    claims: VecDeque<(usize, OfferNo)>,
    /// Posts that were accepted, and may be delivered again.
    accepted: Vec<PostCommand>,
}

impl Crowd {
    pub(super) fn someone(dice: &mut Dice) -> Account {
        account(dice.roll(PEOPLE))
    }

    pub(super) fn write(&mut self, dice: &mut Dice, now: Timestamp) -> PostCommand {
        let (number, intent) = self.somebody_wishing(dice);
        if let Intent::Buy(offer) | Intent::Confirm(offer) = intent {
            self.claims.push_front((number, offer));
            self.claims.truncate(CLAIMS_LATELY);
        }
        self.posts += 1;
        let before = |ms: usize| Timestamp::from_ms(now.ms() - ms as i64);
        PostCommand {
            post: PostId::parse(Network::X, &(self.posts + 100).to_string()).expect("a number"),
            account: account(number),
            posted_at: before(dice.roll(40_000)),
            intent,
            link: (dice.roll(15) > 0).then(|| link(number)),
            units: *dice.pick(&[1, 1, 2, 3]),
            account_since: (dice.roll(3) == 0).then(|| before(dice.roll(3 * 86_400_000))),
            status: AccountStatus::default(),
        }
    }

    fn somebody_wishing(&self, dice: &mut Dice) -> (usize, Intent) {
        match self.claims.get(dice.roll(2 * CLAIMS_LATELY)) {
            Some(&(number, offer)) => (number, second_wish(dice, offer)),
            None => (dice.roll(PEOPLE), first_wish(dice)),
        }
    }

    /// A post that was heard before, as it was or as one that its author deleted.
    pub(super) fn repeat(&self, dice: &mut Dice) -> Option<PostCommand> {
        let said = (!self.accepted.is_empty()).then(|| dice.pick(&self.accepted).clone())?;
        Some(if dice.roll(3) == 0 { PostCommand { intent: Intent::Delete, ..said } } else { said })
    }

    pub(super) fn is_heard(&mut self, said: &PostCommand) {
        self.accepted.push(said.clone());
    }

    /// A post that was accepted, forgotten and then refused is a refused one.
    pub(super) fn is_refused(&mut self, post: &PostId) {
        self.accepted.retain(|said| said.post != *post);
    }
}

fn first_wish(dice: &mut Dice) -> Intent {
    let offer = OfferNo(dice.roll(PURCHASES as usize) as u32);
    match dice.roll(36) {
        0..=27 => Intent::Buy(offer),
        28..=31 => Intent::Enroll(OfferNo(PURCHASES + dice.roll(CREDITS as usize) as u32)),
        32 => second_wish(dice, offer),
        33 => Intent::Freeze,
        34 => Intent::Stop,
        _ => Intent::Start,
    }
}

/// What one says who claimed, or whose claim is late.
fn second_wish(dice: &mut Dice, offer: OfferNo) -> Intent {
    match dice.roll(10) {
        0..=4 => Intent::Confirm(offer),
        5..=7 => Intent::Cancel(offer),
        8 => Intent::Buy(offer),
        _ => Intent::Repost { of: prompt(1 + dice.roll(40) as u32), tagged: Some(offer) },
    }
}
