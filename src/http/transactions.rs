//! The feed of card transactions as JSON lines, answered with one outcome line each once all of them are
//! durable.

use actix_web::{HttpRequest, HttpResponse, web};

use super::body;
use super::intake::{Undecided, all_overloaded, bad_line, bounded, counted, late, without_mark, write_line};
use super::problem::Problem;
use super::state::State;
use crate::api::outcome_line::{InstantText, OutcomeLine};
use crate::config::limits::Limits;
use crate::domain::transaction::Transaction;
use crate::intake::fault::Fault;
use crate::intake::json::is_json;
use crate::intake::lines::lines;
use crate::intake::transactions::decode_transaction;

/// `POST /v1/transactions`
pub(crate) async fn take(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let body = body::read(&request, payload, &state.limits).await?;
    let lines = decode_body(&body, &state.limits)?;
    drop(body);
    let transactions: Vec<_> = lines.iter().filter_map(|line| line.as_ref().ok()).cloned().collect();
    let answers = match transactions.len() {
        0 => Vec::new(),
        _ => state.wait(state.node.submit_transactions(transactions), late).await?,
    };
    if all_overloaded(&answers) {
        return Err(Problem::overloaded());
    }
    let (catalog, now) = (state.node.catalog(), state.node.clock().now());
    let (mut out, mut instant) = (Vec::with_capacity(lines.len() * 192), InstantText::default());
    let mut answers = answers.iter();
    for line in &lines {
        let answered =
            line.as_ref().map(|transaction| (transaction, answers.next().and_then(Option::as_ref)));
        match answered {
            Ok((_, Some(placed))) => {
                let listing = placed.answer.offer.and_then(|offer| catalog.listing(placed.partition, offer));
                let name = listing.map(|listing| listing.offering.id());
                write_line(&mut out, &OutcomeLine::new(&placed.answer, name, &mut instant));
            }
            Ok((transaction, None)) => {
                write_line(&mut out, &Undecided::unconcerned(now, Some(transaction.id.as_str())));
            }
            Err(fault) => write_line(&mut out, &Undecided::unreadable(now, fault)),
        }
    }
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(out))
}

/// Decodes every line before the first is submitted. A line that is JSON and cannot be understood is answered
/// in its place. Any other bad line refuses the request as a whole.
fn decode_body(body: &[u8], limits: &Limits) -> Result<Vec<Result<Transaction, Fault>>, Problem> {
    let mut transactions = Vec::new();
    for (number, line) in lines(without_mark(body)) {
        if transactions.len() == limits.posts_per_request {
            let most = limits.posts_per_request;
            let detail = format!("a request has at most {most} transactions; send several");
            return Err(Problem::too_large("too_many_transactions", detail));
        }
        transactions.push(match bounded(line, limits, decode_transaction) {
            // In a live sale a transaction arrives now, whatever arrival it claims.
            Ok(arrived) => Ok(arrived.transaction),
            Err(fault) if is_json(line) => Err(counted(fault)),
            Err(fault) => return Err(bad_line(&fault).on_line(number)),
        });
    }
    Ok(transactions)
}
