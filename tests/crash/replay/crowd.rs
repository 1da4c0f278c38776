//! The accounts of a random day: they post in time and late, and earlier posts are delivered again.

use std::collections::VecDeque;

use flashtag::domain::cid::Cid;
use flashtag::domain::command::{Command, Intent, PostCommand};
use flashtag::domain::id::{Account, Network, OfferNo, PostId};
use flashtag::domain::link::{Card, Funding, Link};
use flashtag::domain::time::Timestamp;

use super::sale::{CREDITS, PURCHASES};
use crate::test_rng::TestRng;

const PEOPLE: usize = 12;
const CLAIMS_LATELY: usize = 6;

/// Cards; each is linked to two accounts.
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

/// The id of the prompt of a reservation, whichever offer it belongs to.
pub(super) fn prompt(ordinal: u32) -> PostId {
    PostId::parse_reference(&format!("prompt/{ordinal}")).expect("visible")
}

/// A claim of one unit of the first offer, published at `now`.
pub(super) fn claim(number: usize, now: Timestamp) -> Command {
    let post = PostId::parse(Network::X, &(number + 100).to_string()).expect("a number");
    let claim = PostCommand::plain(account(number), post, now, Intent::Buy(OfferNo(0)));
    Command::Say(PostCommand { link: Some(link(number)), ..claim })
}

#[derive(Default)]
pub(super) struct Crowd {
    posts: u64,
    /// Recent claims and confirmations: their accounts post most often.
    claims: VecDeque<(usize, OfferNo)>,
    /// Accepted posts, which may be delivered again.
    accepted: Vec<PostCommand>,
}

impl Crowd {
    pub(super) fn random_account(rng: &mut TestRng) -> Account {
        account(rng.below(PEOPLE))
    }

    pub(super) fn write(&mut self, rng: &mut TestRng, now: Timestamp) -> PostCommand {
        let (number, intent) = self.random_intent(rng);
        if let Intent::Buy(offer) | Intent::Confirm(offer) = intent {
            self.claims.push_front((number, offer));
            self.claims.truncate(CLAIMS_LATELY);
        }
        self.posts += 1;
        let before = |ms: usize| Timestamp::from_ms(now.ms() - ms as i64);
        let post = PostId::parse(Network::X, &(self.posts + 100).to_string()).expect("a number");
        let posted_at = before(rng.below(40_000));
        PostCommand {
            link: (rng.below(15) > 0).then(|| link(number)),
            units: *rng.pick(&[1, 1, 2, 3]),
            account_since: (rng.below(3) == 0).then(|| before(rng.below(3 * 86_400_000))),
            cid: self.hash(),
            ..PostCommand::plain(account(number), post, posted_at, intent)
        }
    }

    /// A relay told of every other post.
    fn hash(&self) -> Option<Box<Cid>> {
        let is_told = self.posts.is_multiple_of(2);
        is_told.then(|| Box::new(Cid::parse(&format!("bafy{}", self.posts)).expect("letters and digits")))
    }

    fn random_intent(&self, rng: &mut TestRng) -> (usize, Intent) {
        match self.claims.get(rng.below(2 * CLAIMS_LATELY)) {
            Some(&(number, offer)) => (number, next_intent(rng, offer)),
            None => (rng.below(PEOPLE), first_intent(rng)),
        }
    }

    /// An earlier post, unchanged or deleted by its author, or the deletion of a post that comes later or never.
    pub(super) fn repeat(&self, rng: &mut TestRng) -> Option<PostCommand> {
        let command = (!self.accepted.is_empty()).then(|| rng.pick(&self.accepted).clone())?;
        if rng.below(8) == 0 {
            let later = self.posts + 101 + rng.below(3) as u64;
            let post = PostId::parse(Network::X, &later.to_string()).expect("a number");
            return Some(PostCommand { post, intent: Intent::Delete, ..command });
        }
        Some(if rng.below(3) == 0 { PostCommand { intent: Intent::Delete, ..command } } else { command })
    }

    pub(super) fn note_accepted(&mut self, command: &PostCommand) {
        self.accepted.push(command.clone());
    }

    /// Drops a post that was accepted, forgotten and then refused.
    pub(super) fn note_refused(&mut self, post: &PostId) {
        self.accepted.retain(|command| command.post != *post);
    }
}

fn first_intent(rng: &mut TestRng) -> Intent {
    let offer = OfferNo(rng.below(PURCHASES as usize) as u32);
    match rng.below(36) {
        0..=27 => Intent::Buy(offer),
        28..=31 => Intent::Enroll(OfferNo(PURCHASES + rng.below(CREDITS as usize) as u32)),
        32 => next_intent(rng, offer),
        33 => Intent::Freeze,
        34 => Intent::Stop,
        _ => Intent::Start,
    }
}

/// The next intent of an account that claimed.
fn next_intent(rng: &mut TestRng, offer: OfferNo) -> Intent {
    match rng.below(10) {
        0..=4 => Intent::Confirm(offer),
        5..=7 => Intent::Cancel(offer),
        8 => Intent::Buy(offer),
        _ => Intent::Repost { of: prompt(1 + rng.below(40) as u32), tagged: Some(offer) },
    }
}
