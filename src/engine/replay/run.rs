//! Runs one replay from the first post to the summary.

use std::sync::Arc;

use super::error::Error;
use super::export::Export;
use super::plan::Plan;
use super::recording::{OtherInput, Recorded};
use super::summary::Summary;
use super::world::World;
use crate::domain::offering::Offering;
use crate::domain::post::Post;
use crate::engine::output::start_over;
use crate::intake::catalog::Catalog;
use crate::journal::DataLock;

/// Replays the recording that `record` reads with the catalog of the offers. Leaves `outcomes.ndjson`,
/// `effects.ndjson`, `summary.json`, the journal and the card sandbox's ledger.
///
/// # Errors
/// When the output directory cannot be used, or the recording cannot be read.
pub fn replay(
    plan: Plan,
    record: impl FnOnce(&Catalog) -> Result<Recorded, Error>,
    mut progress: impl FnMut(usize),
) -> Result<Summary, Error> {
    start_over(&plan.out)?;
    let _lock = DataLock::acquire(&plan.out)?;
    let reading = Catalog::unnumbered(&plan.offers, plan.front.clone());
    let mut recorded = record(&reading)?;
    let others = recorded.take_other_inputs();
    let first_post = recorded.posts.first().map(Post::arrival);
    let first = first_post.into_iter().chain(others.first().map(OtherInput::at)).min();
    let opened = first.or_else(|| plan.offers.iter().map(Offering::opens).min()).unwrap_or_default();
    let export = Export::create(&plan.out, Arc::clone(&plan.words))?;
    let mut world = World::open(plan, recorded.links, export, opened)?;
    let mut others = others.into_iter().peekable();
    for (done, post) in recorded.posts.into_iter().enumerate() {
        // At one instant posts come first, so an account that enrolls and buys at once is enrolled when it
        // buys.
        while let Some(input) = others.next_if(|input| input.at() < post.arrival()) {
            world.take_other_input(&input)?;
        }
        world.ingest(post)?;
        if done % 4096 == 0 {
            progress(done);
        }
    }
    others.try_for_each(|input| world.take_other_input(&input))?;
    world.run_on()?;
    world.close(recorded.input)
}
