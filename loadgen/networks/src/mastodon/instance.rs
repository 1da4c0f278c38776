//! What the instance says of itself.

use serde_json::{Value, json};

use super::entities::with;
use super::world::World;

/// The version whose forms are spoken here.
const VERSION: &str = "4.6.4";

pub(crate) fn instance(world: &World) -> Value {
    let base = &world.base_url;
    let access = |feeds: &str| json!({"local": feeds, "remote": feeds});
    let sizes = [36, 48, 72, 96, 144, 192, 256, 384, 512];
    let icon = |size: i32| json!({"src": format!("{base}/packs/icons/android-chrome-{size}x{size}.png"), "size": format!("{size}x{size}")});
    json!({
        "domain": world.host(), "title": "Mastodon", "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon", "description": "",
        "usage": {"users": {"active_month": world.accounts.len()}},
        "thumbnail": {"url": format!("{base}/packs/images/preview.png"), "description": ""},
        "icon": sizes.map(icon), "languages": ["en"],
        "configuration": {
            "urls": {
                "streaming": base.replacen("http", "ws", 1), "status": null, "about": format!("{base}/about"),
                "privacy_policy": format!("{base}/privacy-policy"), "terms_of_service": null,
            },
            "vapid": {"public_key": ""},
            "accounts": {
                "max_display_name_length": 40, "max_note_length": 500, "max_avatar_description_length": 150,
                "max_header_description_length": 150, "max_featured_tags": 10, "max_pinned_statuses": 5,
                "max_profile_fields": 4, "profile_field_name_limit": 255, "profile_field_value_limit": 255,
            },
            "statuses": {
                "max_characters": world.options.max_characters, "max_media_attachments": 4,
                "characters_reserved_per_url": 23,
            },
            "media_attachments": {
                "description_limit": 10000, "image_matrix_limit": 33_177_600, "image_size_limit": 16_777_216,
                "supported_mime_types": ["image/jpeg", "image/png"], "video_frame_rate_limit": 120,
                "video_matrix_limit": 8_294_400, "video_size_limit": 103_809_024,
            },
            "polls": {
                "max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746,
            },
            "translation": {"enabled": false},
            "timelines_access": {
                "live_feeds": access("public"), "hashtag_feeds": access(world.options.hashtag_feeds),
                "trending_link_feeds": access("public"),
            },
            "limited_federation": false,
        },
        "registrations": {
            "enabled": true, "approval_required": false, "reason_required": false, "message": null, "min_age": null,
            "url": null,
        },
        "api_versions": {"mastodon": 11}, "wrapstodon": null, "contact": {"email": "", "account": null}, "rules": [],
    })
}

/// What it says of itself in the form of version 1, which clients ask for first.
pub(crate) fn older_instance(world: &World) -> Value {
    let newer = instance(world);
    let part = |place: &str| newer.pointer(place).cloned().unwrap_or_default();
    let counts = (world.accounts.len(), world.statuses.len());
    json!({
        "uri": world.host(), "title": part("/title"), "short_description": "", "description": "", "email": "",
        "version": VERSION, "urls": {"streaming_api": part("/configuration/urls/streaming")},
        "stats": {"user_count": counts.0, "status_count": counts.1, "domain_count": 1},
        "thumbnail": part("/thumbnail/url"), "languages": part("/languages"), "registrations": true,
        "approval_required": false, "invites_enabled": false,
        "configuration": {
            "accounts": {"max_featured_tags": part("/configuration/accounts/max_featured_tags")},
            "statuses": part("/configuration/statuses"),
            "media_attachments": part("/configuration/media_attachments"), "polls": part("/configuration/polls"),
        },
        "contact_account": null, "rules": [],
    })
}

/// Where the sign-in is.
pub(crate) fn authorization_server(world: &World) -> Value {
    let base = &world.base_url;
    let told = json!({
        "issuer": format!("{base}/"), "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"), "revocation_endpoint": format!("{base}/oauth/revoke"),
        "scopes_supported": ["read", "profile", "write", "write:statuses", "read:notifications", "read:statuses"],
        "response_types_supported": ["code"], "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"], "service_documentation": "https://docs.joinmastodon.org/",
        "app_registration_endpoint": format!("{base}/api/v1/apps"),
    });
    if !world.options.has_userinfo {
        return told;
    }
    with(told, [("userinfo_endpoint", format!("{base}/oauth/userinfo").into())])
}
