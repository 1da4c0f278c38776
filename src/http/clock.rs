//! The machine's clock, when an operator says that it is right.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::problem::Problem;
use super::state::State;

/// What was accepted.
#[derive(Serialize)]
struct Accepted {
    /// How far journal time was ahead of the machine's clock, in milliseconds; negative if it was behind.
    ahead_ms: i64,
}

/// `POST /v1/clock/accept`
pub(crate) async fn accept(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let difference = state.wait(state.node.accept_clock(), late).await?;
    Ok(HttpResponse::Ok().json(Accepted { ahead_ms: difference.ahead_ms }))
}

fn late() -> Problem {
    Problem::try_later("answer_timeout", "it was not durable in time, and may become so: ask again")
}
