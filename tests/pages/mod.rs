//! The pages: their commands run, their links have targets, and generated parts are current.
//!
//! README and guide run as a reader would run them, each page in its own directory (the pages of the guide
//! that build one shop share one). The info string of a fence says what its text is:
//!
//! | fence | meaning |
//! |---|---|
//! | `LANGUAGE NAME`, as `toml offers.toml` | a file of that name, written before the next script |
//! | `sh` | a script, run to its end by `sh -e` with this build's `flashtag` first in the `PATH` |
//! | `sh eventually` | a script that is repeated until its output matches, as another process progresses |
//! | `sh server` | a script that becomes a server; it runs until the page ends or interrupts it |
//! | `sh no-run` | a script that is shown and not run |
//! | `text`, after a script | the script's output on standard output and standard error |
//! | `text interrupt` | the server's output when it is interrupted |
//! | anything else | shown and ignored |
//!
//! In an expected output, `…` stands for any text within a line, and a line that is only `…` for any lines. A
//! server listens on a free port, whatever the page says: its address replaces `127.0.0.1:8080` in files and
//! scripts.
//!
//! With `FLASHTAG_WRITE_PAGES` set, the generated parts are written instead of compared.

mod expected;
mod generated;
mod links;
mod page;
mod session;

use std::path::{Path, PathBuf};

use self::page::Page;
use self::session::Session;

/// Upper bound on the lines of README, which is an overview and no manual.
const README_LINES_MAX: usize = 150;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file of the repository.
fn pages() -> Vec<PathBuf> {
    let mut waiting = vec![root().join("docs")];
    let mut pages: Vec<PathBuf> = markdown_in(root()).collect();
    while let Some(directory) = waiting.pop() {
        pages.extend(markdown_in(&directory));
        waiting.extend(entries(&directory).filter(|path| path.is_dir()));
    }
    pages.sort();
    pages
}

fn markdown_in(directory: &Path) -> impl Iterator<Item = PathBuf> {
    entries(directory).filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory of the repository");
    entries.map(|entry| entry.expect("an entry").path())
}

/// Runs pages one after the other in one directory.
fn run(names: &[&str]) {
    let Some(mut session) = Session::new() else { return };
    for name in names {
        session.run(&Page::read(&root().join(name)));
    }
}

#[test]
fn the_commands_of_the_readme_run() {
    run(&["README.md"]);
}

#[test]
fn the_commands_of_the_shop_guide_run() {
    run(&[
        "docs/guide/offers.md",
        "docs/guide/inputs.md",
        "docs/guide/templates.md",
        "docs/guide/fair-draw.md",
    ]);
}

#[test]
fn the_commands_of_the_live_sale_guide_run() {
    run(&["docs/guide/live-sale.md"]);
}

#[test]
fn the_readme_is_short() {
    let lines = Page::read(&root().join("README.md")).text.lines().count();
    assert!(lines <= README_LINES_MAX, "README.md has {lines} lines; at most {README_LINES_MAX} are allowed");
}

#[test]
fn every_page_of_the_documentation_is_in_the_index_of_the_readme() {
    let readme = Page::read(&root().join("README.md"));
    let linked: Vec<PathBuf> = readme
        .links
        .iter()
        .map(|(_, link)| root().join(link.split('#').next().unwrap_or_default()))
        .collect();
    for page in pages().into_iter().filter(|page| !page.ends_with("README.md")) {
        assert!(linked.contains(&page), "README.md does not link {}", page.display());
    }
}
