//! Paths in the configuration.

use std::path::{Path, PathBuf};

use crate::config::field::Field;

/// Resolves a path: relative to `base`, unless it is absolute.
pub(super) fn path(field: &Field<'_>, base: &Path) -> Option<PathBuf> {
    let text = field.text("\"./data\"")?;
    joined(text, base).map_or_else(|| field.fault(format!("`{}` is no path", field.name)), Some)
}

pub(super) fn joined(text: &str, base: &Path) -> Option<PathBuf> {
    let good = !text.trim().is_empty() && !text.contains(char::is_control);
    // Splitting a path into components and joining them removes every `.` within.
    good.then(|| base.join(text).components().collect())
}
