//! `loadgen networks`: stand-ins for X, Bluesky and Mastodon.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use ::networks::server::{Clock as NetworkClock, Server, Settings};
use ::networks::{Fault, Network, Society, bluesky, mastodon, x};

use crate::clock::Clock;
use crate::error::CommandError;
use crate::stop_signal::stop_on_signal;

/// Microseconds between two looks at the signals.
const LOOK_US: u64 = 100_000;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A fault is KIND=CHANCE, from 0 to 1, or KIND=Nx for the next N times; with :MS for its delay and \
                  @METHOD ADDRESS for where it comes: `--fault slow=0.1:300 --fault 'lost-answer=2x@POST /2/tweets'`. \
                  Kinds: rate-limit, unavailable, lost-answer, cut-before, cut-after, slow, expire-tokens; of streams: \
                  cut, duplicate, reorder, damage."
)]
pub(super) struct Args {
    /// Port of X; 0 for one that is free
    #[arg(long, default_value_t = 2601)]
    x: u16,
    /// Port of Bluesky; 0 for one that is free
    #[arg(long, default_value_t = 2602)]
    bluesky: u16,
    /// Port of Mastodon; 0 for one that is free
    #[arg(long, default_value_t = 2603)]
    mastodon: u16,
    /// The shop's name at all three; at Bluesky with `.example` behind it
    #[arg(long, default_value = "northwind")]
    shop: String,
    /// Address to which X returns after the shop's account allowed the app
    #[arg(long, value_name = "ADDRESS", default_value = "http://127.0.0.1:8080/")]
    redirect: String,
    /// What goes wrong, at all three
    #[arg(long = "fault", value_name = "FAULT", value_parser = Fault::parse)]
    faults: Vec<Fault>,
    /// Seed of tokens and faults
    #[arg(long, default_value_t = 2013)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CommandError> {
    let stop = stop_on_signal()?;
    let clock = Clock::start();
    let now_ms = move || clock.started_at_ms().saturating_add_unsigned(clock.us() / 1000);
    let settings = |port| Settings {
        port,
        faults: args.faults.clone(),
        seed: args.seed,
        clock: NetworkClock::new(now_ms),
    };
    let x = start(x_with(args, now_ms()), settings(args.x))?;
    let bluesky = start(bluesky_with(&args.shop, now_ms()), settings(args.bluesky))?;
    let mastodon = start(mastodon_with(&args.shop, now_ms()), settings(args.mastodon))?;
    let (shop, mut stdout) = (&args.shop, std::io::stdout());
    writeln!(
        stdout,
        "x         {}   @{shop}, client {CLIENT_ID}, secret {CLIENT_SECRET}, bearer {X_BEARER}\n\
         bluesky   {}   @{shop}.example, app password {APP_PASSWORD}\n\
         mastodon  {}   @{shop}, token {MASTODON_TOKEN}",
        x.base_url(),
        bluesky.base_url(),
        mastodon.base_url()
    )
    .map_err(|source| CommandError::output(&source))?;
    wait(&clock, &stop);
    Ok(ExitCode::SUCCESS)
}

const CLIENT_ID: &str = "flashtag-local";
const CLIENT_SECRET: &str = "local-secret";
const X_BEARER: &str = "local-bearer";
const APP_PASSWORD: &str = "loca-lapp-pass-word";
const MASTODON_TOKEN: &str = "local-token";

fn x_with(args: &Args, now_ms: i64) -> x::World {
    let mut world = x::World::new(x::Options::default());
    world.add_app(CLIENT_ID, Some(CLIENT_SECRET), X_BEARER, &args.redirect);
    world.join(&args.shop, now_ms);
    world
}

fn bluesky_with(shop: &str, now_ms: i64) -> bluesky::World {
    let mut world = bluesky::World::new(bluesky::Options::default());
    world.add_account(&format!("{shop}.example"), APP_PASSWORD, now_ms);
    world
}

fn mastodon_with(shop: &str, now_ms: i64) -> mastodon::World {
    let mut world = mastodon::World::new(mastodon::Options::default());
    let scopes = "read:notifications read:statuses write:statuses profile";
    world.add_token(shop, MASTODON_TOKEN, scopes, now_ms);
    world
}

fn start<N: Network + Society + 'static>(network: N, settings: Settings) -> Result<Server<N>, CommandError> {
    let (name, port) = (network.name(), settings.port);
    Server::start(network, settings)
        .map_err(|source| CommandError::system(&format!("listen on port {port} for {name}"), &source))
}

fn wait(clock: &Clock, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        clock.sleep_until(u64::MAX, LOOK_US);
    }
}
