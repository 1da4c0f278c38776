//! Fits a reply to its network: the title is cut first, then the short form replaces the long one. The result
//! fits, whatever the offer's title.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::template_context::TemplateContext;
use super::template_name::{reply, short_reply};
use super::template_set::TemplateSet;
use crate::telemetry;
use crate::text::length::Limit;

/// Title lengths to try, in graphemes, from the longest to the shortest that is still meaningful.
const TITLE_GRAPHEMES: [usize; 6] = [100, 60, 40, 24, 12, 6];
/// A plain text of at most this many bytes is as long as its bytes are on every network.
const PLAIN_BYTES_MAX: usize = 280;

/// The text of the reply to an outcome that gets one, within the limit of where it is posted.
pub(super) fn fitted(templates: &TemplateSet, context: &TemplateContext, limit: Limit) -> String {
    let outcome = context.request.outcome;
    if let Some(text) = longest(context, limit, |context| templates.render(&reply(outcome), context)) {
        return text;
    }
    telemetry::words_shortened().increment(1);
    let short = short_reply(outcome);
    longest(context, limit, |context| templates.render_own(&short, context).unwrap_or_default())
        .or_else(|| longest(context, limit, |context| templates.render_builtin(&short, context)))
        .unwrap_or_else(|| shortest_reply(context, limit))
}

/// The text with the longest title for which it fits; `None` if it fits with none.
fn longest(
    context: &TemplateContext,
    limit: Limit,
    text: impl Fn(&Arc<TemplateContext>) -> String,
) -> Option<String> {
    TITLE_GRAPHEMES.iter().find_map(|&graphemes| {
        let text = paragraph(&text(&context.with_title(graphemes)));
        (!text.is_empty() && (is_plain(&text, limit) || limit.fits(&text))).then_some(text)
    })
}

/// Whether a text certainly fits: it is short, each of its characters counts one, and without a dot inside a word it
/// holds no link. Most replies are like that, and exact counting takes longer.
fn is_plain(text: &str, limit: Limit) -> bool {
    let dot_within =
        || text.as_bytes().windows(2).any(|pair| matches!(pair, [b'.', after] if *after != b' '));
    text.len() <= PLAIN_BYTES_MAX.min(limit.most) && text.is_ascii() && !dot_within()
}

/// Joins a text into one line, however its template is laid out.
pub(super) fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The shortest reply: it names the offer and the outcome. Used when tags are so long that nothing else
/// fits.
fn shortest_reply(context: &TemplateContext, limit: Limit) -> String {
    let TemplateContext { request, subject, .. } = context;
    let text = format!("{}: {}", subject.id, request.outcome.code().replace('_', " "));
    let letters: Vec<&str> = text.graphemes(true).collect();
    let mut heads = (1..=letters.len()).rev().filter_map(|end| Some(letters.get(..end)?.concat()));
    heads.find(|head| limit.fits(head)).unwrap_or_default()
}
