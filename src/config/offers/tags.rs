//! The hashtags of the offers: in a form that every network reads alike, and no two of them alike.

use std::collections::HashMap;

use compact_str::CompactString;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::skeleton;

use crate::domain::terms::Tags;

use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;
use crate::text::folding::fold;
use crate::text::invisible::is_invisible;
use crate::text::length::weighted_length;

const EXAMPLE: &str = "tags = { buy = \"BuyKindle\", confirm = \"ConfirmKindle\" }";

const ENROLL: &str = "tags = { enroll = \"AmexSmallBiz\" }";

/// Signs within words of Persian and of Indic scripts: the zero-width non-joiner and joiner.
const JOINERS: [char; 2] = ['\u{200C}', '\u{200D}'];

/// A well-formed tag and its offer.
pub(super) struct Tag<'d> {
    owner: String,
    role: &'static str,
    text: &'d str,
    field: Field<'d>,
}

impl Tag<'_> {
    fn whose(&self) -> String {
        format!(
            "the {} tag \"{}\" of \"{}\", on line {}",
            self.role,
            self.text,
            self.owner,
            self.field.line()
        )
    }
}

/// The tags of a purchase offer. A one-step sale has no confirmation tag; any other needs one.
pub(super) fn read<'d>(keys: &Keys<'d>, owner: &str, one_step: Option<bool>) -> (Vec<Tag<'d>>, Option<Tags>) {
    let field = keys.need("tags", EXAMPLE);
    let Some(table) = field.as_ref().and_then(Field::table) else { return (Vec::new(), None) };
    let buy = table.need("buy", "buy = \"BuyKindle\"").map(|field| tag(field, owner, "buy"));
    let confirm = table.get("confirm");
    let needed = match (&confirm, one_step) {
        (None, Some(false)) => {
            table.need("confirm", "confirm = \"ConfirmKindle\", or to the offer confirm_within = \"0s\"");
            None
        }
        (Some(field), Some(true)) => {
            let message = "`confirm` is not needed: with confirm_within = \"0s\" nothing is confirmed";
            field.advise(message, "leave the tag out, or give the offer a window")
        }
        _ => Some(()),
    };
    let confirm = confirm.map(|field| tag(field, owner, "confirm"));
    let cancel = table.get("cancel").map(|field| tag(field, owner, "cancel"));
    table.done();
    let text = |tag: &Option<Option<Tag<'_>>>| match tag {
        Some(tag) => tag.as_ref().map(|tag| Some(CompactString::new(tag.text))),
        None => Some(None),
    };
    let (buy_text, confirm_text, cancel_text) = (text(&buy), text(&confirm), text(&cancel));
    let roles = || {
        needed?;
        Some(Tags { buy: buy_text??, confirm: confirm_text?, cancel: cancel_text? })
    };
    ([buy, confirm, cancel].into_iter().flatten().flatten().collect(), roles())
}

/// The tag of a statement-credit offer.
pub(super) fn enroll<'d>(keys: &Keys<'d>, owner: &str) -> (Vec<Tag<'d>>, Option<CompactString>) {
    let field = keys.need("tags", ENROLL);
    let Some(table) = field.as_ref().and_then(Field::table) else { return (Vec::new(), None) };
    let enroll = table.need("enroll", "enroll = \"AmexSmallBiz\"");
    let enroll = enroll.and_then(|field| tag(field, owner, "enroll"));
    table.done();
    let text = enroll.as_ref().map(|tag| CompactString::new(tag.text));
    (enroll.into_iter().collect(), text)
}

fn tag<'d>(field: Field<'d>, owner: &str, role: &'static str) -> Option<Tag<'d>> {
    let text = field.text("\"BuyKindle\"")?;
    if let Some(rest) = text.strip_prefix(['#', '＃']) {
        return field.advise(
            format!("{} begins with the hash sign", quoted(text)),
            format!("write {}", quoted(rest)),
        );
    }
    if !is_tag(text) {
        let rule = "a letter and then letters, digits or underscores, 50 characters at most, and 3 at least \
                    (2 in Chinese, Japanese or Korean)";
        return field.advise(format!("{} is no tag", quoted(text)), format!("write {rule}"));
    }
    if text.contains(|ch: char| ch.is_ascii_alphabetic()) && text.contains(is_greek_or_cyrillic) {
        let message = format!("{} mixes Latin letters with Greek or Cyrillic ones", quoted(text));
        return field.advise(message, "write it in one script: nobody can tell such letters apart");
    }
    Some(Tag { owner: owner.to_owned(), role, text, field })
}

/// Whether every network shows the text as one tag. The signs that some networks allow within a tag, and
/// others do not, are no part of one.
fn is_tag(text: &str) -> bool {
    const CHARACTERS_MAX: usize = 50;
    const WEIGHT_MIN: u32 = 3;
    let is_inside = |ch: char| {
        ch.is_ascii_alphanumeric()
            || ch == '_'
            || (!ch.is_ascii()
                && (is_tag_letter(ch)
                    || ch.general_category() == GeneralCategory::DecimalNumber
                    || JOINERS.contains(&ch)))
    };
    let begins =
        text.chars().next().is_some_and(|ch| ch.general_category_group() == GeneralCategoryGroup::Letter);
    begins
        && text.chars().all(is_inside)
        && !text.ends_with(JOINERS)
        && text.chars().count() <= CHARACTERS_MAX
        && weighted_length(text) >= WEIGHT_MIN
}

/// A letter or a mark of one, unless nobody can see it.
fn is_tag_letter(ch: char) -> bool {
    let group = ch.general_category_group();
    matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark) && !is_invisible(ch)
}

const fn is_greek_or_cyrillic(ch: char) -> bool {
    matches!(ch, '\u{370}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{1F00}'..='\u{1FFF}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A640}'..='\u{A69F}')
}

/// Records a fault for every tag that equals, or looks like, an earlier one.
///
/// Buyers type what they see, in any case. So both the tag as written and its lower case are compared: only
/// the first shows that `BuyIron` looks like `Buylron`, only the second that `BUYMAX` looks like `buyrnax`.
pub(super) fn check_distinct<'t, 'd: 't>(tags: impl Iterator<Item = &'t Tag<'d>>) {
    let (mut equal, mut written, mut lower) = (HashMap::new(), HashMap::new(), HashMap::new());
    for tag in tags {
        let lower_case = fold(tag.text);
        let skeletons = [appearance(tag.text), appearance(&lower_case)];
        let twin = equal.get(&lower_case).copied();
        let [as_written, as_lower] = &skeletons;
        let alike: Option<&Tag<'_>> = written.get(as_written).or_else(|| lower.get(as_lower)).copied();
        if let Some(twin) = twin {
            let twin: &Tag<'_> = twin;
            tag.field.advise::<()>(
                format!("the {} tag \"{}\" is also {}", tag.role, tag.text, twin.whose()),
                "tags are told apart without regard to case and to forms of a letter; choose another",
            );
        } else if let Some(twin) = alike {
            tag.field.advise::<()>(
                format!("the {} tag \"{}\" looks like {}", tag.role, tag.text, twin.whose()),
                "choose one that nobody can mistake for the other",
            );
        }
        let [as_written, as_lower] = skeletons;
        equal.entry(lower_case).or_insert(tag);
        written.entry(as_written).or_insert(tag);
        lower.entry(as_lower).or_insert(tag);
    }
}

/// What a reader sees: the skeleton of UTS 39, whose prototypes have either case.
fn appearance(text: &str) -> String {
    skeleton(text).collect::<String>().to_ascii_lowercase()
}
