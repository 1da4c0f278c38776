//! The signals that end a command.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::CommandError;

/// Returns a flag that the first SIGINT or SIGTERM sets; the second signal ends the process.
///
/// # Errors
/// If the signal handlers cannot be registered.
pub(crate) fn stop_on_signal() -> Result<Arc<AtomicBool>, CommandError> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset and sets it, and the second one ends the
        // process.
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|source| CommandError::system("listen for signals", &source))?;
    }
    Ok(stop)
}
