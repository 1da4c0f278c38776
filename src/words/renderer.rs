//! Where the words of replies and announcements come from.

use std::fmt;

use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;

type Render = dyn Fn(u32, &Effect, Timestamp) -> Option<String>;

/// Finds the words of an effect of a partition: it knows the offers.
pub struct Renderer(Box<Render>);

impl Renderer {
    /// A renderer that does this.
    pub fn new(render: impl Fn(u32, &Effect, Timestamp) -> Option<String> + 'static) -> Self {
        Self(Box::new(render))
    }

    /// The words of what is told at that time; nothing, where there are none.
    #[must_use]
    pub fn words(&self, partition: u32, effect: &Effect, told_at: Timestamp) -> Option<String> {
        (self.0)(partition, effect, told_at)
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}
