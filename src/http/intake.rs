//! Intake: posts as JSON lines, answered with one outcome line each once all of them are durable.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::body;
use super::problem::Problem;
use super::state::State;
use crate::actors::collector::Answers;
use crate::api::outcome_line::{InstantText, OutcomeLine};
use crate::config::limits::Limits;
use crate::domain::answer::Answer;
use crate::domain::id::{Account, PostId};
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::domain::time::Timestamp;
use crate::intake::catalog::Catalog;
use crate::intake::format::{Decoded, Fault, Format};
use crate::intake::line_chunks::BYTE_ORDER_MARK;
use crate::intake::lines::lines;
use crate::telemetry;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    format: Option<String>,
}

/// What a line holds, as its answer needs it.
enum LineSource {
    /// A post, which may concern no offer.
    Post(PostId, Account),
    /// A message that is not a post.
    NoPost,
    /// JSON that cannot be understood.
    Unreadable(Fault),
}

/// A decoded body.
#[derive(Default)]
struct DecodedBody {
    /// One source per line that is not blank.
    sources: Vec<LineSource>,
    /// The posts, each with the index of its source.
    posts: Vec<(u32, Post)>,
}

/// The answer to a line that is decided by no offer: a message that is not a post, a card transaction that
/// concerns none, or JSON that cannot be understood.
#[derive(Serialize)]
pub(super) struct Undecided<'a> {
    post: Option<()>,
    account: Option<()>,
    offer: Option<()>,
    outcome: Outcome,
    reservation: Option<()>,
    units: u32,
    place: Option<()>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'a str>,
    /// Why the line cannot be understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `POST /v1/posts`
pub(crate) async fn take(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    state.check_serving()?;
    let format = format(&request)?;
    let body = body::read(&request, payload, &state.limits).await?;
    let DecodedBody { sources, posts } = decode_body(&body, format, &state)?;
    drop(body);
    let answers = match posts.len() {
        0 => vec![None; sources.len()],
        _ => state.wait(state.node.submit_posts(posts, sources.len()), late).await?,
    };
    if all_overloaded(&answers) {
        return Err(Problem::overloaded());
    }
    let lines = write(&sources, &answers, &state.node.catalog(), state.node.clock().now());
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(lines))
}

fn format(request: &HttpRequest) -> Result<Format, Problem> {
    let detail = "the query takes `format`, one of flashtag, x, bluesky, mastodon, and nothing else";
    let bad_query = || Problem::bad_request("bad_query", detail);
    let query = web::Query::<Query>::from_query(request.query_string()).map_err(|_| bad_query())?;
    query.format.as_deref().unwrap_or("flashtag").parse().map_err(|_| bad_query())
}

/// Decodes every line before the first post is submitted. A line that is JSON and cannot be understood is
/// answered in its place. Any other bad line refuses the request as a whole.
fn decode_body(body: &[u8], format: Format, state: &State) -> Result<DecodedBody, Problem> {
    let (limits, authors) = (&state.limits, state.mode.authors());
    let DecodedBody { mut sources, mut posts } = DecodedBody::default();
    for (number, line) in lines(without_mark(body)) {
        if sources.len() == limits.posts_per_request {
            let detail = format!("a request has at most {} posts; send several", limits.posts_per_request);
            return Err(Problem::too_large("too_many_posts", detail));
        }
        let decoded = bounded(line, limits, |line| format.decode_handed_in(line, authors));
        let slot = u32::try_from(sources.len()).map_err(|_| Problem::overloaded())?;
        sources.push(match decoded {
            Ok(Decoded::Ignored(_)) => LineSource::NoPost,
            Ok(Decoded::Post(post)) => {
                let source = LineSource::Post(post.id.clone(), post.account.clone());
                // In a live sale a post arrives now, whatever arrival it claims.
                posts.push((slot, Post { arrived_at: None, ..post }));
                source
            }
            Err(fault) if format.is_json(line) => LineSource::Unreadable(counted(fault)),
            Err(fault) => return Err(bad_line(&fault).on_line(number)),
        });
    }
    Ok(DecodedBody { sources, posts })
}

/// Decodes a line of bounded length.
pub(super) fn bounded<T>(
    line: &[u8],
    limits: &Limits,
    decode: impl FnOnce(&[u8]) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let bytes_max = limits.line_bytes;
    if line.len() > bytes_max { Err(Fault::TooLong { bytes_max }) } else { decode(line) }
}

/// A body without the mark that some editors begin a file with.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// Counts the fault of an unreadable line.
pub(super) fn counted(fault: Fault) -> Fault {
    telemetry::lines_unreadable(fault.code()).increment(1);
    fault
}

pub(super) fn bad_line(fault: &Fault) -> Problem {
    Problem::bad_request(fault.code(), format!("{fault}; nothing of this request was applied"))
}

pub(super) fn late() -> Problem {
    let detail = "the engine did not answer in time, and what was sent may have been decided: send the same \
                  again, decisions are repeated, not made anew";
    Problem::try_later("answer_timeout", detail)
}

/// Whether there are posts that matter and the overloaded engine refused all of them.
pub(super) fn all_overloaded(answers: &Answers) -> bool {
    let outcomes = answers.iter().flatten().map(|placed| placed.answer.outcome);
    let mut mattered = outcomes.filter(|outcome| *outcome != Outcome::NotRelevant).peekable();
    mattered.peek().is_some() && mattered.all(|outcome| outcome == Outcome::Overloaded)
}

/// Writes one line for each line that was read, in the same order.
fn write(sources: &[LineSource], answers: &Answers, catalog: &Catalog, now: Timestamp) -> Vec<u8> {
    let (mut out, mut instant) = (Vec::with_capacity(sources.len() * 192), InstantText::default());
    for (source, placed) in sources.iter().zip(answers) {
        match (placed, source) {
            (Some(placed), _) => {
                let offer = placed.answer.offer.and_then(|offer| catalog.listing(placed.partition, offer));
                let name = offer.map(|listing| listing.offering.id());
                write_line(&mut out, &OutcomeLine::new(&placed.answer, name, &mut instant));
            }
            (None, LineSource::Post(post, account)) => {
                let answer = Answer::new(now, Some(post.clone()), account.clone(), Outcome::NotRelevant);
                write_line(&mut out, &OutcomeLine::new(&answer, None, &mut instant));
            }
            (None, LineSource::NoPost) => write_line(&mut out, &Undecided::unconcerned(now, None)),
            (None, LineSource::Unreadable(fault)) => write_line(&mut out, &Undecided::unreadable(now, fault)),
        }
    }
    out
}

pub(super) fn write_line(out: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(&mut *out, line).expect("outcome lines are plain values");
    out.push(b'\n');
}

impl<'a> Undecided<'a> {
    /// The answer to what concerns no offer.
    pub(super) fn unconcerned(now: Timestamp, transaction: Option<&'a str>) -> Self {
        Self {
            post: None,
            account: None,
            offer: None,
            outcome: Outcome::NotRelevant,
            reservation: None,
            units: 0,
            place: None,
            at: now.to_string(),
            transaction,
            reason: None,
        }
    }

    /// The answer to a line with this fault.
    pub(super) fn unreadable(now: Timestamp, fault: &Fault) -> Self {
        let reason = Some(fault.to_string());
        Self { outcome: Outcome::Unreadable, reason, ..Self::unconcerned(now, None) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Outcome, Timestamp, all_overloaded};
    use crate::actors::collector::PartitionAnswer;
    use crate::domain::id::{Account, Network};

    #[test]
    fn a_request_is_overloaded_if_no_relevant_post_was_decided() {
        use Outcome::{NotRelevant, Overloaded, Reserved};
        let table: [(&[Option<Outcome>], bool); 7] = [
            (&[], false),
            (&[None], false),
            (&[Some(NotRelevant)], false),
            (&[Some(Overloaded)], true),
            (&[None, Some(Overloaded), Some(NotRelevant), Some(Overloaded)], true),
            (&[Some(Overloaded), Some(Reserved)], false),
            (&[Some(Reserved)], false),
        ];
        for (outcomes, expected) in table {
            let place = |outcome: &Option<Outcome>| {
                let account = Account::parse(Network::X, "1").unwrap();
                outcome.map(|outcome| PartitionAnswer {
                    partition: 0,
                    answer: Answer::new(Timestamp::MIN, None, account, outcome),
                })
            };
            let answers = outcomes.iter().map(place).collect();
            assert_eq!(all_overloaded(&answers), expected, "{outcomes:?}");
        }
    }
}
