//! Every metric the engine has, by name. Handles are made once: looking a metric up costs more than
//! counting it.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::event::Event;
use crate::domain::id::Network;
use crate::domain::outcome::Outcome;

/// Handles for what partitions count, one set for each journal's tail.
pub struct Telemetry {
    outcomes: Vec<Counter>,
    records: Counter,
    effects: Counter,
    dead_letters: Counter,
}

impl Telemetry {
    /// Handles to the installed recorder; they count nowhere if there is none.
    #[must_use]
    pub fn new() -> Self {
        let of = |outcome: &Outcome| counter!("flashtag_outcomes_total", "outcome" => outcome.code());
        Self {
            outcomes: Outcome::ALL.iter().map(of).collect(),
            records: counter!("flashtag_journal_records_total"),
            effects: counter!("flashtag_effects_total"),
            dead_letters: counter!("flashtag_dead_letters_total"),
        }
    }

    /// Counts durable answers.
    pub fn answered(&self, answers: &[Answer]) {
        for answer in answers {
            let outcome = if answer.duplicate { Outcome::Duplicate } else { answer.outcome };
            if let Some(counter) = self.outcomes.get(outcome as usize) {
                counter.increment(1);
            }
        }
    }

    /// Counts a durable record, its effects, and those that it gives up; the latter are logged too,
    /// for somebody has to look after them.
    pub fn recorded(&self, record: &Record) {
        self.records.increment(1);
        self.effects.increment(record.decision.effects.len() as u64);
        for event in &record.decision.events {
            if let Event::DeadLettered { key, reason } = event {
                self.dead_letters.increment(1);
                tracing::warn!(%key, %reason, "an effect was given up");
            }
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

/// How many sessions are live; every partition adds and takes away its own.
pub fn sessions_live() -> Gauge {
    gauge!("flashtag_sessions_live")
}

/// How many texts and names of posts had card numbers that were redacted. It is looked up each time, which is
/// rare, because lines may be read before there is a recorder.
pub fn card_numbers_redacted() -> Counter {
    counter!("flashtag_card_numbers_redacted_total")
}

/// How many replies wait in the lane of a network.
pub fn reply_lane_waiting(network: Network) -> Gauge {
    gauge!("flashtag_reply_lane_waiting", "network" => network.name())
}

/// How many replies did not leave for that reason.
pub fn replies_dropped(why: &'static str) -> Counter {
    counter!("flashtag_replies_dropped_total", "why" => why)
}

/// Replies whose own words were too long for their network, so that a short form was said. Rare, and so
/// looked up when it happens: the words are there before the recorder is.
pub fn words_shortened() -> Counter {
    counter!("flashtag_words_shortened_total")
}

/// What the thread that takes snapshots counts.
pub struct SnapshotMeters {
    /// Snapshots that were taken.
    pub taken: Counter,
    /// Those that were not, for the disk failed or was too full, or something on it was damaged.
    pub failed: Counter,
    /// How long the last one's file is.
    pub bytes: Gauge,
}

impl SnapshotMeters {
    /// Handles to the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            taken: counter!("flashtag_snapshots_taken_total"),
            failed: counter!("flashtag_snapshots_failed_total"),
            bytes: gauge!("flashtag_snapshot_bytes"),
        }
    }
}

impl Default for SnapshotMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// What the engine's node shows about itself.
pub struct NodeGauges {
    /// Effects that are not done.
    pub outbox_pending: Gauge,
    /// Posts that are being decided.
    pub posts_in_flight: Gauge,
    /// Posts taken in.
    pub posts: Counter,
    /// Posts refused because the engine had more work than it may queue.
    pub overloaded: Counter,
}

impl NodeGauges {
    /// Handles to the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            outbox_pending: gauge!("flashtag_outbox_pending"),
            posts_in_flight: gauge!("flashtag_posts_in_flight"),
            posts: counter!("flashtag_posts_total"),
            overloaded: counter!("flashtag_posts_overloaded_total"),
        }
    }
}

impl Default for NodeGauges {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells the recorder what each metric means.
pub fn describe() {
    describe_counter!("flashtag_outcomes_total", "Durable answers, by outcome code (outcome)");
    describe_counter!("flashtag_journal_records_total", "Records made durable");
    describe_counter!("flashtag_effects_total", "Effects handed to the outbox");
    describe_counter!(
        "flashtag_dead_letters_total",
        "Effects that were given up; somebody has to look after them"
    );
    describe_counter!("flashtag_posts_total", "Posts taken in, whether they matter or not");
    describe_counter!(
        "flashtag_posts_overloaded_total",
        "Posts refused because a queue was full; nothing was decided"
    );
    describe_counter!(
        "flashtag_card_numbers_redacted_total",
        "Texts and names of posts in which card numbers were redacted"
    );
    describe_counter!(
        "flashtag_words_shortened_total",
        "Replies that were too long for their network and left in the short form"
    );
    describe_counter!("flashtag_snapshots_taken_total", "Snapshots taken");
    describe_counter!(
        "flashtag_snapshots_failed_total",
        "Snapshots that failed; the journal is not affected"
    );
    describe_gauge!("flashtag_snapshot_bytes", "Size of the last snapshot in bytes");
    describe_counter!(
        "flashtag_http_rejected_total",
        "Requests refused, and connections that brought none, by code (code)"
    );
    describe_counter!("flashtag_confirm_links_total", "Confirm links opened or pressed, by result (result)");
    describe_gauge!("flashtag_sessions_live", "Sessions that are not passivated");
    describe_gauge!("flashtag_outbox_pending", "Effects that are not done");
    describe_gauge!("flashtag_reply_lane_waiting", "Replies that wait for their turn, by network (network)");
    describe_counter!(
        "flashtag_replies_dropped_total",
        "Replies that did not leave (why): stale, withdrawn for an e-mail, to a silent account, or crowded out as refusals"
    );
    describe_gauge!("flashtag_posts_in_flight", "Posts that are being decided");
}
