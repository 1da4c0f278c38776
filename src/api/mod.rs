//! Wire types shared by HTTP, the commands, the load generator and subscribers.

pub mod account_view;
pub mod backup_view;
pub mod dead_letter_view;
pub mod draw_view;
pub mod history_line;
pub mod link_body;
pub mod network_view;
pub mod objection_view;
pub mod offer_view;
pub mod order_terms;
pub mod order_view;
pub mod outcome_line;
pub mod parcel_view;
pub mod public_offer_view;
pub mod readiness;
pub mod reservation_view;
pub mod suppressions_view;
