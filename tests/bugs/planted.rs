//! Which bug is planted, if one is. A part of the copy with bugs, and of nothing else.

use std::sync::RwLock;

/// Of the whole process: a recovery has threads of its own.
static PLANTED: RwLock<Option<&str>> = RwLock::new(None);

/// Plants that bug instead of whatever was planted before.
pub fn plant(bug: Option<&'static str>) {
    *PLANTED.write().expect("nobody panics with it") = bug;
}

/// Whether it is that bug that is planted.
pub(crate) fn is(bug: &str) -> bool {
    *PLANTED.read().expect("nobody panics with it") == Some(bug)
}
