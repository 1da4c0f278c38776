//! Everything visible of a server, and what an input changed.

use std::collections::BTreeMap;

use flashtag::actors::partition::PartitionState;
use flashtag::clock::Clock;
use flashtag::engine::partition_directory;
use flashtag::journal::{FileDisk, Options, read_only};
use flashtag::partition::codec;
use flashtag::partition::pending_effects::PendingEffects;
use serde_json::Value;

use crate::http::client::{Reply, exchange};
use crate::http::served::{Served, TOKEN};

/// Counters that an input can change. Counters of providers and time are left out.
const WATCHED: [&str; 8] = [
    "flashtag_card_numbers_redacted_total",
    "flashtag_confirm_links_total",
    "flashtag_effects_total",
    "flashtag_http_rejected_total",
    "flashtag_lines_unreadable_total",
    "flashtag_outcomes_total",
    "flashtag_posts_overloaded_total",
    "flashtag_posts_total",
];

/// Upper bound on the wait for background work, in microseconds: many times what it needs.
const PATIENCE_US: u64 = 20_000_000;

/// A server at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServerSnapshot {
    /// The hash of the state after a replay of the journal, and the number of records.
    digest: (u64, u64),
    offers: Value,
    counters: BTreeMap<String, u64>,
}

/// A server under test, and its last snapshot.
pub(super) struct Scene {
    pub(super) served: Served,
    last: ServerSnapshot,
}

impl Scene {
    /// Begins once the server is idle.
    pub(super) fn of(served: Served) -> Self {
        let clock = Clock::start();
        while !replay(&served).1.is_empty() {
            assert!(clock.elapsed_us() < PATIENCE_US, "effects are left:\n{}", metrics(&served));
        }
        // Answered by the journal's tail, which by then has counted all that the journal holds.
        served.offers();
        let last = ServerSnapshot::of(&served);
        Self { served, last }
    }

    /// Sends bytes over a new connection: they must be refused with this status and code, and leave no other
    /// trace.
    #[track_caller]
    pub(super) fn refuses(&mut self, name: &str, bytes: &[u8], status: u16, code: &str) -> Reply {
        let reply = exchange(self.served.address, bytes);
        assert_eq!(reply.status, status, "{name}: {reply:?}");
        reply.assert_problem(status, code);
        self.must_have_counted(name, &[&rejected(code)]);
        reply
    }

    /// Asserts that since the last snapshot exactly these counters increased, each by one, and nothing else
    /// changed.
    #[track_caller]
    pub(super) fn must_have_counted(&mut self, name: &str, names: &[&str]) {
        let each: Vec<_> = names.iter().map(|name| (*name, 1)).collect();
        self.must_have_counted_each(name, &each);
    }

    /// Asserts that since the last snapshot exactly these counters increased, each by its number, and nothing
    /// else changed.
    #[track_caller]
    pub(super) fn must_have_counted_each(&mut self, name: &str, each: &[(&str, u64)]) {
        let mut moved = each.to_vec();
        moved.sort_unstable();
        let clock = Clock::start();
        // A failure without a request is counted when its connection is gone, slightly later.
        let now = loop {
            let now = ServerSnapshot::of(&self.served);
            if now.moved_since(&self.last).len() >= moved.len() || clock.elapsed_us() > PATIENCE_US {
                break now;
            }
        };
        let expected: Vec<_> = moved.iter().map(|(name, by)| ((*name).to_owned(), *by)).collect();
        assert_eq!(now.moved_since(&self.last), expected, "{name}");
        assert_eq!(now.digest, self.last.digest, "{name} changed the state");
        assert_eq!(now.without_refusals(), self.last.without_refusals(), "{name} changed an offer");
        self.last = now;
    }

    /// Takes a new snapshot after an intended change.
    pub(super) fn settle(self) -> Self {
        Self::of(self.served)
    }
}

/// The counter of refusals with a code.
pub(super) fn rejected(code: &str) -> String {
    format!("flashtag_http_rejected_total{{code=\"{code}\"}}")
}

/// The counter of an outcome.
pub(super) fn outcome_counter(outcome: &str) -> String {
    format!("flashtag_outcomes_total{{outcome=\"{outcome}\"}}")
}

fn metrics(served: &Served) -> String {
    exchange(served.address, &crate::http::client::request("GET", "/metrics", &[TOKEN], b"")).body
}

impl ServerSnapshot {
    fn of(served: &Served) -> Self {
        let mut counters = BTreeMap::new();
        for line in metrics(served).lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            if WATCHED.iter().any(|watched| name.split('{').next() == Some(watched)) {
                counters.insert(name.to_owned(), value.parse().unwrap());
            }
        }
        Self { digest: digest(served), offers: served.offers(), counters }
    }

    /// The counters that changed, and by how much.
    fn moved_since(&self, earlier: &Self) -> Vec<(String, u64)> {
        let by = |(name, now): (&String, &u64)| {
            let more = now - earlier.counters.get(name).copied().unwrap_or(0);
            (more > 0).then(|| (name.clone(), more))
        };
        self.counters.iter().filter_map(by).collect()
    }

    /// The offers without their counts of outcomes and claims, which refusals change too.
    fn without_refusals(&self) -> Value {
        let mut offers = self.offers.clone();
        for offer in offers["offers"].as_array_mut().unwrap() {
            let fields = offer.as_object_mut().unwrap();
            fields.remove("outcomes");
            fields.remove("claims");
        }
        offers
    }
}

/// The hash of the state after a replay of a running server's journal, and the number of records.
fn digest(served: &Served) -> (u64, u64) {
    let (twin, _) = replay(served);
    (twin.digest(), twin.last_sequence())
}

/// The state and the pending effects after a replay. Reads only.
fn replay(served: &Served) -> (PartitionState, PendingEffects) {
    let (mut twin, mut pending) = (PartitionState::new(0), PendingEffects::default());
    let directory = partition_directory(&served.data(), 0);
    let each = |sequence: u64, payload: &[u8]| {
        let (form, record) = codec::decode(payload)?;
        twin.replay(sequence, &record);
        pending.read(0, sequence, form, record);
        Ok(())
    };
    read_only(&FileDisk, &directory, 0, Options::default(), each).expect("a sound journal");
    (twin, pending)
}
