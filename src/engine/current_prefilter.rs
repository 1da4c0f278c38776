//! The prefilter of the current catalog.

use std::sync::Arc;

use crate::control::catalog_handle::CatalogReader;
use crate::intake::catalog::Catalog;
use crate::intake::prefilter::scan::Prefilter;

/// The prefilter of the current catalog, made anew when the catalog is replaced.
pub(super) struct CurrentPrefilter {
    catalog: CatalogReader,
    of: Arc<Catalog>,
    prefilter: Arc<Prefilter>,
}

impl CurrentPrefilter {
    pub(super) fn new(mut catalog: CatalogReader) -> Self {
        let of = Arc::clone(catalog.current());
        let prefilter = Arc::new(Prefilter::new(&of));
        Self { catalog, of, prefilter }
    }

    /// The prefilter now.
    pub(super) fn current(&mut self) -> Arc<Prefilter> {
        let current = self.catalog.current();
        if !Arc::ptr_eq(current, &self.of) {
            (self.of, self.prefilter) = (Arc::clone(current), Arc::new(Prefilter::new(current)));
        }
        Arc::clone(&self.prefilter)
    }

    /// The catalog that the prefilter was made for.
    pub(super) fn catalog(&self) -> &Arc<Catalog> {
        &self.of
    }
}
