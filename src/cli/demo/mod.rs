//! `flashtag demo`: a whole sale on this machine, with a crowd, live progress and a closing audit.

mod crowd;
mod screen;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use self::crowd::{Storm, Totals};
use self::screen::Screen;
use super::Fail;
use super::table::table;
use crate::clock::Clock;
use crate::domain::time::Millis;
use crate::engine::audit::{Ending, audit};
use crate::engine::live::LiveSale;
use crate::engine::output::start_over;

/// The demo never takes longer than this after the last post, whatever the crowd does.
const PATIENCE: Millis = Millis::from_secs(40);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many people there are
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1_000..=5_000_000))]
    people: u64,
    /// What decides who they are and what they do: the same seed, the same crowd
    #[arg(long, default_value_t = 2013)]
    seed: u64,
    /// Over how many seconds the posts come
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many partitions the six offers are spread over
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    partitions: u32,
    /// Where journal, ledger, replies and e-mails go; an earlier demo there is removed
    #[arg(long, default_value = "flashtag-demo", value_name = "DIR")]
    data: PathBuf,
}

pub(crate) fn run(args: Args) -> Result<ExitCode, Fail> {
    super::log_to_stderr();
    actix_rt::System::new().block_on(perform(args))
}

async fn perform(args: Args) -> Result<ExitCode, Fail> {
    start_over(&args.data)?;
    eprintln!("{} people, {} s of posts, ten posts of noise for each claim", args.people, args.seconds);
    let crowd = stage::crowd(args.people, args.seed)?;
    let clock = Clock::start();
    let (plan, prompts) = stage::plan(&args, &crowd, clock.now())?;
    let sale = Rc::new(LiveSale::open(plan).await?);
    let mut screen = Screen::new();
    let mut storm = Storm::new(Rc::clone(&sale), crowd, prompts, clock, &args);
    storm.blow(&mut screen).await;
    storm.settle(&mut screen, PATIENCE).await;
    let totals = storm.finish().await;
    let offers = sale.look().await.unwrap_or_default();
    let drops = sale.engine.drops();
    screen.clear();
    if let Ok(sale) = Rc::try_unwrap(sale).map_err(drop) {
        sale.close().await;
    }
    println!("{}", table(&offers));
    println!("{}", told(&totals));
    println!(
        "of the replies that X had no room for, {} were dropped as too old, and {} as too many",
        drops.stale, drops.crowded
    );
    let report = audit(&args.data, None, Ending::Open)?;
    println!("\n{report}");
    println!("everything is in {}: look with `flashtag history --data {0}`", args.data.display());
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The totals in words.
fn told(totals: &Totals) -> String {
    let Totals { lines, mattered, overloaded, busy_ms, latency_us } = totals;
    let per_second = *lines as f64 * 1000.0 / (*busy_ms).max(1) as f64;
    let ms = |quantile| latency_us.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "{lines} posts in {:.1} s ({per_second:.0} a second), {mattered} concerned an offer, {overloaded} were \
         turned away for want of room\nfrom a post's arrival to its durable outcome: p50 {:.2} ms, p99 {:.2} ms, \
         p99.9 {:.2} ms",
        *busy_ms as f64 / 1000.0,
        ms(0.5),
        ms(0.99),
        ms(0.999),
    )
}
