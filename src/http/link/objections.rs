//! What the bank of an account's owner objects to, on the page of the account.

use crate::api::objection_view::{ObjectionKind, ObjectionView};
use crate::domain::objection::DisputeStage;
use crate::http::html::HtmlPage;

/// Adds what is objected to, by order; nothing where nobody objects.
pub(super) fn objections(page: HtmlPage, objections: &[ObjectionView]) -> HtmlPage {
    if objections.is_empty() {
        return page;
    }
    let orders: Vec<String> = objections.iter().map(|of| format!("Order {}", of.order)).collect();
    let rows: Vec<(&str, String)> =
        orders.iter().map(String::as_str).zip(objections.iter().map(in_words)).collect();
    page.part("What your bank says").list(&rows)
}

fn in_words(objection: &ObjectionView) -> String {
    match &objection.kind {
        ObjectionKind::Dispute { stage, amount, .. } => match stage {
            DisputeStage::Inquiry => format!("Your bank asks the shop about {amount}."),
            DisputeStage::InquiryClosed => {
                format!("Your bank asked the shop about {amount}, and has no more questions.")
            }
            DisputeStage::NeedsResponse => {
                format!("Your bank disputes {amount}, and waits for the shop's answer.")
            }
            DisputeStage::UnderReview => {
                format!("Your bank disputes {amount}, and reads the shop's answer.")
            }
            DisputeStage::Won => format!("Your bank disputed {amount}, and decided for the shop."),
            DisputeStage::Lost => format!("Your bank disputed {amount}, and decided for you."),
        },
        ObjectionKind::FraudWarning { .. } => {
            let over = if objection.open { "" } else { " That is over." };
            format!("Your bank warned the shop that the payment may not be yours.{over}")
        }
    }
}
