//! Sets up the demo: the six offers of the precedent with windows of seconds, and their crowd.

use std::fmt::Write;
use std::sync::Arc;

use crowd::{Crowd, CrowdPlan, HabitPlan, precedent};

use super::args::Args;
use crate::cli::fail::Fail;
use crate::config::limits::Limits;
use crate::config::offers::parse_offers;
use crate::config::replies::{Ceiling, Ceilings};
use crate::domain::answer::Answer;
use crate::domain::id::{Account, Authors, Network, OfferNo};
use crate::domain::link::LinkedAccount;
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};
use crate::engine::Words;
use crate::engine::live::{Links, LivePlan};
use crate::engine::replay::read_accounts;
use crate::subscribers::memory::MemorySubscriber;
use crate::subscribers::subscriber::SequencedRecord;

/// Units over all offers per thousand accounts.
const UNITS_PER_THOUSAND: u64 = 30;

/// Replies per thousand accounts that X accepts within [`REPLIES_PER`]. They are fewer than the demo has to
/// send, so that the lane fills, but enough for the prompts of all units to leave in time.
const REPLIES_PER_THOUSAND: u64 = 20;
const REPLIES_PER: Millis = Millis::from_secs(1);

/// Age at which a reply about a waitlist place is dropped, so that the lane also drains.
const REPLY_STALE: Millis = Millis::from_secs(6);

/// Time from the start of the engine to the opening of the sale.
const OPENS_AFTER: Millis = Millis::from_secs(1);

/// A prompt that its account may react to.
pub(super) struct Prompt {
    pub(super) partition: u32,
    pub(super) offer: OfferNo,
    pub(super) account: Account,
    pub(super) answer: crowd::PromptKind,
}

/// Creates the crowd. Its windows are seconds long, so it answers faster than the precedent's.
pub(super) fn crowd(people: u64, seed: u64) -> Result<Crowd, Fail> {
    let habits = HabitPlan { confirm_median_ms: 900, ..HabitPlan::default() };
    let plan = CrowdPlan { accounts: people, habits, ..CrowdPlan::default() };
    Crowd::new(plan, seed).map_err(|fault| Fail::config(fault.to_string()))
}

/// Returns the plan of the sale, and the subscriber that its prompts come to.
pub(super) fn plan<'a>(
    args: &'a Args,
    crowd: &Crowd,
    now: Timestamp,
) -> Result<(LivePlan<'a>, MemorySubscriber), Fail> {
    let file = parse_offers(&offers(crowd.plan().accounts, now), "the demo's offers")
        .map_err(|faults| Fail::new(70, faults.to_string()))?;
    let records = MemorySubscriber::default();
    let plan = LivePlan {
        data: &args.data,
        front: file.shop.front(),
        offers: file.offerings(),
        links: Arc::new(links(crowd)?),
        partitions: args.partitions,
        ceilings: ceilings(crowd.plan().accounts),
        limits: Limits { reply_stale: REPLY_STALE, ..Limits::default() },
        words: Arc::new(Words::of_shop(&file.shop.name)),
        subscribers: vec![Box::new(records.clone())],
        tap: None,
    };
    Ok((plan, records))
}

/// Writes the demo's offer file: as the precedent's, except that the whole sale takes less than a minute.
fn offers(people: u64, now: Timestamp) -> String {
    let (opens, closes) = (now.plus(OPENS_AFTER), now.plus(Millis::from_secs(3600)));
    let mut text =
        format!("[shop]\nname = \"AmexSync\"\naccounts = {{ x = \"{}\" }}\n", precedent::SHOP_AUTHOR_ID);
    let popularity: f64 = precedent::OFFERS.iter().map(|offer| offer.popularity).sum();
    for offer in &precedent::OFFERS {
        // Fewer units than wanted, and a different share of each offer: some waitlists are longer than
        // others.
        let share = (offer.popularity / popularity).sqrt() / 2.3;
        let units = (people as f64 * UNITS_PER_THOUSAND as f64 / 1000.0 * share).max(1.0) as u64;
        let written = write!(
            text,
            "\n[[offer]]\nid = \"{}\"\nkind = \"purchase\"\ntitle = \"{}\"\n\
             tags = {{ buy = \"{}\", confirm = \"{}\", cancel = \"{}\" }}\nprice = \"{}\"\ntax = \"8.875%\"\n\
             units = {units}\nopens = \"{opens}\"\ncloses = \"{closes}\"\nconfirm_within = \"4s\"\n\
             late_grace = \"500ms\"\nprompt_patience = \"2s\"\n",
            offer.id, offer.title, offer.buy, offer.confirm, offer.cancel, offer.price,
        );
        written.expect("writing to a string does not fail");
    }
    text
}

/// Everybody is on X, and the ceiling of X is below what the shop has to send.
fn ceilings(people: u64) -> Ceilings {
    let most = usize::try_from(people * REPLIES_PER_THOUSAND / 1000).unwrap_or(usize::MAX);
    Ceilings::unpaced().with(Network::X, Ceiling { most, per: REPLIES_PER })
}

fn links(crowd: &Crowd) -> Result<Links, Fail> {
    let mut lines = Vec::new();
    for person in 0..crowd.plan().accounts {
        crowd.write_account(&mut lines, person);
    }
    let links = Links::default();
    let read = read_accounts(lines.as_slice(), Authors::OfNetworks, |LinkedAccount { account, link }| {
        links.insert(account, link)
    });
    read.map_err(|fault| Fail::new(70, format!("the demo's accounts: {fault}")))?;
    Ok(links)
}

/// The prompts in the records of a partition.
pub(super) fn prompts_in(partition: u32, records: &[SequencedRecord]) -> Vec<Prompt> {
    let mut prompts = Vec::new();
    for SequencedRecord { record, .. } in records {
        for answer in Answer::to_decision(record.at, &record.decision.events) {
            let reaction = match answer.outcome {
                Outcome::Reserved => crowd::PromptKind::Reserved,
                Outcome::Promoted => crowd::PromptKind::Promoted,
                _ => continue,
            };
            let Some(offer) = answer.offer else { continue };
            prompts.push(Prompt { partition, offer, account: answer.account, answer: reaction });
        }
    }
    prompts
}
