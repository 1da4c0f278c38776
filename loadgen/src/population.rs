//! All authors of posts: the crowd, the noise, and the bots, whose indices follow those of the crowd.

use std::collections::HashMap;

use crowd::{Crowd, Noise, PostKind, PostPlan, PromptKind};

use crate::scenario::{Bots, Scenario};

/// The population of a scenario. A pure function of the scenario.
#[derive(Debug, Clone)]
pub struct Population {
    crowd: Crowd,
    noise: Noise,
    bots: Option<Bots>,
    targets: HashMap<String, usize>,
}

impl Population {
    /// Makes the population of a scenario.
    ///
    /// # Errors
    /// If the crowd's plan is invalid, in words.
    pub fn new(scenario: &Scenario) -> Result<Self, String> {
        let crowd = scenario.crowd()?;
        let noise = Noise::new(&crowd.plan().targets, scenario.seed);
        let targets = scenario.offers.iter().zip(0..).map(|(offer, at)| (offer.id.clone(), at)).collect();
        Ok(Self { crowd, noise, bots: scenario.bots, targets })
    }

    /// Returns the crowd, without the bots.
    #[must_use]
    pub fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Returns the index of the target with an offer's id.
    #[must_use]
    pub fn target(&self, offer: &str) -> Option<usize> {
        self.targets.get(offer).copied()
    }

    /// Returns the account of a person or a bot, in the API's form.
    #[must_use]
    pub fn account(&self, person: u64) -> String {
        format!("x:{}", self.crowd.author_id(person))
    }

    /// Returns the person or bot behind an account of the API, if it belongs to this population.
    #[must_use]
    pub fn person(&self, account: &str) -> Option<u64> {
        let author: u64 = account.strip_prefix("x:")?.parse().ok()?;
        let person = author.checked_sub(self.crowd.author_id(0))?;
        (person < self.people() + self.bots.map_or(0, |bots| bots.accounts)).then_some(person)
    }

    /// Returns the bots' claim number `turn`: the bots claim in turn, and each round is for another offer.
    pub(crate) fn bot_claim(&self, bots: &Bots, turn: u64) -> PostPlan {
        let round = turn / bots.accounts;
        let targets = self.targets.len() as u64;
        let kind = if round < targets { PostKind::Claim } else { PostKind::ClaimAgain };
        PostPlan { person: self.people() + turn % bots.accounts, target: (round % targets) as usize, kind }
    }

    /// Returns how a person or a bot reacts to a prompt: the delay in milliseconds, and the post.
    #[must_use]
    pub fn reaction(&self, person: u64, target: usize, prompt: PromptKind) -> Option<(u64, PostPlan)> {
        match self.bots {
            Some(bots) if person >= self.people() => {
                Some((bots.confirm_ms, PostPlan { person, target, kind: PostKind::Confirm }))
            }
            _ => self.crowd.reaction(person, target, prompt),
        }
    }

    /// Tells whether the person's card buys for certain. The bots share cards, whose limits they may meet.
    #[must_use]
    pub(crate) fn pays(&self, person: u64) -> bool {
        person < self.people() && self.crowd.pays(person)
    }

    /// Tells whether the person answers each prompt by a confirmation in that time.
    #[must_use]
    pub(crate) fn confirms_within(&self, person: u64, target: usize, most_ms: u64) -> bool {
        [PromptKind::Reserved, PromptKind::Promoted].into_iter().all(|prompt| {
            let reaction = self.reaction(person, target, prompt);
            reaction.is_some_and(|(delay_ms, post)| delay_ms <= most_ms && post.kind == PostKind::Confirm)
        })
    }

    /// Appends the line of a post, or of noise if there is no plan.
    pub fn write(&self, out: &mut Vec<u8>, plan: Option<&PostPlan>, post_id: u64, posted_at_ms: i64) {
        match plan {
            Some(plan) => self.crowd.write_post(out, plan, post_id, posted_at_ms),
            None => self.noise.write(out, post_id, posted_at_ms),
        }
    }

    /// Appends the lines of all linked accounts.
    pub fn write_accounts(&self, out: &mut Vec<u8>) {
        for person in 0..self.people() {
            self.crowd.write_account(out, person);
        }
        let Some(bots) = self.bots else { return };
        for bot in 0..bots.accounts {
            let author = self.crowd.author_id(self.people() + bot);
            let card = bot / bots.accounts_per_card;
            let line = format!(
                r#"{{"network":"x","author_id":"{author}","card":{{"token":"tok_bots_{card}","brand":"amex","funding":"credit","last4":"{:04}"}},"email":"bot{bot}@example.com","region":"US-NY"}}"#,
                card % 10_000
            );
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }

    fn people(&self) -> u64 {
        self.crowd.plan().accounts
    }
}
