//! Calls that no network has: what goes wrong, and people who act.

use serde_json::{Value, json};

use crate::call::Call;
use crate::exchange::{Request, Response, json as answer};
use crate::faults::Fault;
use crate::network::Network;
use crate::society::{Post, Society};
use crate::stage::Stage;

/// Where these calls are.
pub(crate) const PATH: &str = "/_control/";

/// Upper bound on posts of one answer.
const POSTS_MAX: usize = 1000;

pub(crate) fn handle<N: Network + Society>(stage: &mut Stage<N>, request: &Request, now_ms: i64) -> Response {
    let call = Call::new(request);
    let result = match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/_control/faults") => Ok(json!(stage.faults.list)),
        ("PUT", "/_control/faults") => set_faults(stage, request),
        ("DELETE", "/_control/faults") => {
            stage.faults.list.clear();
            Ok(json!([]))
        }
        ("GET", "/_control/posts") => {
            let posts = stage.network.posts_since(call.number("since").unwrap_or_default(), POSTS_MAX);
            Ok(posts.iter().map(shown).collect())
        }
        ("POST", "/_control/posts") => post(&mut stage.network, &call, now_ms),
        _ => return answer(404, &json!({"error": "no such control call"})),
    };
    match result {
        Ok(body) => answer(200, &body),
        Err(why) => answer(422, &json!({"error": why})),
    }
}

fn set_faults<N>(stage: &mut Stage<N>, request: &Request) -> Result<Value, String> {
    let faults: Vec<Fault> = serde_json::from_slice(request.body()).map_err(|error| error.to_string())?;
    stage.faults.list = faults;
    Ok(json!(stage.faults.list))
}

/// Posts, reposts or deletes in the name of an account, which is founded if it is new.
fn post(network: &mut impl Society, call: &Call, now_ms: i64) -> Result<Value, String> {
    let account = call.field("account").ok_or("`account` is missing")?;
    network.join(account, now_ms);
    if let Some(id) = call.field("delete") {
        return Ok(json!({"deleted": network.delete(account, id, now_ms)}));
    }
    let id = match (call.field("text"), call.field("repost")) {
        (Some(text), None) => network.post(account, text, call.field("reply_to"), now_ms),
        (None, Some(id)) => network.repost(account, id, now_ms),
        _ => return Err("one of `text`, `repost` and `delete` is needed".to_owned()),
    };
    id.map(|id| json!({"id": id})).ok_or_else(|| "there is no such post".to_owned())
}

fn shown(post: &Post) -> Value {
    json!({
        "id": post.id, "account": post.author.handle, "text": post.text, "reply_to": post.reply_to, "at_ms": post.at_ms,
        "position": post.position,
    })
}
