//! Posts: which session a post belongs to, how it is decided, and how it changes its account's status.

use super::PartitionState;
use crate::collections::stable_map::SlotId;
use crate::domain::account_status::Recency;
use crate::domain::answer::Answer;
use crate::domain::arrival::AgeOnArrival;
use crate::domain::campaign::Campaign;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::event::Event;
use crate::domain::holding::Holding;
use crate::domain::id::{Account, OfferNo};
use crate::domain::outcome::Outcome;
use crate::domain::refusal::{Refusal, is_explained};
use crate::domain::session::{PARKED_FOR, Session};
use crate::domain::status_word::StatusWord;
use crate::domain::time::Timestamp;
use crate::partition::decision_batch::{AnswerRef, DecisionBatch};
use crate::partition::session_ref::SessionRef;

impl PartitionState {
    /// Begins a post: decides what is due by `clock`. Returns the session that the post belongs to.
    pub fn begin_post(
        &mut self,
        clock: Timestamp,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> SessionRef {
        let now = self.advance(clock, batch);
        self.find(now, command)
    }

    fn find(&self, now: Timestamp, command: &PostCommand) -> SessionRef {
        let campaign = command.intent.offer().and_then(|no| self.campaign_of(no));
        let deciding = campaign.and_then(|index| self.campaigns.get(index));
        SessionRef { now, campaign, slot: deciding.and_then(|campaign| campaign.slot_of(&command.account)) }
    }

    /// The session; none if its account has none in that campaign.
    #[must_use]
    pub fn session(&self, session: SessionRef) -> Option<&Session> {
        self.campaigns.get(session.campaign?)?.session_in(session.slot?)
    }

    /// Records that the account of a live session posted. Returns whether the session is live.
    pub(in crate::partition) fn note_activity(&mut self, session: SessionRef) -> bool {
        let campaign = session.campaign.and_then(|index| self.campaigns.get_mut(index));
        let session_at = session.slot.zip(campaign);
        session_at.is_some_and(|(slot, campaign)| campaign.note_activity(slot, session.now))
    }

    /// Decides the post that [`Self::begin_post`] began, and applies the decision; then decides what became
    /// due because of it.
    pub fn handle_post(
        &mut self,
        session: SessionRef,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let answered = self.answer_from(session, command, batch);
        self.advance(session.now, batch);
        answered
    }

    /// Answers a post.
    pub(super) fn answer(
        &mut self,
        now: Timestamp,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        self.answer_from(self.find(now, command), command, batch)
    }

    /// Answers a post with its account's current status.
    fn answer_from(
        &mut self,
        session: SessionRef,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        if command.intent.status_change().is_some() {
            return AnswerRef::Apart(Box::new(self.set_status(session.now, command, batch)));
        }
        if self.was_deleted(session.now, command) {
            return self.refuse(session, command, Outcome::NotRelevant.into(), batch);
        }
        let status = self.statuses.of(&command.account);
        if status == command.status {
            return self.answer_intent(session, command, batch);
        }
        self.answer_intent(session, &PostCommand { status, ..command.clone() }, batch)
    }

    /// Handles a post that changes its account's status. Every partition records the change for its own
    /// posts; partition 0 reports the answer.
    fn set_status(&mut self, now: Timestamp, command: &PostCommand, batch: &mut DecisionBatch) -> Answer {
        let (kind, stops, outcome) = command.intent.status_change().expect("a post that changes its status");
        let (account, post, posted_at) =
            (command.account.clone(), command.post.clone(), command.posted_at.min(now));
        let answer = |outcome| Answer::new(now, Some(command.post.clone()), command.account.clone(), outcome);
        let turn = self.statuses.turn_of(&account, kind, &post, posted_at);
        let (answer, word) = match turn {
            // The post's own time is not credible, and the order of an account's posts rests on it.
            Recency::Next if command.age_at(now) == AgeOnArrival::Future => (answer(Outcome::Future), None),
            Recency::Same => (Answer { duplicate: true, ..answer(outcome) }, None),
            Recency::Over => (answer(Outcome::Stale), None),
            Recency::Next => {
                // Recorded even if it changes nothing: an older post that arrives later is compared with it.
                let word = StatusWord { account, kind, stops, posted_at, post: Some(post), undid: None };
                (answer(outcome), Some(word))
            }
        };
        match word {
            Some(word) => self.record_word(now, &word, command, batch),
            None if self.no == 0 => batch.answers.push(answer.clone()),
            None => {}
        }
        answer
    }

    /// Takes in a word that another journal knows, if it is newer than what the partition knows.
    pub(super) fn take_word(&mut self, now: Timestamp, word: &StatusWord, batch: &mut DecisionBatch) {
        if !self.statuses.lacks(word) {
            return;
        }
        match PostCommand::by_word(word) {
            Some(command) => self.record_word(now, word, &command, batch),
            None => self.record(now, Decision::of(word.event()), batch),
        }
    }

    /// Releases everything that an account has and has not ordered, in every campaign.
    pub(super) fn release_unlinked(&mut self, now: Timestamp, account: &Account, batch: &mut DecisionBatch) {
        for (campaign, slot) in self.sessions_of(account) {
            let command = PostCommand::unlinking(self.no, campaign, account.clone(), now);
            self.decide_post(campaign, now, &command, Some(slot), batch).ok();
        }
    }

    fn record_word(
        &mut self,
        now: Timestamp,
        word: &StatusWord,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) {
        if command.intent == Intent::Freeze {
            // Everything unconfirmed is cancelled first: a reader that sees the account frozen can rely on
            // it.
            let mut replied = false;
            for (campaign, slot) in self.sessions_of(&command.account) {
                let first = batch.records.len();
                let decided = self.decide_freeze(campaign, now, command, slot, replied, batch);
                let records = batch.records.iter().skip(first);
                replied |= decided.is_ok() && records.flat_map(|(_, record)| &record.decision.effects).any(|effect| {
                    matches!(effect, Effect::Reply(request) if request.account == command.account)
                });
            }
        }
        self.record(now, Decision::of(word.event()), batch);
    }

    fn answer_intent(
        &mut self,
        session: SessionRef,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        if command.intent.offer().is_none() {
            return self.answer_everywhere(session.now, command, batch);
        }
        match self.answer_in(session, command, batch) {
            Ok(answered) => answered,
            Err(refusal) => self.refuse(session, command, refusal, batch),
        }
    }

    /// Answers a post that names no offer: tries every campaign in which its author has a session, and
    /// returns the first answer that is not a refusal.
    fn answer_everywhere(
        &mut self,
        now: Timestamp,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let nowhere = SessionRef { now, campaign: None, slot: None };
        let mut refused = (nowhere, Refusal::Because(Outcome::NotRelevant));
        for (campaign, slot) in self.sessions_of(&command.account) {
            let session = SessionRef { now, campaign: Some(campaign), slot: Some(slot) };
            match self.answer_in(session, command, batch) {
                Ok(answered) => return answered,
                Err(refusal) if refused.1.outcome() == Outcome::NotRelevant => refused = (session, refusal),
                Err(_) => {}
            }
        }
        if command.intent == Intent::Delete && refused.1.outcome() == Outcome::NotRelevant {
            self.park_deletion(now, command, batch);
        }
        self.refuse(refused.0, command, refused.1, batch)
    }

    /// Whether the author deleted the post before it arrived. A cancellation counts nevertheless: it must not
    /// leave a claim that its author gave up.
    fn was_deleted(&self, now: Timestamp, command: &PostCommand) -> bool {
        let asks = matches!(command.intent, Intent::Buy(_) | Intent::Confirm(_) | Intent::Enroll(_));
        !self.deletions.is_empty() && asks && self.deletions.contains(&command.account, &command.post, now)
    }

    /// Parks the deletion of a post that was not seen yet: it may have overtaken the post.
    fn park_deletion(&mut self, now: Timestamp, command: &PostCommand, batch: &mut DecisionBatch) {
        let PostCommand { account, post, link, .. } = command;
        let seen = |(campaign, slot): &(usize, SlotId)| {
            let session = self.campaigns.get(*campaign).and_then(|campaign| campaign.session_in(*slot));
            session.is_some_and(|session| session.recall(account, post).is_some())
        };
        let seen = self.sessions_of(account).iter().any(seen);
        let parked = self.deletions.contains(account, post, now);
        if link.is_none() || seen || parked || !self.deletions.has_room(account, now) {
            return;
        }
        let (account, post, until) = (account.clone(), post.clone(), now.plus(PARKED_FOR));
        self.record(now, Decision::of(Event::DeletionParked { account, post, until }), batch);
    }

    fn answer_in(
        &mut self,
        session: SessionRef,
        command: &PostCommand,
        batch: &mut DecisionBatch,
    ) -> Result<AnswerRef, Refusal> {
        let SessionRef { now, campaign, slot } = session;
        let first_new = batch.answers.len();
        let campaign = campaign.ok_or(Outcome::NotRelevant)?;
        self.decide_post(campaign, now, command, slot, batch)?;
        let mut answers = batch.answers.iter().enumerate().skip(first_new);
        let own = answers.find(|(_, answer)| answer.post.as_ref() == Some(&command.post));
        let (index, answer) = own.expect("a decision on a post answers it");
        self.count_claim(command, answer);
        Ok(AnswerRef::InBatch(index))
    }

    fn refuse(
        &mut self,
        session: SessionRef,
        command: &PostCommand,
        refusal: Refusal,
        batch: &mut DecisionBatch,
    ) -> AnswerRef {
        let SessionRef { now, campaign, slot } = session;
        let Some(campaign) = campaign.and_then(|index| self.campaigns.get_mut(index)) else {
            let (post, account) = (Some(command.post.clone()), command.account.clone());
            return AnswerRef::Apart(Box::new(Answer::new(now, post, account, Outcome::NotRelevant)));
        };
        let (answer, first) = campaign.refuse(now, command, slot, refusal);
        if answer.outcome == Outcome::NotRelevant {
            return AnswerRef::Apart(Box::new(answer));
        }
        self.note(&answer);
        self.count_claim(command, &answer);
        if first
            && is_explained(answer.outcome)
            && let Some(offer) = answer.offer
        {
            batch.refusal_replies.push(self.refusal_reply(command, offer, &answer));
        }
        batch.answer(answer)
    }

    /// The reply to a refused post.
    fn refusal_reply(&self, command: &PostCommand, offer: OfferNo, answer: &Answer) -> ReplyRequest {
        let request = ReplyRequest::new(command.account.clone(), command.post.clone(), offer, answer.outcome);
        let nothing = Holding::default();
        let campaign = self.campaign_of(offer).and_then(|index| self.campaigns.get(index));
        let holding = campaign.and_then(|campaign| campaign.session(&command.account)?.holding(offer));
        let selling = campaign.and_then(|campaign| campaign.offer(offer));
        let about = selling.and_then(|selling| {
            selling.about_refusal(holding.unwrap_or(&nothing), answer.outcome, answer.place)
        });
        ReplyRequest { place: answer.place, units: command.units, about, ..request }
    }

    fn count_claim(&mut self, command: &PostCommand, answer: &Answer) {
        if !answer.duplicate
            && let Intent::Buy(no) | Intent::Enroll(no) = &command.intent
            && let Some(counters) = self.counters.get_mut(no.0 as usize)
        {
            counters.claims += 1;
        }
    }

    /// Lets the author's session decide in a campaign, and records the decision.
    fn decide_post(
        &mut self,
        campaign: usize,
        now: Timestamp,
        command: &PostCommand,
        slot: Option<SlotId>,
        batch: &mut DecisionBatch,
    ) -> Result<usize, Refusal> {
        let decide = self.handlers.post;
        let by_session = |deciding: &mut Campaign| {
            deciding.decide_post_by(command, slot, |session, offers| decide(session, now, command, offers))
        };
        self.decide_by(campaign, now, by_session, batch)
    }

    /// Lets the session of an account that freezes itself pass everything on in a campaign. The post is
    /// answered once: with `replied` the account gets no reply.
    fn decide_freeze(
        &mut self,
        campaign: usize,
        now: Timestamp,
        command: &PostCommand,
        slot: SlotId,
        replied: bool,
        batch: &mut DecisionBatch,
    ) -> Result<usize, Refusal> {
        let decide = self.handlers.post;
        let by_session = |deciding: &mut Campaign| {
            let decided = deciding
                .decide_post_by(command, Some(slot), |session, offers| decide(session, now, command, offers));
            decided
                .map(|decision| if replied { decision.without_reply_to(&command.account) } else { decision })
        };
        self.decide_by(campaign, now, by_session, batch)
    }

    /// The campaigns in which an account has a session, and the slot of each.
    fn sessions_of(&self, account: &Account) -> Vec<(usize, SlotId)> {
        let campaigns = self.campaigns.iter().enumerate();
        let found = campaigns.filter_map(|(index, campaign)| Some((index, campaign.slot_of(account)?)));
        found.collect()
    }
}
