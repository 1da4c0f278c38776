//! The self-hosted server of a run: its files and its process. The load still goes over HTTP.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use toml::{Table, Value};

use crate::error::CommandError;
use crate::population::Population;
use crate::scenario::{Scenario, ScenarioOffer};

/// Time during which the offers are open.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Replies are not rate-limited: a limit would measure what networks allow, not what the engine can do.
const SERVE: &str = "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\n[http]\n\
                     listen = \"LISTEN\"\nauth = \"off\"\n\n[replies]\nx = \"unpaced\"\n";

/// Writes a server's files for the scenario into a directory: `serve.toml`, `offers.toml`, `accounts.ndjson`.
/// Returns the path of `serve.toml`.
///
/// # Errors
/// If a file cannot be written.
pub fn prepare(
    scenario: &Scenario,
    population: &Population,
    directory: &Path,
    listen: &str,
) -> Result<PathBuf, CommandError> {
    let write = |name: &str, content: &[u8]| {
        let path = directory.join(name);
        std::fs::write(&path, content).map_err(|source| CommandError::no_output(&path, &source))?;
        Ok(path)
    };
    let mut accounts = Vec::new();
    population.write_accounts(&mut accounts);
    write("accounts.ndjson", &accounts)?;
    write("offers.toml", offers(scenario).as_bytes())?;
    write("serve.toml", SERVE.replace("LISTEN", listen).as_bytes())
}

/// Returns the offer file; the offers open now.
fn offers(scenario: &Scenario) -> String {
    let opens =
        Timestamp::from_second(crate::clock::Clock::start().started_at_ms() / 1000).unwrap_or_default();
    let closes = opens.saturating_add(OPEN_FOR).unwrap_or(Timestamp::MAX);
    let offers = scenario.offers.iter().map(|offer| Value::Table(offer_table(offer, opens, closes)));
    let shop = toml::toml! {
        name = "Loadgen"
        accounts = { x = "9001" }
    };
    let mut file = Table::new();
    file.insert("shop".into(), shop.into());
    file.insert("offer".into(), Value::Array(offers.collect()));
    file.to_string()
}

fn offer_table(offer: &ScenarioOffer, opens: Timestamp, closes: Timestamp) -> Table {
    let tags = [("buy", &offer.buy), ("confirm", &offer.confirm), ("cancel", &offer.cancel)];
    // In one step nothing is confirmed, and the server refuses a tag for it.
    let has_one_step = offer.rules.get("confirm_within").and_then(Value::as_str) == Some("0s");
    let tags = tags.into_iter().filter(|(role, _)| !has_one_step || *role != "confirm");
    let tags = tags.map(|(role, tag)| (role.to_owned(), Value::from(tag.as_str())));
    let keys: [(&str, Value); 10] = [
        ("id", offer.id.as_str().into()),
        ("kind", "purchase".into()),
        ("title", offer.title.as_str().into()),
        ("tags", Table::from_iter(tags).into()),
        ("price", offer.price.as_str().into()),
        ("tax", "8.875%".into()),
        ("units", i64::from(offer.units).into()),
        ("limit_per_account", i64::from(offer.limit_per_account).into()),
        ("opens", opens.to_string().into()),
        ("closes", closes.to_string().into()),
    ];
    let own = offer.rules.clone().into_iter();
    keys.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(own).collect()
}

/// A running server, killed when dropped.
pub struct SelfHostedServer {
    child: Child,
    base: String,
}

impl SelfHostedServer {
    /// Starts this program as a server and waits until it listens.
    ///
    /// # Errors
    /// If the server does not start, with its output.
    pub fn start(config: &Path) -> Result<Self, CommandError> {
        let own =
            std::env::current_exe().map_err(|source| CommandError::system("find this program", &source))?;
        let mut command = Command::new(own);
        command.args(["serve", "--config"]).arg(config);
        // Ctrl-C must reach the generator only, which still queries the server.
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Its log is read as text.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FLASHTAG_")) {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(|source| CommandError::system("start the server", &source))?;
        let mut host = Self { child, base: String::new() };
        let stderr = host.child.stderr.take();
        let mut lines = stderr.map(|stderr| BufReader::new(stderr).lines()).into_iter().flatten();
        let mut output = String::new();
        while let Some(Ok(line)) = lines.next() {
            if let Some(base) = line.strip_prefix("listening on ") {
                base.clone_into(&mut host.base);
                // Drains standard error, so that the server never blocks on it.
                std::thread::spawn(move || lines.for_each(drop::<std::io::Result<String>>));
                return Ok(host);
            }
            output.push_str(&line);
            output.push('\n');
        }
        Err(CommandError::unavailable(format!("the server of our own did not start; its output:\n{output}")))
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Lets the server drain and stop.
    pub fn stop(mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        if asked {
            self.child.wait().ok();
        }
    }
}

/// Leaves no server behind, on errors either.
impl Drop for SelfHostedServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Serves as a child of [`SelfHostedServer::start`], with Flashtag's command line.
#[must_use]
pub fn serve() -> std::process::ExitCode {
    // A killed generator cannot stop its server; the system does.
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::process::set_parent_process_death_signal(Some(Signal::TERM)) {
        eprintln!("if the generator is killed, this server will have to be stopped by hand: {fault}");
    }
    flashtag::cli::run()
}
