//! `flashtag demo`: a whole sale on this machine, with a crowd, live progress and a closing audit.

mod args;
mod crowd;
mod network;
mod screen;
mod stage;
mod story;
mod totals;
mod verdict;

use std::process::ExitCode;
use std::rc::Rc;

pub(crate) use self::args::Args;
use self::crowd::Storm;
use self::screen::Screen;
use self::story::Story;
use crate::cli::fail::Fail;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::engine::audit::{Ending, audit};
use crate::engine::live::LiveSale;
use crate::engine::output::start_over;
use crate::text::grouped::grouped;

/// Upper bound on the time that the demo takes after the last post, whatever the crowd does.
const PATIENCE: Millis = Millis::from_secs(40);

pub(crate) fn run(args: Args) -> Result<ExitCode, Fail> {
    if args.network {
        return network::perform(&args);
    }
    args.log.log_warnings();
    actix_rt::System::new().block_on(perform(args))
}

async fn perform(args: Args) -> Result<ExitCode, Fail> {
    let people = args.people()?;
    start_over(&args.data)?;
    eprintln!(
        "{} people post for {} s, with ten posts of noise for each claim",
        grouped(people),
        args.seconds
    );
    let crowd = stage::crowd(people, args.seed)?;
    let clock = Clock::start();
    let (plan, records) = stage::plan(&args, &crowd, clock.now())?;
    let sale = Rc::new(LiveSale::open(plan).await?);
    let mut screen = Screen::new();
    let mut burst = Storm::new(Rc::clone(&sale), crowd, records, clock, &args);
    burst.run(&mut screen).await;
    burst.settle(&mut screen, PATIENCE).await;
    let totals = burst.finish().await;
    let offers = sale.offers().await.unwrap_or_default();
    let drops = sale.node.drops();
    screen.clear();
    if let Ok(sale) = Rc::try_unwrap(sale).map_err(drop) {
        sale.close().await;
    }
    let report = audit(&args.data, None, Ending::Open)?;
    println!("{}", Story { report: &report, offers: &offers, totals: &totals, drops });
    if args.verbose {
        println!("\n{report}");
    }
    println!("\nEverything is in {}. Look closer:", args.data.display());
    println!("  flashtag verify --data {}", args.data.display());
    println!("  flashtag history --data {}", args.data.display());
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
