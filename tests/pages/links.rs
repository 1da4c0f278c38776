//! Links between pages: each leads to an existing file and heading.

use std::path::Path;

use super::page::Page;
use super::{pages, root};

#[test]
fn every_link_has_a_target() {
    let mut faults = Vec::new();
    for path in pages() {
        let page = Page::read(&path);
        for (line, target) in &page.links {
            if let Some(fault) = fault(&page, target) {
                faults.push(format!("{}:{line}: {target}: {fault}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The fault of a link. Addresses of other sites are not visited.
fn fault(page: &Page, target: &str) -> Option<&'static str> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.path.clone() } else { directory(&page.path).join(file) };
    let Ok(path) = path.canonicalize() else { return Some("there is no such file") };
    if !path.starts_with(root().canonicalize().expect("the root is there")) {
        return Some("it is outside of the repository");
    }
    let found = anchor.is_empty() || Page::read(&path).anchors.contains(anchor);
    (!found).then_some("there is no such heading")
}

fn directory(path: &Path) -> &Path {
    path.parent().expect("a file is in a directory")
}

#[test]
fn a_broken_link_is_noticed() {
    let page = Page::read(&root().join("README.md"));
    assert_eq!(fault(&page, "docs/no-such-page.md"), Some("there is no such file"));
    assert_eq!(fault(&page, "#no-such-heading"), Some("there is no such heading"));
    assert_eq!(fault(&page, "../elsewhere"), Some("there is no such file"));
    assert_eq!(fault(&page, ".."), Some("it is outside of the repository"));
    assert_eq!(fault(&page, "README.md#flashtag"), None);
}
