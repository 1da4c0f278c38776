//! A person's traits, each decided by a hash.

use super::plan::{Habits, Plan};

const NAMES: [&str; 24] = [
    "amara", "ben", "chen", "dora", "emeka", "farah", "gita", "hugo", "ines", "jonas", "kofi", "lena",
    "mateo", "nora", "otto", "priya", "quinn", "rosa", "sami", "tara", "umar", "vera", "wim", "yuki",
];

const CLAIMS: [&str; 8] = [
    "{tag} {shop}",
    "{shop} {tag}",
    "{shop} {tag} 🔥",
    "me first! {shop} {tag}",
    "yes please {shop} {tag} & thank you",
    "{shop} payday, so {tag} it is",
    "{tag}! {shop} before they are all gone",
    "Das muss sein, {shop}: {tag}",
];
const CONFIRMS: [&str; 4] =
    ["{shop} {tag}", "{shop} {tag} yes!", "{shop} still want it {tag}", "{shop} ok then, {tag}"];
const CANCELS: [&str; 2] = ["{shop} {tag}", "{shop} sorry, changed my mind {tag}"];

/// What a trait depends on, beside the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trait {
    ClaimDelay = 1,
    ReactionDelay,
    Wording,
    Reaction,
    ForgetsShop,
    Deletes,
    Reposts,
    LetterCase,
}

/// How a person reacts to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    Confirms,
    Cancels,
    Silent,
}

/// A person of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) seed: u64,
    pub(crate) index: u32,
}

impl Person {
    pub(crate) fn handle(self, plan: &Plan) -> String {
        let index = usize::try_from(self.index).unwrap_or_default();
        let name = NAMES.get(index % NAMES.len()).copied().unwrap_or("zoe");
        format!("{name}{}{}", index / NAMES.len() + 1, plan.suffix)
    }

    /// A number from 0 up to 1 that depends on person and trait alone.
    fn roll(self, of: Trait) -> f64 {
        let mut bits =
            self.seed ^ (u64::from(self.index) << 8 | of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn is_among(self, share: f64, of: Trait) -> bool {
        self.roll(of) < share
    }

    /// A time of which half of all people take less.
    pub(crate) fn delay_ms(self, median_ms: i64, of: Trait) -> i64 {
        (-(1.0 - self.roll(of)).log2() * median_ms as f64) as i64
    }

    pub(crate) fn reaction(self, habits: &Habits) -> Reaction {
        let roll = self.roll(Trait::Reaction);
        if roll < habits.silent {
            Reaction::Silent
        } else if roll < habits.silent + habits.cancels {
            Reaction::Cancels
        } else {
            Reaction::Confirms
        }
    }

    pub(crate) fn claim(self, plan: &Plan) -> String {
        let names_shop = !self.is_among(plan.habits.forgets_shop, Trait::ForgetsShop);
        self.text(&CLAIMS, &plan.tags.buy, if names_shop { &plan.shop } else { "" })
    }

    pub(crate) fn confirmation(self, plan: &Plan) -> String {
        self.text(&CONFIRMS, &plan.tags.confirm, &plan.shop)
    }

    pub(crate) fn cancellation(self, plan: &Plan) -> String {
        self.text(&CANCELS, &plan.tags.cancel, &plan.shop)
    }

    fn text(self, wordings: &[&str], tag: &str, shop: &str) -> String {
        let index = (self.roll(Trait::Wording) * wordings.len() as f64) as usize;
        let wording = wordings.get(index).copied().unwrap_or("{shop} {tag}");
        let tag = if self.is_among(0.1, Trait::LetterCase) { tag.to_lowercase() } else { tag.to_owned() };
        let shop = if shop.is_empty() { String::new() } else { format!("@{shop}") };
        let text = wording.replace("{tag}", &format!("#{tag}")).replace("{shop}", &shop);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
