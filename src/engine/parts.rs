//! The running parts of an engine, in the order in which they end.

use actix::{Addr, Arbiter};

use super::networks::OpenNetworks;
use super::ops::Ops;
use super::outbox_thread::Running;
use super::snapshot_thread::Snapshots;
use super::subscriber_threads::SubscriberThreads;
use crate::actors::control::{ControlActor, Finish};
use crate::actors::port::PartitionPorts;
use crate::backups::RunningBackups;
use crate::journal::{Commit, DataLock};
use crate::subscribers::positions::SubscriberBoard;

/// The parts that end when an engine stops.
pub struct Parts {
    pub(super) backups: Option<RunningBackups>,
    pub(super) partitions: PartitionPorts,
    pub(super) arbiters: Vec<Arbiter>,
    pub(super) commits: Vec<Commit>,
    pub(super) control: Addr<ControlActor>,
    pub(super) outbox: Running,
    pub(super) subscribers: SubscriberThreads,
    pub(super) snapshots: Option<Snapshots>,
    pub(super) ops: Option<Ops>,
    pub(super) networks: Option<OpenNetworks>,
    pub(super) _lock: DataLock,
}

impl Parts {
    /// The status of the subscribers.
    #[must_use]
    pub fn subscribers(&self) -> SubscriberBoard {
        self.subscribers.board()
    }

    /// The database and the secrets beside the journals, if the setup asked for them.
    #[must_use]
    pub const fn ops(&self) -> Option<&Ops> {
        self.ops.as_ref()
    }

    /// The backups, if the setup names a directory for them.
    #[must_use]
    pub const fn backups(&self) -> Option<&RunningBackups> {
        self.backups.as_ref()
    }

    /// The shop's accounts at the networks; `None` if it has none.
    pub(super) const fn networks(&self) -> Option<&OpenNetworks> {
        self.networks.as_ref()
    }

    /// Stops everything that the engine started. The node's handles must be dropped, or unused. Everything
    /// that was submitted is decided and durable when this returns.
    pub async fn stop(self) {
        // It hands words on to the partitions, so it ends first.
        self.control.send(Finish).await.ok();
        for partition in &*self.partitions {
            partition.finish().await;
        }
        for arbiter in self.arbiters {
            arbiter.stop();
            arbiter.join().ok();
        }
        self.outbox.stop().await;
        for commit in self.commits {
            commit.join();
        }
        // Subscribers that are behind, and then the last snapshots, may take a while, and a second signal to stop
        // must still be handled.
        let (subscribers, snapshots) = (self.subscribers, self.snapshots);
        let finish = move || {
            subscribers.finish();
            if let Some(snapshots) = snapshots {
                snapshots.finish();
            }
        };
        tokio::task::spawn_blocking(finish).await.ok();
    }
}
