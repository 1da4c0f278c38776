//! A shop's own templates: a template of any text and name is either refused with its place, or renders.

use flashtag::words::Words;

/// Names of templates, one of each kind.
const NAMES: [&str; 5] = [
    "reply/sold.txt",
    "reply/waitlisted.short.txt",
    "letter/sold.html",
    "letter/layout.html",
    "letter/sold.subject.txt",
];

/// The folder is checked without a panic, and every fault is in the file.
pub fn run(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else { return };
    let Some(name) = NAMES.get(usize::from(*choice) % NAMES.len()) else { return };
    let folder = std::env::temp_dir().join(format!("flashtag-words-{}", std::process::id()));
    let file = folder.join(name);
    let parent = file.parent().expect("it lies in a folder");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(parent).expect("a temporary folder");
    std::fs::write(&file, text).expect("a temporary file");
    if let Err(faults) = Words::of_shop("Shop").with_folder(&folder) {
        assert!(faults.to_string().contains(name), "{faults}");
    }
    std::fs::remove_dir_all(&folder).ok();
}

/// Templates with each construct that a template may contain.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        (0, "Danke, {{ item }} gehört dir! {{ amount }}, Bestellung {{ order }}."),
        (1, "{% if place %}{{ place }}{% else %}-{% endif %}"),
        (2, "{% extends 'letter/layout.html' %}{% block body %}<p>{{ item|upper }}</p>{% endblock %}"),
        (0, "{% for c in item %}{{ loop.index }}{% endfor %}{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}"),
        (4, "{{ item }} \n{# gone #}{{ 7 * 7 }}{{ \"a\" ~ \"b\" }}{{ [1,2][0] }}"),
    ]
    .iter()
    .map(|(name, text): &(u8, &str)| [&[*name], text.as_bytes()].concat())
    .collect()
}
