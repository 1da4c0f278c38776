//! Accounts, statuses and notifications as clients see them.

use serde_json::{Value, json};

use super::accounts::Account;
use super::content::html;
use super::event::Notification;
use super::status::{Status, Visibility};
use super::world::World;
use crate::time::{iso_day, iso_ms};

/// An account.
pub(crate) fn account(world: &World, account: &Account) -> Value {
    let World { base_url, .. } = world;
    let Account { id, username, .. } = account;
    let avatar = format!("{base_url}/avatars/original/missing.png");
    let header = format!("{base_url}/headers/original/missing.png");
    json!({
        "id": id.to_string(), "username": username, "acct": username, "display_name": "", "locked": false,
        "bot": account.is_bot, "discoverable": null, "indexable": false, "group": false,
        "created_at": format!("{}T00:00:00.000Z", iso_day(account.founded_at_ms)), "note": "",
        "url": format!("{base_url}/@{username}"), "uri": format!("{base_url}/ap/users/{id}"),
        "avatar": avatar, "avatar_static": avatar, "avatar_description": "",
        "header": header, "header_static": header, "header_description": "",
        "followers_count": 0, "following_count": 0, "statuses_count": account.statuses,
        "last_status_at": account.last_at_ms.map(iso_day),
        "hide_collections": null, "show_media": true, "show_media_replies": true, "show_featured": true,
        "noindex": false, "feature_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "emojis": [], "roles": [], "fields": [],
    })
}

/// The own account, with what only its owner sees.
pub(crate) fn credential_account(world: &World, own: &Account) -> Value {
    let source = json!({
        "privacy": "public", "sensitive": false, "language": null, "note": "", "fields": [],
        "follow_requests_count": 0, "hide_collections": null, "discoverable": null, "indexable": false,
        "attribution_domains": [], "quote_policy": "public",
    });
    let role = json!({
        "id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false, "collection_limit": 10,
    });
    let told = with(account(world, own), [("source", source), ("role", role)]);
    match &world.claimed {
        Some(uri) => with(told, [("uri", uri.as_str().into())]),
        None => told,
    }
}

/// What the instance claims about the owner of a token, as OpenID Connect names it.
pub(crate) fn userinfo(world: &World, own: &Account) -> Value {
    let told = account(world, own);
    let field = |name: &str| told.get(name).cloned().unwrap_or_default();
    let base = &world.base_url;
    json!({
        "iss": world.claimed_issuer.clone().unwrap_or_else(|| format!("{base}/")),
        "sub": world.claimed.clone().map_or_else(|| field("uri"), Value::from),
        "name": field("display_name"), "preferred_username": field("username"), "profile": field("url"),
        "picture": field("avatar"),
    })
}

/// The author of a status, as the instance tells it.
fn author_of(world: &World, author: &Account) -> Value {
    let told = account(world, author);
    match &world.ascribed {
        Some(uri) => with(told, [("uri", uri.as_str().into())]),
        None => told,
    }
}

/// A status. `viewer` is who looks; nobody looks at a status that is streamed.
pub(crate) fn status(world: &World, shown: &Status, viewer: Option<u64>) -> Value {
    let Status { id, author, .. } = shown;
    let base = &world.base_url;
    let name = world.accounts.get(*author).map(|account| account.username.clone()).unwrap_or_default();
    let uri = format!("{base}/ap/users/{author}/statuses/{id}");
    let activity = format!("{uri}/activity");
    let is_reblog = shown.reblog_of.is_some();
    let url = if is_reblog { activity.clone() } else { format!("{base}/@{name}/{id}") };
    let reply_to = shown.reply_to.map(|id| id.to_string());
    let reply_account =
        shown.reply_to.and_then(|id| world.statuses.get(&id)).map(|parent| parent.author.to_string());
    let original = shown.reblog_of.and_then(|id| world.statuses.get(&id));
    let body = if is_reblog { String::new() } else { content(world, &shown.text) };
    let mut entity = json!({
        "id": id.to_string(), "created_at": iso_ms(shown.at_ms), "in_reply_to_id": reply_to,
        "in_reply_to_account_id": reply_account, "sensitive": false, "spoiler_text": shown.spoiler,
        "visibility": shown.visibility.name(), "language": shown.language,
        "uri": if is_reblog { activity } else { uri }, "url": url,
        "replies_count": shown.replies,
        "reblogs_count": shown.reblogs.len(),
        "favourites_count": 0, "quotes_count": 0, "edited_at": null, "content": body,
        "reblog": original.map(|original| status(world, original, viewer)),
        "application": shown.app.as_ref().map(|app| json!({"name": app, "website": null})),
        "account": world.accounts.get(*author).map(|author| author_of(world, author)),
        "media_attachments": [], "mentions": mentions(world, shown), "tags": tags(world, shown), "emojis": [],
        "tagged_collections": [], "quote": null, "card": null, "poll": null,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
    });
    if let Some(viewer) = viewer {
        let reblogged = shown.reblogs.contains(&viewer) || (is_reblog && viewer == *author);
        let own = [("favourited", false), ("reblogged", reblogged), ("muted", false), ("bookmarked", false)];
        entity = with(entity, own.map(|(name, flag)| (name, flag.into())));
        entity = with(entity, [("filtered", json!([]))]);
        if viewer == *author
            && !is_reblog
            && matches!(shown.visibility, Visibility::Public | Visibility::Unlisted)
        {
            entity = with(entity, [("pinned", false.into())]);
        }
    }
    entity
}

/// A notification.
pub(crate) fn notification(world: &World, told: &Notification) -> Value {
    let Notification { id, kind, from, .. } = told;
    // A reblog tells of the status that was reblogged.
    let named = world.statuses.get(&told.status);
    let shown = named.map(|status| status.reblog_of.and_then(|id| world.statuses.get(&id)).unwrap_or(status));
    json!({
        "id": id.to_string(), "type": kind, "created_at": iso_ms(told.at_ms), "group_key": format!("ungrouped-{id}"),
        "account": world.accounts.get(*from).map(|from| account(world, from)),
        "status": shown.map(|shown| status(world, shown, Some(told.to))),
    })
}

fn content(world: &World, text: &str) -> String {
    html(text, &world.base_url, |name| {
        let username = &world.named(name)?.username;
        Some((format!("{}/@{username}", world.base_url), username.clone()))
    })
}

fn mentions(world: &World, shown: &Status) -> Value {
    let mentioned = shown.mentions.iter().filter_map(|id| world.accounts.get(*id));
    let entity = |Account { id, username, .. }: &Account| json!({"id": id.to_string(), "username": username, "url": format!("{}/@{username}", world.base_url), "acct": username});
    mentioned.map(entity).collect()
}

fn tags(world: &World, shown: &Status) -> Value {
    shown
        .tags
        .iter()
        .map(|tag| json!({"name": tag, "url": format!("{}/tags/{tag}", world.base_url)}))
        .collect()
}

/// Adds fields to an object.
pub(crate) fn with<const N: usize>(mut object: Value, fields: [(&str, Value); N]) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    }
    object
}
