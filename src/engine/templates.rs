//! Loads the shop's templates before anything is sold.

use std::path::Path;

use crate::config::offers::Shop;
use crate::text::file_fault::{Fault, Faults};
use crate::words::Words;

/// Loads the shop's templates, from its own folder if it has one.
///
/// # Errors
/// Every fault in the folder.
pub fn words_of(shop: &Shop, templates: Option<&Path>) -> Result<Words, Faults> {
    let words = Words::new(&shop.name, &shop.time_zone);
    let words = words.map_err(|error| Fault::of_file("[shop]", error.to_string()))?;
    let words = words.with_link_url(shop.link_url.as_deref());
    match templates {
        Some(folder) => words.with_folder(folder),
        None => Ok(words),
    }
}
