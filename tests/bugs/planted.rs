//! Which bug is planted in this thread, if one is. A part of the copy with bugs, and of nothing else.

use std::cell::Cell;

thread_local! {
    static PLANTED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Plants that bug instead of whatever was planted before.
pub fn plant(bug: Option<&'static str>) {
    PLANTED.set(bug);
}

/// Whether it is that bug that is planted.
pub(crate) fn is(bug: &str) -> bool {
    PLANTED.get() == Some(bug)
}
