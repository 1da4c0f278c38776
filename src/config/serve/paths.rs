//! Paths of the configuration.

use std::path::{Path, PathBuf};

use crate::config::field::Field;

/// A path, from `base` if it is relative.
pub(super) fn path(field: &Field<'_>, base: &Path) -> Option<PathBuf> {
    let text = field.text("\"./data\"")?;
    joined(text, base).map_or_else(|| field.fault(format!("`{}` is no path", field.name)), Some)
}

pub(super) fn joined(text: &str, base: &Path) -> Option<PathBuf> {
    let good = !text.trim().is_empty() && !text.contains(char::is_control);
    // Taken apart and put together, a path has lost every `.` within.
    good.then(|| base.join(text).components().collect())
}
