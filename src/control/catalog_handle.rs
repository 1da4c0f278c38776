//! The current catalog, which can be replaced while posts are being read with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::intake::catalog::Catalog;

/// A handle to the current catalog. Clones share it: a replacement by one is visible to all.
#[derive(Debug, Clone)]
pub struct CatalogHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Incremented by each replacement, under the lock.
    version: AtomicU64,
    current: RwLock<Arc<Catalog>>,
}

/// Reads the current catalog on a hot path. Until the catalog is replaced, a read is one load of a counter
/// that no core writes to. `CatalogHandle::current` takes a lock and counts a reference on each read.
#[derive(Debug, Clone)]
pub struct CatalogReader {
    handle: CatalogHandle,
    version: u64,
    catalog: Arc<Catalog>,
}

impl CatalogHandle {
    /// Creates a handle to `catalog`.
    #[must_use]
    pub fn new(catalog: impl Into<Arc<Catalog>>) -> Self {
        Self(Arc::new(Shared { version: AtomicU64::new(0), current: RwLock::new(catalog.into()) }))
    }

    /// Returns the current catalog. A caller whose reads must agree keeps the catalog that it got.
    #[must_use]
    pub fn current(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.current.read().expect("no panic is survived"))
    }

    /// Replaces the whole catalog. Posts that are being read at the time are read with the old one.
    pub fn replace(&self, catalog: impl Into<Arc<Catalog>>) {
        let mut current = self.0.current.write().expect("no panic is survived");
        *current = catalog.into();
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// A reader for one thread's hot path.
    #[must_use]
    pub fn reader(&self) -> CatalogReader {
        let current = self.0.current.read().expect("no panic is survived");
        // Under the lock, no replacement comes between the two reads.
        let version = self.0.version.load(Ordering::Acquire);
        CatalogReader { handle: self.clone(), version, catalog: Arc::clone(&current) }
    }
}

impl CatalogReader {
    /// The current catalog.
    pub fn current(&mut self) -> &Arc<Catalog> {
        if self.handle.0.version.load(Ordering::Acquire) != self.version {
            *self = self.handle.reader();
        }
        &self.catalog
    }
}

#[cfg(test)]
mod tests {
    use super::CatalogHandle;
    use crate::domain::listing::ShopFront;
    use crate::intake::catalog::Catalog;

    #[test]
    fn a_reader_sees_the_new_catalog_only_after_a_replacement() {
        let empty = || Catalog::new(Vec::new(), ShopFront::default());
        let handle = CatalogHandle::new(empty());
        let mut reader = handle.reader();
        let first = handle.current();
        assert!(std::sync::Arc::ptr_eq(&first, reader.current()));
        handle.replace(empty());
        let second = handle.current();
        assert!(!std::sync::Arc::ptr_eq(&first, &second));
        assert!(std::sync::Arc::ptr_eq(&second, reader.current()));
        assert!(std::sync::Arc::ptr_eq(&second, reader.current()));
    }
}
