//! Signs in everywhere, and shows what each provider has and lacks.

use std::io::{self, Write};

use serde::Serialize;

use super::format::Format;
use crate::cli::fail::Fail;
use crate::config::serve::ServeConfig;
use crate::engine::{Error, ProviderNotes, check_providers};
use crate::journal;
use crate::networks::{Note, NoteKind};

/// One note, as a line for programs.
#[derive(Serialize)]
struct Line<'a> {
    provider: &'a str,
    #[serde(flatten)]
    note: &'a Note,
}

/// Shows what is found. Returns whether nothing is missing; a strict check has no note either.
pub(super) fn check(config: &ServeConfig, format: Format, is_strict: bool) -> Result<bool, Fail> {
    let found = check_providers(config).map_err(refused)?;
    let mut out = io::stdout().lock();
    let shown = match format {
        Format::Text => show(&mut out, &found),
        Format::Json => list(&mut out, &found),
    };
    shown.map_err(|source| Fail::output(&source))?;
    let lacks = |kind| found.iter().any(|of_one| of_one.has(kind));
    let is_lacking = lacks(NoteKind::Missing) || is_strict && lacks(NoteKind::Advice);
    Ok(!is_lacking)
}

/// The directory is not opened twice, because two users of a refresh token would sign each other out.
fn refused(error: Error) -> Fail {
    let advice = match &error {
        Error::Journal(journal::Error::Locked { .. }) => {
            "; the service that runs there has signed in: `flashtag network list` says how it stands"
        }
        _ => "",
    };
    Fail::new(error.exit_code(), format!("{error}{advice}"))
}

fn show(out: &mut impl Write, found: &[ProviderNotes]) -> io::Result<()> {
    for ProviderNotes { provider, notes } in found {
        writeln!(out, "\n{provider}")?;
        notes.iter().try_for_each(|note| writeln!(out, "  {note}"))?;
    }
    let lacking = found.iter().filter(|of_one| of_one.has(NoteKind::Missing)).count();
    match lacking {
        0 => writeln!(out, "\nproviders: nothing is missing"),
        _ => writeln!(out, "\nproviders: something is missing at {lacking} of {}", found.len()),
    }
}

fn list(out: &mut impl Write, found: &[ProviderNotes]) -> io::Result<()> {
    for ProviderNotes { provider, notes } in found {
        for note in notes {
            serde_json::to_writer(&mut *out, &Line { provider, note })?;
            writeln!(out)?;
        }
    }
    Ok(())
}
