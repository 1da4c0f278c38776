//! Renders offers as a table.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::engine::OfferView;

/// One row for each offer: where its units are, and what was captured.
pub(super) fn table(offers: &[OfferView]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    let head = ["offer", "units", "available", "reserved", "sold", "waiting", "claims", "captured"];
    table.set_header(head);
    for offer in offers {
        table.add_row([
            offer.id.to_string(),
            offer.allotment.to_string(),
            offer.available.to_string(),
            offer.reserved.to_string(),
            offer.sold.to_string(),
            offer.waiting.to_string(),
            offer.claims.to_string(),
            offer.captured.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
