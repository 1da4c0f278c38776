//! A reply in the room that its network leaves: first the title loses its tail, then the short form takes
//! the place of the long one. What is left then fits, whatever the offer is called.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::Words;
use super::builtin::{SHIPPED, reply, short_reply};
use super::template_context::TemplateContext;
use crate::telemetry;
use crate::words::announcement::fits;

/// How much of a title is told, from the most to the least that is worth telling.
const TITLE_GRAPHEMES: [usize; 6] = [100, 60, 40, 24, 12, 6];
/// What every network takes.
const PLAIN_BYTES_MAX: usize = 280;

impl Words {
    /// The text of a reply to an outcome that is told.
    pub(super) fn fitted(&self, scene: &TemplateContext) -> String {
        let outcome = scene.notice.outcome;
        if let Some(text) = longest(scene, |scene| self.render(&reply(outcome), scene)) {
            return text;
        }
        telemetry::words_shortened().increment(1);
        let short = short_reply(outcome);
        let own = self.folder.as_ref().filter(|folder| folder.has(&short));
        own.and_then(|folder| longest(scene, |scene| folder.layer.render(&short, scene).unwrap_or_default()))
            .or_else(|| longest(scene, |scene| SHIPPED.render(&short, scene).unwrap_or_default()))
            .unwrap_or_else(|| last_resort(scene))
    }
}

/// The text with as much of the title as there is room for.
fn longest(scene: &TemplateContext, text: impl Fn(&Arc<TemplateContext>) -> String) -> Option<String> {
    let network = scene.notice.account.network;
    TITLE_GRAPHEMES.iter().find_map(|&graphemes| {
        let text = paragraph(&text(&scene.with_title(graphemes)));
        (!text.is_empty() && (is_plain(&text) || fits(network, &text))).then_some(text)
    })
}

/// Whether a text fits everywhere at first sight: it is short, each of its letters counts one, and without
/// a dot inside a word it holds no link. Most replies are like that, and counting takes its time.
fn is_plain(text: &str) -> bool {
    let dot_within =
        || text.as_bytes().windows(2).any(|pair| matches!(pair, [b'.', after] if *after != b' '));
    text.len() <= PLAIN_BYTES_MAX && text.is_ascii() && !dot_within()
}

/// A text on one line, however its template is written.
pub(super) fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says at least of what the reply is: the tags of an offer that no file could hold leave no room.
fn last_resort(scene: &TemplateContext) -> String {
    let TemplateContext { notice, subject, .. } = scene;
    let text = format!("{}: {}", subject.id, notice.outcome.code().replace('_', " "));
    let letters: Vec<&str> = text.graphemes(true).collect();
    let mut heads = (1..=letters.len()).rev().filter_map(|end| Some(letters.get(..end)?.concat()));
    heads.find(|head| fits(notice.account.network, head)).unwrap_or_default()
}
