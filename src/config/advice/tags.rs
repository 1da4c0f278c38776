//! Advice on tags that buyers will not type as the file writes them.

use super::facts::Facts;
use super::finding::Finding;
use crate::domain::offering::Offering;
use crate::text::look_alike::{look_alike, skeleton};

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Finding> {
    let offerings = facts.offers.content.offerings();
    let tags: Vec<(&str, &str)> = offerings.iter().flat_map(tags_of).collect();
    let mut findings = Vec::new();
    for (place, (id, tag)) in tags.iter().enumerate() {
        findings.extend(other_script(facts, id, tag));
        for (other, twin) in tags.iter().take(place).filter(|(_, twin)| look_alike(tag, twin)) {
            let what = format!("#{tag} looks like #{twin} of {other}");
            findings.push(facts.warn(id, "tags", what, "choose one that nobody can mistake for the other"));
        }
    }
    findings
}

fn tags_of(offering: &Offering) -> impl Iterator<Item = (&str, &str)> {
    offering.tags().map(|tag| (offering.id().as_str(), tag))
}

/// A tag of another script whose letters all look like Latin ones.
fn other_script(facts: &Facts<'_>, id: &str, tag: &str) -> Option<Finding> {
    let shown = skeleton(tag);
    (!tag.is_ascii() && shown.is_ascii()).then(|| {
        let what = format!(
            "#{tag} is not written in Latin letters, and looks as if it were: who types what it looks like hears \
             `look_alike_tag`"
        );
        facts.warn(id, "tags", what, "write it in Latin letters, or choose one that is plainly of its script")
    })
}
