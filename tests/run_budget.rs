//! The number of rounds of a long-running test, its progress and its result.
//!
//! Each such test has a default number of rounds and a larger one for long runs. `FLASHTAG_LONG=1` selects
//! the larger number for every test that runs; a variable named after the test, as `FLASHTAG_KILLS=2000`,
//! sets the number for that test. `FLASHTAG_SEED` repeats the random choices of a run. Progress and results
//! go to standard error (`-- --nocapture` shows them), and results also to `target/tmp/proof/`, one file per
//! test.

use std::fs;
use std::path::PathBuf;

use flashtag::clock::Clock;

/// Microseconds between two lines of progress.
const EVERY_US: u64 = 5_000_000;

/// The rounds of one test, and its progress.
pub(crate) struct RunBudget {
    rig: &'static str,
    /// Rounds to run.
    pub(crate) wanted: u64,
    done: u64,
    clock: Clock,
    reported_us: u64,
}

/// Parses an environment variable as a number; `None` if it is not set.
pub(crate) fn from_env(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{value}`")))
}

/// The seed of all random choices: `FLASHTAG_SEED`, or the current time.
pub(crate) fn seed() -> u64 {
    from_env("FLASHTAG_SEED").unwrap_or_else(|| Clock::start().now().ms() as u64)
}

/// Whether long runs are wanted.
pub(crate) fn is_long() -> bool {
    from_env("FLASHTAG_LONG").is_some_and(|set| set != 0)
}

impl RunBudget {
    /// The budget of the test `rig`: a plural in lower case, as `kills`.
    pub(crate) fn of(rig: &'static str, usual: u64, long: u64) -> Self {
        let long = is_long().then_some(long);
        let name = format!("FLASHTAG_{}", rig.to_uppercase().replace(' ', "_"));
        let wanted = from_env(&name).or(long).unwrap_or(usual);
        Self { rig, wanted, done: 0, clock: Clock::start(), reported_us: 0 }
    }

    /// Counts one round, and prints progress every few seconds.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        let now = self.clock.elapsed_us();
        if now - self.reported_us >= EVERY_US {
            self.reported_us = now;
            let (rig, wanted, rate) = (self.rig, self.wanted, self.rate());
            eprintln!("{} of {wanted} {rig}, {rate:.1}/s", self.done);
        }
    }

    /// Rounds per second.
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / (self.clock.elapsed_us().max(1) as f64 / 1e6)
    }

    /// Reports the result: the number of rounds, and `words`.
    pub(crate) fn report(&self, words: &str) {
        let (done, rig, rate) = (self.done, self.rig, self.rate());
        report(rig, &format!("{done} {rig} ({rate:.1}/s): {words}"));
    }
}

/// Writes a test's result. A test that cannot run on this machine writes `SKIPPED` and the reason.
pub(crate) fn report(rig: &str, line: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proof");
    fs::create_dir_all(&directory).expect("the target directory can be written to");
    fs::write(directory.join(rig.replace(' ', "-")), format!("{line}\n")).expect("it can be written to");
    eprintln!("{line}");
}
