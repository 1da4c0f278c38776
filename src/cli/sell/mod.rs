//! `flashtag sell`: replays a recording, or sells by the machine's clock.

mod posts;

use std::fs::File;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use self::posts::{interrupted, open_posts};
use super::fail::Fail;
use super::standard_streams::{LogArgs, open_input};
use crate::config::offers::read_offers;
use crate::domain::id::Authors;
use crate::domain::link::LinkedAccount;
use crate::domain::offering::Offering;
use crate::engine::explanation::Format;
use crate::engine::live::Links;
use crate::engine::pipe;
use crate::engine::replay::{self, BadLine, Input, LinkMap, Plan, Recorded, Summary, Timed, read_accounts};
use crate::engine::words_of;
use crate::intake::stream::PostStream;

/// Upper bound on bad lines that are shown one by one; further ones are only counted.
const BAD_LINES_NAMED: u64 = 10;

const RESUME_OF_REPLAY: &str = "--resume needs --clock wall: a replay is repeated, not resumed";

/// The clock of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClockOf {
    /// The posts' times: the same input gives the same output, at full speed
    Posts,
    /// The machine's clock: posts are decided as they arrive, as `serve` does
    Wall,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The offer file (TOML)
    #[arg(long, value_name = "FILE")]
    offers: PathBuf,
    /// The linked accounts, one JSON object a line
    #[arg(long, value_name = "FILE")]
    accounts: PathBuf,
    /// The posts, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    posts: PathBuf,
    /// The format of the posts
    #[arg(long, default_value = "flashtag", value_name = "FORMAT")]
    format: Format,
    /// The card transactions, one JSON object a line; with `--clock wall` they follow the posts
    #[arg(long, value_name = "FILE")]
    transactions: Option<PathBuf>,
    /// The clock of the sale
    #[arg(long, value_enum, default_value_t = ClockOf::Posts)]
    clock: ClockOf,
    /// The operator's commands, one JSON object a line, each with its time; with `--clock posts` only
    #[arg(long, value_name = "FILE")]
    commands: Option<PathBuf>,
    /// The directory for outcomes, effects, the summary and the journal
    #[arg(long, default_value = "flashtag-sale", value_name = "DIR")]
    out: PathBuf,
    /// Resume the interrupted sale in that directory; with `--clock wall` and posts in a file only
    #[arg(long)]
    resume: bool,
    /// The folder of the shop's own templates; a file in it replaces the built-in one of the same name
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// The number of partitions over which the campaigns are spread
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    partitions: u32,
    #[command(flatten)]
    log: LogArgs,
}

pub(crate) fn run(args: Args) -> Result<ExitCode, Fail> {
    let file = read_offers(&args.offers).map_err(|faults| Fail::config(faults.to_string()))?;
    let words =
        words_of(&file.shop, args.templates.as_deref()).map_err(|faults| Fail::config(faults.to_string()))?;
    let plan = Plan {
        front: file.shop.front(),
        offers: file.offerings(),
        words: Arc::new(words),
        partitions: args.partitions,
        out: args.out.clone(),
    };
    let commands = read_commands(&args, &plan.offers)?;
    let summary = match args.clock {
        ClockOf::Posts if args.resume => return Err(Fail::new(2, RESUME_OF_REPLAY)),
        ClockOf::Posts => {
            let posts = open_posts(&args.posts, None)?;
            replay(&args, plan, posts, commands)?
        }
        ClockOf::Wall => sell_live(&args, plan)?,
    };
    if let Some(path) = &args.commands {
        for BadLine { line, reason } in &summary.refused_commands {
            eprintln!("{}:{line}: left undone: {reason}", path.display());
        }
    }
    eprintln!("{}", super::table::table(&summary.offers));
    let Input { lines, relevant, bad_lines, .. } = summary.input;
    let left_out = if bad_lines > 0 { format!(", {bad_lines} lines were left out") } else { String::new() };
    let out = args.out.display();
    eprintln!("{lines} lines read, {relevant} posts concerned an offer{left_out}; results are in {out}");
    Ok(ExitCode::SUCCESS)
}

/// Sells the posts as they come, by the machine's clock.
fn sell_live(args: &Args, plan: Plan) -> Result<Summary, Fail> {
    let interrupted = if args.resume { interrupted(&args.posts, &args.out)? } else { None };
    let posts = open_posts(&args.posts, interrupted.as_ref().map(|stored| &stored.cursor))?;
    args.log.log_warnings();
    let links = Links::default();
    super::serve::read_links(&args.accounts, Authors::OfNetworksOrSandbox, &links, usize::MAX)?;
    let feed = args.transactions.as_deref().map(open_input).transpose()?;
    Ok(actix_rt::System::new().block_on(pipe::sell(plan, links, posts, feed, args.format, interrupted))?)
}

/// Replays the recording in its own time.
fn replay(
    args: &Args,
    plan: Plan,
    mut posts: Box<dyn PostStream + Send>,
    commands: Vec<Timed>,
) -> Result<Summary, Fail> {
    let links = read_links(&args.accounts)?;
    let feed = args.transactions.as_deref().map(open_input).transpose()?;
    let progress = spinner("reading posts");
    let bad_lines = std::cell::Cell::new(0);
    let summary = replay::replay(
        plan,
        |catalog| {
            let named = |path: &PathBuf| {
                let (path, bad_lines, progress) = (path.display().to_string(), &bad_lines, &progress);
                move |bad: BadLine| {
                    bad_lines.set(bad_lines.get() + 1);
                    if bad_lines.get() <= BAD_LINES_NAMED {
                        progress.suspend(|| eprintln!("{path}:{}: left out: {}", bad.line, bad.reason));
                    }
                }
            };
            let unread = |path: &PathBuf| {
                let path = path.clone();
                move |source| replay::Error::Io { action: "read", path, source }
            };
            let mut recorded =
                Recorded::read(posts.as_mut(), args.format, catalog, links, named(&args.posts))
                    .map_err(unread(&args.posts))?;
            if let (Some(path), Some(feed)) = (&args.transactions, feed) {
                recorded.read_feed(feed, named(path)).map_err(unread(path))?;
            }
            progress.set_message("selling");
            progress.set_length(recorded.posts.len() as u64);
            Ok(Recorded { commands, ..recorded })
        },
        |done| progress.set_position(done as u64),
    );
    progress.finish_and_clear();
    Ok(summary?)
}

/// Reads the operator's commands: all of them, or none if a line is bad.
fn read_commands(args: &Args, offers: &[Offering]) -> Result<Vec<Timed>, Fail> {
    let Some(path) = &args.commands else { return Ok(Vec::new()) };
    if args.clock == ClockOf::Wall {
        let message =
            "--commands have times of their own; with --clock wall use `flashtag restock` and the like";
        return Err(Fail::new(2, message));
    }
    let file = File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    let read = replay::read_commands(file, offers).map_err(|source| Fail::io("read", path, &source))?;
    read.map_err(|bad| {
        let named = bad.iter().take(BAD_LINES_NAMED as usize);
        let named = named.map(|BadLine { line, reason }| format!("{}:{line}: {reason}", path.display()));
        let mut message: Vec<String> = named.collect();
        message.push("nothing was sold: commands are all understood, or none is used".to_owned());
        Fail::data(message.join("\n"))
    })
}

fn read_links(path: &PathBuf) -> Result<LinkMap, Fail> {
    let mut links = LinkMap::default();
    let file = File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    read_accounts(file, Authors::OfNetworksOrSandbox, |LinkedAccount { account, link }| {
        links.insert(account, link)
    })
    .map_err(|fault| Fail::data(format!("{}: {fault}", path.display())))?;
    Ok(links)
}

/// Creates a spinner; it is hidden where standard error is not a terminal.
fn spinner(message: &'static str) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} of {human_len} ({per_sec})");
    bar.with_style(style.expect("the template is well formed")).with_message(message)
}
