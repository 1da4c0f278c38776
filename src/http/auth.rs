//! Authorization: requires a bearer token, and refuses requests from web pages of other sites.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::problem::Problem;
use super::state::State;

/// Requires a bearer token on private or mutating routes.
pub(crate) async fn require_token(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if !state.hosts.is_same_site(request.headers()) {
        Ok(request.error_response(Problem::foreign_page()))
    } else if state.admits(request.headers()) {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Ok(request.error_response(Problem::unauthorized()))
    }
}
