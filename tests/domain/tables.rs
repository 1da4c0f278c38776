//! Files of scenario tables: each table begins with its rule and ends at an empty line.

use std::fmt::Write as _;
use std::panic::{RefUnwindSafe, catch_unwind};

use super::scenario::Fault;

/// Runs all tables of all files, given by name and text, and fails with every difference. `play` gets a
/// table's numbered lines and returns the number of steps; fewer than `least` steps mean that a file was
/// lost.
pub(super) fn assert_every_table(
    files: &[(&str, &str)],
    least: usize,
    play: impl Fn(&[(usize, &str)]) -> Result<usize, (usize, Fault)> + RefUnwindSafe,
) {
    let (mut tables, mut steps, mut faults) = (0, 0, String::new());
    for (file, text) in files {
        let numbered: Vec<(usize, &str)> =
            text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())).collect();
        for table in numbered.split(|(_, line)| line.is_empty()).filter(|table| !table.is_empty()) {
            let (heading, lines) = table.split_first().expect("not empty");
            assert!(heading.1.starts_with("# "), "{file}:{}: a table begins with its rule", heading.0);
            tables += 1;
            let played = catch_unwind(|| play(lines));
            match played.unwrap_or_else(|_| Err((heading.0, "a promise was broken, see above".to_owned()))) {
                Ok(played) => steps += played,
                Err((line, fault)) => {
                    let line_text = text.lines().nth(line - 1).unwrap_or("");
                    writeln!(faults, "{}\n  {file}:{line}: {line_text}\n  {fault}", heading.1)
                        .expect("a string takes it");
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    println!("{tables} tables, {steps} steps");
    assert!(steps >= least, "only {steps} steps: a file of tables was lost");
}
