//! The current catalog, which can be replaced while posts are read by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::intake::catalog::Catalog;

/// The current catalog. Clones share it: what one replaces, all see.
#[derive(Debug, Clone)]
pub struct CatalogHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Grows with each replacement, under the lock.
    version: AtomicU64,
    current: RwLock<Arc<Catalog>>,
}

/// Reads the current catalog on a hot path: as long as the catalog stays, a read is one load of a number that no
/// processor writes to. The handle alone would take a lock and count a reference for each read.
#[derive(Debug, Clone)]
pub struct CatalogReader {
    handle: CatalogHandle,
    version: u64,
    catalog: Arc<Catalog>,
}

impl CatalogHandle {
    /// A handle to that catalog.
    #[must_use]
    pub fn new(catalog: impl Into<Arc<Catalog>>) -> Self {
        Self(Arc::new(Shared { version: AtomicU64::new(0), current: RwLock::new(catalog.into()) }))
    }

    /// The current catalog. A caller that reads several things that belong together keeps the one it got.
    #[must_use]
    pub fn current(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.current.read().expect("no panic is survived"))
    }

    /// Replaces the catalog as a whole. Posts that are being read meanwhile are read by the old one.
    pub fn replace(&self, catalog: impl Into<Arc<Catalog>>) {
        let mut current = self.0.current.write().expect("no panic is survived");
        *current = catalog.into();
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// A reader for one thread's hot path.
    #[must_use]
    pub fn reader(&self) -> CatalogReader {
        let current = self.0.current.read().expect("no panic is survived");
        // Under the lock: nobody replaces it between the two.
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
    fn a_reader_sees_a_replaced_catalog_and_until_then_the_same() {
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
