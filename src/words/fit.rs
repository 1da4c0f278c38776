//! A reply that fits its network: first the title is cut, then the short form takes the place of the long one. The
//! result fits, whatever the offer is called.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::template_context::TemplateContext;
use super::template_name::{reply, short_reply};
use super::template_set::TemplateSet;
use crate::telemetry;
use crate::words::announcement::fits;

/// Lengths of a title, from the longest to the shortest that says anything.
const TITLE_GRAPHEMES: [usize; 6] = [100, 60, 40, 24, 12, 6];
/// A text of this length fits every network.
const PLAIN_BYTES_MAX: usize = 280;

/// The text of a reply to an outcome that is answered.
pub(super) fn fitted(templates: &TemplateSet, context: &TemplateContext) -> String {
    let outcome = context.request.outcome;
    if let Some(text) = longest(context, |context| templates.render(&reply(outcome), context)) {
        return text;
    }
    telemetry::words_shortened().increment(1);
    let short = short_reply(outcome);
    longest(context, |context| templates.render_own(&short, context).unwrap_or_default())
        .or_else(|| longest(context, |context| templates.render_builtin(&short, context)))
        .unwrap_or_else(|| last_resort(context))
}

/// The text with as much of the title as there is room for.
fn longest(context: &TemplateContext, text: impl Fn(&Arc<TemplateContext>) -> String) -> Option<String> {
    let network = context.request.account.network;
    TITLE_GRAPHEMES.iter().find_map(|&graphemes| {
        let text = paragraph(&text(&context.with_title(graphemes)));
        (!text.is_empty() && (is_plain(&text) || fits(network, &text))).then_some(text)
    })
}

/// Whether a text fits every network at first sight: it is short, each of its letters counts one, and without a dot
/// inside a word it holds no link. Most replies are like that, and to count exactly takes longer.
fn is_plain(text: &str) -> bool {
    let dot_within =
        || text.as_bytes().windows(2).any(|pair| matches!(pair, [b'.', after] if *after != b' '));
    text.len() <= PLAIN_BYTES_MAX && text.is_ascii() && !dot_within()
}

/// A text on one line, however its template is written.
pub(super) fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names at least the offer and the outcome: tags that are too long for any offer file leave no room for more.
fn last_resort(context: &TemplateContext) -> String {
    let TemplateContext { request, subject, .. } = context;
    let text = format!("{}: {}", subject.id, request.outcome.code().replace('_', " "));
    let letters: Vec<&str> = text.graphemes(true).collect();
    let mut heads = (1..=letters.len()).rev().filter_map(|end| Some(letters.get(..end)?.concat()));
    heads.find(|head| fits(request.account.network, head)).unwrap_or_default()
}
