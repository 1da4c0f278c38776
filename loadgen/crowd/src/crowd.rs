//! The crowd: people by index, what they want and how they react.

use crate::fault::{PlanFault, judge};
use crate::hash::{Question, ask, mix, unit};
use crate::person::{Person, Temper};
use crate::plan::CrowdPlan;
use crate::popularity::Popularity;
use crate::post::{Answer, PostKind, PostPlan};
use crate::wording::Tag;

/// The author id of person 0; the others follow. Far above any shop's id, far below the strangers of the noise.
const FIRST_AUTHOR_ID: u64 = 1_000_000_001;

/// People who buy by hashtag, each one a pure function of the seed and their index.
///
/// It holds the plan and nothing per person, so it can be shared between threads and asked in any order.
#[derive(Clone, Debug)]
pub struct Crowd {
    pub(crate) plan: CrowdPlan,
    pub(crate) seed: u64,
    popularity: Popularity,
    pub(crate) tags: Vec<TargetTags>,
}

/// The tags of one target, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct TargetTags {
    pub(crate) buy: Tag,
    pub(crate) confirm: Tag,
    pub(crate) cancel: Tag,
}

impl Crowd {
    /// A crowd as planned. The same plan and seed give the same people and the same bytes.
    pub fn new(plan: CrowdPlan, seed: u64) -> Result<Self, PlanFault> {
        judge(&plan)?;
        let popularity = Popularity::of(&plan.targets)?;
        let tags = plan.targets.iter().map(|target| TargetTags {
            buy: Tag::new(&target.buy),
            confirm: Tag::new(&target.confirm),
            cancel: Tag::new(&target.cancel),
        });
        Ok(Self { popularity, tags: tags.collect(), plan, seed })
    }

    /// The plan that this crowd follows.
    pub fn plan(&self) -> &CrowdPlan {
        &self.plan
    }

    /// The author id that the person posts under.
    pub fn author_id(&self, person: u64) -> u64 {
        FIRST_AUTHOR_ID + person
    }

    /// The person behind an author id, if it is one of this crowd.
    pub fn person(&self, author_id: u64) -> Option<u64> {
        author_id.checked_sub(FIRST_AUTHOR_ID).filter(|person| *person < self.plan.accounts)
    }

    /// The target that the person wants; `round` counts the person's wishes from 0.
    pub fn wish(&self, person: u64, round: u64) -> usize {
        let seed = self.seed ^ mix(round);
        self.popularity.pick(unit(ask(seed, person, Question::Wish)))
    }

    /// Whether the person linked an account, which [`write_account`](Self::write_account) then writes.
    pub fn is_linked(&self, person: u64) -> bool {
        self.known(person).is_among(self.plan.cards.linked, Question::Linked)
    }

    /// What the person does after the engine answered their claim: a post and the delay to it in milliseconds.
    ///
    /// `None` is silence: of those who never answer, of those who confirmed already (see
    /// [`HabitPlan::confirms_early`](crate::HabitPlan)), and of those who left the line before their promotion.
    pub fn reaction(&self, person: u64, target: usize, answer: Answer) -> Option<(u64, PostPlan)> {
        let (known, habits) = (self.known(person), &self.plan.habits);
        let kind = match known.temper(habits) {
            Temper::Confirms => PostKind::Confirm,
            Temper::Cancels => PostKind::Cancel,
            Temper::ConfirmsEarly | Temper::Silent => return None,
        };
        if answer == Answer::Promoted && known.is_among(habits.leaves_line, Question::Patience) {
            return None;
        }
        let delay_ms = known.answer_delay_ms(habits, answer);
        Some((delay_ms, PostPlan { person, target, kind }))
    }

    pub(crate) fn known(&self, person: u64) -> Person {
        Person { seed: self.seed, index: person }
    }
}
