//! The shop's accounts at the networks: what is known of them, and an operator's words.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::html::HtmlPage;
use super::problem::Problem;
use super::state::State;
use crate::api::network_view::{Connecting, NetworksView};
use crate::networks::{Operated, Operation, OperationFault};

/// `GET /v1/networks`
pub(crate) async fn list(state: web::Data<State>) -> HttpResponse {
    let networks = state.networks.as_ref().map(|networks| networks.views()).unwrap_or_default();
    HttpResponse::Ok().json(NetworksView { networks })
}

/// `POST /v1/networks/{name}/pause`
pub(crate) async fn pause(name: web::Path<String>, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    operate(name.into_inner(), state, Operation::Pause).await
}

/// `POST /v1/networks/{name}/resume`
pub(crate) async fn resume(
    name: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    operate(name.into_inner(), state, Operation::Resume).await
}

/// `POST /v1/networks/{name}/disconnect`
pub(crate) async fn disconnect(
    name: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    operate(name.into_inner(), state, Operation::Disconnect).await
}

/// `POST /v1/networks/{name}/connect`
pub(crate) async fn connect(
    name: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    operate(name.into_inner(), state, Operation::Connect).await
}

/// A change waits for the network and for the disk, so another thread makes it.
async fn operate(
    name: String,
    state: web::Data<State>,
    operation: Operation,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let networks = state.networks.clone().ok_or_else(Problem::not_found)?;
    let operated = web::block(move || networks.operate(&name, operation)).await;
    let Operated { network, authorize } = operated.map_err(|_| Problem::overloaded())?.map_err(problem)?;
    Ok(HttpResponse::Ok().json(Connecting { network, authorize }))
}

/// `GET /networks/callback`: the shop's browser comes back from the network. The secret in the address is the
/// authorization.
pub(crate) async fn callback(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let networks = state.networks.clone().ok_or_else(Problem::not_found)?;
    let query = request.query_string().to_owned();
    let finished = web::block(move || networks.finish(&query)).await.map_err(|_| Problem::overloaded())?;
    let page = match finished {
        Ok(name) => HtmlPage::new(state.mode, StatusCode::OK, "Connected")
            .say(&format!("The account {name} is connected. You can close this page.")),
        Err(fault) => HtmlPage::new(state.mode, StatusCode::BAD_REQUEST, "Not connected")
            .say(&fault.to_string())
            .say("Nothing was changed. Start again with flashtag network connect."),
    };
    Ok(page.response())
}

fn problem(fault: OperationFault) -> Problem {
    let (status, code) = match &fault {
        OperationFault::Unknown => return Problem::not_found(),
        OperationFault::Refused(_) | OperationFault::NotAllowed(_) => {
            (StatusCode::CONFLICT, "network_refused")
        }
        OperationFault::Unanswered(_) => (StatusCode::BAD_GATEWAY, "network_unanswered"),
        OperationFault::OtherAccount { .. } => (StatusCode::CONFLICT, "other_account"),
        OperationFault::NoSignIn => (StatusCode::BAD_REQUEST, "no_sign_in"),
        OperationFault::Credentials(_) => (StatusCode::CONFLICT, "credentials_unusable"),
        OperationFault::Ops(_) | OperationFault::Secrets(_) | OperationFault::NotKept(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "not_stored")
        }
    };
    Problem::new(status, code, fault.to_string())
}
