//! Flashtag's input for a workload: the offer, the accounts and the posts.

use crowd::{CardPlan, Crowd, CrowdPlan};
use jiff::{SignedDuration, Timestamp};

use super::Answer;
use crate::clock::Clock;
use crate::compare::workload::{Operation, OperationKind, Workload};
use crate::error::CommandError;

/// Time during which the offer is open.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// First post id; as long as the ids of real networks.
const FIRST_POST: u64 = 301_000_000_000_000_000;

/// The offer's id.
pub(super) const OFFER: &str = "kindle-fire-hd";

/// A shop with one offer, and its crowd.
pub(super) struct Shop {
    work: Workload,
    crowd: Crowd,
    opens: Timestamp,
}

impl Shop {
    /// Makes a shop that opens now.
    pub(super) fn new(work: Workload) -> Self {
        let (always, never) = (1.0, 0.0);
        // Payments take the 3 s of a slow provider: only decisions on posts are measured.
        let cards = CardPlan {
            linked: always,
            slow: always,
            prepaid: never,
            decline: never,
            timeout_before: never,
            timeout_after: never,
            error: never,
        };
        let plan = CrowdPlan { accounts: work.accounts.into(), cards, ..CrowdPlan::default() };
        let crowd = Crowd::new(plan, 2013).expect("a sound plan");
        let opens = Timestamp::from_millisecond(Clock::start().started_at_ms()).unwrap_or_default();
        Self { work, crowd, opens }
    }

    /// Returns the offer file, without a waitlist because the peers have none.
    pub(super) fn offers(&self) -> String {
        let closes = self.opens.saturating_add(OPEN_FOR).unwrap_or(Timestamp::MAX);
        let [kindle, ..] = crowd::precedent::OFFERS;
        format!(
            "[shop]\nname = \"Loadgen\"\naccounts = {{ x = \"9001\" }}\n\n[[offer]]\nid = \"{OFFER}\"\n\
             kind = \"purchase\"\ntitle = \"{title}\"\n\
             tags = {{ buy = \"{buy}\", confirm = \"{confirm}\", cancel = \"{cancel}\" }}\n\
             price = \"{price}\"\ntax = \"8.875%\"\nunits = {units}\nopens = \"{opens}\"\ncloses = \"{closes}\"\n\
             confirm_within = \"15m\"\nwaitlist = false\n",
            title = kindle.title,
            buy = kindle.buy,
            confirm = kindle.confirm,
            cancel = kindle.cancel,
            price = kindle.price,
            units = self.work.units,
            opens = self.opens,
        )
    }

    /// Returns the linked accounts, one per line.
    pub(super) fn accounts(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for person in 0..u64::from(self.work.accounts) {
            self.crowd.write_account(&mut lines, person);
        }
        lines
    }

    /// Returns the line of a post.
    pub(super) fn post(&self, operation: &Operation) -> Vec<u8> {
        let mut line = Vec::with_capacity(256);
        let write = match operation.kind {
            OperationKind::Claim => Crowd::write_claim,
            OperationKind::Confirm => Crowd::write_confirm,
        };
        let id = FIRST_POST + operation.post;
        write(&self.crowd, &mut line, operation.account.into(), 0, id, self.opens.as_millisecond());
        line
    }
}

/// Maps an outcome code to an answer.
pub(super) fn answer(outcome: &str) -> Result<Answer, CommandError> {
    match outcome {
        "reserved" => Ok(Answer::Reserved),
        "already_reserved" | "limit_reached" => Ok(Answer::AlreadyHeld),
        "sold_out" | "fully_reserved" => Ok(Answer::SoldOut),
        "confirmed" => Ok(Answer::Confirmed),
        "nothing_to_confirm" | "confirm_late" => Ok(Answer::NotHeld),
        "not_open" | "closed" => Ok(Answer::Closed),
        other => Err(CommandError::unavailable(format!(
            "Flashtag answered `{other}`, which this work does not bring about"
        ))),
    }
}
