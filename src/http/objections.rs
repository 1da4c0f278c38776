//! What banks object to payments, and is not over.

use actix_web::{HttpResponse, web};

use super::offers::late;
use super::problem::Problem;
use super::state::State;
use crate::api::objection_view::{ObjectionView, ObjectionsView};

/// `GET /v1/objections`: those on which the shop can act first, the earliest deadline at the head.
pub(crate) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let mut objections = Vec::new();
    for partition in state.node.partitions() {
        objections.extend(state.wait(state.node.open_objections(partition), late).await?);
    }
    objections.sort_by(|a, b| {
        let urgency = |view: &ObjectionView| (view.due_by().is_none(), view.due_by().map(str::to_owned));
        urgency(a).cmp(&urgency(b)).then_with(|| a.id.cmp(&b.id))
    });
    Ok(HttpResponse::Ok().json(ObjectionsView { objections }))
}
