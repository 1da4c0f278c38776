//! What providers and banks report.

use flashtag::domain::command::Report;
use flashtag::domain::heard_posts::Unattested;
use flashtag::domain::id::EffectKey;
use flashtag::domain::objection::{Dispute, DisputeStage, FraudWarning, NoteObjection, Objection};
use flashtag::domain::provider_ref::{ObjectionRef, PaymentRef};
use flashtag::domain::time::{Millis, Timestamp};

use super::time::clock;
use super::{Fault, Play};
use crate::domain::world::{World, payment_ref};

impl Play {
    pub(super) fn report(&mut self, words: &str) -> Result<Report, Fault> {
        let mut parts = words.split(' ');
        let (subject, verb, name) = (parts.next(), parts.next(), parts.next().unwrap_or(""));
        let id = self.held_by(name, words);
        let key = EffectKey { partition: 0, sequence: 999, index: 0 };
        Ok(match (subject, verb) {
            (Some("prompt"), Some("reaches")) => {
                let now = self.world().now;
                let at = words.split_once(" at ").map_or(Ok(now), |(_, at)| clock(at))?;
                World::prompt_report(id?, at)
            }
            (Some("card"), Some("authorizes")) => Report::Authorized { id: id?, key, reference: None },
            (Some("card"), Some("captures")) => Report::Captured { id: id?, key },
            (Some("card"), Some("declines")) => Report::Declined { id: id?, key, reason: "no".into() },
            (Some("posts"), Some("of")) => {
                let known = |why: &Unattested| words.ends_with(&why.reason().replace("post_", ""));
                let why = Unattested::ALL.into_iter().find(known).ok_or("why not?")?;
                Report::Unattested { id: id?, key, why }
            }
            (Some("card"), Some("keeps")) => Report::NotVoided { id: id?, key },
            (Some("card"), Some("refunds")) => Report::Refunded { id: id?, key },
            (Some("letter"), Some("reaches")) => Report::PromptMailDelivered { id: id?, key },
            (Some("letter"), Some("bounces")) => Report::PromptMailBounced { id: id?, key },
            (Some("prompt"), Some("misses")) => Report::Undeliverable { id: id?, key },
            _ => return Err(format!("unknown report `{words}`")),
        })
    }

    /// Parses `disputes ana` and `warns of ana`, with `inquiry`, `review`, `won`, `lost`, `closed` or `over`, and the number
    /// of the objection or of another payment.
    pub(super) fn objection(&mut self, words: &str, now: Timestamp) -> Result<NoteObjection, Fault> {
        let has = |word: &str| words.split(' ').any(|other| other == word);
        let number = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name));
        let name = words.split(' ').nth(if has("warns") { 2 } else { 1 }).ok_or("whose payment?")?;
        let id = self.held_by(name, words)?;
        let payment = number("payment-")
            .map_or_else(|| payment_ref(id), |other| PaymentRef::parse(other).expect("an id"));
        let reference =
            format!("{}_{}", if has("warns") { "issfr" } else { "dp" }, number("no-").unwrap_or("1"));
        let reference = ObjectionRef::parse(&reference).expect("an id");
        let objection = if has("warns") {
            let kind = "made_with_stolen_card".into();
            Objection::FraudWarning(FraudWarning { reference, kind, is_actionable: !has("over") })
        } else {
            let stages = [
                ("inquiry", DisputeStage::Inquiry),
                ("closed", DisputeStage::InquiryClosed),
                ("review", DisputeStage::UnderReview),
                ("won", DisputeStage::Won),
                ("lost", DisputeStage::Lost),
            ];
            let stage = stages.into_iter().find(|(word, _)| has(word)).map(|(_, stage)| stage);
            let stage = stage.unwrap_or(DisputeStage::NeedsResponse);
            Objection::Dispute(Dispute {
                reference,
                stage,
                amount: "164.99 USD".parse().expect("an amount"),
                reason: "fraudulent".into(),
                due_by: Some(now.plus(Millis::from_secs(7 * 86_400))),
                is_withdrawn: !matches!(stage, DisputeStage::Inquiry | DisputeStage::InquiryClosed),
            })
        };
        Ok(NoteObjection { id, payment, objection })
    }
}
