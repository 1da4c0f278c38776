//! The identity of a data directory: its instance, and how often it was restored.

use super::delivery_key::KeyPrefix;
use super::instance_id::InstanceId;
use crate::domain::key_form::KeyForm;

/// The identity of a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Distinguishes the directory from every other one.
    pub id: InstanceId,
    /// Grows at each restore, from 1.
    pub epoch: u32,
}

impl Instance {
    /// The identity of a directory that was never restored.
    #[must_use]
    pub fn new(id: InstanceId) -> Self {
        Self { id, epoch: 1 }
    }

    /// The form of the keys of effects that are recorded from now on.
    #[must_use]
    pub fn form(&self) -> KeyForm {
        KeyForm::Epoch(self.epoch)
    }

    /// The prefix of keys of that form; `None` if they are bare.
    #[must_use]
    pub fn prefix(&self, form: KeyForm) -> Option<KeyPrefix> {
        match form {
            KeyForm::Bare => None,
            KeyForm::Epoch(epoch) => Some(KeyPrefix { instance: self.id, epoch }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Instance, InstanceId};
    use crate::domain::key_form::KeyForm;

    #[test]
    fn old_keys_keep_their_epoch_and_bare_keys_have_no_prefix() {
        let instance = Instance { epoch: 3, ..Instance::new(InstanceId::from([7; 16])) };
        assert_eq!(instance.form(), KeyForm::Epoch(3));
        assert_eq!(instance.prefix(KeyForm::Bare), None);
        let prefix = instance.prefix(KeyForm::Epoch(1)).expect("a prefix");
        assert_eq!(prefix.to_string(), "ft-07070707-0707-0707-0707-070707070707-1-");
    }
}
