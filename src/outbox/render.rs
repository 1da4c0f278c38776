//! Where the words of replies and announcements come from.

use std::fmt;

use super::words;
use crate::domain::effect::Effect;
use crate::domain::offering::Offering;

type Render = dyn Fn(u32, &Effect) -> Option<String>;

/// Finds the words of an effect of a partition: it knows the terms of the offers.
pub struct Renderer(Box<Render>);

impl Renderer {
    /// A renderer that does this.
    pub fn new(render: impl Fn(u32, &Effect) -> Option<String> + 'static) -> Self {
        Self(Box::new(render))
    }

    /// The words; nothing, where there are none.
    #[must_use]
    pub fn words(&self, partition: u32, effect: &Effect) -> Option<String> {
        (self.0)(partition, effect)
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}

/// What is said on a network when the effect leaves; nothing, if it says nothing there.
#[must_use]
pub fn words_of(effect: &Effect, offering: &Offering) -> Option<String> {
    match effect {
        Effect::Reply(notice) => words::reply(notice, offering.purchase()?),
        Effect::Announce { network, news, .. } => offering.announce(*network, *news),
        _ => None,
    }
}
