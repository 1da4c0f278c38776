//! How much a rig does, how far it is, and what came of it.
//!
//! Each rig has a number for every test run and a larger one for a long run. `FLASHTAG_LONG=1` asks for
//! the long numbers of all rigs that run; `FLASHTAG_KILLS=2000` sets the number of one, whatever its name.
//! `FLASHTAG_SEED` repeats what was chosen by chance. Progress and results are written to standard error
//! (`-- --nocapture` shows them), the results also to `target/tmp/proof/`, a file for each rig.

use std::fs;
use std::path::PathBuf;

use flashtag::clock::Clock;

/// Between two lines of progress.
const EVERY_US: u64 = 5_000_000;

/// One rig's work: so many of its units.
pub(crate) struct Effort {
    rig: &'static str,
    /// How many are to be done.
    pub(crate) wanted: u64,
    done: u64,
    clock: Clock,
    told_us: u64,
}

/// The number that an environment variable holds, if it is set.
pub(crate) fn from_env(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{value}`")))
}

/// What everything that is left to chance begins with: `FLASHTAG_SEED`, or the time.
pub(crate) fn seed() -> u64 {
    from_env("FLASHTAG_SEED").unwrap_or_else(|| Clock::start().now().ms() as u64)
}

impl Effort {
    /// The work of the rig of that name, which is in the plural and in lower case, as `kills`.
    pub(crate) fn of(rig: &'static str, usual: u64, long: u64) -> Self {
        let long = from_env("FLASHTAG_LONG").is_some_and(|set| set != 0).then_some(long);
        let name = format!("FLASHTAG_{}", rig.to_uppercase().replace(' ', "_"));
        let wanted = from_env(&name).or(long).unwrap_or(usual);
        Self { rig, wanted, done: 0, clock: Clock::start(), told_us: 0 }
    }

    /// One more is done; now and then this is told.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        let now = self.clock.elapsed_us();
        if now - self.told_us >= EVERY_US {
            self.told_us = now;
            let (rig, wanted, rate) = (self.rig, self.wanted, self.rate());
            eprintln!("{} of {wanted} {rig}, {rate:.1}/s", self.done);
        }
    }

    /// How many were done in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / (self.clock.elapsed_us().max(1) as f64 / 1e6)
    }

    /// All is done: what came of it, in a few words behind the number.
    pub(crate) fn report(&self, words: &str) {
        let (done, rig, rate) = (self.done, self.rig, self.rate());
        tell(rig, &format!("{done} {rig} ({rate:.1}/s): {words}"));
    }
}

/// Notes a rig's result. A rig that cannot run here tells `SKIPPED` and why.
pub(crate) fn tell(rig: &str, line: &str) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proof");
    fs::create_dir_all(&directory).expect("the target directory can be written to");
    fs::write(directory.join(rig.replace(' ', "-")), format!("{line}\n")).expect("it can be written to");
    eprintln!("{line}");
}
