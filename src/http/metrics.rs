//! Metrics in the Prometheus text format.

use actix_web::{HttpResponse, web};

use super::state::State;

/// `GET /metrics`
pub(crate) async fn show(state: web::Data<State>) -> HttpResponse {
    state.node.publish();
    state.subscribers.publish();
    let form = "text/plain; version=0.0.4; charset=utf-8";
    HttpResponse::Ok().content_type(form).body(state.prometheus.render())
}
