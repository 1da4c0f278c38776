//! Post ids: unique and increasing, either snowflakes in X's form or a plain count.

/// Generates post ids in the order of posting. Two generators stay apart by `worker` or by `first`.
#[derive(Clone, Copy, Debug)]
pub struct PostIds(Form);

#[derive(Clone, Copy, Debug)]
enum Form {
    Count { next: u64 },
    Snowflake { worker: u64, last_ms: i64, sequence: u64 },
}

/// Unix milliseconds from which X counts the time in its ids.
const SNOWFLAKE_EPOCH_MS: i64 = 1_288_834_974_657;
const WORKER_MASK: u64 = (1 << 10) - 1;
const SEQUENCE_END: u64 = 1 << 12;

impl PostIds {
    /// Counts from `first`: small ids that are easy to read in a recording.
    pub fn counting(first: u64) -> Self {
        Self(Form::Count { next: first })
    }

    /// Makes snowflakes: 41 bits of milliseconds, 10 bits of `worker` (higher bits are dropped), 12 bits of
    /// sequence.
    pub fn snowflake(worker: u64) -> Self {
        Self(Form::Snowflake { worker: worker & WORKER_MASK, last_ms: 0, sequence: 0 })
    }

    /// Returns the id of the next post, made at `posted_at_ms` (Unix milliseconds).
    ///
    /// Snowflakes always increase: after more than 4,096 posts in a millisecond, or a time before the last
    /// one, their time runs ahead of `posted_at_ms`.
    pub fn next(&mut self, posted_at_ms: i64) -> u64 {
        match &mut self.0 {
            Form::Count { next } => {
                let id = *next;
                *next += 1;
                id
            }
            Form::Snowflake { worker, last_ms, sequence } => {
                let since_epoch_ms = posted_at_ms.saturating_sub(SNOWFLAKE_EPOCH_MS);
                if since_epoch_ms > *last_ms {
                    (*last_ms, *sequence) = (since_epoch_ms, 0);
                } else if *sequence + 1 < SEQUENCE_END {
                    *sequence += 1;
                } else {
                    (*last_ms, *sequence) = (*last_ms + 1, 0);
                }
                (last_ms.unsigned_abs() << 22) | (*worker << 12) | *sequence
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snowflakes_increase_through_a_full_millisecond_and_a_step_back() {
        let mut ids = PostIds::snowflake(5);
        let noon_ms = 1_360_774_800_000;
        let mut last = 0;
        for turn in 0..10_000 {
            let id = ids.next(if turn == 9_000 { noon_ms - 60_000 } else { noon_ms });
            assert!(id > last);
            assert_eq!((id >> 12) & WORKER_MASK, 5);
            last = id;
        }
        let id = ids.next(noon_ms + 1_000);
        assert_eq!((id >> 22) as i64 + SNOWFLAKE_EPOCH_MS, noon_ms + 1_000);
    }

    #[test]
    fn a_count_ignores_the_time() {
        let mut ids = PostIds::counting(5_000_001);
        assert_eq!([ids.next(9), ids.next(3)], [5_000_001, 5_000_002]);
    }
}
