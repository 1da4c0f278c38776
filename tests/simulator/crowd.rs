//! What accounts post, honestly and otherwise, what their cards are used for, and how they follow prompts.

use std::collections::{HashMap, VecDeque};

use compact_str::CompactString;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::offering::Offering;
use flashtag::domain::post::{Markup, Post};
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};

use super::authors::told_by_relay;
use super::plan::Plan;
use super::shop::{MERCHANT, SHOP, Shop, account};
use crate::test_rng::TestRng;

/// A post, and whether it is its author's own original: only such a post may count.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) post: Post,
    pub(crate) is_own: bool,
}

/// A prompt by e-mail that an account may follow.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) partition: u32,
    pub(crate) id: ReservationId,
    pub(crate) account: Account,
}

/// All accounts, and what they remember.
pub(crate) struct Crowd {
    people: usize,
    tags: Vec<Tags>,
    /// The next post id by network.
    posts: [u64; Network::ALL.len()],
    /// Recent claims: their accounts post most often.
    lately: VecDeque<(usize, usize)>,
    /// Posts that may be deleted, copied or delivered once more.
    written: VecDeque<Post>,
    /// Deadlines of accounts, and the best post at each.
    edges: VecDeque<(Account, String, Timestamp)>,
    /// The closings of the offers, and their claim tags.
    closings: Vec<(String, Timestamp)>,
    holders: HashMap<(u32, ReservationId), Account>,
    /// The tags of the offers by number.
    confirms: HashMap<(u32, OfferNo), String>,
    prompts: VecDeque<(Account, PostId)>,
    pub(crate) letters: VecDeque<Letter>,
    purchases: VecDeque<Transaction>,
    /// Purchases that the feed delivers after their refunds.
    overtaken: VecDeque<Transaction>,
    transactions: u64,
    cards: Vec<CompactString>,
}

struct Tags {
    buy: String,
    confirm: String,
    cancel: String,
}

impl Tags {
    /// A tag that the offer lacks is posted all the same.
    fn of(offering: &Offering) -> Self {
        match offering {
            Offering::Purchase(terms) => {
                let or = |tag: &Option<CompactString>, none: &str| tag.as_deref().unwrap_or(none).to_owned();
                let confirm = or(&terms.tags.confirm, "ConfirmNothing");
                let cancel = or(&terms.tags.cancel, "CancelNothing");
                Self { buy: terms.tags.buy.to_string(), confirm, cancel }
            }
            Offering::Credit(terms) => {
                let tag = || terms.enroll.to_string();
                Self { buy: tag(), confirm: tag(), cancel: tag() }
            }
        }
    }
}

/// Upper bound on remembered items of each kind.
const REMEMBERED: usize = 24;

fn remember<T>(items: &mut VecDeque<T>, new: T) {
    items.push_front(new);
    items.truncate(REMEMBERED);
}

/// Whether an instant is over but its posts may still be delivered.
fn is_just_past(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at).ms() < 40_000
}

fn recall<'a, T>(rng: &mut TestRng, items: &'a VecDeque<T>) -> Option<&'a T> {
    (!items.is_empty()).then(|| &items[rng.below(items.len())])
}

impl Crowd {
    pub(crate) fn new(plan: &Plan, shop: &Shop) -> Self {
        Self {
            people: plan.people,
            tags: shop.offers.iter().map(Tags::of).collect(),
            posts: [0; Network::ALL.len()],
            lately: VecDeque::new(),
            written: VecDeque::new(),
            edges: VecDeque::new(),
            closings: Vec::new(),
            holders: HashMap::new(),
            confirms: HashMap::new(),
            prompts: VecDeque::new(),
            letters: VecDeque::new(),
            purchases: VecDeque::new(),
            overtaken: VecDeque::new(),
            transactions: 0,
            cards: shop.links.iter().map(|linked| linked.link.token().into()).collect(),
        }
    }

    pub(crate) fn add_prompt(&mut self, account: Account, prompt: PostId) {
        remember(&mut self.prompts, (account, prompt));
    }

    pub(crate) fn add_letter(&mut self, letter: Letter) {
        remember(&mut self.letters, letter);
    }

    /// Tells the accounts concerned about an event: who has what until when.
    pub(crate) fn note_event(&mut self, partition: u32, event: &Event) {
        match event {
            Event::OfferAdded { offer, terms } => {
                let confirm = terms.tags.confirm.as_ref().map(ToString::to_string).unwrap_or_default();
                self.confirms.insert((partition, *offer), confirm);
                self.closings.push((terms.tags.buy.to_string(), terms.closes.after()));
            }
            Event::Reserved { id, claim, deadline } => {
                self.holders.insert((partition, *id), claim.account.clone());
                self.will_end(partition, *id, *deadline);
            }
            Event::Promoted { id, account, deadline, .. } => {
                self.holders.insert((partition, *id), account.clone());
                self.will_end(partition, *id, *deadline);
            }
            Event::Prompted { id, deadline, .. } => self.will_end(partition, *id, *deadline),
            _ => {}
        }
    }

    fn will_end(&mut self, partition: u32, id: ReservationId, at: Timestamp) {
        let confirm = self.confirms.get(&(partition, id.offer)).cloned().unwrap_or_default();
        if let Some(account) = self.holders.get(&(partition, id)) {
            remember(&mut self.edges, (account.clone(), confirm, at));
        }
    }

    /// Writes a random post.
    pub(crate) fn write(&mut self, plan: &Plan, rng: &mut TestRng, now: Timestamp) -> Written {
        let habits = &plan.crowd;
        if habits.delete
            && rng.below(20) == 0
            && let Some(post) = recall(rng, &self.written)
        {
            return Written { post: Post { deleted: true, ..post.clone() }, is_own: true };
        }
        if habits.copy
            && rng.below(20) == 0
            && let Some(post) = self.copy(rng, now)
        {
            return Written { post, is_own: false };
        }
        if habits.repost
            && rng.below(12) == 0
            && let Some(written) = self.repost(rng, now)
        {
            return written;
        }
        if habits.confirm
            && rng.below(12) == 0
            && let Some(post) = self.confirm_at_an_edge(rng, now)
        {
            return Written { post, is_own: true };
        }
        if rng.below(2) == 0
            && let Some(post) = self.claim_at_a_closing(rng, now)
        {
            return Written { post, is_own: true };
        }
        let (person, text, mut is_own) = self.random_text(plan, rng);
        let mut author = account(person);
        if rng.below(60) == 0 {
            author = Account::parse(Network::X, SHOP).expect("a number");
            is_own = false;
        }
        let mut post = self.post(author, now, text);
        post.posted_at = Self::time_of(plan, rng, now);
        post.author_since =
            (rng.below(3) == 0).then(|| Timestamp::from_ms(now.ms() - rng.below(3 * 86_400_000) as i64));
        post.edited = rng.below(60) == 0;
        is_own &= !post.edited;
        remember(&mut self.written, post.clone());
        Written { post, is_own }
    }

    /// A confirmation at or just before the end of a window.
    fn confirm_at_an_edge(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Post> {
        let (account, tag, at) = self.edges.iter().find(|(_, _, at)| is_just_past(*at, now)).cloned()?;
        Some(self.post_at_an_edge(rng, account, now, &tag, at))
    }

    /// A claim at or just before the closing of a sale. A sale closes once, so any account makes it.
    fn claim_at_a_closing(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Post> {
        let (tag, at) = self.closings.iter().find(|(_, at)| is_just_past(*at, now)).cloned()?;
        let author = account(rng.below(self.people));
        Some(self.post_at_an_edge(rng, author, now, &tag, at))
    }

    /// The next closing of a sale.
    pub(crate) fn next_closing(&self, now: Timestamp) -> Option<Timestamp> {
        self.closings.iter().map(|(_, at)| *at).filter(|at| *at > now).min()
    }

    fn post_at_an_edge(
        &mut self,
        rng: &mut TestRng,
        account: Account,
        now: Timestamp,
        tag: &str,
        at: Timestamp,
    ) -> Post {
        let mut post = self.post(account, now, format!("#{tag}"));
        post.posted_at = Timestamp::from_ms(at.ms() - *rng.pick(&[0, 0, 1]));
        post
    }

    /// Both networks number their posts from the same start, and a handle may equal another account's id.
    fn post(&mut self, account: Account, now: Timestamp, text: String) -> Post {
        let posts = &mut self.posts[account.network as usize];
        *posts += 1;
        let id = PostId::parse(account.network, &(1_000_000 + *posts).to_string()).expect("a number");
        let handle = format!("{}", 100 + *posts % self.people as u64).into();
        let cid = told_by_relay(account.network, &id);
        Post { cid, handle, ..Post::new(id, account, now, &text) }
    }

    fn time_of(plan: &Plan, rng: &mut TestRng, now: Timestamp) -> Timestamp {
        if plan.firehose.wrong_times && rng.below(10) == 0 {
            let off = *rng.pick(&[-7_200_000, -3_600_000, -900_000, 5_000, 60_000, 3_600_000]);
            return Timestamp::from_ms(now.ms() + off);
        }
        Timestamp::from_ms(now.ms() - rng.below(2_000) as i64)
    }

    /// A few accounts and offers post most often.
    fn random_text(&mut self, plan: &Plan, rng: &mut TestRng) -> (usize, String, bool) {
        let habits = &plan.crowd;
        if habits.account_words && rng.below(40) == 0 {
            let word = rng.pick(&["STOP", "START", "FREEZE", "start!", ", stop 🙏"]);
            return (rng.below(self.people), format!("@FlashShop {word}"), true);
        }
        if rng.below(2) == 0
            && let Some(&(person, offer)) = recall(rng, &self.lately)
        {
            // An account often wants several offers.
            let offer = if rng.below(4) == 0 { rng.below(self.tags.len()) } else { offer };
            let tags = &self.tags[offer];
            let text = match rng.below(10) {
                0..=5 if habits.confirm => format!("yes #{}", tags.confirm),
                6..=7 if habits.cancel => format!("no #{} sorry", tags.cancel),
                8 => format!("#{} #{}", tags.confirm, tags.buy),
                _ => format!("again #{}", tags.buy),
            };
            return (person, text, true);
        }
        let (person, offer) = (rng.below(self.people), rng.below(self.tags.len()));
        remember(&mut self.lately, (person, offer));
        let buy = &self.tags[offer].buy;
        let kind = rng.below(16);
        let text = match kind {
            0 => format!("#{buy} x2"),
            1 => format!("I want #{buy} x3 now"),
            2 => format!("#{}", buy.to_ascii_uppercase()),
            3 => format!("#{buy}s"),
            4 => format!("＃{buy}"),
            // Replaces a letter by a Cyrillic look-alike, where there is one.
            5 => format!("#{}", buy.replace('a', "\u{430}").replace('y', "\u{443}")),
            6 => "nothing at all".into(),
            7 if habits.confirm => format!("#{}", self.tags[offer].confirm),
            _ => format!("#{buy}"),
        };
        (person, text, !matches!(kind, 3 | 5 | 6))
    }

    /// Another author's text, reposted by hand or in a quotation, or the author's own text under a new id.
    fn copy(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Post> {
        let copied = recall(rng, &self.written)?.clone();
        let person = rng.below(self.people);
        let (text, quoted) = match rng.below(4) {
            0 => (format!("RT @somebody: {}", copied.text), None),
            1 => (format!("“@somebody: {}” (via @nobody)", copied.text), None),
            _ => {
                let whole = 0..copied.text.chars().count();
                (copied.text, Some(Box::new(Markup { quoted: vec![whole], tags: None })))
            }
        };
        let mut post = self.post(account(person), now, text);
        post.markup = quoted;
        post.quote_of = Some(copied.id);
        Some(post)
    }

    /// A repost of the account's own prompt, of another's, or of any post.
    fn repost(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Written> {
        let prompted = rng.below(4) > 0;
        let prompt = recall(rng, &self.prompts).filter(|_| prompted).cloned();
        let (owner, of, prompts) = match prompt {
            Some((owner, prompt)) => (owner, prompt, true),
            None => {
                let post = recall(rng, &self.written)?;
                (post.account.clone(), post.id.clone(), false)
            }
        };
        let author = if rng.below(4) > 0 { owner.clone() } else { account(rng.below(self.people)) };
        let text = if rng.below(2) == 0 { format!("#{}", self.tags[0].confirm) } else { String::new() };
        let is_own = prompts && author == owner;
        let mut post = self.post(author, now, text);
        post.repost_of = Some(of);
        Some(Written { post, is_own })
    }

    /// The post that the confirming page makes for a letter's link.
    pub(crate) fn click(&mut self, rng: &mut TestRng) -> Option<Letter> {
        recall(rng, &self.letters).cloned()
    }

    /// A purchase or a refund; now and then the feed repeats it, or has a refund first and its purchase much later.
    pub(crate) fn spend(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Transaction> {
        if rng.below(5) == 0
            && let Some(again) = recall(rng, &self.purchases)
        {
            return Some(again.clone());
        }
        if rng.below(8) == 0
            && let Some(late) = self.overtaken.pop_back()
        {
            return Some(late);
        }
        let bought = self.purchase(rng, now)?;
        let transaction = match rng.below(6) {
            0 => {
                remember(&mut self.overtaken, bought.clone());
                self.refund(rng, now, &bought)
            }
            1 | 2 => match recall(rng, &self.purchases).cloned() {
                Some(earlier) => self.refund(rng, now, &earlier),
                None => bought,
            },
            _ => bought,
        };
        remember(&mut self.purchases, transaction.clone());
        Some(transaction)
    }

    fn purchase(&mut self, rng: &mut TestRng, now: Timestamp) -> Option<Transaction> {
        let card = if self.cards.is_empty() { return None } else { rng.pick(&self.cards).clone() };
        self.transactions += 1;
        let id = TransactionId::parse(&format!("t-{}", self.transactions)).expect("visible");
        let amount = rng.pick(&["31.20 USD", "9.99 USD", "400.00 USD", "33.33 USD", "50.00 EUR"]);
        let merchant = *rng.pick(&[MERCHANT, MERCHANT, MERCHANT, "m-9"]);
        Some(Transaction {
            id,
            card,
            merchant: merchant.into(),
            amount: amount.parse().expect("an amount"),
            at: Timestamp::from_ms(now.ms() - rng.below(120_000) as i64),
            kind: TransactionKind::Purchase,
        })
    }

    /// A refund to the same card, of any amount and at any merchant.
    fn refund(&mut self, rng: &mut TestRng, now: Timestamp, of: &Transaction) -> Transaction {
        let other = self.purchase(rng, now).expect("there is a card");
        Transaction { card: of.card.clone(), kind: TransactionKind::Refund { of: of.id.clone() }, ..other }
    }
}
