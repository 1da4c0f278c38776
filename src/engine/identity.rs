//! The identity of the data directory that an engine starts in, and the form of the keys that follows from it.

use rand::TryRng;
use rand::rngs::SysRng;

use super::setup::Keys;
use crate::control::instance_file::{InstanceError, InstanceFile};
use crate::domain::key_form::KeyForm;
use crate::outbox::instance::Instance;

/// Reads the identity, or gives the directory one if the run needs it. `recorded` is the newest epoch of the
/// effects that wait. Returns the form of the keys of effects that are recorded in this run.
pub(super) fn identify(
    file: &InstanceFile,
    keys: Keys,
    recorded: Option<u32>,
) -> Result<(Option<Instance>, KeyForm), InstanceError> {
    let known = file.read(recorded)?;
    let instance = match (keys, known) {
        // Effects that an earlier run recorded keep the prefix that they have.
        (Keys::Bare, known) => return Ok((known, KeyForm::Bare)),
        (Keys::Prefixed, Some(known)) => known,
        (Keys::Prefixed, None) => {
            let mut bytes = [0; 16];
            SysRng.try_fill_bytes(&mut bytes).map_err(|error| file.not_created(error))?;
            file.create(bytes)?
        }
    };
    Ok((Some(instance), instance.form()))
}
