//! The feed of card transactions as JSON lines, answered with one outcome line each once all of them are
//! durable.

use actix_web::{HttpRequest, HttpResponse, web};

use super::body;
use super::intake::{Unconcerned, all_overloaded, bad_line, late, write_line};
use super::problem::Problem;
use super::state::State;
use crate::api::outcome_line::{InstantText, OutcomeLine};
use crate::config::limits::Limits;
use crate::domain::transaction::Transaction;
use crate::intake::fault::Fault;
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
    let transactions = decode_body(&body, &state.limits)?;
    drop(body);
    let answers = match transactions.len() {
        0 => Vec::new(),
        _ => state.wait(state.node.submit_transactions(transactions.clone()), late).await?,
    };
    if all_overloaded(&answers) {
        return Err(Problem::overloaded());
    }
    let (catalog, now) = (state.node.catalog(), state.node.clock().now());
    let (mut out, mut instant) = (Vec::with_capacity(answers.len() * 192), InstantText::default());
    for (transaction, placed) in transactions.iter().zip(&answers) {
        match placed {
            Some(placed) => {
                let listing = placed.answer.offer.and_then(|offer| catalog.listing(placed.partition, offer));
                let name = listing.map(|listing| listing.offering.id());
                write_line(&mut out, &OutcomeLine::new(&placed.answer, name, &mut instant));
            }
            None => write_line(&mut out, &Unconcerned::at(now, Some(transaction.id.as_str()))),
        }
    }
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(out))
}

/// Decodes every line before the first is submitted: a request is applied as a whole or not at all.
fn decode_body(body: &[u8], limits: &Limits) -> Result<Vec<Transaction>, Problem> {
    let mut transactions = Vec::new();
    for (number, line) in lines(body) {
        if transactions.len() == limits.posts_per_request {
            let most = limits.posts_per_request;
            let detail = format!("a request has at most {most} transactions; send several");
            return Err(Problem::too_large("too_many_transactions", detail));
        }
        let decoded = if line.len() > limits.line_bytes {
            Err(Fault::TooLong { bytes_max: limits.line_bytes })
        } else {
            decode_transaction(line)
        };
        // In a live sale a transaction arrives now, whatever arrival it claims.
        transactions.push(decoded.map_err(|fault| bad_line(&fault).on_line(number))?.transaction);
    }
    Ok(transactions)
}
