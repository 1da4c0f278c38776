//! What is said: who hears a post, and what an account puts a stop to.

use super::Partition;
use crate::actor::partition::page::Page;
use crate::domain::answer::Answer;
use crate::domain::campaign::Campaign;
use crate::domain::command::{Command, Said, Wish};
use crate::domain::decision::Decision;
use crate::domain::effect::Notice;
use crate::domain::event::Event;
use crate::domain::id::OfferNo;
use crate::domain::offer::Offer;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::{Refusal, is_explained};
use crate::domain::session::CLOCK_SKEW;
use crate::domain::standing::{Matter, Turn};
use crate::domain::time::Timestamp;

impl Partition {
    /// Answers a post, with what its account put a stop to in view.
    pub(super) fn hear(&mut self, now: Timestamp, said: &Said, command: &Command, page: &mut Page) -> Answer {
        if matches!(said.wish, Wish::Stop | Wish::Start | Wish::Freeze) {
            return self.set_standing(now, said, command, page);
        }
        let standing = self.standings.of(&said.account);
        if standing == said.standing {
            return self.hear_post(now, said, command, page);
        }
        let said = Said { standing, ..said.clone() };
        self.hear_post(now, &said, &Command::Say(said.clone()), page)
    }

    /// Notes what an account puts a stop to. Every partition does, for its own posts; the first answers.
    fn set_standing(&mut self, now: Timestamp, said: &Said, command: &Command, page: &mut Page) -> Answer {
        let (matter, outcome) = match said.wish {
            Wish::Stop => (Matter::Replies, Outcome::OptedOut),
            Wish::Start => (Matter::Replies, Outcome::OptedIn),
            _ => (Matter::Buying, Outcome::Frozen),
        };
        let (account, post, posted_at) = (said.account.clone(), said.post.clone(), said.posted_at.min(now));
        let answer = |outcome| Answer::new(now, Some(said.post.clone()), said.account.clone(), outcome);
        let turn = self.standings.turn_of(&account, matter, &post, posted_at);
        let (answer, fact) = match turn {
            // Later it would seem a later word than it is.
            Turn::Next if said.posted_at > now.plus(CLOCK_SKEW) => (answer(Outcome::Future), None),
            Turn::Same => (Answer { duplicate: true, ..answer(outcome) }, None),
            Turn::Over => (answer(Outcome::Stale), None),
            Turn::Next => {
                // Also where it changes nothing: an older word that comes later must find it.
                let fact = match said.wish {
                    Wish::Stop => Event::AccountSilenced { account, post, posted_at },
                    Wish::Start => Event::AccountHeard { account, post, posted_at },
                    _ => {
                        // First everything is passed on: whoever reads that the account is frozen can
                        // rely on it.
                        for campaign in self.listeners(said) {
                            self.judge(campaign, now, command, page).ok();
                        }
                        Event::AccountFrozen { account, post, posted_at }
                    }
                };
                (answer(outcome), Some(fact))
            }
        };
        match fact {
            Some(fact) => self.record(now, Decision::of(fact), page),
            None if self.no == 0 => page.answers.push(answer.clone()),
            None => {}
        }
        answer
    }

    fn hear_post(&mut self, now: Timestamp, said: &Said, command: &Command, page: &mut Page) -> Answer {
        let mut refused = (None, Refusal::Because(Outcome::NotRelevant));
        for campaign in self.listeners(said) {
            let first_new = page.answers.len();
            match self.judge(campaign, now, command, page) {
                Ok(_) => {
                    let answers = page.answers.get(first_new..).unwrap_or_default();
                    let own = answers.iter().find(|answer| answer.post.as_ref() == Some(&said.post));
                    let answer = own.cloned().expect("a decision on a post answers it");
                    self.count_claim(said, &answer);
                    return answer;
                }
                // Where several campaigns are asked, the one that it means something to answers.
                Err(refusal) if refused.1.outcome() == Outcome::NotRelevant => {
                    refused = (Some(campaign), refusal);
                }
                Err(_) => {}
            }
        }
        self.refuse(now, said, refused.0, refused.1, page)
    }

    fn refuse(
        &mut self,
        now: Timestamp,
        said: &Said,
        campaign: Option<usize>,
        refusal: Refusal,
        page: &mut Page,
    ) -> Answer {
        let campaign = campaign.and_then(|index| self.campaigns.get_mut(index));
        let Some(campaign) = campaign else {
            return Answer::new(now, Some(said.post.clone()), said.account.clone(), Outcome::NotRelevant);
        };
        let (answer, first) = campaign.refuse(now, said, refusal);
        self.note(&answer);
        self.count_claim(said, &answer);
        if answer.outcome != Outcome::NotRelevant {
            page.answers.push(answer.clone());
        }
        if let (Some(offer), true) = (answer.offer, first && is_explained(answer.outcome)) {
            page.courtesies.push(self.courtesy(said, offer, &answer));
        }
        answer
    }

    /// The reply to a refused post.
    fn courtesy(&self, said: &Said, offer: OfferNo, answer: &Answer) -> Notice {
        let waits = answer.outcome == Outcome::AlreadyWaiting && answer.place.is_some();
        let notice = Notice::new(said.account.clone(), said.post.clone(), offer, answer.outcome);
        let about = self.offer(offer).filter(|_| waits).map(Offer::outlook);
        Notice { place: answer.place, units: said.units, about, ..notice }
    }

    fn count_claim(&mut self, said: &Said, answer: &Answer) {
        if let (Wish::Buy(no) | Wish::Enroll(no), false) = (&said.wish, answer.duplicate)
            && let Some(tally) = self.tallies.get_mut(no.0 as usize)
        {
            tally.claims += 1;
        }
    }

    /// The campaigns that a post concerns: that of its tag, or every one in which its author has a
    /// session, where the post names no offer.
    fn listeners(&self, said: &Said) -> Vec<usize> {
        match said.wish.offer() {
            Some(offer) => self.campaign_of(offer).into_iter().collect(),
            None => {
                let with_session =
                    |(_, campaign): &(usize, &Campaign)| campaign.session(&said.account).is_some();
                self.campaigns.iter().enumerate().filter(with_session).map(|(index, _)| index).collect()
            }
        }
    }
}
