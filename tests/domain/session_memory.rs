//! A session keeps its refused, notified and decided posts in one list. It must answer as three lists would:
//! refused posts, of which it keeps the last eight; outcomes of which its account was notified, at most 32 in
//! an hour; and decided posts.

use flashtag::domain::answer::Answer;
use flashtag::domain::event::Event;
use flashtag::domain::id::{Account, Network, OfferNo, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::session::{RENOTIFY_AFTER, Session};
use flashtag::domain::time::{Millis, Timestamp};
use proptest::prelude::*;

/// Enough outcomes to reach the bound on notifications.
const REASONS: [Outcome; 4] = [Outcome::SoldOut, Outcome::Closed, Outcome::Paused, Outcome::LimitReached];

#[derive(Debug, Clone)]
enum Step {
    /// A post about the offer is refused for the reason.
    Refuse(u32, usize),
    /// The account is notified without a refusal of its own.
    Tell(u32, usize),
    /// A post is decided.
    Decide(u32),
    /// The first number of minutes pass, and posts older than the second are forgotten.
    Pass(u32, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..12_u32, 0..REASONS.len()).prop_map(|(offer, why)| Step::Refuse(offer, why)),
        2 => (0..12_u32, 0..REASONS.len()).prop_map(|(offer, why)| Step::Tell(offer, why)),
        1 => (0..12_u32).prop_map(Step::Decide),
        2 => (0..25_u32, 1..90_u32).prop_map(|(minutes, memory)| Step::Pass(minutes, memory)),
    ];
    proptest::collection::vec(step, 0..150)
}

/// The obvious form: three lists.
#[derive(Default)]
struct Lists {
    decided: Vec<(PostId, Timestamp)>,
    refused: Vec<(PostId, Outcome, Timestamp)>,
    notified: Vec<(OfferNo, Outcome, Timestamp)>,
}

impl Lists {
    fn notify(&mut self, answer: &Answer) -> bool {
        self.notified.retain(|(_, _, at)| answer.at.since(*at) < RENOTIFY_AFTER);
        let offer = answer.offer.expect("every answer here is about an offer");
        let known = self.notified.iter().any(|notified| (notified.0, notified.1) == (offer, answer.outcome));
        if known || self.notified.len() == 32 {
            return false;
        }
        self.notified.push((offer, answer.outcome, answer.at));
        true
    }

    fn refuse(&mut self, answer: &Answer) -> bool {
        if self.refused.len() == 8 {
            self.refused.remove(0);
        }
        let post = answer.post.clone().expect("every answer here is to a post");
        self.refused.push((post, answer.outcome, answer.at));
        self.notify(answer)
    }

    fn recall(&self, post: &PostId) -> Option<Outcome> {
        let decided = self.decided.iter().find(|(seen, _)| seen == post).map(|_| Outcome::Waitlisted);
        decided.or_else(|| self.refused.iter().find(|(seen, ..)| seen == post).map(|refused| refused.1))
    }

    fn forget(&mut self, horizon: Timestamp, at: Timestamp) {
        self.decided.retain(|(_, decided_at)| *decided_at >= horizon);
        self.refused.retain(|(_, _, refused_at)| *refused_at >= horizon);
        self.notified.retain(|(_, _, notified_at)| at.since(*notified_at) < RENOTIFY_AFTER);
    }
}

fn post(no: usize) -> PostId {
    PostId::parse(Network::X, &(1_000 + no).to_string()).expect("a number")
}

proptest! {
    #[test]
    fn one_list_answers_like_three_lists(steps in steps()) {
        let account = Account::parse(Network::X, "42").expect("a number");
        let (mut session, mut lists) = (Session::default(), Lists::default());
        let mut now = Timestamp::from_ms(1_360_774_800_000);
        let posts = steps.len();
        for (no, step) in steps.into_iter().enumerate() {
            let answer = |offer, outcome| {
                let answer = Answer::new(now, Some(post(no)), account.clone(), outcome);
                Answer { offer: Some(OfferNo(offer)), ..answer }
            };
            match step {
                Step::Refuse(offer, why) => {
                    let answer = answer(offer, REASONS[why]);
                    prop_assert_eq!(session.refuse(&answer), lists.refuse(&answer));
                }
                Step::Tell(offer, why) => {
                    let answer = answer(offer, REASONS[why]);
                    prop_assert_eq!(session.notify(&answer), lists.notify(&answer));
                }
                Step::Decide(offer) => {
                    let offer = OfferNo(offer);
                    let event = Event::WaiterConfirmed { offer, account: account.clone(), post: post(no), place: 1 };
                    session.apply(now, &event);
                    lists.decided.push((post(no), now));
                }
                Step::Pass(minutes, memory) => {
                    now = now.plus(Millis::from_secs(60 * minutes));
                    let horizon = Timestamp::from_ms(now.ms() - 60_000 * i64::from(memory));
                    session.forget(horizon, now);
                    lists.forget(horizon, now);
                    let nothing = lists.decided.is_empty() && lists.refused.is_empty() && lists.notified.is_empty();
                    prop_assert_eq!(session.is_over(), nothing);
                }
            }
            for no in 0..posts {
                let recalled = session.recall(&account, &post(no)).map(|answer| answer.outcome);
                prop_assert_eq!(recalled, lists.recall(&post(no)), "post {}", no);
            }
        }
    }
}
