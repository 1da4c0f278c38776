//! What all pages of linking do: count, ask the desk, and show.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};

use super::parts::{LINKING_TOTAL, LinkPages};
use super::refusal::Refusal;
use super::turns::Turn;
use crate::domain::id::{Account, Network};
use crate::http::html::HtmlPage;
use crate::http::problem::Problem;
use crate::http::state::State;
use crate::linking::Desk;
use crate::ops::OpsError;

/// Counts a step.
pub(super) fn count(result: &'static str) {
    metrics::counter!(LINKING_TOTAL, "result" => result).increment(1);
}

/// Who signs people in here.
pub(super) fn pages(state: &State) -> Result<Arc<LinkPages>, Refusal> {
    state.linking.clone().ok_or(Refusal::Closed)
}

/// A page of the shop.
pub(super) fn page(state: &State, heading: &str) -> HtmlPage {
    HtmlPage::of_shop(state.words.shop(), state.mode, StatusCode::OK, heading)
}

/// Lets another thread do what waits for the disk or for another machine.
pub(super) async fn at_desk<T: Send + 'static>(
    state: &State,
    call: impl FnOnce(&Desk) -> Result<T, OpsError> + Send + 'static,
) -> Result<T, Refusal> {
    let pages = pages(state)?;
    match web::block(move || call(&pages.desk)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!("the linking page: {error}");
            Err(Refusal::Busy)
        }
        Err(_) => Err(Refusal::Busy),
    }
}

/// Waits for the turn of an account: no card is linked to it meanwhile.
pub(in crate::http) async fn turn_of(state: &State, account: &Account) -> Option<Turn> {
    match &state.linking {
        Some(pages) => Some(pages.turns.of(account).await),
        None => None,
    }
}

/// Closes the card pages that an account has open.
pub(in crate::http) async fn close_card_pages(state: &State, account: Account) -> Result<(), Problem> {
    if state.linking.is_none() {
        return Ok(());
    }
    let closed = at_desk(state, move |desk| desk.close_card_pages(&account));
    closed.await.map_err(|_| Problem::overloaded())
}

/// Forgets all that the linking page keeps of an account, also where the page is not shown.
pub(in crate::http) async fn forget(state: &State, account: Account) -> Result<(), Problem> {
    let Some(database) = state.database.clone() else { return Ok(()) };
    let forgotten = web::block(move || database.forget_accounts(&[account.to_string()])).await;
    forgotten.map_err(|_| Problem::overloaded())?.map_err(|error| {
        tracing::error!(%error, "an erased account is not forgotten yet");
        Problem::overloaded()
    })
}

/// Counts a refusal, and shows it as a page.
pub(super) fn answer(
    state: &State,
    path: &str,
    result: Result<HttpResponse, Refusal>,
) -> Result<HttpResponse, Problem> {
    match result {
        Ok(response) => Ok(response),
        Err(Refusal::Unread(problem)) => Err(problem),
        Err(refusal) => {
            count(refusal.name());
            Ok(refusal.response(state, path))
        }
    }
}

/// Sends the browser to another page, with a request of its own.
pub(super) fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// Sends the browser to another site. A redirect would be part of the form, which may lead to this server alone, so a page
/// does it, with a link for where it does not.
pub(in crate::http) fn leave(page: HtmlPage, address: &str, words: &str) -> HttpResponse {
    let mut response = page.go(address, words).response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0; url={address}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

/// The name of a network, for people.
pub(super) const fn label(network: Network) -> &'static str {
    match network {
        Network::X => "X",
        Network::Bluesky => "Bluesky",
        Network::Mastodon => "Mastodon",
    }
}
