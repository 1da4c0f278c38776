//! What Chromium measures on the pages, and the pictures that it takes.

use std::path::{Path, PathBuf};

use super::super::installed::{Peer, installed};
use super::chromium::Chromium;
use super::sheet::{Frame, designed, sheet};
use super::states::{State, states};
use crate::run_budget;

const WIDTHS: [u32; 2] = [360, 1440];

/// Tells every frame whose page is wider than the frame.
const TOO_WIDE: &str = "<script>addEventListener('load', () => {\
  const frames = [...document.querySelectorAll('iframe')];\
  const wide = frames.filter((frame) => frame.contentDocument.documentElement.scrollWidth > frame.clientWidth);\
  document.body.textContent = `told: ${frames.length} frames; ` + wide.map((frame) => frame.title).join(' ');\
})</script>";

/// Writes each page anew, lets axe look at it, and tells what it finds.
const RUN_AXE: &str = "addEventListener('load', async () => {\
  const found = [];\
  for (const [name, page] of pages) {\
    document.open(); document.write(page); document.close();\
    const told = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });\
    found.push(...told.violations.map((fault) => `${name}: ${fault.id}: ${fault.nodes[0].html}`));\
    if (told.passes.length < 10) found.push(`${name}: axe looked at nothing`);\
  }\
  document.open(); document.close();\
  document.body.textContent = `told: ${pages.length} pages; ` + found.join('\\n');\
})";

fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// What a script told.
fn told(page: &str) -> &str {
    let (_, told) = page.split_once("told: ").unwrap_or_else(|| panic!("the script did not end: {page}"));
    told.split("</body>").next().unwrap()
}

/// Each page at a width, light and dark.
fn frames<'a>(states: &'a [State], width: u32, height: u32) -> Vec<Frame<'a>> {
    let both = |State { name, page, .. }: &'a State| {
        [false, true].map(|dark| Frame { name, page, dark, width, height })
    };
    states.iter().flat_map(both).collect()
}

#[test]
fn every_page_fits_a_phone_and_a_desk_and_is_clean_for_axe() {
    const RIG: &str = "pages in chromium";
    let Some(chromium) = Chromium::find(RIG) else { return };
    let (states, directory) = (states(), directory());
    for width in WIDTHS {
        let file = directory.join(format!("widths-{width}.html"));
        std::fs::write(&file, sheet(&frames(states, width, 900), TOO_WIDE)).unwrap();
        let expected = format!("{} frames; ", states.len() * 2);
        assert_eq!(told(&chromium.dump(&file)), expected, "pages wider than {width} pixels");
    }
    if std::env::var_os("FLASHTAG_SCREENS").is_some() {
        take_pictures(&chromium, states, &directory);
    }
    run_budget::report(RIG, &format!("{} {RIG}, light and dark, fit 360 and 1440 pixels", states.len()));
    let rig = "pages under axe";
    if let Some(peer) = installed(Peer::Axe, rig) {
        look_with_axe(&chromium, states, &directory, &peer);
        run_budget::report(rig, &format!("{} {rig}, light and dark: no violation", states.len()));
    }
}

fn look_with_axe(chromium: &Chromium, states: &[State], directory: &Path, peer: &Path) {
    let axe = peer.join("node_modules/axe-core/axe.min.js");
    let both = |State { name, page, .. }: &State| {
        [("light", false), ("dark", true)]
            .map(|(design, dark)| (format!("{name} {design}"), designed(page, dark)))
    };
    let mut pages: Vec<(String, String)> = states.iter().flat_map(both).collect();
    // The control: what axe must find.
    let control = "<!doctype html><html><body><img src=\"x\"><p style=\"color:#bbb;background:#fff\">faint</p></body></html>";
    pages.push(("control".to_owned(), control.to_owned()));
    let text = serde_json::to_string(&pages).unwrap().replace("</", "<\\/");
    let document = format!(
        "<!doctype html><meta charset=\"utf-8\"><script src=\"{}\"></script><script>const pages = {text};{RUN_AXE}</script>",
        axe.display()
    );
    let file = directory.join("axe.html");
    std::fs::write(&file, document).unwrap();
    let page = chromium.dump(&file);
    let told = told(&page);
    let (own, control): (Vec<_>, Vec<_>) = told
        .split_once("; ")
        .unwrap()
        .1
        .lines()
        .filter(|line| !line.contains("looked at nothing"))
        .partition(|line| !line.starts_with("control: "));
    assert!(own.is_empty(), "{own:#?}");
    for fault in ["image-alt", "color-contrast", "html-has-lang", "document-title"] {
        assert!(control.iter().any(|line| line.contains(fault)), "axe does not find {fault}: {control:#?}");
    }
    assert!(told.starts_with(&format!("{} pages; ", pages.len())), "{told}");
}

/// Two pages a picture for phones, and two for desks, light beside dark.
fn take_pictures(chromium: &Chromium, states: &[State], directory: &Path) {
    for (number, pair) in states.chunks(2).enumerate() {
        for (width, height, columns) in [(360, 1300, 4), (1440, 900, 1)] {
            let frames = frames(pair, width, height);
            let file = directory.join(format!("{width}-{number:02}.html"));
            std::fs::write(&file, sheet(&frames, "")).unwrap();
            let rows = (frames.len() as u32).div_ceil(columns);
            let picture = directory.join(format!("{width}-{number:02}.png"));
            chromium.picture(&file, (width * columns, height * rows), &picture);
        }
    }
}
