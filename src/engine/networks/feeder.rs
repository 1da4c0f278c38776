//! Feeds what one account's network delivers to the node, and keeps the cursor behind what was decided.

use std::sync::Arc;

use compact_str::format_compact;

use super::deciding::Deciding;
use super::ledger::Ledger;
use super::pace::SourcePace;
use super::shop_node::ShopNode;
use crate::clock::Clock;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::engine::current_prefilter::CurrentPrefilter;
use crate::intake::format::{Decoded, Format};
use crate::intake::prefilter::line_counts::LineCounts;
use crate::intake::stream::PostStream;
use crate::intake::stream::live::{Health, LiveStream};
use crate::net::Net;
use crate::networks::{Allowance, ShopAccount, Source};
use crate::ops::OpsError;
use crate::telemetry::{self, SourceMeters};

/// What feeds the posts of one account's network to the node.
pub(super) struct Feeder<'r, N> {
    pub(super) account: Arc<ShopAccount>,
    pub(super) stream: LiveStream<N, SourcePace>,
    pub(super) format: Format,
    pub(super) clock: Clock,
    pub(super) prefilter: CurrentPrefilter,
    pub(super) deciding: Deciding<ShopNode<'r>>,
    pub(super) ledger: Ledger,
    /// Whether it matters which account heard a post: several of the shop's accounts reply at this network.
    pub(super) notes_heard: bool,
    pub(super) meters: SourceMeters,
}

impl<N: Net> Feeder<'_, N> {
    /// Feeds until an operator stops the account, or the service ends.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn run(mut self) -> Result<(), OpsError> {
        let mut cursor = self.stream.cursor();
        while self.account.is_read() {
            self.follow_catalog();
            let posts = self.read();
            let now = self.clock.now();
            if self.notes_heard {
                self.ledger.note_heard(&posts, now)?;
            }
            let mattered = self.deciding.decide(&posts, cursor.as_ref(), now);
            cursor = self.stream.cursor();
            let now = self.clock.now();
            self.ledger.keep(self.deciding.decided(cursor.clone()), mattered, now)?;
            self.pay(now)?;
            self.show(now);
        }
        Ok(())
    }

    /// Tells the source the tags of a catalog that is new.
    fn follow_catalog(&mut self) {
        let before = Arc::clone(self.prefilter.catalog());
        self.prefilter.current();
        let catalog = self.prefilter.catalog();
        if !Arc::ptr_eq(&before, catalog) {
            let tags: Vec<String> = catalog.tags().map(str::to_owned).collect();
            self.stream.source_mut().set_tags(&tags);
        }
    }

    /// Reads the next chunk: the posts of the lines that may matter.
    fn read(&mut self) -> Vec<Post> {
        let Self { stream, prefilter, format, meters, .. } = self;
        let (mut posts, mut counts) = (Vec::new(), LineCounts::default());
        // A live stream has no end, and its failures are its own to mend.
        let lines = stream.next_chunk().ok().flatten().unwrap_or_default();
        let prefilter = prefilter.current();
        for (_, line) in prefilter.passing_lines(*format, lines, &mut counts) {
            match line.and_then(|line| format.decode_live(line)) {
                // A post arrives now, whatever arrival it claims.
                Ok(Decoded::Post(post)) => posts.push(Post { arrived_at: None, ..post }),
                Ok(Decoded::Ignored(_)) => {}
                Err(fault) => telemetry::lines_unreadable(fault.code()).increment(1),
            }
        }
        meters.lines.increment(counts.filled);
        posts
    }

    /// Pays for what was read, and tells the source when it may not read: what cannot win is no longer read when the budget
    /// runs low, and nothing when the rest is for replies.
    fn pay(&mut self, now: Timestamp) -> Result<(), OpsError> {
        let cost = self.stream.source_mut().take_cost();
        let Some(allowance) = self.ledger.pay(cost, now)? else { return Ok(()) };
        let stops_until = match allowance {
            Allowance::All => None,
            Allowance::WhatCanWin(until) => (!self.deciding.node().can_anything_win(now)).then_some(until),
            Allowance::Replies(until) | Allowance::Nothing(until) => Some(until),
        };
        self.stream.source_mut().set_budget(stops_until);
        Ok(())
    }

    /// Shows the state of the source, and logs what changed.
    fn show(&mut self, now: Timestamp) {
        let (health, behind) = (self.stream.source().health(), self.stream.source().behind(now));
        let shortfall = self.stream.source().shortfall();
        let gap = self.stream.source_mut().take_gap();
        let name = &self.account.name;
        if let Some((from, to)) = gap {
            tracing::warn!(network = %name, %from, %to, "posts may be missing: the network kept them no longer");
            self.meters.gaps.increment(1);
        }
        self.meters.faults.increment(self.stream.source_mut().take_faults());
        self.meters.behind_seconds.set(behind.ms() as f64 / 1000.0);
        self.meters.live.set(if health == Health::Live { 1.0 } else { 0.0 });
        self.account.note(|state| {
            let source = match &health {
                Health::Live => Source::Live,
                Health::CatchingUp => Source::CatchingUp,
                Health::Connecting(why) => Source::Connecting(why.clone()),
                Health::SignedOut(why) => Source::Connecting(format_compact!("signed out: {why}")),
                Health::BudgetSpent(until) => Source::BudgetSpent(*until),
            };
            if std::mem::discriminant(&source) != std::mem::discriminant(&state.source) {
                tracing::info!(network = %name, ?source, "the source changed");
            }
            (state.source, state.behind) = (source, behind);
            if let Some(told) = shortfall.as_ref().filter(|told| state.shortfall.as_ref() != Some(*told)) {
                tracing::warn!(network = %name, "{told}");
            }
            state.shortfall = shortfall;
            state.gap = gap.or(state.gap);
        });
    }
}
