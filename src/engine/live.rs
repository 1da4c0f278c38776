//! A live sale on this machine: an engine with a card sandbox in one directory, fed by its caller.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::current_prefilter::CurrentPrefilter;
pub use super::decision_tap::DecisionTap;
use super::replay::Input;
use super::{Error, JournalAhead, Keys, Node, Overloaded, Parts, Setup, start};
pub use crate::api::draw_view::DrawView;
use crate::api::offer_view::OfferView;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::{Cards, Email, Mode, Orders, Providers, Replies};
pub use crate::control::link_registry::Links;
use crate::domain::id::{Authors, OfferId};
use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::domain::time::Millis;
use crate::intake::format::Decoded;
pub use crate::intake::format::Format;
use crate::intake::prefilter::line_counts::LineCounts;
pub use crate::subscribers::subscriber::Subscriber;
use crate::words::Words;

/// How often a sale that is ending is checked for pending work.
const POLL_INTERVAL: Millis = Millis::from_secs(1);

/// What a live sale is started with.
pub struct LivePlan<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// The shop.
    pub front: ShopFront,
    /// The offers.
    pub offers: Vec<Offering>,
    /// The linked accounts.
    pub links: Arc<Links>,
    /// How many partitions the campaigns are spread over.
    pub partitions: u32,
    /// How fast the shop may reply on each network.
    pub ceilings: Ceilings,
    /// The templates of the texts for buyers.
    pub words: Arc<Words>,
    /// The limits of sessions, queues and intake.
    pub limits: Limits,
    /// The subscribers.
    pub subscribers: Vec<Box<dyn Subscriber>>,
    /// Called with everything that became durable.
    pub tap: Option<DecisionTap>,
}

/// A running live sale.
pub struct LiveSale {
    /// The node that sells.
    pub node: Arc<Node>,
    parts: Parts,
    prefilter: Mutex<CurrentPrefilter>,
}

impl LiveSale {
    /// Opens the sale.
    ///
    /// # Errors
    /// As [`start`].
    pub async fn open(plan: LivePlan<'_>) -> Result<Self, Error> {
        let data = plan.data;
        let providers = Providers {
            cards: Cards::Sandbox(None),
            replies: Replies::File(data.join("replies.ndjson")),
            email: Email::Maildir(data.join("mail")),
            email_from: "shop@flashtag.invalid".to_owned(),
            orders: Orders::File(data.join("orders.ndjson")),
        };
        let setup = Setup {
            data: data.to_owned(),
            mode: Mode::Test,
            secrets_key: None,
            keys: Keys::Bare,
            front: plan.front,
            offers: plan.offers,
            links: plan.links,
            unlink_missing: false,
            journal_ahead: JournalAhead::Refuse,
            partitions: plan.partitions,
            providers,
            ceilings: plan.ceilings,
            words: plan.words,
            limits: plan.limits,
            // A sale is short, so a restart replays its whole journal.
            snapshots: None,
            confirm_links: None,
            networks: None,
            processor: None,
            backups: None,
            subscribers: plan.subscribers,
            tap: plan.tap,
        };
        let (node, parts, _) = start(setup).await?;
        let prefilter = Mutex::new(CurrentPrefilter::new(node.catalog_handle().reader()));
        Ok(Self { node: Arc::new(node), parts, prefilter })
    }

    /// Takes in the lines of `body` and waits until their outcomes are durable. Leaves out and counts lines
    /// that are not posts. Returns the number of posts that mattered.
    ///
    /// # Errors
    /// When the engine has more work than it may queue; then nothing was decided, and nothing was counted.
    pub async fn ingest(&self, format: Format, body: &[u8], input: &mut Input) -> Result<usize, Overloaded> {
        let (mut posts, mut bad_lines, mut counts) = (Vec::new(), 0, LineCounts::default());
        let prefilter = self.prefilter.lock().expect("no panic is survived").current();
        for (_, line) in prefilter.passing_lines(format, body, &mut counts) {
            match line.and_then(|line| format.decode_handed_in(line, Authors::OfNetworksOrSandbox)) {
                Ok(Decoded::Post(post)) => posts.push((u32::try_from(posts.len()).unwrap_or(u32::MAX), post)),
                Ok(Decoded::Ignored(_)) => {}
                Err(_) => bad_lines += 1,
            }
        }
        let slots = posts.len();
        let answers = self.node.submit_posts(posts, slots).await?;
        let mattered = answers.iter().flatten().count();
        input.lines += counts.filled;
        input.bad_lines += bad_lines;
        input.relevant += mattered as u64;
        Ok(mattered)
    }

    /// Whether anything is pending that time or a provider will complete.
    ///
    /// # Errors
    /// When a partition accepts no more queries now.
    pub async fn is_pending(&self) -> Result<bool, Overloaded> {
        for partition in self.node.partitions() {
            if self.node.is_pending(partition).await? {
                return Ok(true);
            }
        }
        // Asked after the partitions: what they decided before they answered is in the outbox, or on its way
        // there.
        Ok(self.node.outbox_pending() > 0)
    }

    /// Waits until the tap was called with every decision for posts that were answered.
    ///
    /// # Errors
    /// When a partition accepts no more queries now.
    pub async fn tapped(&self) -> Result<(), Overloaded> {
        // A partition's answers leave in order, and the tap gets each before the next one leaves.
        for partition in self.node.partitions() {
            self.node.is_pending(partition).await?;
        }
        Ok(())
    }

    /// Waits until nothing is pending.
    pub async fn run_on(&self) {
        while self.is_pending().await.unwrap_or(true) {
            tokio::time::sleep(POLL_INTERVAL.std()).await;
        }
    }

    /// Returns the current state of the offers.
    ///
    /// # Errors
    /// When a partition accepts no more queries now.
    pub async fn offers(&self) -> Result<Vec<OfferView>, Overloaded> {
        let mut views = Vec::new();
        for listing in self.node.catalog().listings() {
            views.extend(self.node.offer_view(listing).await?);
        }
        Ok(views)
    }

    /// Returns the draws of the offers whose opening is a draw.
    ///
    /// # Errors
    /// When a partition accepts no more queries now.
    pub async fn draws(&self) -> Result<Vec<(OfferId, DrawView)>, Overloaded> {
        let mut draws = Vec::new();
        for listing in self.node.catalog().listings() {
            let draw = self.node.draw_view(listing).await?;
            draws.extend(draw.map(|draw| (listing.offering.id().clone(), draw)));
        }
        Ok(draws)
    }

    /// Ends the sale: everything that was decided is durable when this returns.
    pub async fn close(self) {
        self.parts.stop().await;
    }
}
