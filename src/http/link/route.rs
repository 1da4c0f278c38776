//! The frame of every route of linking.

use actix_web::{HttpRequest, HttpResponse};

use super::pages::answer;
use super::refusal::Refusal;
use super::visit::Visit;
use crate::http::problem::Problem;
use crate::http::state::State;

/// Lets a page answer a visit. What the page refuses is counted, and shown as a page that leads back to `/link`.
pub(super) async fn serve(
    request: &HttpRequest,
    state: &State,
    page: impl AsyncFnOnce(&Visit) -> Result<HttpResponse, Refusal>,
) -> Result<HttpResponse, Problem> {
    let visit = Visit::of(request, state);
    let answered = page(&visit).await;
    answer(state, &visit.path("/link"), answered)
}
