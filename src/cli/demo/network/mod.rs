//! `flashtag demo --network`: a sale on three networks, told while it happens.
//!
//! Stand-ins on this machine play X, Bluesky and Mastodon over real sockets. The shop is the engine of `flashtag serve`, started
//! by a configuration as any shop writes it: what it reads and posts passes through the networks alone.

mod cast;
mod counts;
mod history_tail;
mod mailbox;
mod narrator;
mod people;
mod place;
mod play;
mod script;
mod serving;
mod shop_files;
mod story;
mod tags;
mod tale;

use std::io::Write;
use std::process::ExitCode;

use self::narrator::Narrator;
use self::people::People;
use self::place::{Place, Stage};
use self::play::Play;
use self::serving::{Serving, free_port};
use self::shop_files::{Sale, ShopFiles};
use self::story::Story;
use self::tale::Tale;
use super::args::Args;
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::engine::audit::{Ending, audit};

/// Time from the shop's start to the opening of its sale.
const OPENS_AFTER: Millis = Millis::from_secs(3);

/// One unit for that many people.
const PEOPLE_PER_UNIT: u64 = 4;

pub(super) fn perform(args: &Args) -> Result<ExitCode, Fail> {
    let count = args.people()?;
    let shop = ShopFiles::make_room(&args.data)?;
    args.log.log_changes_to(&shop.path("serve.log"))?;
    let (clock, port) = (Clock::start(), free_port()?);
    let places = Place::open_all(&clock, args.seed, port)?;
    let mut people = People::default();
    let stages = places.map(|place| Stage::new(place, count, args.seed));
    people.join(&stages, &clock)?;
    let opens = clock.now().plus(OPENS_AFTER);
    let units = count / PEOPLE_PER_UNIT;
    shop.write(&stages, &people, &Sale { port, opens, units })?;
    let narrator = Narrator::new(clock.clone());
    introduce(&shop, &stages, &narrator);

    let serving = Serving::start(&shop.path("serve.toml"), port)?;
    let x = stages.iter().find(|stage| stage.place.is_x()).map(|stage| stage.place.base_url());
    let client = serving.client(x.as_deref())?;
    client.connect_x()?;
    let tale = Tale::new(&stages, people, narrator, units);
    let mut play = Play::new(stages, tale, &shop);
    play.wait_until_all_is_read(&client, &clock)?;
    if args.faults {
        play.break_networks();
    }
    let has_ended = play.run(&client, &clock)?;
    let (offer, pending) = (client.offer()?, client.pending()?);
    serving.stop()?;
    let counts = play.close()?;

    let ending = if has_ended { Ending::Strict } else { Ending::Open };
    let report = audit(&shop.data(), None, ending)?;
    let story = Story {
        report: &report,
        offer: &offer,
        counts: &counts,
        has_ended,
        pending,
        faults: args.faults,
        shop: &shop,
    };
    let details = if args.verbose { format!("\n{report}\n") } else { String::new() };
    write!(std::io::stdout(), "{story}{details}").map_err(|source| Fail::output(&source))?;
    Ok(ExitCode::from(exit_code(report.passed(), offer.sold)))
}

/// A demo in which nothing was sold shows nothing.
const fn exit_code(has_passed: bool, sold: u32) -> u8 {
    if has_passed && sold > 0 { 0 } else { 1 }
}

fn introduce(shop: &ShopFiles, stages: &[Stage], narrator: &Narrator) {
    narrator.line("Three stand-ins on this machine speak the protocols of X, Bluesky and Mastodon:");
    for Stage { place, people, .. } in stages {
        let title = place.network.facts().title;
        narrator.line(&format!(
            "  {title:<9} {:<24} {people} people, and the shop @{}",
            place.base_url(),
            place.shop_handle()
        ));
    }
    narrator
        .line(&format!("The shop runs as `flashtag serve --config {}`.", shop.path("serve.toml").display()));
    narrator.line("");
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn a_broken_promise_and_a_sale_of_nothing_fail() {
        let table = [(true, 22, 0), (true, 1, 0), (true, 0, 1), (false, 22, 1), (false, 0, 1)];
        for (has_passed, sold, code) in table {
            assert_eq!(exit_code(has_passed, sold), code, "passed: {has_passed}, sold: {sold}");
        }
    }
}
