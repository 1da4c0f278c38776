//! Wire types shared by HTTP, the commands, the load generator and subscribers.

pub mod draw_view;
pub mod view;
