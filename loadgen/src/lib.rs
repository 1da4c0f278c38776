//! Seeded crowds.
