//! `flashtag check`: judges the files of a sale, advises the seller, and shows what each offer would announce.

mod accounts;
mod announcements;
mod format;
mod networks;
mod providers;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::accounts::Survey;
use self::format::Format;
use super::fail::Fail;
use crate::backups::overdue_keys;
use crate::clock::Clock;
use crate::config::advice::advise;
use crate::config::advice::facts::{Facts, Filed};
use crate::config::advice::finding::Finding;
use crate::config::limits::Limits;
use crate::config::offers::{OfferFile, read_offers};
use crate::config::places::Places;
use crate::config::policy::forbidden;
use crate::config::serve::{Mode, ServeConfig, read_serve};
use crate::domain::time::Timestamp;
use crate::engine::{Words, words_of};
use crate::http::Tokens;
use crate::journal::private::exposed;
use crate::net::Trust;
use crate::ops::KeyPlace;
use crate::outbox::provider::stripe::stripe_amount;
use crate::text::file_fault::Faults;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The offer file (TOML); with `--config` the one that it names
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    offers: Option<PathBuf>,
    /// The configuration of `serve`, to be judged with the files that it names
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The linked accounts, one JSON object a line; with `--config` those that it names
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// The folder of the shop's own templates, to be judged and shown with a sample, one line each
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// The moment for which to judge, as 2013-02-13T17:00:00Z; now, if it is left out
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Exit with 1 if there is a warning, or a note of `--providers`
    #[arg(long)]
    strict: bool,
    /// Sign in at every provider of the configuration, and say what is missing; only while no service uses its data directory
    #[arg(long, requires = "config")]
    providers: bool,
    /// The form of the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The files of a sale, as far as they have no fault.
struct Files {
    offers_name: String,
    offers: Option<OfferFile>,
    words: Option<Words>,
    serve: Option<ServeConfig>,
    accounts: Option<(PathBuf, Survey)>,
    /// The faults of the configuration, and the code that they end with.
    faults: Vec<Finding>,
    code: u8,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Fail> {
    let mut files = read(args)?;
    files.forbidden(args);
    if !files.faults.is_empty() {
        return refuse(args, &files);
    }
    let now = args.at.unwrap_or_else(|| Clock::start().now());
    let findings = findings(args, &files, now);
    let shown = match args.format {
        Format::Text => show(args, &files, &findings),
        Format::Json => list(&findings),
    };
    shown.map_err(|source| Fail::output(&source))?;
    let mut is_good = !args.strict || findings.is_empty();
    if let Some(config) = files.serve.as_ref().filter(|_| args.providers) {
        is_good &= providers::check(config, args.format, args.strict)?;
    }
    Ok(ExitCode::from(u8::from(!is_good)))
}

fn read(args: &Args) -> Result<Files, Fail> {
    let mut files = Files {
        offers_name: String::new(),
        offers: None,
        words: None,
        serve: None,
        accounts: None,
        faults: Vec::new(),
        code: 78,
    };
    if let Some(path) = &args.config {
        files.serve = files.sound(read_serve(path, std::env::vars()));
        files.secrets(path);
    }
    let serve = files.serve.as_ref();
    let named = |own: &Option<PathBuf>, of: fn(&ServeConfig) -> Option<&PathBuf>| {
        own.clone().or_else(|| serve.and_then(of).cloned())
    };
    let accounts = named(&args.accounts, |config| config.accounts.as_ref());
    let templates = named(&args.templates, |config| config.templates.as_ref());
    let offers = named(&args.offers, |config| Some(&config.offers));
    if let Some(path) = offers {
        files.offers_name = path.display().to_string();
        files.offers = files.sound(read_offers(&path));
    }
    if let Some(words) = files.offers.as_ref().map(|file| words_of(&file.shop, templates.as_deref())) {
        files.words = files.sound(words);
    }
    if let Some(path) = accounts {
        let limits = files.serve.as_ref().map_or_else(Limits::default, |config| config.limits.clone());
        let mode = files.serve.as_ref().map_or_else(Mode::default, |config| config.mode);
        let survey = accounts::survey(&path, mode.authors(), limits.accounts_most)?;
        if files.faults.is_empty() && !survey.faults.is_empty() {
            files.code = 65;
        }
        files.faults.extend(survey.faults.iter().cloned());
        files.accounts = Some((path, survey));
    }
    Ok(files)
}

impl Files {
    /// What was read; its faults join the others.
    fn sound<T>(&mut self, read: Result<T, Faults>) -> Option<T> {
        match read {
            Ok(content) => Some(content),
            Err(Faults(faults)) => {
                self.faults.extend(faults.into_iter().map(Finding::from));
                None
            }
        }
    }

    fn filed_offers(&self) -> Option<Filed<'_, &OfferFile>> {
        let (name, content) = (&self.offers_name, self.offers.as_ref()?);
        Some(Filed { name, content, places: Places::of_file(Path::new(name)) })
    }

    fn filed_serve<'f>(&'f self, args: &Args, name: &'f str) -> Option<Filed<'f, &'f ServeConfig>> {
        let content = self.serve.as_ref()?;
        Some(Filed { name, content, places: args.config.as_deref().map(Places::of_file).unwrap_or_default() })
    }

    /// Judges what networks forbid, and what the card processor does not take.
    fn forbidden(&mut self, args: &Args) {
        let name = args.config.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let both = self.filed_serve(args, &name).zip(self.filed_offers());
        let takes = |amount| stripe_amount(amount).is_some();
        let faults = both.map(|(serve, offers)| forbidden(&serve, &offers, takes)).unwrap_or_default();
        self.faults.extend(faults.into_iter().map(Finding::from));
    }

    /// Judges the files of secrets and certificates that the configuration names. The key of the links, and the secrets'
    /// own key, are made by the first start.
    fn secrets(&mut self, path: &Path) {
        let Some(config) = &self.serve else { return };
        let name = path.display().to_string();
        let tokens = Tokens::of(&config.http.auth).err().map(|fault| fault.to_string());
        let key = exposed(&config.http.link_key_file);
        let key = key.map(|exposed| format!("the key of the confirm links: {exposed}"));
        let roots = Trust::load(config.peers.ca_file.as_deref()).err().map(|fault| fault.to_string());
        let sealing = KeyPlace::of_process(config.secrets_key_file.as_deref(), &config.data);
        let sealing = sealing.fault().map(|fault| fault.to_string());
        let faults = tokens.into_iter().chain(key).chain(roots).chain(sealing);
        self.faults.extend(faults.map(|what| Finding::fault(&name, 0, what)));
    }
}

fn findings(args: &Args, files: &Files, now: Timestamp) -> Vec<Finding> {
    let Some(offers) = files.filed_offers() else { return Vec::new() };
    let config_name = args.config.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let accounts =
        files.accounts.as_ref().map(|(path, survey)| (path.display().to_string(), &survey.summary));
    let facts = Facts {
        now,
        offers,
        serve: files.filed_serve(args, &config_name),
        accounts: accounts.as_ref().map(|(name, content)| Filed {
            name,
            content: *content,
            places: Places::default(),
        }),
    };
    let mut findings = advise(&facts);
    findings.extend(files.serve.iter().flat_map(|config| overdue(config, &config_name, now)));
    findings
}

/// Copies of keys that should be gone from the backups.
fn overdue(config: &ServeConfig, name: &str, now: Timestamp) -> Vec<Finding> {
    let Some(directory) = &config.backups else { return Vec::new() };
    let found = overdue_keys(directory, config.backup_retention, now);
    let found = found.unwrap_or_else(|error| vec![error.to_string()]);
    found.into_iter().map(|what| Finding::warning(name, what, "make a backup, or start the server")).collect()
}

/// Names every fault; nothing of an invalid file is shown.
fn refuse(args: &Args, files: &Files) -> Result<ExitCode, Fail> {
    if args.format == Format::Json {
        list(&files.faults).map_err(|source| Fail::output(&source))?;
        return Ok(ExitCode::from(files.code));
    }
    let lines: Vec<String> = files.faults.iter().map(ToString::to_string).collect();
    Err(Fail::new(files.code, lines.join("\n")))
}

fn list(findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    findings.iter().try_for_each(|finding| {
        serde_json::to_writer(&mut out, finding)?;
        writeln!(out)
    })
}

fn show(args: &Args, files: &Files, findings: &[Finding]) -> io::Result<()> {
    let (Some(file), Some(words)) = (&files.offers, &files.words) else { return Ok(()) };
    let mut out = io::stdout().lock();
    let deliveries = files.serve.as_ref().map(ServeConfig::deliveries).unwrap_or_default();
    announcements::show_offers(&mut out, file, &deliveries)?;
    if let Some(config) = &files.serve {
        networks::show_networks(&mut out, config)?;
    }
    // The longest title leaves the least room for the rest of a text.
    let longest = file.offers.iter().max_by_key(|terms| terms.title.len());
    if let Some(terms) = longest.filter(|_| args.templates.is_some()) {
        announcements::show_words(&mut out, words, terms)?;
    }
    for finding in findings {
        writeln!(out, "warning: {finding}")?;
    }
    match findings.len() {
        0 => {}
        1 => writeln!(out, "1 warning\n")?,
        count => writeln!(out, "{count} warnings\n")?,
    }
    if let Some((path, survey)) = &files.accounts {
        writeln!(out, "{}: no fault, {}", path.display(), survey.in_words())?;
    }
    if let Some(path) = &args.config {
        writeln!(out, "{}: no fault", path.display())?;
    }
    let count = match file.offers.len() + file.credits.len() {
        1 => "1 offer".to_owned(),
        count => format!("{count} offers"),
    };
    writeln!(out, "{}: no fault, {count}", files.offers_name)
}
