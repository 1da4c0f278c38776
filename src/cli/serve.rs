//! `flashtag serve`: the long-running engine.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::fail::Fail;
use super::standard_streams::{LogArgs, say};
use crate::config::advice::facts::Filed;
use crate::config::offers::{OfferFile, read_offers};
use crate::config::places::Places;
use crate::config::policy::forbidden;
use crate::config::serve::{Email, ServeConfig, parse_serve, read_serve};
use crate::domain::id::Authors;
use crate::domain::link::LinkedAccount;
use crate::engine::replay::read_accounts;
use crate::engine::service::{self, Allowed, Links, Signals};
use crate::engine::words_of;
use crate::engine::{JournalAhead, Words};
use crate::journal::private::exposed;
use crate::outbox::provider::stripe::stripe_amount;
use crate::text::file_fault::Faults;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The configuration file (TOML); every key also as FLASHTAG__SECTION__KEY in the environment
    #[arg(long, value_name = "FILE", required_unless_present = "print_config")]
    config: Option<PathBuf>,
    /// Release what accounts hold that are not linked any more, even if it is more than 1 % of all holdings
    #[arg(long)]
    unlink_missing: bool,
    /// Print the whole configuration with every default and its meaning, and exit
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    log: LogArgs,
    /// What to do if the journal is more than a minute ahead of this machine's clock
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    journal_ahead: JournalAheadArg,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum JournalAheadArg {
    /// Do not start, and say until when to wait
    Refuse,
    /// Start, with windows at half speed until the machine's clock has caught up
    GoOn,
}

impl From<JournalAheadArg> for JournalAhead {
    fn from(arg: JournalAheadArg) -> Self {
        match arg {
            JournalAheadArg::Refuse => Self::Refuse,
            JournalAheadArg::GoOn => Self::GoOn,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let config = read_config(args.config.as_deref())?;
    if args.print_config {
        io::stdout().write_all(config.print().as_bytes()).map_err(|source| Fail::output(&source))?;
        return Ok(ExitCode::SUCCESS);
    }
    args.log.log_changes();
    if let Some(path) = &args.config {
        warn_of_password(path, &config);
    }
    let system = actix_rt::System::new();
    // From here on a lost terminal ends nothing, however long the files below take.
    let hangup = system.block_on(async { hangup() })?;
    let shop = Shop::read(args.config.as_deref(), config)?;
    let ready = |words: String| say(&words);
    let allowed = Allowed { unlink_missing: args.unlink_missing, journal_ahead: args.journal_ahead.into() };
    system.block_on(async {
        let signals = Signals { stop: asked_to_stop(), hangup: Some(hangup) };
        shop.serve(allowed, signals, ready).await
    })?;
    say("stopped; everything that was answered is on the disk");
    Ok(ExitCode::SUCCESS)
}

/// A configuration, with everything that its files hold.
pub(super) struct Shop {
    config: ServeConfig,
    file: OfferFile,
    links: Links,
    words: Words,
}

impl Shop {
    /// Reads the files that a configuration names; `path` is its own.
    pub(super) fn read(path: Option<&Path>, config: ServeConfig) -> Result<Self, Fail> {
        let file = read_offers(&config.offers).map_err(|faults| Fail::config(faults.to_string()))?;
        refuse_forbidden(path, &config, &file)?;
        let words = words_of(&file.shop, config.templates.as_deref())
            .map_err(|faults| Fail::config(faults.to_string()))?;
        let links = Links::default();
        if let Some(path) = &config.accounts {
            read_links(path, config.mode.authors(), &links, config.limits.accounts_most)?;
        }
        Ok(Self { config, file, links, words })
    }

    /// Serves until `signals.stop` resolves; see [`service::serve`].
    pub(super) async fn serve(
        self,
        allowed: Allowed,
        signals: Signals<impl Future<Output = ()>>,
        ready: impl FnOnce(String),
    ) -> Result<(), Fail> {
        let Self { config, file, links, words } = self;
        let served = service::serve(config, file, links, allowed, words, signals, ready).await;
        served.map_err(|fault| Fail::new(fault.exit_code(), fault.to_string()))
    }
}

fn read_config(path: Option<&Path>) -> Result<ServeConfig, Fail> {
    let config = match path {
        Some(path) => read_serve(path, std::env::vars()),
        None => parse_serve("", "the defaults", Path::new("."), std::env::vars()),
    };
    config.map_err(|faults| Fail::config(faults.to_string()))
}

/// Refuses a sale that a network forbids, as `check` does.
fn refuse_forbidden(path: Option<&Path>, config: &ServeConfig, file: &OfferFile) -> Result<(), Fail> {
    let name = path.map(|path| path.display().to_string()).unwrap_or_default();
    let offers = config.offers.display().to_string();
    let serve = Filed { name: &name, content: config, places: path.map(Places::of_file).unwrap_or_default() };
    let offers = Filed { name: &offers, content: file, places: Places::of_file(&config.offers) };
    let faults = forbidden(&serve, &offers, |amount| stripe_amount(amount).is_some());
    if let Some(consent) = &config.x_consent {
        tracing::info!(%consent, "X agreed in writing, the configuration says");
    }
    if faults.is_empty() { Ok(()) } else { Err(Fail::config(Faults(faults).to_string())) }
}

pub(super) fn read_links(path: &Path, authors: Authors, links: &Links, most: usize) -> Result<(), Fail> {
    let file = std::fs::File::open(path).map_err(|source| Fail::no_input(path, &source))?;
    let read = read_accounts(file, authors, |LinkedAccount { account, link }| links.insert(account, link));
    read.map_err(|fault| Fail::data(format!("{}: {fault}", path.display())))?;
    if links.len() > most {
        let message = format!("{}: more accounts than limits.accounts_most = {most}", path.display());
        return Err(Fail::config(message));
    }
    Ok(())
}

/// Tells that others can read the password of the mail server in the configuration file.
fn warn_of_password(path: &Path, config: &ServeConfig) {
    let Email::Smtp(relay) = &config.providers.email else { return };
    let by_variable = std::env::var_os("FLASHTAG__PROVIDERS__EMAIL").is_some();
    if relay.url.password().is_some()
        && !by_variable
        && let Some(exposed) = exposed(path)
    {
        tracing::warn!("the configuration has a password, and {exposed}");
    }
}

/// Takes over SIGHUP, which would end the process.
fn hangup() -> Result<Signal, Fail> {
    signal(SignalKind::hangup()).map_err(|source| Fail::new(71, format!("cannot take over SIGHUP: {source}")))
}

/// Waits for SIGTERM or SIGINT. A second signal ends the process at once, and a restart recovers. The call
/// itself installs the handlers, not the first poll: a caller that has read "listening" may stop the process
/// at once.
fn asked_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut term), Ok(mut int)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        say("stopping: finishing what was taken in; ask again to end at once");
        tokio::task::spawn_local(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            std::process::exit(130);
        });
    }
}
