//! Settling: all faults end, and everything pending must be settled.

use flashtag::domain::time::Millis;

use super::World;

impl World {
    /// Ends all faults, and advances until nothing is pending.
    pub(crate) fn settle(&mut self) {
        self.plan.heal();
        self.providers.faults = self.plan.providers.clone();
        if self.rng.below(2) == 0 {
            self.skew_ms = 0;
        }
        // Removes the faults that are still planned for the disk.
        self.crash();
        let last = self.now.plus(Millis::from_secs(30 * 86_400));
        loop {
            // Frozen deadlines would stand still for ever.
            while self.work() || self.resume_sales() {}
            let waits = !self.firehose.is_empty() || !self.intakes.is_empty();
            if !waits && !self.node().is_pending() {
                self.node().assert_only_linked_hold();
                return;
            }
            // A slow clock shows half of the time that passes; then this repeats.
            let (now, node) = (self.now, self.node());
            let node_due = node.next_due().map(|due| now.plus(due.since(node.now())));
            let firehose_due = self.firehose.keys().next().map(|(due, _)| *due);
            let due = [node_due, firehose_due, self.providers.next_due(), self.authors.next_due()]
                .into_iter()
                .flatten()
                .min();
            let due = due.unwrap_or_else(|| panic!("something is pending, and nothing will end it"));
            let step = due.since(self.now).max(Millis::from_ms(1));
            assert!(self.now < last, "something is pending for ever");
            self.pass(step);
        }
    }

    /// Does what is possible at this instant. Returns `false` if there was nothing.
    fn work(&mut self) -> bool {
        let mut busy = false;
        if self.firehose.keys().next().is_some_and(|(due, _)| *due <= self.now) {
            self.intake();
            busy = true;
        }
        self.tick();
        busy |= self.let_one_answer();
        busy |= self.let_one_author_answer();
        for partition in 0..self.plan.partitions as usize {
            busy |= self.commit_on(partition);
        }
        busy |= self.send_out_up_to(usize::MAX) > 0;
        self.receive_answers();
        // Nothing is left to an operator who never comes.
        busy || self.tend_dead_letter()
    }
}
