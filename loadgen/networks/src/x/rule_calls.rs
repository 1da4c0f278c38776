//! The rules of the filtered stream.

use serde_json::{Value, json};

use super::problem::{app, invalid, per_quarter, within};
use super::rule::{LENGTH_MAX, Query, Rule};
use super::world::World;
use crate::call::Call;
use crate::exchange::{Response, at, json as answer};
use crate::time::iso_ms;

fn shown(rule: &Rule) -> Value {
    let mut shown = json!({"id": rule.id.to_string(), "value": rule.value});
    if let (Some(tag), Some(fields)) = (&rule.tag, shown.as_object_mut()) {
        fields.insert("tag".to_owned(), tag.as_str().into());
    }
    shown
}

pub(crate) fn list(world: &mut World, call: &Call, now_ms: i64) -> Response {
    within(world, "list rules", per_quarter(450), now_ms, |world| {
        app(world, call, now_ms)?;
        let rules: Vec<Value> = world.rules.iter().map(shown).collect();
        let mut body = json!({"meta": {"sent": iso_ms(now_ms), "result_count": rules.len()}});
        if let (false, Some(fields)) = (rules.is_empty(), body.as_object_mut()) {
            fields.insert("data".to_owned(), rules.into());
        }
        Ok(answer(200, &body))
    })
}

pub(crate) fn change(world: &mut World, call: &Call, now_ms: i64) -> Response {
    within(world, "change rules", per_quarter(100), now_ms, |world| {
        app(world, call, now_ms)?;
        let is_trial = call.param("dry_run") == Some("true");
        match (call.body.get("add"), call.body.get("delete")) {
            (Some(Value::Array(rules)), None) => Ok(add(world, rules, is_trial, now_ms)),
            (None, Some(named)) => Ok(delete(world, named, is_trial, now_ms)),
            _ => Err(invalid("either add or delete is needed")),
        }
    })
}

fn add(world: &mut World, rules: &[Value], is_trial: bool, now_ms: i64) -> Response {
    let (mut created, mut errors, mut invalid) = (Vec::new(), Vec::new(), 0);
    for rule in rules {
        let value = at(rule, "/value").as_str().unwrap_or_default();
        let problem = |title: &str, kind: &str, more: Value| {
            let mut problem = json!({"value": value, "title": title, "type": format!("https://api.x.com/2/problems/{kind}")});
            if let (Some(fields), Value::Object(more)) = (problem.as_object_mut(), more) {
                fields.extend(more);
            }
            problem
        };
        if let Some(known) = world.rules.iter().find(|known| known.value == value) {
            errors.push(problem("DuplicateRule", "duplicate-rules", json!({"id": known.id.to_string()})));
            continue;
        }
        let query = Query::parse(value);
        let query = if value.chars().count() > LENGTH_MAX { Err("it is too long".to_owned()) } else { query };
        match query {
            Ok(query) => {
                let tag = at(rule, "/tag").as_str().map(str::to_owned);
                let rule = Rule { id: world.new_id(now_ms), value: value.to_owned(), tag, query };
                created.push(shown(&rule));
                if !is_trial {
                    world.rules.push(rule);
                }
            }
            Err(why) => {
                invalid += 1;
                errors.push(problem("UnprocessableEntity", "invalid-rules", json!({"details": [why]})));
            }
        }
    }
    let (valid, refused) = (created.len(), errors.len());
    let summary = json!({"created": valid, "not_created": refused, "valid": valid, "invalid": invalid});
    let mut body = json!({"meta": {"sent": iso_ms(now_ms), "summary": summary}});
    if let Some(fields) = body.as_object_mut() {
        if !created.is_empty() {
            fields.insert("data".to_owned(), created.into());
        }
        if !errors.is_empty() {
            fields.insert("errors".to_owned(), errors.into());
        }
    }
    answer(if valid > 0 { 201 } else { 200 }, &body)
}

fn delete(world: &mut World, named: &Value, is_trial: bool, now_ms: i64) -> Response {
    let list = |name: &str| -> Vec<String> {
        let values = at(named, &format!("/{name}")).as_array().into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (ids, values) = (list("ids"), list("values"));
    let is_named = |rule: &Rule| ids.contains(&rule.id.to_string()) || values.contains(&rule.value);
    let deleted = world.rules.iter().filter(|rule| is_named(rule)).count();
    let not_deleted = (ids.len() + values.len()).saturating_sub(deleted);
    if !is_trial {
        world.rules.retain(|rule| !is_named(rule));
    }
    let summary = json!({"deleted": deleted, "not_deleted": not_deleted});
    answer(200, &json!({"meta": {"sent": iso_ms(now_ms), "summary": summary}}))
}
