//! The source of the texts of replies and announcements.

use std::fmt;

use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;

type Render = dyn Fn(u32, &Effect, Timestamp) -> Option<String>;

/// Renders the texts of a partition's effects; it has access to the offers.
pub struct Renderer(Box<Render>);

impl Renderer {
    /// Renders with this function of partition, effect and time.
    pub fn new(render: impl Fn(u32, &Effect, Timestamp) -> Option<String> + 'static) -> Self {
        Self(Box::new(render))
    }

    /// The text of an effect that leaves at `now`; `None` if the effect has no text.
    #[must_use]
    pub fn text(&self, partition: u32, effect: &Effect, now: Timestamp) -> Option<String> {
        (self.0)(partition, effect, now)
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renderer")
    }
}
