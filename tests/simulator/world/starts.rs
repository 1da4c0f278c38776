//! Crashes and starts: what a failure leaves on the disk, corrections of offers that take effect at a start, and what a
//! start must find.

use flashtag::config::serve::Retain;
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::time::Millis;
use flashtag::engine::Error;
use flashtag::journal::{DiskFault, Error as JournalError};

use super::World;
use crate::simulator::node::{Node, Watch};

impl World {
    /// Kills the process, perhaps with the whole machine, and starts it again.
    pub(super) fn crash(&mut self) {
        // Clients that waited got no answer, and post again if they persist.
        for intake in std::mem::take(&mut self.intakes) {
            for post in intake.posts {
                if self.rng.below(4) > 0 {
                    let delay = self.rng.below(60_000) as i64;
                    self.deliver_in(delay, post);
                    self.coverage.see("post delivered again");
                }
            }
        }
        self.node = None;
        self.fail_machine();
        if self.plan.clock_jumps && self.rng.below(40) == 0 {
            // The process is not restarted for a day.
            self.coverage.see("long outage");
            self.pass(Millis::from_secs(90_000));
        }
        self.start();
        self.tell_again();
    }

    /// A source resumes before its cursor, and tells some of the last posts again.
    fn tell_again(&mut self) {
        if self.overlap_dice.below(2) == 0 {
            return;
        }
        for post in self.lately.clone() {
            if self.overlap_dice.below(3) == 0 {
                let delay = self.overlap_dice.below(30_000) as i64;
                self.deliver_in(delay, post);
                self.coverage.see("post told again");
            }
        }
    }

    fn fail_machine(&mut self) {
        if !self.plan.power_losses || self.disk_dice.below(2) == 0 {
            self.coverage.see("kill");
            self.history.end(false);
            return self.disk.restart();
        }
        self.coverage.see("power loss");
        self.history.end(true);
        // All, none, or some of the unsynced data survives.
        let bias = *self.disk_dice.pick(&[0, 1, 2, 3]);
        let rng = &mut self.disk_dice;
        self.disk.crash(|_| match bias {
            0 => 0,
            1 => 1,
            _ => rng.below(2) as u64,
        });
    }

    /// Starts, and repeats a start that fails, until the engine runs.
    pub(super) fn start(&mut self) {
        loop {
            self.boot += 1;
            self.set_clock_at_a_start();
            if self.plan.disk.in_recovery && self.boot > 1 && self.disk_dice.below(3) == 0 {
                self.strike_recovery();
            }
            if self.plan.operator && self.boot > 1 && self.uncorrected.is_none() && self.rng.below(3) == 0 {
                let corrected = self.shop.corrected(&mut self.rng);
                self.uncorrected = Some(std::mem::replace(&mut self.shop.offers, corrected));
            }
            let watch = Watch::new(self.wall(), self.plan.posts_ahead);
            // The first process is of a release whose keys were bare; each later one starts from a restored backup.
            let form =
                self.boot.checked_sub(2).map_or(KeyForm::Bare, |epoch| KeyForm::Epoch(epoch as u32 + 1));
            match Node::start(&self.plan, &self.shop, &self.disk, watch, form, self.seed) {
                Ok(node) => {
                    for _ in 0..node.snapshots {
                        self.coverage.see("start from a snapshot");
                    }
                    if node.released > 0 {
                        self.coverage.see("released at a start");
                    }
                    if self.uncorrected.take().is_some() {
                        self.coverage.see("offer corrected");
                    }
                    node.assert_only_linked_hold();
                    let last = node.processors.iter().map(|processor| processor.state().last_sequence());
                    let stores = (0..self.plan.partitions).map(|no| self.store(no));
                    self.history.start(stores.collect(), last.collect());
                    self.node = Some(node);
                    return self.compare_journals();
                }
                Err(Error::Journal(JournalError::Io { .. })) => {
                    self.coverage.see("crash in recovery");
                    self.fail_machine();
                }
                // The sale has opened: the operator puts the file back.
                Err(Error::TermsChanged { .. }) if self.uncorrected.is_some() => {
                    self.coverage.see("correction refused");
                    self.shop.offers = self.uncorrected.take().expect("there are some");
                    self.fail_machine();
                }
                Err(error) => panic!("it does not start: {error}"),
            }
        }
    }

    fn strike_recovery(&mut self) {
        let nth = 1 + self.disk_dice.below(30) as u64;
        let fault = match self.disk_dice.below(3) {
            0 => DiskFault::SyncFails { nth: 1 + nth / 8, errno: 5 },
            1 => DiskFault::WriteFails { nth: 1 + nth / 8, errno: 28 },
            _ => DiskFault::PowerFails { nth },
        };
        self.disk.inject(fault);
    }

    /// Checks that the start found every durable record and rebuilt its state.
    fn compare_journals(&mut self) {
        for no in 0..self.plan.partitions {
            // If the history is pruned, only new records are compared.
            let kept = self.plan.retain == Retain::History;
            let from = if kept { 1 } else { self.durable_records.len(no) + 1 };
            // A planned fault may still hit the reader.
            let Ok(found) = self.read_journal(no, from) else { return };
            for (_, record) in &found {
                record.decision.events.iter().for_each(|event| self.crowd.note_event(no, event));
            }
            self.durable_records.compare_found(no, from, found);
            let digest = self.node().processors[no as usize].state().digest();
            let replayed = self.durable_records.replay(no).digest();
            assert_eq!(digest, replayed, "partition {no} is not what its journal makes it");
        }
    }
}
