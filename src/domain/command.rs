//! Commands: what posts, providers, operators and time ask of a campaign. Each is decided once, at one
//! instant.

use compact_str::CompactString;

use super::account_status::AccountStatus;
use super::arrival::{AgeOnArrival, Arrival};
use super::cid::Cid;
use super::credit::CreditTerms;
use super::dead_letter::SettleDeadLetter;
use super::event::{Delivered, Event};
use super::heard_posts::Unattested;
use super::id::{Account, EffectKey, OfferNo, PostId, ReservationId};
use super::lane::Lane;
use super::link::Link;
use super::objection::NoteObjection;
use super::outcome::Outcome;
use super::post::Post;
use super::provider_ref::{PaymentRef, ProviderRef};
use super::sale_order::SaleOrder;
use super::status_word::{StatusKind, StatusWord};
use super::terms::Terms;
use super::time::Timestamp;
use super::transaction::Transaction;

/// One command to decide.
#[derive(Debug, Clone)]
pub enum Command {
    /// Puts an offer on sale under this number.
    AddOffer {
        /// The next free number of the partition.
        offer: OfferNo,
        /// The terms of the sale.
        terms: Box<Terms>,
    },
    /// Opens a statement-credit offer under this number.
    AddCreditOffer {
        /// The next free number of the partition.
        offer: OfferNo,
        /// The terms of the sale.
        terms: Box<CreditTerms>,
    },
    /// Corrects the terms of an offer that has not opened.
    CorrectOffer {
        /// The offer.
        offer: OfferNo,
        /// The corrected terms.
        terms: Box<Terms>,
    },
    /// Corrects the terms of a statement-credit offer that has not opened.
    CorrectCreditOffer {
        /// The offer.
        offer: OfferNo,
        /// The corrected terms.
        terms: Box<CreditTerms>,
    },
    /// Decides an account's own post that concerns an offer.
    Say(PostCommand),
    /// Decides a card transaction that may concern a statement-credit offer.
    Transact {
        /// The statement-credit offer.
        offer: OfferNo,
        /// The transaction as the feed delivers it.
        transaction: Transaction,
        /// The account to which its card is linked, if one is known.
        holder: Option<Account>,
    },
    /// Decides what is due.
    ExpireDue,
    /// Records a provider's report.
    Report(Report),
    /// Adds units while the sale runs.
    Restock(StockChange),
    /// Takes available units off the sale.
    Withdraw(StockChange),
    /// Lets an account that froze itself buy again.
    Unfreeze(Account),
    /// Releases everything that an account without a link has and has not ordered.
    Unlink(Account),
    /// Pauses, resumes or closes a sale.
    Operate(SaleOrder),
    /// Lets a dead letter be tried again, under its key.
    RetryDeadLetter(EffectKey),
    /// Settles a dead letter.
    SettleDeadLetter(Box<SettleDeadLetter>),
    /// Notes beside an order what a bank objects to its payment.
    NoteObjection(Box<NoteObjection>),
    /// Changes an account's status as another journal knows it, if the word is newer than what is known.
    SetStatus(Box<StatusWord>),
}

/// A change of an offer's allotment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockChange {
    /// The offer whose stock changes.
    pub offer: OfferNo,
    /// Units to add or withdraw.
    pub units: u32,
    /// The idempotency key: a change is made once for each key.
    pub key: CompactString,
}

/// A post as a campaign decides it: author, intent, time and linked card.
#[derive(Debug, Clone)]
pub struct PostCommand {
    /// The post's id.
    pub post: PostId,
    /// The author of the post.
    pub account: Account,
    /// The time of publication, as the network gives it.
    pub posted_at: Timestamp,
    /// The intent that was parsed from the text.
    pub intent: Intent,
    /// The author's linked card; `None` if the author has none.
    pub link: Option<Link>,
    /// Units that a claim asks for.
    pub units: u32,
    /// When the author's account was created; `None` if the post does not carry it.
    pub account_since: Option<Timestamp>,
    /// Whether the author froze the account or opted out of replies.
    pub status: AccountStatus,
    /// The author's handle, for people; empty if the post has none.
    pub handle: CompactString,
    /// How old it was on its arrival; `None` if journal time is the time of its arrival.
    pub age: Option<AgeOnArrival>,
    /// The hash of the post, if a stream told of it that nobody has to trust.
    pub cid: Option<Box<Cid>>,
}

impl PostCommand {
    /// The command of a post for one unit by an account without a card, of which nothing else is known.
    #[must_use]
    pub fn plain(account: Account, post: PostId, posted_at: Timestamp, intent: Intent) -> Self {
        Self {
            post,
            account,
            posted_at,
            intent,
            link: None,
            units: 1,
            account_since: None,
            status: AccountStatus::default(),
            handle: CompactString::default(),
            age: None,
            cid: None,
        }
    }

    /// Builds the command of a post with that intent and number of units.
    #[must_use]
    pub fn new(post: &Post, intent: Intent, link: Option<Link>, units: u32) -> Self {
        Self {
            post: post.id.clone(),
            account: post.account.clone(),
            posted_at: post.posted_at,
            intent,
            link,
            units,
            account_since: post.author_since,
            status: AccountStatus::default(),
            handle: post.handle.clone(),
            age: None,
            cid: post.cid.clone(),
        }
    }

    /// The command of a post that arrived so, and counts as of `posted_at`.
    #[must_use]
    pub fn arrived(self, posted_at: Timestamp, arrival: &Arrival) -> Self {
        Self { posted_at, age: Some(arrival.age_of(posted_at)), ..self }
    }

    /// How old the post was on its arrival, which is `now` if no clock told it.
    #[must_use]
    pub fn age_at(&self, now: Timestamp) -> AgeOnArrival {
        self.age.unwrap_or_else(|| Arrival::at(now).age_of(self.posted_at))
    }

    /// The fact that a stream told of the post, if it is a confirmation of that offer and has to be read again.
    #[must_use]
    pub fn heard(&self, offer: OfferNo) -> Option<Event> {
        let cid = self.cid.clone()?;
        let (account, post) = (self.account.clone(), self.post.clone());
        Some(Event::ConfirmationHeard { offer, account, post, cid })
    }

    /// Builds the confirmation by a signed link's button. Its post id is one that no network gives, and it is
    /// the same for every press, so the link confirms once.
    #[must_use]
    pub fn by_link(
        partition: u32,
        id: ReservationId,
        account: Account,
        posted_at: Timestamp,
        link: Option<Link>,
        units: u32,
    ) -> Self {
        let post = PostId::parse_reference(&format!("link/{partition}/{}/{}", id.offer.0, id.ordinal));
        let post = post.expect("three numbers are visible and short");
        Self { link, units, ..Self::plain(account, post, posted_at, Intent::Accept(id)) }
    }
}

impl PostCommand {
    /// Builds the command that releases what an unlinked account has in a campaign. Its post id is one that no network
    /// gives.
    #[must_use]
    pub fn unlinking(partition: u32, campaign: usize, account: Account, now: Timestamp) -> Self {
        let post = PostId::parse_reference(&format!("unlink/{partition}/{campaign}/{}", now.ms()));
        let post = post.expect("three numbers are visible and short");
        Self::plain(account, post, now, Intent::Unlink)
    }

    /// The word that the post says on its account's status; `None` if it changes none.
    #[must_use]
    pub fn status_word(&self) -> Option<StatusWord> {
        let (kind, stops, _) = self.intent.status_change()?;
        Some(StatusWord {
            account: self.account.clone(),
            kind,
            stops,
            posted_at: self.posted_at,
            post: Some(self.post.clone()),
            undid: None,
        })
    }

    /// Builds the command of the post that said a word; `None` if no post did.
    #[must_use]
    pub fn by_word(word: &StatusWord) -> Option<Self> {
        Some(Self {
            post: word.post.clone()?,
            account: word.account.clone(),
            posted_at: word.posted_at,
            intent: match (word.kind, word.stops) {
                (StatusKind::Buying, _) => Intent::Freeze,
                (StatusKind::Replies, true) => Intent::Stop,
                (StatusKind::Replies, false) => Intent::Start,
            },
            link: None,
            units: 1,
            account_since: None,
            status: AccountStatus::default(),
            handle: CompactString::default(),
            age: None,
            cid: None,
        })
    }
}

/// What a post asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Claims units of the offer.
    Buy(OfferNo),
    /// Places the order.
    Confirm(OfferNo),
    /// Passes the units or the place in line on.
    Cancel(OfferNo),
    /// Reposts that post; this confirms if the repost is of the author's own prompt.
    Repost {
        /// The reposted post.
        of: PostId,
        /// The offer whose tag the text has; `None` if it has none.
        tagged: Option<OfferNo>,
    },
    /// Deletes the post.
    Delete,
    /// Enrolls the card in a statement-credit offer.
    Enroll(OfferNo),
    /// Places the order of that reservation, by its signed link.
    Accept(ReservationId),
    /// Opts out of replies.
    Stop,
    /// Opts in to replies again.
    Start,
    /// Freezes the account: it buys nothing any more, and everything that is not confirmed is passed on.
    Freeze,
    /// Releases everything that is not ordered: the account has no linked card any more. No post asks for that.
    Unlink,
}

impl Intent {
    /// The status that the post changes, whether it stops that, and the outcome; `None` if it changes none.
    #[must_use]
    pub const fn status_change(&self) -> Option<(StatusKind, bool, Outcome)> {
        match self {
            Self::Stop => Some((StatusKind::Replies, true, Outcome::OptedOut)),
            Self::Start => Some((StatusKind::Replies, false, Outcome::OptedIn)),
            Self::Freeze => Some((StatusKind::Buying, true, Outcome::Frozen)),
            _ => None,
        }
    }

    /// The offer that the post names by a tag, or that the link names by its reservation.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        match self {
            Self::Buy(offer) | Self::Confirm(offer) | Self::Cancel(offer) | Self::Enroll(offer) => {
                Some(*offer)
            }
            Self::Accept(id) => Some(id.offer),
            Self::Repost { tagged, .. } => *tagged,
            Self::Delete | Self::Stop | Self::Start | Self::Freeze | Self::Unlink => None,
        }
    }
}

/// A provider's final result of one effect, or of several effects that nothing waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The prompt of a reservation was delivered.
    Prompted {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The reply's own id on the network; reposting it confirms.
        prompt: PostId,
        /// When the reply was delivered, by the provider's clock.
        at: Timestamp,
    },
    /// The card provider authorized the payment.
    Authorized {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The provider's id of the payment.
        reference: Option<PaymentRef>,
    },
    /// The card provider captured the payment.
    Captured {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The card provider declined the payment.
    Declined {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// The provider's reason for the decline.
        reason: CompactString,
    },
    /// The card was not asked: a post that the order rests on is not attested.
    Unattested {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
        /// What was found where the author keeps it.
        why: Unattested,
    },
    /// The authorization cannot be voided, because its payment was captured.
    NotVoided {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// Effects that nothing waits for were carried out.
    Delivered(Delivered),
    /// The payment of an order that was taken back was refunded.
    Refunded {
        /// The reservation that became the order.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The prompt of a reservation cannot be delivered as a reply.
    Undeliverable {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The prompt of a reservation was delivered by e-mail, and a reminder follows it.
    PromptMailDelivered {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// The prompt of a reservation reached nobody by e-mail, and never left as a reply.
    PromptMailBounced {
        /// The reservation that the prompt is about.
        id: ReservationId,
        /// The effect.
        key: EffectKey,
    },
    /// Effects that nothing waits for were not carried out.
    Dropped(Vec<EffectKey>),
    /// Letters that reach nobody: their addresses are none, or get no letters any more.
    MailBounced(Vec<EffectKey>),
    /// An effect was given up and becomes a dead letter.
    DeadLettered {
        /// The effect.
        key: EffectKey,
        /// The last error of the provider.
        reason: CompactString,
    },
    /// A provider gives no answers: its lane is paused.
    LanePaused(Lane),
    /// That effect is to leave its paused lane as a probe, once this is durable.
    LaneProbed {
        /// The paused lane.
        lane: Lane,
        /// The effect.
        key: EffectKey,
    },
    /// The provider answers again: its lane goes on, once this is durable.
    LaneResumed(Lane),
}

impl Report {
    /// The effects that the provider has carried out, even if the report is refused.
    #[must_use]
    pub fn keys(&self) -> Vec<EffectKey> {
        match self {
            Self::Prompted { key, .. }
            | Self::Authorized { key, .. }
            | Self::Captured { key, .. }
            | Self::Declined { key, .. }
            | Self::Unattested { key, .. }
            | Self::Refunded { key, .. }
            | Self::NotVoided { key, .. }
            | Self::Undeliverable { key, .. }
            | Self::PromptMailDelivered { key, .. }
            | Self::PromptMailBounced { key, .. }
            | Self::DeadLettered { key, .. } => vec![*key],
            Self::Delivered(done) => done.keys.clone(),
            Self::Dropped(keys) | Self::MailBounced(keys) => keys.clone(),
            Self::LanePaused(_) | Self::LaneProbed { .. } | Self::LaneResumed(_) => Vec::new(),
        }
    }

    /// What the report says of a lane; `None` if it says nothing of one.
    #[must_use]
    pub fn lane_event(&self) -> Option<Event> {
        match self {
            Self::LanePaused(lane) => Some(Event::LanePaused { lane: *lane }),
            Self::LaneProbed { lane, key } => Some(Event::LaneProbed { lane: *lane, key: *key }),
            Self::LaneResumed(lane) => Some(Event::LaneResumed { lane: *lane }),
            _ => None,
        }
    }

    /// The same effects, as ones that nothing waits for.
    #[must_use]
    pub fn as_delivered(&self) -> Delivered {
        match self {
            Self::Delivered(done) => done.clone(),
            Self::Prompted { key, prompt, .. } => {
                Delivered::one(*key, Some(ProviderRef::Reply(prompt.clone())))
            }
            Self::Authorized { key, reference, .. } => {
                Delivered::one(*key, reference.clone().map(ProviderRef::Payment))
            }
            _ => self.keys().into(),
        }
    }

    /// The reservation that waits for the report.
    #[must_use]
    pub fn reservation(&self) -> Option<ReservationId> {
        match self {
            Self::Prompted { id, .. }
            | Self::Authorized { id, .. }
            | Self::Captured { id, .. }
            | Self::Declined { id, .. }
            | Self::Unattested { id, .. }
            | Self::Refunded { id, .. }
            | Self::NotVoided { id, .. }
            | Self::PromptMailDelivered { id, .. }
            | Self::PromptMailBounced { id, .. }
            | Self::Undeliverable { id, .. } => Some(*id),
            Self::Delivered(_)
            | Self::Dropped(_)
            | Self::MailBounced(_)
            | Self::DeadLettered { .. }
            | Self::LanePaused(_)
            | Self::LaneProbed { .. }
            | Self::LaneResumed(_) => None,
        }
    }
}
