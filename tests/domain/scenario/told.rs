//! The results of a step, in the words of the tables.

use std::fmt::Write as _;

use flashtag::domain::answer::Answer;
use flashtag::domain::decision::Decision;
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::event::Event;
use flashtag::domain::heard_posts::HeardPost;
use flashtag::domain::id::OfferNo;
use flashtag::domain::objection::Objection;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::refusal::Refusal;

use super::time::time_of_day;
use super::{Fault, Play};

/// The results of a step, in the words of the tables.
#[derive(Default)]
pub(super) struct StepResults {
    pub(super) answers: Vec<String>,
    effects: Vec<String>,
}

impl Play {
    pub(super) fn collect(&self, results: &mut StepResults, actor: Option<&str>, decision: &Decision) {
        let now = self.world.as_ref().expect("a decision has its world").now;
        for answer in Answer::to_decision(now, &decision.events) {
            results.answers.push(self.answer(actor, &answer, decision));
        }
        for event in &decision.events {
            let offer =
                |no: &OfferNo| self.offers.get(no.0 as usize).map_or("?", |(name, _)| name).to_owned();
            results.answers.extend(match event {
                Event::OfferOpened { offer: no } => Some(format!("{} opened", offer(no))),
                Event::OfferClosed { offer: no } => Some(format!("{} closed", offer(no))),
                Event::OfferSoldOut { offer: no } => Some(format!("{} sold out", offer(no))),
                Event::Prompted { deadline, .. } => {
                    Some(format!("prompted until {}", time_of_day(*deadline)))
                }
                Event::Delivered(_) => Some("noted".to_owned()),
                Event::Authorized(_) => Some("authorized".to_owned()),
                Event::BackOnSale { offer: no, .. } => Some(format!("{} on sale again", offer(no))),
                Event::Restocked { units, .. } => Some(format!("{units} added")),
                Event::Withdrawn { units, .. } => Some(format!("{units} withdrawn")),
                Event::Drawn { offer: no, .. } => Some(format!("{} drawn", offer(no))),
                Event::OfferPaused { offer: no, .. } => Some(format!("{} paused", offer(no))),
                Event::OfferResumed { offer: no, moved, .. } => {
                    Some(format!("{} resumed after {}", offer(no), moved))
                }
                Event::CloseOrdered { offer: no, .. } => Some(format!("{} ordered to close", offer(no))),
                Event::OrderFinal { .. } => Some("order final".to_owned()),
                Event::PromptMailed { .. } => Some("prompt mailed".to_owned()),
                Event::PromptMailDelivered { .. } => Some("prompt mail delivered".to_owned()),
                Event::ReminderDue { .. } => Some("reminder due".to_owned()),
                Event::Dropped { .. } => Some("dropped".to_owned()),
                Event::ConfirmationHeard { .. } => Some("heard".to_owned()),
                Event::MailBounced { .. } => Some("mail bounced".to_owned()),
                Event::Disputed { dispute, .. } => Some(objected(&Objection::Dispute((**dispute).clone()))),
                Event::FraudWarned { warning, .. } => {
                    Some(objected(&Objection::FraudWarning((**warning).clone())))
                }
                _ => None,
            });
        }
        results.effects.extend(decision.effects.iter().map(|effect| self.effect(effect)));
    }

    fn answer(&self, actor: Option<&str>, answer: &Answer, decision: &Decision) -> String {
        let name = self.name(&answer.account);
        let mut text = String::new();
        if answer.post.is_none() || actor != Some(name.as_str()) {
            write!(text, "{name} ").expect("a string takes it");
        }
        text.push_str(answer.outcome.code());
        if answer.post.is_none() && self.offers.len() > 1 {
            let offer = answer.offer.and_then(|no| self.offers.get(no.0 as usize));
            write!(text, " of {}", offer.map_or("?", |(name, _)| name)).expect("a string takes it");
        }
        let until = decision.events.iter().find_map(|event| match event {
            Event::Reserved { id, deadline, .. } | Event::Promoted { id, deadline, .. }
                if Some(*id) == answer.reservation =>
            {
                Some(*deadline)
            }
            _ => None,
        });
        if let (Some(until), Outcome::Reserved | Outcome::Promoted) = (until, answer.outcome) {
            write!(text, " until {}", time_of_day(until)).expect("a string takes it");
        }
        if answer.units > 1 {
            write!(text, " x{}", answer.units).expect("a string takes it");
        }
        if let Some(place) = answer.place {
            write!(text, " {place}").expect("a string takes it");
        }
        if let Some(until) = answer.parked_until {
            write!(text, " parked until {}", time_of_day(until)).expect("a string takes it");
        }
        text
    }

    /// The kinds of posts that are to be read again, each with its own hash.
    fn kinds_of(&self, heard: &[HeardPost]) -> String {
        let kind = |heard: &HeardPost| {
            let made = self.posts.iter().find(|(_, made)| made.post == heard.post);
            let ((_, kind), command) = made.expect("somebody made the post");
            assert_eq!(command.cid.as_deref(), Some(&heard.cid), "it is the hash of that post");
            kind.clone()
        };
        heard.iter().map(kind).collect::<Vec<_>>().join(" and ")
    }

    fn effect(&self, effect: &Effect) -> String {
        let name = effect.account().map_or(String::new(), |account| self.name(account));
        match effect {
            Effect::Reply(request) | Effect::Email { request, .. } if request.reminds() => {
                format!("{} {name} reminder", effect.kind())
            }
            Effect::Reply(request) | Effect::Email { request, .. } => {
                format!("{} {name} {}", effect.kind(), request.outcome)
            }
            Effect::Authorize(Payment { heard: Some(heard), amount, .. }) => {
                let (posts, until) = (self.kinds_of(&heard.posts), time_of_day(heard.until));
                format!("authorize {name} {amount} if {posts} stand until {until}")
            }
            Effect::Authorize(payment)
            | Effect::Capture(payment)
            | Effect::Void(payment)
            | Effect::Refund(payment)
            | Effect::Order(payment) => format!("{} {name} {}", effect.kind(), payment.amount),
            Effect::Credit(grant) | Effect::ReverseCredit(grant) => {
                format!("{} {name} {}", effect.kind(), grant.amount)
            }
            Effect::Announce { network, announcement, .. } => {
                format!("announce on {network} {announcement:?}")
            }
        }
    }
}

pub(super) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AlreadyWaiting { place } => format!("refused: already_waiting {place}"),
        Refusal::Duplicate(first) => match (first.place, first.parked_until) {
            (Some(place), _) => format!("duplicate: {} {place}", first.outcome),
            (_, Some(until)) => format!("duplicate: {} parked until {}", first.outcome, time_of_day(until)),
            _ => format!("duplicate: {}", first.outcome),
        },
        Refusal::Because(outcome) | Refusal::Concerning { outcome, .. } => format!("refused: {outcome}"),
        Refusal::Committed { available } => format!("refused: only {available} available"),
        Refusal::TooMany => "refused: too many".to_owned(),
        Refusal::Repeated => "done before".to_owned(),
        Refusal::KeyReused => "refused: the key is used".to_owned(),
        Refusal::NotDead => "refused: no dead letter".to_owned(),
        Refusal::Unsettled(why) => format!("refused: {why}"),
    }
}

/// An objection as the tables write it.
fn objected(objection: &Objection) -> String {
    let open = if objection.is_open() { "open" } else { "over" };
    match objection {
        Objection::Dispute(dispute) => format!("dispute {} {open}", dispute.reference),
        Objection::FraudWarning(warning) => format!("warning {} {open}", warning.reference),
    }
}

pub(super) fn compare(expected: &str, results: &StepResults) -> Result<(), Fault> {
    let (answers, effects) = match expected.split_once(" => ") {
        Some((answers, effects)) => (answers, Some(effects)),
        None => (expected, None),
    };
    let real = if results.answers.is_empty() { "nothing".to_owned() } else { results.answers.join(", ") };
    if real != answers.trim() {
        return Err(format!("but the answer is: {real}"));
    }
    let Some(effects) = effects else { return Ok(()) };
    let real = if results.effects.is_empty() { "nothing".to_owned() } else { results.effects.join(", ") };
    if real == effects.trim() { Ok(()) } else { Err(format!("but the effects are: {real}")) }
}
