//! What links the card of an account and what takes it away come one after the other.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::domain::id::Account;

/// How many accounts may have their turn at one time.
const TURNS: usize = 64;

/// The turns. Accounts share them, so one may wait for another's.
#[derive(Debug)]
pub struct Turns([Arc<Mutex<()>>; TURNS]);

/// A turn; it is over with its drop.
#[derive(Debug)]
#[must_use]
pub struct Turn(#[expect(dead_code, reason = "only its drop counts")] OwnedMutexGuard<()>);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl Turns {
    /// Waits for the turn of an account.
    pub async fn of(&self, account: &Account) -> Turn {
        let mut hasher = DefaultHasher::new();
        account.hash(&mut hasher);
        let slot = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or(0);
        let lock = self.0.get(slot).cloned().unwrap_or_default();
        Turn(lock.lock_owned().await)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::Turns;
    use crate::domain::id::Account;

    #[test]
    fn an_account_has_its_turn_once_the_one_before_is_over() {
        let (turns, ana) = (Turns::default(), "x:1".parse::<Account>().unwrap());
        let first = turns.of(&ana).now_or_never().expect("it is free");
        assert!(turns.of(&ana).now_or_never().is_none());
        let others = (2..200).filter_map(|no| format!("x:{no}").parse::<Account>().ok());
        let free = others.filter(|account| turns.of(account).now_or_never().is_some()).count();
        assert!(free > 150, "most others wait for nobody: {free}");
        drop(first);
        assert!(turns.of(&ana).now_or_never().is_some());
    }
}
