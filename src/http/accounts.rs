//! Accounts: their linked cards, and what they have in the offers.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::offers::late;
use super::problem::Problem;
use super::state::State;
use super::{body, link};
use crate::api::account_view::AccountView;
use crate::api::link_body::LinkBody;
use crate::domain::id::{Account, Authors, Network};
use crate::domain::link::LinkedAccount;
use crate::intake::accounts::decode_link;
use crate::telemetry::personal;

/// `GET /v1/accounts/{network}/{id}`
pub(crate) async fn show(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    view(&state, &account(&path, &state)?).await
}

/// `POST /v1/accounts/{network}/{id}/unfreeze`
pub(crate) async fn unfreeze(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path, &state)?;
    state.node.link_of(&account).ok_or_else(Problem::not_found)?;
    state.wait(state.node.unfreeze(&account), late_unfreezing).await?;
    view(&state, &account).await
}

/// Answers with everything known about an account, over all partitions.
async fn view(state: &State, account: &Account) -> Result<HttpResponse, Problem> {
    let link = state.node.link_of(account).ok_or_else(Problem::not_found)?;
    let activity = state.wait(state.node.account_activity(account, &link), late).await?;
    let activity = Some(activity);
    let email = state.node.person_of(account).await?.and_then(|person| person.email);
    if email.is_some() {
        personal::read(&account.to_string(), "account");
    }
    Ok(HttpResponse::Ok().json(AccountView { activity, ..AccountView::new(account, &link, email) }))
}

/// `PUT /v1/accounts/{network}/{id}`
pub(crate) async fn link(
    path: web::Path<(String, String)>,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path, &state)?;
    let body = body::read(&request, payload, &state.limits).await?;
    let linked = decode_body(&body, &account, state.mode.authors())?;
    state.wait(state.node.link(linked.clone()), late_link).await?;
    let email = linked.link.email().map(str::to_owned);
    Ok(HttpResponse::Ok().json(AccountView::new(&linked.account, &linked.link, email)))
}

/// `DELETE /v1/accounts/{network}/{id}`
pub(crate) async fn unlink(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path, &state)?;
    // What comes of a card page that is open now is linked to nobody.
    let _turn = link::turn_of(&state, &account).await;
    link::close_card_pages(&state, account.clone()).await?;
    let known = state.wait(state.node.unlink(&account), late_unlinking).await?;
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found()) }
}

/// `GET /v1/accounts/{network}/{id}/personal-data`
pub(crate) async fn show_personal_data(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let account = account(&path, &state)?;
    let person = state.node.person_of(&account).await?.ok_or_else(Problem::not_found)?;
    personal::read(&account.to_string(), "personal_data");
    Ok(HttpResponse::Ok().json(person))
}

/// `DELETE /v1/accounts/{network}/{id}/personal-data`
pub(crate) async fn erase_personal_data(
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let account = account(&path, &state)?;
    let _turn = link::turn_of(&state, &account).await;
    link::close_card_pages(&state, account.clone()).await?;
    let known = state.wait(state.node.erase(&account), late_erasure).await?;
    link::forget(&state, account).await?;
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found()) }
}

/// Returns the account that the path names.
fn account((network, author): &(String, String), state: &State) -> Result<Account, Problem> {
    let network: Network = network.parse().map_err(|_| Problem::not_found())?;
    state
        .mode
        .authors()
        .account(network, author)
        .map_err(|fault| Problem::bad_request("bad_id", fault.to_string()))
}

/// Decodes a link of this account by the rules of the accounts file.
fn decode_body(body: &[u8], account: &Account, authors: Authors) -> Result<LinkedAccount, Problem> {
    let mut sent: LinkBody = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let network = sent.network.get_or_insert_with(|| account.network.to_string());
    let author = sent.author_id.get_or_insert_with(|| account.author.text().to_string());
    if *network != account.network.name() || *author != *account.author.text() {
        let detail = "the body names another account than the address; leave network and author_id out";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "account_mismatch", detail));
    }
    let line = serde_json::to_vec(&sent).expect("links are plain values");
    decode_link(&line, authors).map_err(|fault| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.code(), format!("{fault}; nothing was changed"))
    })
}

/// Reports where the body is malformed, without serde's message, which would echo the client's input.
fn malformed(error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        serde_json::error::Category::Data => {
            "is not a link: card (token, brand, funding, last4), email, region"
        }
        _ => "is not JSON",
    };
    let detail = format!("the body {what}; see column {}; nothing was changed", error.column());
    Problem::bad_request("bad_json", detail).on_line(error.line())
}

fn late_unfreezing() -> Problem {
    let detail = "it was not durable in time, and may become so: ask again, nobody is unfrozen twice";
    Problem::try_later("answer_timeout", detail)
}

fn late_unlinking() -> Problem {
    let detail = "it was not durable in time, and may become so: ask again, nothing is released twice";
    Problem::try_later("answer_timeout", detail)
}

fn late_erasure() -> Problem {
    let detail = "it was not durable in time, and may become so: ask again, nobody is erased twice";
    Problem::try_later("answer_timeout", detail)
}

fn late_link() -> Problem {
    let detail =
        "the link was not durable in time, and may become so: send it again, the same is not linked twice";
    Problem::try_later("answer_timeout", detail)
}
