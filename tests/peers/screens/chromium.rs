//! The browser that shows the pages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run_budget;

/// The programs, by the names that systems give them.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser without a window.
pub(super) struct Chromium {
    program: PathBuf,
    profile: tempfile::TempDir,
}

impl Chromium {
    /// The browser, for the test that is called `rig`; `None`, and a line that says so, where there is none.
    pub(super) fn find(rig: &str) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path).flat_map(|place| NAMES.map(|name| place.join(name)));
        let program = places.into_iter().find(|program| program.is_file());
        if program.is_none() {
            run_budget::report(rig, &format!("SKIPPED: {rig} needs chromium (it is not in PATH)"));
        }
        Some(Self { program: program?, profile: tempfile::tempdir().unwrap() })
    }

    fn run(&self, page: &Path, options: &[String]) -> String {
        let mut command = Command::new(&self.program);
        // Only files of this machine are shown, so nothing is lost without the sandbox, which needs rights of the system.
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--disable-dev-shm-usage", "--force-device-scale-factor=1"]);
        command.arg(format!("--user-data-dir={}", self.profile.path().display()));
        command.args(options).arg(format!("file://{}", page.display()));
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{command:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Shows a page, lets its scripts run to their end, and returns what it is then.
    pub(super) fn dump(&self, page: &Path) -> String {
        self.run(page, &["--dump-dom".to_owned(), "--virtual-time-budget=600000".to_owned()])
    }

    /// Takes a picture of a page.
    pub(super) fn picture(&self, page: &Path, (width, height): (u32, u32), into: &Path) {
        self.run(
            page,
            &[format!("--screenshot={}", into.display()), format!("--window-size={width},{height}")],
        );
        assert!(into.is_file(), "no picture is taken of {}", page.display());
    }
}
