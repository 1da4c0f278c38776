//! The crowd: what people post, honestly and otherwise, what their cards are used for, and what they do
//! with the prompts that reach them.

use std::collections::{HashMap, VecDeque};

use compact_str::CompactString;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::offering::Offering;
use flashtag::domain::post::Post;
use flashtag::domain::time::Timestamp;
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};

use super::plan::Plan;
use super::shop::{MERCHANT, SHOP, Shop, account};
use crate::dice::Dice;

/// A post, and whether it is its author's own first word: the only ones that may ever count.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) post: Post,
    pub(super) own_word: bool,
}

/// A prompt by e-mail that somebody may follow.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) partition: u32,
    pub(super) id: ReservationId,
    pub(super) account: Account,
}

/// Everybody, and what they remember.
pub(super) struct Crowd {
    people: usize,
    tags: Vec<Tags>,
    /// By network.
    posts: [u64; Network::ALL.len()],
    /// Who claimed what lately: they have most to say.
    lately: VecDeque<(usize, usize)>,
    /// Posts that may be deleted, copied or delivered once more.
    written: VecDeque<Post>,
    /// Instants at which something ends for somebody, and what is best posted then.
    edges: VecDeque<(Account, String, Timestamp)>,
    /// The ends of the sales, and the tags that buy.
    closings: Vec<(String, Timestamp)>,
    holders: HashMap<(u32, ReservationId), Account>,
    /// The confirmation tags of the offers, by their numbers.
    confirms: HashMap<(u32, OfferNo), String>,
    prompts: VecDeque<(Account, PostId)>,
    pub(super) letters: VecDeque<Letter>,
    purchases: VecDeque<Transaction>,
    transactions: u64,
    cards: Vec<CompactString>,
}

struct Tags {
    buy: String,
    confirm: String,
    cancel: String,
}

impl Tags {
    /// What is not an offer's is posted all the same.
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

/// How much of what was is remembered.
const REMEMBERED: usize = 24;

fn remember<T>(what: &mut VecDeque<T>, new: T) {
    what.push_front(new);
    what.truncate(REMEMBERED);
}

/// Whether an instant is over, and a network may still deliver what was posted at it.
fn is_just_past(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at).ms() < 40_000
}

fn recall<'a, T>(dice: &mut Dice, what: &'a VecDeque<T>) -> Option<&'a T> {
    (!what.is_empty()).then(|| &what[dice.roll(what.len())])
}

impl Crowd {
    pub(super) fn new(plan: &Plan, shop: &Shop) -> Self {
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
            transactions: 0,
            cards: shop.links.iter().map(|linked| linked.link.token().into()).collect(),
        }
    }

    pub(super) fn is_prompted(&mut self, account: Account, prompt: PostId) {
        remember(&mut self.prompts, (account, prompt));
    }

    pub(super) fn is_mailed(&mut self, letter: Letter) {
        remember(&mut self.letters, letter);
    }

    /// A fact of that partition is known to those whom it concerns: who has what until when.
    pub(super) fn hear_of(&mut self, partition: u32, event: &Event) {
        match event {
            Event::OfferAdded { offer, terms } => {
                let confirm = terms.tags.confirm.as_ref().map(ToString::to_string).unwrap_or_default();
                self.confirms.insert((partition, *offer), confirm);
                self.closings.push((terms.tags.buy.to_string(), terms.closes));
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

    /// Somebody posts something.
    pub(super) fn write(&mut self, plan: &Plan, dice: &mut Dice, now: Timestamp) -> Written {
        let manners = &plan.crowd;
        if manners.delete
            && dice.roll(20) == 0
            && let Some(post) = recall(dice, &self.written)
        {
            return Written { post: Post { deleted: true, ..post.clone() }, own_word: true };
        }
        if manners.copy
            && dice.roll(20) == 0
            && let Some(post) = self.copy(dice, now)
        {
            return Written { post, own_word: false };
        }
        if manners.repost
            && dice.roll(12) == 0
            && let Some(written) = self.repost(dice, now)
        {
            return written;
        }
        if manners.confirm
            && dice.roll(12) == 0
            && let Some(post) = self.say_at_an_edge(dice, now)
        {
            return Written { post, own_word: true };
        }
        if dice.roll(2) == 0
            && let Some(post) = self.claim_at_a_closing(dice, now)
        {
            return Written { post, own_word: true };
        }
        let (person, text, mut own_word) = self.somebody_says(plan, dice);
        let mut author = account(person);
        if dice.roll(60) == 0 {
            author = Account::parse(Network::X, SHOP).expect("a number");
            own_word = false;
        }
        let mut post = self.post(author, now, text);
        post.posted_at = Self::time_of(plan, dice, now);
        post.author_since =
            (dice.roll(3) == 0).then(|| Timestamp::from_ms(now.ms() - dice.roll(3 * 86_400_000) as i64));
        post.edited = dice.roll(60) == 0;
        own_word &= !post.edited;
        remember(&mut self.written, post.clone());
        Written { post, own_word }
    }

    /// A confirmation of the very instant at which the window closes, or of just before.
    fn say_at_an_edge(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Post> {
        let (account, tag, at) = self.edges.iter().find(|(_, _, at)| is_just_past(*at, now)).cloned()?;
        Some(self.post_at_an_edge(dice, account, now, &tag, at))
    }

    /// A claim of the very instant at which the sale closes, or of just before. A sale has one such instant,
    /// so whoever is there claims.
    fn claim_at_a_closing(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Post> {
        let (tag, at) = self.closings.iter().find(|(_, at)| is_just_past(*at, now)).cloned()?;
        let somebody = account(dice.roll(self.people));
        Some(self.post_at_an_edge(dice, somebody, now, &tag, at))
    }

    /// When the next sale closes.
    pub(super) fn next_closing(&self, now: Timestamp) -> Option<Timestamp> {
        self.closings.iter().map(|(_, at)| *at).filter(|at| *at > now).min()
    }

    fn post_at_an_edge(
        &mut self,
        dice: &mut Dice,
        account: Account,
        now: Timestamp,
        tag: &str,
        at: Timestamp,
    ) -> Post {
        let mut post = self.post(account, now, format!("#{tag}"));
        post.posted_at = Timestamp::from_ms(at.ms() - *dice.pick(&[0, 0, 1]));
        post
    }

    /// Both networks count their posts from the same number, and anybody may be called as somebody else's
    /// id is.
    fn post(&mut self, account: Account, now: Timestamp, text: String) -> Post {
        let posts = &mut self.posts[account.network as usize];
        *posts += 1;
        Post {
            id: PostId::parse(account.network, &(1_000_000 + *posts).to_string()).expect("a number"),
            handle: format!("{}", 100 + *posts % self.people as u64).into(),
            account,
            author_since: None,
            posted_at: now,
            text,
            in_reply_to: None,
            repost_of: None,
            quote_of: None,
            arrived_at: None,
            edited: false,
            deleted: false,
        }
    }

    fn time_of(plan: &Plan, dice: &mut Dice, now: Timestamp) -> Timestamp {
        if plan.firehose.wrong_times && dice.roll(10) == 0 {
            let off = *dice.pick(&[-7_200_000, -3_600_000, -900_000, 5_000, 60_000, 3_600_000]);
            return Timestamp::from_ms(now.ms() + off);
        }
        Timestamp::from_ms(now.ms() - dice.roll(2_000) as i64)
    }

    /// A handful of people and offers have most to say; the rest drops in.
    fn somebody_says(&mut self, plan: &Plan, dice: &mut Dice) -> (usize, String, bool) {
        let manners = &plan.crowd;
        if manners.account_words && dice.roll(40) == 0 {
            let word = dice.pick(&["STOP", "START", "FREEZE", "start!"]);
            return (dice.roll(self.people), format!("@FlashShop {word}"), true);
        }
        if dice.roll(2) == 0
            && let Some(&(person, offer)) = recall(dice, &self.lately)
        {
            // Who wants one thing often wants another.
            let offer = if dice.roll(4) == 0 { dice.roll(self.tags.len()) } else { offer };
            let tags = &self.tags[offer];
            let text = match dice.roll(10) {
                0..=5 if manners.confirm => format!("yes #{}", tags.confirm),
                6..=7 if manners.cancel => format!("no #{} sorry", tags.cancel),
                8 => format!("#{} #{}", tags.confirm, tags.buy),
                _ => format!("again #{}", tags.buy),
            };
            return (person, text, true);
        }
        let (person, offer) = (dice.roll(self.people), dice.roll(self.tags.len()));
        remember(&mut self.lately, (person, offer));
        let buy = &self.tags[offer].buy;
        let kind = dice.roll(16);
        let text = match kind {
            0 => format!("#{buy} x2"),
            1 => format!("I want #{buy} x3 now"),
            2 => format!("#{}", buy.to_ascii_uppercase()),
            3 => format!("#{buy}s"),
            4 => format!("＃{buy}"),
            // With a Cyrillic letter that looks the same, where there is one.
            5 => format!("#{}", buy.replace('a', "\u{430}").replace('y', "\u{443}")),
            6 => "nothing at all".into(),
            7 if manners.confirm => format!("#{}", self.tags[offer].confirm),
            _ => format!("#{buy}"),
        };
        (person, text, !matches!(kind, 3 | 5 | 6))
    }

    /// Another one's words, by hand or by quotation, or one's own again under a new id.
    fn copy(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Post> {
        let copied = recall(dice, &self.written)?.clone();
        let person = dice.roll(self.people);
        let text = match dice.roll(2) {
            0 => format!("RT @somebody: {}", copied.text),
            _ => copied.text,
        };
        let mut post = self.post(account(person), now, text);
        post.quote_of = Some(copied.id);
        Some(post)
    }

    /// A repost: of one's own prompt, of somebody else's, or of any post.
    fn repost(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Written> {
        let prompted = dice.roll(4) > 0;
        let prompt = recall(dice, &self.prompts).filter(|_| prompted).cloned();
        let (owner, of, prompts) = match prompt {
            Some((owner, prompt)) => (owner, prompt, true),
            None => {
                let post = recall(dice, &self.written)?;
                (post.account.clone(), post.id.clone(), false)
            }
        };
        let author = if dice.roll(4) > 0 { owner.clone() } else { account(dice.roll(self.people)) };
        let text = if dice.roll(2) == 0 { format!("#{}", self.tags[0].confirm) } else { String::new() };
        let own_word = prompts && author == owner;
        let mut post = self.post(author, now, text);
        post.repost_of = Some(of);
        Some(Written { post, own_word })
    }

    /// The post that follows a letter's link, as the confirming page makes it.
    pub(super) fn click(&mut self, dice: &mut Dice) -> Option<Letter> {
        recall(dice, &self.letters).cloned()
    }

    /// A card is used somewhere, or gets money back; now and then the feed says so twice.
    pub(super) fn spend(&mut self, dice: &mut Dice, now: Timestamp) -> Option<Transaction> {
        if dice.roll(5) == 0
            && let Some(again) = recall(dice, &self.purchases)
        {
            return Some(again.clone());
        }
        let card = if self.cards.is_empty() { return None } else { dice.pick(&self.cards).clone() };
        self.transactions += 1;
        let id = TransactionId::parse(&format!("t-{}", self.transactions)).expect("visible");
        let amount = dice.pick(&["31.20 USD", "9.99 USD", "400.00 USD", "33.33 USD", "50.00 EUR"]);
        let merchant = *dice.pick(&[MERCHANT, MERCHANT, MERCHANT, "m-9"]);
        let at = Timestamp::from_ms(now.ms() - dice.roll(120_000) as i64);
        let mut transaction = Transaction {
            id,
            card,
            merchant: merchant.into(),
            amount: amount.parse().expect("an amount"),
            at,
            kind: TransactionKind::Purchase,
        };
        if dice.roll(3) == 0
            && let Some(purchase) = recall(dice, &self.purchases)
        {
            transaction.kind = TransactionKind::Refund { of: purchase.id.clone() };
            transaction.card = purchase.card.clone();
        }
        remember(&mut self.purchases, transaction.clone());
        Some(transaction)
    }
}
