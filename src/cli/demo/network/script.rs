//! What the cast is about to do.

use std::collections::{BTreeMap, HashMap};

use ::networks::{Post, Society};

use super::cast::{CAST, Cue, Deed, Line, Role};
use super::place::Place;
use crate::text::network::Delivers;

/// What has been cued, and what waits for its cue.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// What comes, by time and then by the order of planning.
    due: BTreeMap<(i64, usize), Planned>,
    planned: usize,
    /// The first post of each person, by name.
    first: HashMap<&'static str, String>,
}

#[derive(Debug, Clone)]
struct Planned {
    role: Role,
    deed: Deed,
    /// The reply of the shop that is answered.
    answers: Option<String>,
}

impl Script {
    /// The shop has announced its sale at a network. Where a fresh post may not reach the shop, people answer it.
    pub(super) fn announced(&mut self, place: &Place, announcement: &Post) {
        let must_answer = place.network.facts().delivers.fresh_post != Delivers::Always;
        let answers = must_answer.then(|| announcement.id.clone());
        for role in CAST.iter().filter(|role| role.network == place.network) {
            for line in role.lines.iter().filter(|line| line.cue == Cue::Announced) {
                self.plan(announcement.at_ms + line.after_ms, role, line, answers.clone());
            }
        }
    }

    /// The shop has replied to a person of this name.
    pub(super) fn told(&mut self, name: &str, reply: &Post) {
        let Some(role) = CAST.iter().find(|role| role.name == name) else { return };
        let is_cue = |line: &&Line| matches!(line.cue, Cue::Told(text) if reply.text.contains(text));
        for line in role.lines.iter().filter(is_cue) {
            self.plan(reply.at_ms + line.after_ms, role, line, Some(reply.id.clone()));
        }
    }

    fn plan(&mut self, at_ms: i64, role: &Role, line: &Line, answers: Option<String>) {
        self.planned += 1;
        self.due.insert((at_ms, self.planned), Planned { role: *role, deed: line.deed, answers });
    }

    /// Does what is due at a network. Returns who deleted a post.
    pub(super) fn act(&mut self, place: &Place, now_ms: i64) -> Vec<&'static str> {
        let here = self
            .due
            .range(..=(now_ms, usize::MAX))
            .filter(|(_, planned)| planned.role.network == place.network);
        let due: Vec<(i64, usize)> = here.map(|(key, _)| *key).collect();
        let mut deleting = Vec::new();
        for planned in due.iter().filter_map(|key| self.due.remove(key)).collect::<Vec<_>>() {
            deleting.extend(place.visit(|society| self.perform(place, society, planned, now_ms)));
        }
        deleting
    }

    fn perform(
        &mut self,
        place: &Place,
        society: &mut dyn Society,
        planned: Planned,
        now_ms: i64,
    ) -> Option<&'static str> {
        let Planned { role, deed, answers } = planned;
        let handle = format!("{}{}", role.name, place.suffix());
        match deed {
            Deed::Posts(text) => {
                let text = text.replace("{shop}", &place.shop_handle());
                let post = society.post(&handle, &text, answers.as_deref(), now_ms)?;
                self.first.entry(role.name).or_insert(post);
                None
            }
            Deed::Deletes => {
                let post = self.first.get(role.name)?;
                society.delete(&handle, post, now_ms).then_some(role.name)
            }
        }
    }

    /// Whether nothing more is planned.
    pub(super) fn is_over(&self) -> bool {
        self.due.is_empty()
    }
}
