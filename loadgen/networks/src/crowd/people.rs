//! The crowd: what it has read, and what it is about to do.

use std::collections::{BTreeMap, HashMap};

use super::act::{Act, Deed};
use super::person::{Person, Reaction, Trait};
use super::plan::Plan;
use crate::richtext::{Kind, parts};
use crate::society::{Author, Post, Society};

/// Upper bound on posts that are read in one step.
const POSTS_MAX: usize = 1000;

/// People at one network.
#[derive(Debug)]
pub struct Crowd {
    plan: Plan,
    people: Vec<Person>,
    /// Who has which handle, in small letters.
    by_handle: HashMap<String, Person>,
    /// Position behind what was read.
    position: u64,
    has_heard: bool,
    /// The claims that are out, by person.
    claims: HashMap<u32, String>,
    /// Whose post is answered by an answer.
    authors: HashMap<String, u32>,
    /// Who has reacted to a prompt.
    reacted: std::collections::HashSet<u32>,
    /// What comes, by time and then by the order of planning.
    due: BTreeMap<(i64, u64), (Person, Deed, Option<String>)>,
    planned: u64,
}

impl Crowd {
    /// A crowd that has read nothing.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let seed = plan.seed;
        let people: Vec<Person> = (0..plan.people).map(|index| Person { seed, index }).collect();
        let by_handle = people.iter().map(|person| (person.handle(&plan).to_lowercase(), *person)).collect();
        Self {
            plan,
            people,
            by_handle,
            position: 0,
            has_heard: false,
            claims: HashMap::new(),
            authors: HashMap::new(),
            reacted: std::collections::HashSet::new(),
            due: BTreeMap::new(),
            planned: 0,
        }
    }

    /// Founds an account for everybody, and returns them, so that a shop can link them.
    pub fn join(&self, network: &mut dyn Society, now_ms: i64) -> Vec<Author> {
        self.people.iter().map(|person| network.join(&person.handle(&self.plan), now_ms)).collect()
    }

    /// Reads what is new at the network, and does what is due there. Returns what was done.
    pub fn step(&mut self, network: &mut dyn Society, now_ms: i64) -> Vec<Act> {
        let posts = network.posts_since(self.position, POSTS_MAX);
        let acts = self.act(&posts, now_ms);
        acts.into_iter().filter(|act| act.perform(network, now_ms)).collect()
    }

    /// Reads these posts, and returns what is due now.
    pub fn act(&mut self, posts: &[Post], now_ms: i64) -> Vec<Act> {
        for post in posts {
            self.position = self.position.max(post.position);
            self.read(post);
        }
        let later = self.due.split_off(&(now_ms + 1, 0));
        let due = std::mem::replace(&mut self.due, later);
        due.into_values().filter_map(|(person, deed, about)| self.done(person, deed, about)).collect()
    }

    /// The time of the next act, if one is planned.
    #[must_use]
    pub fn next_at_ms(&self) -> Option<i64> {
        self.due.keys().next().map(|(at_ms, _)| *at_ms)
    }

    fn read(&mut self, post: &Post) {
        let Post { id, author, text, reply_to, at_ms, .. } = post;
        if let Some(person) = self.by_handle.get(&author.handle.to_lowercase()).copied() {
            self.authors.insert(id.clone(), person.index);
            if holds(text, &self.plan.tags.buy) {
                self.claims.insert(person.index, id.clone());
            }
        } else if author.handle.eq_ignore_ascii_case(&self.plan.shop) {
            match reply_to {
                None if holds(text, &self.plan.tags.buy) && !self.has_heard => self.hear(id, *at_ms),
                Some(parent) if holds(text, &self.plan.tags.confirm) => self.prompt(parent, id, *at_ms),
                _ => {}
            }
        }
    }

    /// Plans what everybody does about the announcement.
    fn hear(&mut self, announcement: &str, at_ms: i64) {
        self.has_heard = true;
        let Plan { claim_median_ms, reaction_median_ms, habits, .. } = self.plan;
        for person in self.people.clone() {
            let claim_at = at_ms + person.delay_ms(claim_median_ms, Trait::ClaimDelay);
            if person.is_among(habits.reposts, Trait::Reposts) {
                self.plan_act(claim_at, person, Deed::Reposts, Some(announcement.to_owned()));
            }
            self.plan_act(claim_at, person, Deed::Claims, None);
            if person.is_among(habits.deletes, Trait::Deletes) {
                let delete_at = claim_at + 1 + person.delay_ms(reaction_median_ms, Trait::ReactionDelay);
                self.plan_act(delete_at, person, Deed::Deletes, None);
            }
        }
    }

    /// Plans a reaction to the shop's prompt; only the first prompt of a person gets one.
    fn prompt(&mut self, parent: &str, prompt: &str, at_ms: i64) {
        let Some(index) = self.authors.get(parent).copied() else { return };
        if !self.reacted.insert(index) {
            return;
        }
        let person = Person { seed: self.plan.seed, index };
        let deed = match person.reaction(&self.plan.habits) {
            Reaction::Silent => return,
            Reaction::Confirms => Deed::Confirms,
            Reaction::Cancels => Deed::Cancels,
        };
        let delay_ms = person.delay_ms(self.plan.reaction_median_ms, Trait::ReactionDelay);
        self.plan_act(at_ms + delay_ms, person, deed, Some(prompt.to_owned()));
    }

    fn plan_act(&mut self, at_ms: i64, person: Person, deed: Deed, about: Option<String>) {
        self.planned += 1;
        self.due.insert((at_ms, self.planned), (person, deed, about));
    }

    fn done(&self, person: Person, deed: Deed, about: Option<String>) -> Option<Act> {
        let (text, about) = match deed {
            Deed::Claims => (person.claim(&self.plan), None),
            Deed::Confirms => (person.confirmation(&self.plan), about),
            Deed::Cancels => (person.cancellation(&self.plan), about),
            Deed::Reposts => (String::new(), about),
            Deed::Deletes => (String::new(), Some(self.claims.get(&person.index)?.clone())),
        };
        Some(Act { who: person.handle(&self.plan), deed, text, about })
    }
}

/// Whether a text holds a hashtag, in any letters.
fn holds(text: &str, tag: &str) -> bool {
    let is_it = |kind: &Kind| matches!(kind, Kind::Tag(known) if known.to_lowercase() == tag.to_lowercase());
    parts(text).iter().any(|part| is_it(&part.kind))
}
