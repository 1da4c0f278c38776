//! What is said: who hears a post, and what an account puts a stop to.

use super::PartitionState;
use crate::collections::stable_map::SlotId;
use crate::domain::account_status::{Recency, StatusKind};
use crate::domain::answer::Answer;
use crate::domain::campaign::Campaign;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::effect::ReplyRequest;
use crate::domain::event::Event;
use crate::domain::id::OfferNo;
use crate::domain::offer::Offer;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::{Refusal, is_explained};
use crate::domain::session::CLOCK_SKEW;
use crate::domain::time::Timestamp;
use crate::partition::decision_batch::{AnswerRef, DecisionBatch};

/// Who says something, when, and to which campaign: found once for all that a turn does for a post, and good until
/// the state changes.
#[derive(Debug, Clone, Copy)]
pub struct SessionRef {
    now: Timestamp,
    campaign: Option<usize>,
    place: Option<SlotId>,
}

impl SessionRef {
    /// Journal time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        self.now
    }

    /// The index of the campaign; none, where the post names no offer, or one that is not here.
    #[must_use]
    pub fn campaign(self) -> Option<usize> {
        self.campaign
    }

    /// Where the author's session is in that campaign, if there is one.
    #[must_use]
    pub fn place(self) -> Option<SlotId> {
        self.place
    }
}

impl PartitionState {
    /// Begins a turn for a post: whatever time has brought about by `clock` happens. Returns who speaks.
    pub fn begin_post(
        &mut self,
        clock: Timestamp,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> SessionRef {
        let now = self.advance(clock, batch);
        self.find(now, said)
    }

    fn find(&self, now: Timestamp, said: &PostCommand) -> SessionRef {
        let campaign = said.intent.offer().and_then(|no| self.campaign_of(no));
        let deciding = campaign.and_then(|index| self.campaigns.get(index));
        SessionRef { now, campaign, place: deciding.and_then(|campaign| campaign.place_of(&said.account)) }
    }

    /// Goes on with the turn that [`Self::begin_post`] began, as [`Self::turn`] does with whatever else is asked.
    pub fn handle_post(
        &mut self,
        speaker: SessionRef,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let answered = self.answer_from(speaker, said, batch);
        self.advance(speaker.now, batch);
        answered
    }

    /// Answers a post.
    pub(super) fn answer(
        &mut self,
        now: Timestamp,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        self.answer_from(self.find(now, said), said, batch)
    }

    /// Answers a post, with what its account put a stop to in view.
    fn answer_from(
        &mut self,
        speaker: SessionRef,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        if matches!(said.intent, Intent::Stop | Intent::Start | Intent::Freeze) {
            return AnswerRef::Apart(Box::new(self.set_standing(speaker.now, said, batch)));
        }
        let status = self.statuses.of(&said.account);
        if status == said.status {
            return self.answer_intent(speaker, said, batch);
        }
        self.answer_intent(speaker, &PostCommand { status, ..said.clone() }, batch)
    }

    /// Notes what an account puts a stop to. Every partition does, for its own posts; the first answers.
    fn set_standing(&mut self, now: Timestamp, said: &PostCommand, batch: &mut DecisionBatch) -> Answer {
        let (matter, outcome) = match said.intent {
            Intent::Stop => (StatusKind::Replies, Outcome::OptedOut),
            Intent::Start => (StatusKind::Replies, Outcome::OptedIn),
            _ => (StatusKind::Buying, Outcome::Frozen),
        };
        let (account, post, posted_at) = (said.account.clone(), said.post.clone(), said.posted_at.min(now));
        let answer = |outcome| Answer::new(now, Some(said.post.clone()), said.account.clone(), outcome);
        let turn = self.statuses.turn_of(&account, matter, &post, posted_at);
        let (answer, fact) = match turn {
            // Later it would seem a later word than it is.
            Recency::Next if said.posted_at > now.plus(CLOCK_SKEW) => (answer(Outcome::Future), None),
            Recency::Same => (Answer { duplicate: true, ..answer(outcome) }, None),
            Recency::Over => (answer(Outcome::Stale), None),
            Recency::Next => {
                // Also where it changes nothing: an older word that comes later must find it.
                let fact = match said.intent {
                    Intent::Stop => Event::AccountSilenced { account, post, posted_at },
                    Intent::Start => Event::AccountOptedIn { account, post, posted_at },
                    _ => {
                        // First everything is passed on: whoever reads that the account is frozen can
                        // rely on it.
                        for (campaign, place) in self.sessions_of(said) {
                            let pass_on = |deciding: &Campaign| deciding.decide_post(now, said, Some(place));
                            self.judge_by(campaign, now, pass_on, batch).ok();
                        }
                        Event::AccountFrozen { account, post, posted_at }
                    }
                };
                (answer(outcome), Some(fact))
            }
        };
        match fact {
            Some(fact) => self.record(now, Decision::of(fact), batch),
            None if self.no == 0 => batch.answers.push(answer.clone()),
            None => {}
        }
        answer
    }

    fn answer_intent(
        &mut self,
        speaker: SessionRef,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        if said.intent.offer().is_none() {
            return self.answer_everywhere(speaker.now, said, batch);
        }
        match self.answer_in(speaker, said, batch) {
            Ok(answered) => answered,
            Err(refusal) => self.refuse(speaker, said, refusal, batch),
        }
    }

    /// Answers a post that names no offer: in every campaign in which its author has a session. The one that
    /// it means something to answers.
    fn answer_everywhere(
        &mut self,
        now: Timestamp,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let nowhere = SessionRef { now, campaign: None, place: None };
        let mut refused = (nowhere, Refusal::Because(Outcome::NotRelevant));
        for (campaign, place) in self.sessions_of(said) {
            let speaker = SessionRef { now, campaign: Some(campaign), place: Some(place) };
            match self.answer_in(speaker, said, batch) {
                Ok(answered) => return answered,
                Err(refusal) if refused.1.outcome() == Outcome::NotRelevant => refused = (speaker, refusal),
                Err(_) => {}
            }
        }
        self.refuse(refused.0, said, refused.1, batch)
    }

    fn answer_in(
        &mut self,
        speaker: SessionRef,
        said: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> Result<AnswerRef, Refusal> {
        let SessionRef { now, campaign, place } = speaker;
        let first_new = batch.answers.len();
        let campaign = campaign.ok_or(Outcome::NotRelevant)?;
        self.judge_by(campaign, now, |deciding| deciding.decide_post(now, said, place), batch)?;
        let mut answers = batch.answers.iter().enumerate().skip(first_new);
        let own = answers.find(|(_, answer)| answer.post.as_ref() == Some(&said.post));
        let (place, answer) = own.expect("a decision on a post answers it");
        self.count_claim(said, answer);
        Ok(AnswerRef::InBatch(place))
    }

    fn refuse(
        &mut self,
        speaker: SessionRef,
        said: &PostCommand,
        refusal: Refusal,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let SessionRef { now, campaign, place } = speaker;
        let Some(campaign) = campaign.and_then(|index| self.campaigns.get_mut(index)) else {
            let (post, account) = (Some(said.post.clone()), said.account.clone());
            return AnswerRef::Apart(Box::new(Answer::new(now, post, account, Outcome::NotRelevant)));
        };
        let (answer, first) = campaign.refuse(now, said, place, refusal);
        self.note(&answer);
        self.count_claim(said, &answer);
        if let (Some(offer), true) = (answer.offer, first && is_explained(answer.outcome)) {
            batch.refusal_replies.push(self.refusal_reply(said, offer, &answer));
        }
        if answer.outcome == Outcome::NotRelevant {
            return AnswerRef::Apart(Box::new(answer));
        }
        batch.answer(answer)
    }

    /// The reply to a refused post.
    fn refusal_reply(&self, said: &PostCommand, offer: OfferNo, answer: &Answer) -> ReplyRequest {
        let waits = answer.outcome == Outcome::AlreadyWaiting && answer.place.is_some();
        let notice = ReplyRequest::new(said.account.clone(), said.post.clone(), offer, answer.outcome);
        let about = self.offer(offer).filter(|_| waits).map(Offer::wait_estimate);
        ReplyRequest { place: answer.place, units: said.units, about, ..notice }
    }

    fn count_claim(&mut self, said: &PostCommand, answer: &Answer) {
        if let (Intent::Buy(no) | Intent::Enroll(no), false) = (&said.intent, answer.duplicate)
            && let Some(tally) = self.tallies.get_mut(no.0 as usize)
        {
            tally.claims += 1;
        }
    }

    /// The campaigns in which the author of a post has a session, and where it is.
    fn sessions_of(&self, said: &PostCommand) -> Vec<(usize, SlotId)> {
        let campaigns = self.campaigns.iter().enumerate();
        let heard_in =
            campaigns.filter_map(|(index, campaign)| Some((index, campaign.place_of(&said.account)?)));
        heard_in.collect()
    }
}
