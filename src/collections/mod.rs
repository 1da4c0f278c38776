//! Containers that never move their values.

pub mod block_queue;
pub mod deadline_map;
pub mod deadline_queue;
pub mod hash_index;
pub mod id_text;
pub mod paged_vec;
pub mod prefetch;
pub mod seeded_hasher;
pub mod short_text;
pub mod slab;
pub mod stable_map;
pub mod stored;
pub mod unordered_hash;
