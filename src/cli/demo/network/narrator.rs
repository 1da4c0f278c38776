//! Tells on standard error what happens, in lines of at most 80 columns.

use std::cell::RefCell;
use std::io::IsTerminal;

use console::{Style, measure_text_width};
use indicatif::{ProgressBar, ProgressStyle};

use crate::clock::Clock;
use crate::domain::id::Network;

/// Columns of a line, and those before what is said.
const WIDTH: usize = 80;
const INDENT: usize = 16;

/// How often a line tells the progress where no terminal shows it, in milliseconds.
const PROGRESS_MS: u64 = 3_000;

/// Who speaks, or acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// Somebody at a network.
    Network(Network),
    /// The shop's engine.
    Sale,
    /// The card provider.
    Card,
    /// The mail.
    Letter,
}

impl Voice {
    const fn name(self) -> &'static str {
        match self {
            Self::Network(network) => network.facts().title,
            Self::Sale => "the sale",
            Self::Card => "card",
            Self::Letter => "letter",
        }
    }

    fn style(self) -> Style {
        let style = Style::new().for_stderr();
        match self {
            Self::Network(Network::X) => style.bold(),
            Self::Network(Network::Bluesky) => style.cyan().bold(),
            Self::Network(Network::Mastodon) => style.magenta().bold(),
            Self::Sale => style.yellow(),
            Self::Card | Self::Letter => style.green(),
        }
    }
}

/// The narrator.
pub(super) struct Narrator {
    clock: Clock,
    started_us: u64,
    is_terminal: bool,
    /// The last line of a terminal.
    progress: ProgressBar,
    /// The progress that was told last, and when.
    told: RefCell<(u64, String)>,
}

impl Narrator {
    pub(super) fn new(clock: Clock) -> Self {
        let style = ProgressStyle::with_template("{msg}").expect("the template is well formed");
        let progress = ProgressBar::no_length().with_style(style);
        let started_us = clock.elapsed_us();
        let is_terminal = std::io::stderr().is_terminal();
        Self { clock, started_us, is_terminal, progress, told: RefCell::default() }
    }

    fn elapsed_ms(&self) -> u64 {
        (self.clock.elapsed_us() - self.started_us) / 1000
    }

    /// Prints a text as it is.
    pub(super) fn line(&self, text: &str) {
        self.progress.suspend(|| eprintln!("{text}"));
    }

    /// Tells what somebody says or does.
    pub(super) fn say(&self, voice: Voice, text: &str) {
        let seconds = self.elapsed_ms() as f64 / 1000.0;
        let name = voice.style().apply_to(format!("{:<8}", voice.name()));
        let words = wrapped(text, WIDTH - INDENT).join(&format!("\n{:INDENT$}", ""));
        self.line(&format!("{seconds:5.1} {name}  {words}"));
    }

    /// Shows how far the sale is: at the bottom of a terminal, and elsewhere as a line from time to time if it is new.
    pub(super) fn show(&self, text: &str) {
        if self.is_terminal {
            self.progress.set_message(format!("{:INDENT$}{text}", ""));
            return;
        }
        let now_ms = self.elapsed_ms();
        let (told_ms, told) = &mut *self.told.borrow_mut();
        if now_ms >= *told_ms + PROGRESS_MS && told != text {
            (*told_ms, *told) = (now_ms, text.to_owned());
            self.say(Voice::Sale, text);
        }
    }

    /// Removes the progress from the terminal.
    pub(super) fn finish(&self) {
        self.progress.finish_and_clear();
    }
}

/// Breaks a text into lines of at most `width` columns, between words as far as they fit.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if measure_text_width(&joined) <= width {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            if measure_text_width(&line) + measure_text_width(&character.to_string()) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_text_is_broken_between_words_and_long_words_anywhere() {
        let table: [(&str, &[&str]); 6] = [
            ("", &[""]),
            ("short", &["short"]),
            ("ten column s", &["ten column", "s"]),
            ("line\nbreaks  are blanks", &["line", "breaks are", "blanks"]),
            ("a https://kiosk.example/link", &["a", "https://ki", "osk.exampl", "e/link"]),
            ("セール セール", &["セール", "セール"]),
        ];
        for (text, lines) in table {
            assert_eq!(wrapped(text, 10), lines, "{text}");
        }
    }
}
