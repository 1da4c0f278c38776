//! An executor for several connections on one thread, with timers of the system's resolution.
//!
//! Tokio's timers tick once a millisecond, which is longer than most of the measured latencies.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::clock::Clock;

thread_local! {
    /// Wake-up times of this thread's tasks, in microseconds.
    static TIMERS: RefCell<Vec<(u64, Waker)>> = const { RefCell::new(Vec::new()) };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread to completion.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    block_on_with(Clock::start(), future)
}

/// Runs a future that may wait for instants of `clock`.
pub(super) fn block_on_with<F: Future>(clock: Clock, future: F) -> F::Output {
    // By default the system may wake a thread 50 microseconds later than asked.
    #[cfg(target_os = "linux")]
    rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1)).ok();
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        match TIMERS.with_borrow(|timers| timers.iter().map(|(at_us, _)| *at_us).min()) {
            Some(at_us) => thread::park_timeout(Duration::from_micros(at_us.saturating_sub(clock.us()))),
            None => thread::park(),
        }
        let now_us = clock.us();
        let due = TIMERS.with_borrow_mut(|timers| {
            timers.extract_if(.., |(at_us, _)| *at_us <= now_us).collect::<Vec<_>>()
        });
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

/// Waits until `at_us` microseconds after the clock's start. Must run in [`block_on_with`] with the same
/// clock.
pub(super) async fn sleep_until(clock: Clock, at_us: u64) {
    poll_fn(|context| {
        if clock.us() >= at_us {
            return Poll::Ready(());
        }
        TIMERS.with_borrow_mut(|timers| timers.push((at_us, context.waker().clone())));
        Poll::Pending
    })
    .await;
}
