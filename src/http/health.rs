//! Health: whether the process is alive, and whether it accepts requests.

use actix_web::{HttpResponse, web};

use super::problem::Problem;
use super::state::State;

/// `GET /healthz`
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /readyz`
pub(crate) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let mut readiness = state.node.readiness();
    let networks = state.networks.iter().flat_map(|networks| networks.reasons());
    networks.for_each(|reason| readiness.degrade(reason));
    if let Some(quarantined) = state.quarantined {
        let restored_as = quarantined.name();
        readiness.degrade(format!(
            "quarantine: restored as {restored_as}, and nothing leaves until it is opened (flashtag open)"
        ));
    }
    let ending = state.holds.as_ref().and_then(|holds| holds.ending());
    if let Some(ending) = ending {
        readiness.degrade(ending.reason());
    }
    if let Some(backups) = &state.backups {
        backups
            .watch
            .reasons(state.node.clock().now())
            .into_iter()
            .for_each(|reason| readiness.degrade(reason));
    }
    if !readiness.takes_posts() {
        return Err(Problem::not_ready(&readiness));
    }
    let text = format!("{readiness}mode: {}\n", state.mode);
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}
