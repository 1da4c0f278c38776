//! The running parts of an engine: what must be ended, and in which order.

use std::sync::Arc;

use actix::Arbiter;

use super::outbox_thread::Running;
use super::snapshot_thread::Snapshots;
use crate::actors::port::PartitionPorts;
use crate::control::link_store::LinkStore;
use crate::journal::{Commit, DataLock};

/// What must be ended, in this order, when an engine stops.
pub struct Parts {
    pub(super) partitions: PartitionPorts,
    pub(super) arbiters: Vec<Arbiter>,
    pub(super) commits: Vec<Commit>,
    pub(super) link_store: Arc<LinkStore>,
    pub(super) outbox: Running,
    pub(super) snapshots: Option<Snapshots>,
    pub(super) _lock: DataLock,
}

impl Parts {
    /// Stops everything that the engine started; the node's handles must be gone, or unused. What
    /// was handed in is decided and durable when this returns.
    pub async fn stop(self) {
        for partition in &*self.partitions {
            partition.finish().await;
        }
        for arbiter in self.arbiters {
            arbiter.stop();
            arbiter.join().ok();
        }
        self.link_store.close();
        self.outbox.stop().await;
        for commit in self.commits {
            commit.join();
        }
        // It may take a while, and a second request to stop must still be heard.
        if let Some(snapshots) = self.snapshots {
            tokio::task::spawn_blocking(|| snapshots.finish()).await.ok();
        }
    }
}
