//! Whether a server should get posts, and what is wrong with it.

use std::fmt;

/// What is wrong with a server; nothing if it is ready.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    reasons: Vec<Reason>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    refuses_posts: bool,
    text: String,
}

impl Readiness {
    /// Adds a reason to send posts elsewhere.
    pub fn refuse(&mut self, reason: impl Into<String>) {
        self.reasons.push(Reason { refuses_posts: true, text: reason.into() });
    }

    /// Adds what an operator should know of a server that may go on.
    pub fn degrade(&mut self, reason: impl Into<String>) {
        self.reasons.push(Reason { refuses_posts: false, text: reason.into() });
    }

    /// Whether posts should be sent here.
    #[must_use]
    pub fn takes_posts(&self) -> bool {
        self.reasons.iter().all(|reason| !reason.refuses_posts)
    }
}

/// One line with the state, then one line for each reason, the gravest first.
impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.takes_posts(), self.reasons.is_empty()) {
            (true, true) => "ready",
            (true, false) => "degraded",
            (false, _) => "not ready",
        };
        writeln!(f, "{state}")?;
        let (grave, slight): (Vec<_>, Vec<_>) = self.reasons.iter().partition(|reason| reason.refuses_posts);
        grave.into_iter().chain(slight).try_for_each(|reason| writeln!(f, "{}", reason.text))
    }
}

#[cfg(test)]
mod tests {
    use super::Readiness;

    #[test]
    fn the_worst_reason_decides_and_every_reason_is_told() {
        let mut readiness = Readiness::default();
        assert_eq!((readiness.to_string().as_str(), readiness.takes_posts()), ("ready\n", true));
        readiness.degrade("cards: paused");
        assert_eq!(readiness.to_string(), "degraded\ncards: paused\n");
        assert!(readiness.takes_posts(), "a server without its card processor still takes posts");
        readiness.refuse("clock: 7 s off");
        assert_eq!(readiness.to_string(), "not ready\nclock: 7 s off\ncards: paused\n");
        assert!(!readiness.takes_posts());
    }
}
