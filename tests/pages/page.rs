//! A page of Markdown: its fences, its headings and its links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug)]
pub(super) struct Fence {
    /// The line of its opening, from 1.
    pub(super) line: usize,
    /// The words after the opening backticks.
    pub(super) info: Vec<String>,
    /// Its lines, each with its line end.
    pub(super) text: String,
}

impl Fence {
    pub(super) fn is(&self, info: &[&str]) -> bool {
        self.info == info
    }
}

/// A page, read whole.
pub(super) struct Page {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// The fenced blocks in order.
    pub(super) fences: Vec<Fence>,
    /// The targets of `#...`: each heading by GitHub's name.
    pub(super) anchors: BTreeSet<String>,
    /// The targets of links and images, each with its line.
    pub(super) links: Vec<(usize, String)>,
}

impl Page {
    pub(super) fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Self {
        let (mut fences, mut anchors, mut links) = (Vec::<Fence>::new(), BTreeSet::new(), Vec::new());
        let mut headings = BTreeMap::<String, usize>::new();
        let mut open = false;
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(info) = line.strip_prefix("```") {
                open = !open;
                if open {
                    let info = info.split_whitespace().map(ToOwned::to_owned).collect();
                    fences.push(Fence { line: number, info, text: String::new() });
                }
            } else if open {
                let fence = fences.last_mut().expect("it was opened");
                fence.text.push_str(line);
                fence.text.push('\n');
            } else if line.starts_with('#') {
                let name = anchor(line.trim_start_matches('#').trim());
                let before = headings.entry(name.clone()).or_default();
                anchors.insert(if *before == 0 { name } else { format!("{name}-{before}") });
                *before += 1;
            } else {
                links.extend(targets(line).map(|target| (number, target.to_owned())));
            }
        }
        assert!(!open, "{}: a fence is not closed", path.display());
        Self { path: path.to_owned(), text, fences, anchors, links }
    }
}

/// The name that GitHub gives to a heading: letters, digits, hyphens and underscores, blanks as hyphens.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|ch| ch.is_alphanumeric() || matches!(ch, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|ch| if ch == ' ' { '-' } else { ch }).collect()
}

/// The targets of the links and images of a line, outside of code.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let prose = line.split('`').step_by(2);
    let inline = prose.flat_map(|text| text.split("](").skip(1).filter_map(|rest| rest.split_once(')')));
    let attribute = ["src=\"", "srcset=\"", "href=\""]
        .into_iter()
        .flat_map(move |name| line.split(name).skip(1).filter_map(|rest| rest.split_once('"')));
    inline.chain(attribute).map(|(target, _)| target)
}

#[test]
fn a_page_is_parsed() {
    let text = "# A `flashtag` page: words\n\nSee [one](a.md#b) and ![two](c.svg), not `[x](y)`.\n\n\
                ```toml offers.toml\n# no heading\n```\n## Twice\n## Twice\n<img src=\"d.svg\">\n";
    let page = Page::parse(Path::new("page.md"), text.to_owned());
    assert_eq!(page.fences.len(), 1);
    assert!(page.fences[0].is(&["toml", "offers.toml"]));
    assert_eq!((page.fences[0].line, page.fences[0].text.as_str()), (5, "# no heading\n"));
    assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["a-flashtag-page-words", "twice", "twice-1"]);
    let links: Vec<_> = page.links.iter().map(|(line, target)| (*line, target.as_str())).collect();
    assert_eq!(links, [(3, "a.md#b"), (3, "c.svg"), (10, "d.svg")]);
}
