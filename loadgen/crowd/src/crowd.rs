//! The crowd: people by index, what they want and how they react.

use crate::hashing::{RandomStream, hash_bits, mix, unit};
use crate::person::{Person, PromptResponse};
use crate::plan::CrowdPlan;
use crate::plan_error::{PlanError, validate};
use crate::popularity::Popularity;
use crate::post::{PostKind, PostPlan, PromptKind};
use crate::wording::TagText;

/// Author id of person 0. Lies far above any shop's id, and far below the author ids of the noise.
const FIRST_AUTHOR_ID: u64 = 1_000_000_001;

/// People who buy by hashtag, each one a pure function of the seed and an index.
///
/// Stores the plan and nothing per person, so threads can share it and ask in any order.
#[derive(Clone, Debug)]
pub struct Crowd {
    pub(crate) plan: CrowdPlan,
    pub(crate) seed: u64,
    popularity: Popularity,
    pub(crate) tags: Vec<TargetTags>,
}

/// The tags of one target, prepared for writing.
#[derive(Clone, Debug)]
pub(crate) struct TargetTags {
    pub(crate) buy: TagText,
    pub(crate) confirm: TagText,
    pub(crate) cancel: TagText,
}

impl Crowd {
    /// Makes a crowd. The same plan and seed give the same people and the same bytes.
    pub fn new(plan: CrowdPlan, seed: u64) -> Result<Self, PlanError> {
        validate(&plan)?;
        let popularity = Popularity::new(&plan.targets)?;
        let tags = plan.targets.iter().map(|target| TargetTags {
            buy: TagText::new(&target.buy),
            confirm: TagText::new(&target.confirm),
            cancel: TagText::new(&target.cancel),
        });
        Ok(Self { popularity, tags: tags.collect(), plan, seed })
    }

    /// Returns the plan.
    pub fn plan(&self) -> &CrowdPlan {
        &self.plan
    }

    /// Returns the author id of a person.
    pub fn author_id(&self, person: u64) -> u64 {
        FIRST_AUTHOR_ID + person
    }

    /// Returns the person who posts under an author id, if it belongs to this crowd.
    pub fn person(&self, author_id: u64) -> Option<u64> {
        author_id.checked_sub(FIRST_AUTHOR_ID).filter(|person| *person < self.plan.accounts)
    }

    /// Chooses the target that the person wants; `round` counts the person's claims from 0.
    pub fn wanted_target(&self, person: u64, round: u64) -> usize {
        let seed = self.seed ^ mix(round);
        self.popularity.pick(unit(hash_bits(seed, person, RandomStream::Wish)))
    }

    /// Tells whether the person linked an account, which [`write_account`](Self::write_account) then writes.
    pub fn is_linked(&self, person: u64) -> bool {
        self.person_at(person).is_among(self.plan.cards.linked, RandomStream::Linked)
    }

    /// Tells whether the person's card buys: it is linked, no offer refuses it, and its provider answers and does
    /// not decline.
    pub fn pays(&self, person: u64) -> bool {
        let (owner, cards) = (self.person_at(person), &self.plan.cards);
        self.is_linked(person)
            && !owner.is_among(cards.prepaid, RandomStream::Funding)
            && owner.card_token_prefix(cards) == "tok_ok_"
    }

    /// Returns how the person reacts to a prompt: the delay in milliseconds, and the post.
    ///
    /// Returns `None` for people who never answer, for people who confirmed already (see
    /// [`HabitPlan::confirms_early`](crate::HabitPlan)), and for people who left the waitlist before their
    /// promotion.
    pub fn reaction(&self, person: u64, target: usize, prompt: PromptKind) -> Option<(u64, PostPlan)> {
        let (reacting, habits) = (self.person_at(person), &self.plan.habits);
        let kind = match reacting.prompt_response(habits) {
            PromptResponse::Confirms => PostKind::Confirm,
            PromptResponse::Cancels => PostKind::Cancel,
            PromptResponse::ConfirmsEarly | PromptResponse::Silent => return None,
        };
        if prompt == PromptKind::Promoted && reacting.is_among(habits.leaves_line, RandomStream::Patience) {
            return None;
        }
        let delay_ms = reacting.answer_delay_ms(habits, prompt);
        Some((delay_ms, PostPlan { person, target, kind }))
    }

    pub(crate) fn person_at(&self, person: u64) -> Person {
        Person { seed: self.seed, index: person }
    }
}
