//! The names of an offer, for programs and for people.

use compact_str::CompactString;

use crate::domain::id::OfferId;

use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

const TITLE_CHARACTERS_MAX: usize = 500;
const URL_BYTES_MAX: usize = 500;

/// The id, campaign and title of an offer.
pub(super) struct Names {
    pub(super) campaign: CompactString,
    pub(super) title: CompactString,
    pub(super) terms_url: Option<CompactString>,
}

/// Reads the names. Where the title is optional, the caller passes a fallback.
pub(super) fn read(keys: &Keys<'_>, id: Option<&OfferId>, untitled: Option<String>) -> Option<Names> {
    let campaign = match keys.get("campaign") {
        Some(field) => name(&field, "launch-2013"),
        None => id.cloned(),
    };
    let title = match (keys.get("title"), untitled) {
        (None, Some(untitled)) => Some(untitled),
        _ => keys.need("title", "title = \"Kindle Fire HD\"").and_then(|field| title(&field)),
    };
    let terms_url = match keys.get("terms_url") {
        Some(field) => url(&field, "\"https://shop.example/terms\"").map(Some),
        None => Some(None),
    };
    Some(Names { campaign: campaign?.as_str().into(), title: title?.into(), terms_url: terms_url? })
}

/// A name for programs, such as that of an offer or a campaign.
pub(super) fn name(field: &Field<'_>, example: &str) -> Option<OfferId> {
    let text = field.text(&format!("\"{example}\""))?;
    let rule = "1 to 64 of a-z, 0-9 and dashes within";
    OfferId::parse(text).map_or_else(
        || {
            field.advise(
                format!("`{}` is {}: not {rule}", field.name, quoted(text)),
                format!("write \"{example}\""),
            )
        },
        Some,
    )
}

/// A name for people. It is posted, so it must not have text that acts in a post, such as a tag.
pub(super) fn title(field: &Field<'_>) -> Option<String> {
    let text = field.text("\"Kindle Fire HD\"")?;
    if text.trim().is_empty() {
        return field.fault(format!("`{}` is empty", field.name));
    }
    if text.chars().count() > TITLE_CHARACTERS_MAX {
        return field.fault(format!("`{}` is longer than {TITLE_CHARACTERS_MAX} characters", field.name));
    }
    if let Some(ch) = text.chars().find(|&ch| is_unprintable(ch)) {
        let code = u32::from(ch);
        return field
            .fault(format!("`{}` holds the character U+{code:04X}, which no post may hold", field.name));
    }
    if holds_hashtag(text) {
        let message = format!("`{}` holds a hashtag, which its readers would post", field.name);
        return field.advise(message, "write it without the hash sign");
    }
    Some(text.to_owned())
}

/// Control characters, marks that change the direction of text, and characters that X refuses.
fn is_unprintable(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
        || matches!(ch, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether the text has a tag; `#1 seller` and `C# for beginners` have none.
fn holds_hashtag(text: &str) -> bool {
    let mut rest = text.split(['#', '＃']);
    rest.next();
    rest.any(|after| {
        after.chars().take_while(|ch| ch.is_alphanumeric() || *ch == '_').any(|ch| !ch.is_numeric())
    })
}

/// The address of a web page.
pub(super) fn url(field: &Field<'_>, example: &str) -> Option<CompactString> {
    let text = field.text(example)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| rest.starts_with(|ch: char| ch.is_ascii_alphanumeric()))
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !good {
        return field.advise(
            format!("`{}` is {}: not a web address", field.name, quoted(text)),
            format!("write {example}"),
        );
    }
    if text.len() > URL_BYTES_MAX {
        return field.fault(format!("`{}` is longer than {URL_BYTES_MAX} characters", field.name));
    }
    Some(text.into())
}
