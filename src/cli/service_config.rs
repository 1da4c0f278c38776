//! The configuration of the service, for the commands that work beside it.

use std::path::Path;

use super::fail::Fail;
use crate::config::serve::{ServeConfig, read_serve};

/// Reads the configuration as `serve` does.
pub(super) fn service_config(path: &Path) -> Result<ServeConfig, Fail> {
    read_serve(path, std::env::vars()).map_err(|faults| Fail::config(faults.to_string()))
}
