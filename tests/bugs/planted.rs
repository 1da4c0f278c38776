//! The planted bug, if there is one. Only the copy with bugs contains this file.

use std::sync::RwLock;

/// For the whole process, because a recovery has its own threads.
static PLANTED: RwLock<Option<&str>> = RwLock::new(None);

/// Plants this bug instead of the previous one.
pub fn plant(bug: Option<&'static str>) {
    *PLANTED.write().expect("no holder panics") = bug;
}

/// Whether this bug is planted.
pub(crate) fn is(bug: &str) -> bool {
    *PLANTED.read().expect("no holder panics") == Some(bug)
}
