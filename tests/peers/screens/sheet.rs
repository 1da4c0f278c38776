//! Pages side by side, each in a frame of its own width.

use std::fmt::Write as _;

/// A page, and how it is shown.
pub(super) struct Frame<'a> {
    pub(super) name: &'a str,
    pub(super) page: &'a str,
    pub(super) dark: bool,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A page in one of its two designs, whatever the system's is.
pub(super) fn designed(page: &str, dark: bool) -> String {
    const EITHER: [&str; 2] = ["color-scheme:light dark", "@media(prefers-color-scheme:dark)"];
    assert!(EITHER.iter().all(|part| page.contains(part)), "the page has two designs: {page}");
    let one =
        if dark { ["color-scheme:dark", "@media all"] } else { ["color-scheme:light", "@media not all"] };
    EITHER.iter().zip(one).fold(page.to_owned(), |page, (either, one)| page.replace(either, one))
}

/// A document with the frames. `more` is put at its end.
pub(super) fn sheet(frames: &[Frame<'_>], more: &str) -> String {
    let mut sheet =
        "<!doctype html><meta charset=\"utf-8\"><style>body{margin:0;background:#888}iframe{border:0;\
                     vertical-align:top}</style><body>"
            .to_owned();
    for Frame { name, page, dark, width, height } in frames {
        let page = designed(page, *dark).replace('&', "&amp;").replace('"', "&quot;");
        write!(
            sheet,
            "<iframe title=\"{name}\" width=\"{width}\" height=\"{height}\" srcdoc=\"{page}\"></iframe>"
        )
        .unwrap();
    }
    sheet + more
}
