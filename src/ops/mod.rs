//! What the engine keeps at hand beside the journals, in `data/ops.sqlite`, and the shop's sealed secrets.
//!
//! What must survive the loss of this database is in a journal.
