//! A live sale on this machine: an engine with a card sandbox in one directory, fed by its caller.

use std::path::Path;
use std::sync::Arc;

pub use super::Observer;
use super::replay::Input;
use super::{Engine, Error, Overloaded, Parts, Setup};
pub use crate::actors::router::Links;
pub use crate::api::draw_view::DrawView;
use crate::api::view::OfferView;
use crate::config::limits::Limits;
use crate::config::replies::Ceilings;
use crate::config::serve::{Cards, Email, Orders, Providers, Replies};
use crate::domain::listing::ShopFront;
use crate::domain::offering::Offering;
use crate::domain::time::Millis;
use crate::intake::format::Decoded;
pub use crate::intake::format::Format;
use crate::intake::prefilter::passing_lines::LineCounts;
use crate::intake::prefilter::scan::Prefilter;
use crate::words::Words;

/// How often a sale that is coming to its end is looked at.
const LOOK_AGAIN: Millis = Millis::from_secs(1);

/// What is sold, by whom, and where it is kept.
pub struct LivePlan<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// Who sells.
    pub front: ShopFront,
    /// The offers.
    pub offers: Vec<Offering>,
    /// The linked accounts.
    pub links: Links,
    /// How many partitions the campaigns are spread over.
    pub partitions: u32,
    /// How fast the shop may speak.
    pub ceilings: Ceilings,
    /// What is said to buyers, and how.
    pub words: Arc<Words>,
    /// The bounds.
    pub limits: Limits,
    /// Sees everything that became durable.
    pub observer: Observer,
}

/// A running live sale.
pub struct LiveSale {
    /// The engine that sells.
    pub engine: Arc<Engine>,
    parts: Parts,
    sieve: Prefilter,
}

impl LiveSale {
    /// Opens the sale.
    ///
    /// # Errors
    /// As [`Engine::start`].
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
            front: plan.front,
            offers: plan.offers,
            links: Arc::new(plan.links),
            partitions: plan.partitions,
            providers,
            ceilings: plan.ceilings,
            words: plan.words,
            limits: plan.limits,
            // A sale of one run is never started again.
            snapshots: None,
            confirm_links: None,
            observer: Some(plan.observer),
        };
        let (engine, parts, _) = Engine::start(setup).await?;
        let sieve = Prefilter::new(engine.catalog());
        Ok(Self { engine: Arc::new(engine), parts, sieve })
    }

    /// Takes in the lines of `body` and waits until what becomes of them is durable. Lines that are no
    /// posts are left out and counted. Returns how many posts mattered.
    ///
    /// # Errors
    /// When the engine has more work than it may queue; nothing was decided, and nothing counted.
    pub async fn hear(&self, format: Format, body: &[u8], input: &mut Input) -> Result<usize, Overloaded> {
        let (mut posts, mut bad_lines, mut tally) = (Vec::new(), 0, LineCounts::default());
        for (_, line) in self.sieve.sift(format, body, &mut tally) {
            match line.and_then(|line| format.decode(line)) {
                Ok(Decoded::Post(post)) => posts.push((u32::try_from(posts.len()).unwrap_or(u32::MAX), post)),
                Ok(Decoded::Ignored(_)) => {}
                Err(_) => bad_lines += 1,
            }
        }
        let places = posts.len();
        let answers = self.engine.take(posts, places).await?;
        let mattered = answers.iter().flatten().count();
        input.lines += tally.filled;
        input.bad_lines += bad_lines;
        input.relevant += mattered as u64;
        Ok(mattered)
    }

    /// Whether anything is under way that time or a provider will end.
    ///
    /// # Errors
    /// When a partition takes no more questions now.
    pub async fn is_pending(&self) -> Result<bool, Overloaded> {
        for partition in self.engine.partitions() {
            if self.engine.read(partition, |partition| partition.is_pending()).await? {
                return Ok(true);
            }
        }
        // Behind the partitions: what they had decided when they answered is in the outbox, or on its way there.
        Ok(self.engine.outbox_pending() > 0)
    }

    /// Waits until nothing is pending.
    pub async fn run_on(&self) {
        while self.is_pending().await.unwrap_or(true) {
            tokio::time::sleep(LOOK_AGAIN.std()).await;
        }
    }

    /// How the offers stand.
    ///
    /// # Errors
    /// When a partition takes no more questions now.
    pub async fn look(&self) -> Result<Vec<OfferView>, Overloaded> {
        let mut views = Vec::new();
        for listing in self.engine.catalog().listings() {
            views.extend(self.engine.look(listing).await?);
        }
        Ok(views)
    }

    /// How the draws of those offers stand whose opening is drawn.
    ///
    /// # Errors
    /// When a partition takes no more questions now.
    pub async fn draws(&self) -> Result<Vec<DrawView>, Overloaded> {
        let mut draws = Vec::new();
        for listing in self.engine.catalog().listings() {
            draws.extend(self.engine.draw(listing).await?);
        }
        Ok(draws)
    }

    /// Ends the sale: everything that was decided is durable when this returns.
    pub async fn close(self) {
        self.parts.stop().await;
    }
}
