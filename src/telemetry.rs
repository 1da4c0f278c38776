//! The names and handles of all metrics. Handles are created once, because a lookup costs more than an
//! increment.

pub mod backups;
pub mod card_holds;
pub mod log_gate;
pub mod objections;
pub mod personal;

use std::sync::Mutex;

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use crate::domain::answer::Answer;
use crate::domain::decision::Record;
use crate::domain::event::Event;
use crate::domain::id::{EffectKey, Network};
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;
use log_gate::{LogGate, Since};

/// Handles of the metrics that partitions update, one set for each journal's tail.
pub struct Telemetry {
    outcomes: Vec<Counter>,
    records: Counter,
    effects: Counter,
    dead_letters: Counter,
    mail_bounced: Counter,
    given_up: Mutex<LogGate>,
}

impl Telemetry {
    /// Looks the handles up at the installed recorder; without a recorder they count nothing.
    #[must_use]
    pub fn new() -> Self {
        let of = |outcome: &Outcome| counter!("flashtag_outcomes_total", "outcome" => outcome.code());
        Self {
            outcomes: Outcome::ALL.iter().map(of).collect(),
            records: counter!("flashtag_journal_records_total"),
            effects: counter!("flashtag_effects_total"),
            dead_letters: counter!("flashtag_dead_letters_total"),
            mail_bounced: counter!("flashtag_mail_bounced_total"),
            given_up: Mutex::default(),
        }
    }

    /// Counts durable answers.
    pub fn answered<'a>(&self, answers: impl IntoIterator<Item = &'a Answer>) {
        for answer in answers {
            let outcome = if answer.duplicate { Outcome::Duplicate } else { answer.outcome };
            if let Some(counter) = self.outcomes.get(outcome as usize) {
                counter.increment(1);
            }
        }
    }

    /// Counts a durable record, its effects and its dead letters. Dead letters are logged too, because an
    /// operator has to handle them; why they were given up may name a person, and is told by their list alone.
    pub fn recorded(&self, record: &Record) {
        self.records.increment(1);
        self.effects.increment(record.decision.effects.len() as u64);
        for event in &record.decision.events {
            if let Event::DeadLettered { key, .. } = event {
                self.dead_letters.increment(1);
                self.log_given_up(*key, record.at);
            }
            if let Event::MailBounced { keys } = event {
                self.mail_bounced.increment(keys.len() as u64);
            }
            objections::note(event);
            if let Event::DeadLetterRetried { key } = event {
                tracing::info!(%key, "an operator lets a dead letter be tried again");
            }
            if let Event::DeadLetterSettled { key, .. } = event {
                tracing::info!(%key, "an operator settled a dead letter");
            }
        }
    }

    fn log_given_up(&self, key: EffectKey, at: Timestamp) {
        if let Some(Since { more }) = self.given_up.lock().expect("no panic is survived").admit(at) {
            tracing::warn!(%key, more, "an effect was given up; see flashtag dead-letters list");
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

/// Handle of the counter of appends to a journal that took longer than a disk should.
pub fn slow_appends() -> Counter {
    counter!("flashtag_journal_slow_appends_total")
}

/// Handle of the gauge of live sessions, which all partitions add to and subtract from.
pub fn sessions_live() -> Gauge {
    gauge!("flashtag_sessions_live")
}

/// Lines that are JSON and could not be understood, by the code of their fault.
pub fn lines_unreadable(reason: &'static str) -> Counter {
    counter!("flashtag_lines_unreadable_total", "reason" => reason)
}

/// Handle of the counter of texts and names of posts in which a card number was redacted. Looked up at each
/// use, which is rare, because lines may be read before a recorder is installed.
pub fn card_numbers_redacted() -> Counter {
    counter!("flashtag_card_numbers_redacted_total")
}

/// Handle of the counter of holdings that a start released, because their accounts had no link any more.
pub fn unlinked_holdings_released() -> Counter {
    counter!("flashtag_unlinked_holdings_released_total")
}

/// Handle of the gauge of replies that wait in the lane of a network.
pub fn reply_lane_waiting(network: Network) -> Gauge {
    gauge!("flashtag_reply_lane_waiting", "network" => network.name())
}

/// Handle of the counter of attempts at effects of a kind that ended so.
pub fn effect_attempts(kind: &'static str, result: &'static str) -> Counter {
    counter!("flashtag_effect_attempts_total", "kind" => kind, "result" => result)
}

/// Handles of the gauges of one lane.
pub struct LaneGauges {
    /// 1 while the lane is paused, 0 otherwise.
    pub paused: Gauge,
    /// The age of the oldest effect that is not done, in seconds.
    pub oldest_seconds: Gauge,
}

impl LaneGauges {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new(lane: String) -> Self {
        Self {
            paused: gauge!("flashtag_lane_paused", "lane" => lane.clone()),
            oldest_seconds: gauge!("flashtag_lane_oldest_seconds", "lane" => lane),
        }
    }
}

/// Handles of the metrics of one account's source.
pub struct SourceMeters {
    /// Lines that its network delivered.
    pub lines: Counter,
    /// Times of which posts may be missing.
    pub gaps: Counter,
    /// Messages that could not be read.
    pub faults: Counter,
    /// Words of accounts without a link that were refused for good.
    pub words_refused: Counter,
    /// How far its newest post is behind, in seconds.
    pub behind_seconds: Gauge,
    /// 1 while posts come as they are made, 0 otherwise.
    pub live: Gauge,
}

impl SourceMeters {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new(network: &str) -> Self {
        Self {
            lines: counter!("flashtag_source_lines_total", "network" => network.to_owned()),
            gaps: counter!("flashtag_source_gaps_total", "network" => network.to_owned()),
            faults: counter!("flashtag_source_faults_total", "network" => network.to_owned()),
            words_refused: counter!("flashtag_source_words_refused_total", "network" => network.to_owned()),
            behind_seconds: gauge!("flashtag_source_behind_seconds", "network" => network.to_owned()),
            live: gauge!("flashtag_source_live", "network" => network.to_owned()),
        }
    }
}

/// Handle of the gauge of dead letters that wait for an operator.
pub fn dead_letters_waiting() -> Gauge {
    gauge!("flashtag_dead_letters")
}

/// Handle of the counter of replies that were dropped for that reason.
pub fn replies_dropped(why: &'static str) -> Counter {
    counter!("flashtag_replies_dropped_total", "why" => why)
}

/// Handle of the counter of replies that were too long for their network and were replaced by a short form.
/// Looked up at each use, which is rare, because templates are loaded before a recorder is installed.
pub fn words_shortened() -> Counter {
    counter!("flashtag_words_shortened_total")
}

/// Handles of the metrics of the clock.
pub struct ClockMeters {
    /// How far journal time is ahead of the machine's clock, in seconds.
    pub difference_s: Gauge,
    /// How often a difference of more than a second began.
    pub anomalies: Counter,
}

impl ClockMeters {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            difference_s: gauge!("flashtag_clock_difference_seconds"),
            anomalies: counter!("flashtag_clock_anomalies_total"),
        }
    }
}

impl Default for ClockMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// Handles of the metrics of the thread that takes snapshots.
pub struct SnapshotMeters {
    /// Snapshots that were taken.
    pub taken: Counter,
    /// Snapshots that failed: the disk failed or was too full, or a file on it was damaged.
    pub failed: Counter,
    /// The size of the last snapshot's file, in bytes.
    pub bytes: Gauge,
}

impl SnapshotMeters {
    /// Looks the handles up at the installed recorder.
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

/// Handles of the metrics of one subscriber.
pub struct SubscriberMeters {
    /// Durable records that it has not applied.
    pub behind_records: Gauge,
    /// Bytes of sealed records that it has not applied.
    pub behind_bytes: Gauge,
    /// Failed attempts to go on.
    pub failures: Counter,
    /// Records that were removed before it applied them.
    pub missed: Counter,
}

impl SubscriberMeters {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new(subscriber: &'static str) -> Self {
        Self {
            behind_records: gauge!("flashtag_subscriber_behind_records", "subscriber" => subscriber),
            behind_bytes: gauge!("flashtag_subscriber_behind_bytes", "subscriber" => subscriber),
            failures: counter!("flashtag_subscriber_failures_total", "subscriber" => subscriber),
            missed: counter!("flashtag_subscriber_missed_records_total", "subscriber" => subscriber),
        }
    }
}

/// Handles of the counters of words of accounts without a link.
pub struct UnlinkedMeters {
    recorded: Counter,
    repeated: Counter,
    refused: Counter,
}

impl UnlinkedMeters {
    /// Looks the handles up at the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        let of = |result: &'static str| counter!("flashtag_unlinked_words_total", "result" => result);
        Self { recorded: of("recorded"), repeated: of("repeated"), refused: of("refused") }
    }

    /// Counts the answer to such a word.
    pub fn count(&self, answer: &Answer) {
        let counter = match answer.outcome {
            Outcome::RateLimited | Outcome::Overloaded => &self.refused,
            Outcome::Stale => &self.repeated,
            _ if answer.duplicate => &self.repeated,
            _ => &self.recorded,
        };
        counter.increment(1);
    }
}

impl Default for UnlinkedMeters {
    fn default() -> Self {
        Self::new()
    }
}

/// Handles of the metrics of the engine's node.
pub struct NodeGauges {
    /// Effects that are pending.
    pub outbox_pending: Gauge,
    /// Posts that are being decided.
    pub posts_in_flight: Gauge,
    /// Posts accepted for a decision.
    pub posts: Counter,
    /// Posts refused because the engine was overloaded.
    pub overloaded: Counter,
}

impl NodeGauges {
    /// Looks the handles up at the installed recorder.
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

/// Handle of the counter of requests to other machines that ended so. Looked up at each use, because a client may be
/// made before a recorder is installed.
pub fn requests(result: &'static str) -> Counter {
    counter!("flashtag_net_requests_total", "result" => result)
}

/// Handle of the counter of streams that were asked for and ended so.
pub fn openings(result: &'static str) -> Counter {
    counter!("flashtag_net_streams_total", "result" => result)
}

/// Handle of the counter of connections that were not made, because their address is not public.
pub fn egress_refused() -> Counter {
    counter!("flashtag_net_egress_refused_total")
}

/// Handle of the counter of letters to owners of accounts with that result.
pub fn owner_letters(result: &'static str) -> Counter {
    counter!("flashtag_owner_letters_total", "result" => result)
}

/// Describes each metric to the recorder.
pub fn describe() {
    describe_counter!("flashtag_outcomes_total", "Durable answers, by outcome code (outcome)");
    describe_counter!("flashtag_journal_records_total", "Records made durable");
    describe_counter!(
        "flashtag_journal_slow_appends_total",
        "Writes with their sync that kept a journal waiting for half a second or longer"
    );
    describe_counter!("flashtag_effects_total", "Effects handed to the outbox");
    describe_counter!(
        "flashtag_dead_letters_total",
        "Effects that were given up; an operator has to handle them"
    );
    describe_counter!(
        "flashtag_mail_bounced_total",
        "Letters that reach nobody: their addresses are none, or get no letters any more"
    );
    objections::describe();
    card_holds::describe();
    personal::describe();
    describe_counter!(
        "flashtag_owner_letters_total",
        "Letters to owners of accounts about their address, by result (result): sent, bounced, tried_again, given_up"
    );
    describe_counter!(
        "flashtag_lines_unreadable_total",
        "Lines that are JSON and could not be understood, by fault (reason)"
    );
    describe_gauge!(
        "flashtag_dead_letters",
        "Effects that were given up and that no operator retried or settled"
    );
    describe_counter!(
        "flashtag_effect_attempts_total",
        "Attempts at effects, by kind (kind) and result (result): done, declined, refused, gone, failed, unknown, not_found, throttled, deferred, in_progress; of attest, the reading of an order's posts: attested, gone, differs, unreachable"
    );
    backups::describe();
    describe_gauge!(
        "flashtag_lane_paused",
        "1 while a lane (lane) is paused because its provider gives no answers"
    );
    describe_gauge!(
        "flashtag_lane_oldest_seconds",
        "Age of the oldest effect of a lane (lane) that is not done"
    );
    describe_counter!(
        "flashtag_net_requests_total",
        "Requests to other machines, by result (result): answered, not_sent, or unknown where one may have arrived"
    );
    describe_counter!(
        "flashtag_net_streams_total",
        "Streams asked for, by result (result): opened, refused, unanswered"
    );
    describe_counter!(
        "flashtag_net_egress_refused_total",
        "Connections that were not made, because the address is not public and not in egress_allow"
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
    describe_counter!(
        "flashtag_unlinked_words_total",
        "STOP, START and FREEZE of accounts without a link (result): recorded, repeated or late, or refused as too many"
    );
    describe_counter!(
        "flashtag_unlinked_holdings_released_total",
        "Reservations and places in line that a start released, because their accounts had no link any more"
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
    describe_gauge!(
        "flashtag_clock_difference_seconds",
        "How far journal time is ahead of the machine's clock; negative if it is behind"
    );
    describe_counter!(
        "flashtag_clock_anomalies_total",
        "Times that journal time and the machine's clock began to differ by more than a second"
    );
    describe_gauge!("flashtag_outbox_pending", "Effects that are not done");
    describe_gauge!("flashtag_reply_lane_waiting", "Replies that wait for their turn, by network (network)");
    describe_counter!(
        "flashtag_replies_dropped_total",
        "Replies that did not leave (why): stale, withdrawn for an e-mail, lapsed with its reservation, to a silent account, to a post that is gone, or crowded out as refusals; and letters to people who were erased, or to accounts without an address"
    );
    describe_counter!("flashtag_source_lines_total", "Lines that an account's network delivered (network)");
    describe_counter!(
        "flashtag_source_gaps_total",
        "Times of which posts may be missing, because the network kept them no longer (network)"
    );
    describe_counter!(
        "flashtag_source_faults_total",
        "Messages of an account's network that could not be read, as damaged ones (network)"
    );
    describe_counter!(
        "flashtag_source_words_refused_total",
        "STOP, START and FREEZE of accounts without a link that were never recorded, because too many came at once (network)"
    );
    describe_gauge!(
        "flashtag_source_behind_seconds",
        "How far the newest post of an account's network is behind while it catches up (network)"
    );
    describe_gauge!(
        "flashtag_source_live",
        "1 while posts come from an account's network as they are made, 0 otherwise (network)"
    );
    describe_gauge!("flashtag_posts_in_flight", "Posts that are being decided");
    describe_gauge!(
        "flashtag_subscriber_behind_records",
        "Durable records that a subscriber has not applied (subscriber)"
    );
    describe_gauge!(
        "flashtag_subscriber_behind_bytes",
        "Bytes of full journal segments that a subscriber has not applied; above subscriber_hold they may be removed (subscriber)"
    );
    describe_counter!(
        "flashtag_subscriber_failures_total",
        "Failed attempts of a subscriber to go on; the sale is not affected (subscriber)"
    );
    describe_counter!(
        "flashtag_subscriber_missed_records_total",
        "Records that were removed before a subscriber applied them; its output names them (subscriber)"
    );
}
