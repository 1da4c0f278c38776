//! Records: writing and reading them.

use ipld_core::cid::Cid;
use serde_json::{Value, json};

use super::event::Commit;
use super::record::{POST, check};
use super::repo::Repo;
use super::session_calls::{error, limited, spend, who};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, json as answer};
use crate::rate_limit::{Allowance, Limit};

const WRITES: Limit = Limit { points: 5000, window_ms: 3_600_000 };
const WRITES_DAY: Limit = Limit { points: 35_000, window_ms: 86_400_000 };

/// Who writes where.
struct Target {
    did: String,
    collection: String,
    rkey: Option<String>,
    allowance: Option<Allowance>,
}

impl Target {
    fn read(world: &mut World, call: &Call, points: u64, now_ms: i64) -> Result<Self, Response> {
        let did = who(world, call, now_ms)?;
        if call.is_malformed {
            return Err(error(400, "InvalidRequest", "Unable to parse input: invalid JSON"));
        }
        let need = |name: &str| {
            let words = format!("Input must have the property \"{name}\"");
            call.field(name).map(str::to_owned).ok_or_else(|| error(400, "InvalidRequest", &words))
        };
        let (repo, collection) = (need("repo")?, need("collection")?);
        match world.did_of(&repo) {
            Some(owner) if owner == did => {}
            Some(_) => return Err(error(401, "AuthenticationRequired", "Authentication Required")),
            None => return Err(error(400, "InvalidRequest", &format!("Could not find repo: {repo}"))),
        }
        let rkey = call.field("rkey").map(str::to_owned);
        if rkey.as_deref().is_some_and(|key| !is_record_key(&collection, key)) {
            return Err(error(400, "InvalidRequest", "Input/rkey must be a valid record key"));
        }
        let allowance = spend(world, &format!("write {did}"), points, [WRITES, WRITES_DAY], now_ms)?;
        Ok(Self { did, collection, rkey, allowance })
    }

    fn path(&self, rkey: &str) -> String {
        format!("{}/{rkey}", self.collection)
    }

    fn answer(&self, response: Response) -> Response {
        match self.allowance {
            Some(allowance) => limited(response, allowance),
            None => response,
        }
    }

    /// What a write answers; a write that changed nothing names no commit.
    fn written(&self, rkey: &str, cid: Cid, is_known: bool, commit: Option<&Commit>) -> Response {
        let status = if is_known { "valid" } else { "unknown" };
        let uri = format!("at://{}/{}/{rkey}", self.did, self.collection);
        let mut body = json!({"uri": uri, "cid": cid.to_string()});
        if let Some(fields) = body.as_object_mut() {
            if let Some(commit) = commit {
                fields.insert("commit".to_owned(), name_of(commit));
            }
            fields.insert("validationStatus".to_owned(), status.into());
        }
        self.answer(answer(200, &body))
    }
}

fn name_of(commit: &Commit) -> Value {
    json!({"cid": commit.cid.to_string(), "rev": commit.rev})
}

fn is_record_key(collection: &str, key: &str) -> bool {
    let is_tid = key.len() == 13
        && key.chars().all(|letter| matches!(letter, '2'..='7' | 'a'..='z'))
        && key.chars().next().is_some_and(|letter| matches!(letter, '2'..='7' | 'a'..='j'));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_~.:-".contains(letter);
    let is_key = (1..=512).contains(&key.len()) && key.chars().all(is_plain) && key != "." && key != "..";
    if collection == POST { is_tid } else { is_key }
}

/// The record of a write with its CID, if it is accepted.
fn record(target: &Target, call: &Call) -> Result<(Value, Cid, bool), Response> {
    let record = call.body.get("record").cloned().unwrap_or_default();
    let is_known = check(&target.collection, &record).map_err(|why| error(400, "InvalidRequest", &why))?;
    let cid = Repo::cid_of(&record)
        .ok_or_else(|| error(400, "InvalidRequest", "Bad record: not a value of IPLD"))?;
    Ok((record, cid, is_known))
}

pub(crate) fn create(world: &mut World, call: &Call, now_ms: i64) -> Result<Response, Response> {
    let target = Target::read(world, call, 3, now_ms)?;
    let (record, cid, is_known) = record(&target, call)?;
    let rkey = target.rkey.clone().unwrap_or_else(|| world.new_tid(now_ms));
    let is_taken = world
        .accounts
        .get(&target.did)
        .is_some_and(|account| account.repo.record(&target.path(&rkey)).is_some());
    if is_taken {
        return Err(error(500, "InternalServerError", "Internal Server Error"));
    }
    let commit = world
        .write(&target.did, now_ms, |repo, did, rev| repo.put(did, &target.collection, &rkey, &record, rev));
    Ok(target.written(&rkey, cid, is_known, commit.as_ref()))
}

pub(crate) fn put(world: &mut World, call: &Call, now_ms: i64) -> Result<Response, Response> {
    let target = Target::read(world, call, 2, now_ms)?;
    let Some(rkey) = target.rkey.clone() else {
        return Err(error(400, "InvalidRequest", "Input must have the property \"rkey\""));
    };
    let (record, cid, is_known) = record(&target, call)?;
    let account = world.accounts.get(&target.did);
    let current = account.and_then(|account| Some(account.repo.record(&target.path(&rkey))?.1));
    if current == Some(cid) {
        return Ok(target.written(&rkey, cid, is_known, None));
    }
    if let Some(swap) = call.body.get("swapRecord")
        && swap.as_str().map(str::to_owned) != current.map(|cid| cid.to_string())
    {
        let there = current.map_or_else(|| "null".to_owned(), |cid| cid.to_string());
        return Err(error(400, "InvalidSwap", &format!("Record was at {there}")));
    }
    let commit = world
        .write(&target.did, now_ms, |repo, did, rev| repo.put(did, &target.collection, &rkey, &record, rev));
    Ok(target.written(&rkey, cid, is_known, commit.as_ref()))
}

/// Deletes; a record that is not there is as good as deleted.
pub(crate) fn delete(world: &mut World, call: &Call, now_ms: i64) -> Result<Response, Response> {
    let target = Target::read(world, call, 1, now_ms)?;
    let Some(rkey) = target.rkey.clone() else {
        return Err(error(400, "InvalidRequest", "Input must have the property \"rkey\""));
    };
    let commit =
        world.write(&target.did, now_ms, |repo, did, rev| repo.delete(did, &target.collection, &rkey, rev));
    let body = commit.map_or_else(|| json!({}), |commit| json!({"commit": name_of(&commit)}));
    Ok(target.answer(answer(200, &body)))
}

pub(crate) fn get(world: &World, call: &Call) -> Response {
    let [repo, collection, rkey] =
        ["repo", "collection", "rkey"].map(|name| call.param(name).unwrap_or_default());
    let uri = format!("at://{repo}/{collection}/{rkey}");
    let did = world.did_of(repo);
    let account = did.and_then(|did| world.accounts.get(&did));
    let Some(account) = account else {
        return error(400, "InvalidRequest", &format!("Could not find repo: {repo}"));
    };
    let found = account.repo.record(&format!("{collection}/{rkey}"));
    let wanted = |cid: &Cid| call.param("cid").is_none_or(|wanted| wanted == cid.to_string());
    match found.filter(|(_, cid)| wanted(cid)) {
        Some((value, cid)) => {
            let uri = format!("at://{}/{collection}/{rkey}", account.did);
            answer(200, &json!({"uri": uri, "cid": cid.to_string(), "value": value}))
        }
        None => error(400, "RecordNotFound", &format!("Could not locate record: {uri}")),
    }
}

/// Lists a collection, newest key first.
pub(crate) fn list(world: &World, call: &Call) -> Response {
    let [repo, collection] = ["repo", "collection"].map(|name| call.param(name).unwrap_or_default());
    let Some(account) = world.did_of(repo).and_then(|did| world.accounts.get(&did)) else {
        return error(400, "InvalidRequest", &format!("Could not find repo: {repo}"));
    };
    let limit = usize::try_from(call.number("limit").unwrap_or(50).clamp(1, 100)).unwrap_or(50);
    let is_behind = |key: &str| call.param("cursor").is_none_or(|cursor| key < cursor);
    let page: Vec<_> =
        account.repo.collection(collection).filter(|(key, ..)| is_behind(key)).take(limit).collect();
    let mut body = json!({"records": page.iter().map(|(key, value, cid)| json!({
        "uri": format!("at://{}/{collection}/{key}", account.did), "cid": cid.to_string(), "value": value,
    })).collect::<Vec<_>>()});
    if let (Some((key, ..)), Some(fields)) = (page.last(), body.as_object_mut()) {
        fields.insert("cursor".to_owned(), (*key).into());
    }
    answer(200, &body)
}
