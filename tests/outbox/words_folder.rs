//! A shop's own templates: what they may contain, and every way in which they can be wrong.

use std::fs;
use std::path::Path;

use flashtag::domain::effect::ReplyRequest;
use flashtag::domain::id::Network;
use flashtag::domain::left::Left;
use flashtag::domain::outcome::Outcome;
use flashtag::words::announcement::fits;
use flashtag::words::{Subject, Words};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{at, reply_request, terms, words};

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn own(files: &[(&str, &str)]) -> Words {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let folder = folder(&files);
    words().with_folder(folder.path()).unwrap_or_else(|faults| panic!("{faults}"))
}

fn reply(words: &Words, outcome: Outcome) -> String {
    let request = ReplyRequest { deadline: Some(at(900_000)), ..reply_request(outcome, Some(17)) };
    words.reply(&request, &terms(), at(0)).unwrap()
}

#[test]
fn a_file_replaces_the_built_in_template() {
    let words = own(&[
        ("reply/sold.txt", "Danke!\n  {{ item }} gehört dir, für {{ amount }}.\n\nDein {{ shop }}\n"),
        // As editors on other systems write it.
        ("reply/expired.txt", "\u{FEFF}Schade:\r\n{{ title }} ist weg.\r\n"),
        ("letter/sold.subject.txt", "Deine Bestellung {{ order }}\n"),
        ("letter/sold.html", "<p>{{ said }} &amp; {{ title }}</p>{% include \"letter/details.html\" %}"),
        ("letter/details.html", "<i>{{ title }}</i>"),
        (".gitignore", "*"),
        ("letter/.notice.txt.swp", "{{"),
    ]);
    assert_eq!(
        reply(&words, Outcome::Sold),
        "Danke! Kindle Fire HD gehört dir, für 149.99 USD. Dein Kindle Shop"
    );
    assert_eq!(reply(&words, Outcome::Expired), "Schade: Kindle Fire HD ist weg.");
    assert_eq!(
        reply(&words, Outcome::Released),
        reply(&super::words(), Outcome::Released),
        "the others stay"
    );
    let terms = Subject { title: "A<b>".into(), ..Subject::from(&terms()) };
    let letter = words.letter(&reply_request(Outcome::Sold, Some(17)), terms, at(0));
    assert_eq!(letter.subject, "Deine Bestellung kindle-fire-hd.17");
    assert_eq!(
        letter.html,
        "<p>Danke! A&lt;b&gt; gehört dir, für 149.99 USD. Dein Kindle Shop &amp; A&lt;b&gt;</p><i>A&lt;b&gt;</i>"
    );
    let builtin = super::words().letter(&reply_request(Outcome::Refunded, Some(17)), &super::terms(), at(0));
    let mixed = words.letter(&reply_request(Outcome::Refunded, Some(17)), &super::terms(), at(0));
    assert_ne!(mixed.html, builtin.html, "built-in letters take the shop's parts");
    assert_eq!(mixed.text, builtin.text);
}

/// Columns: how many units the claim left, and the reply by a template that names it.
#[test]
fn a_reply_can_tell_how_few_units_are_left() {
    let words = own(&[(
        "reply/reserved.txt",
        "{{ item }} is yours.{% if left %} For others: {{ left }}.{% endif %}",
    )]);
    let table = [
        (80, "Kindle Fire HD is yours."),
        (30, "Kindle Fire HD is yours. For others: fewer than 50."),
        (3, "Kindle Fire HD is yours. For others: fewer than 10."),
        (1, "Kindle Fire HD is yours. For others: last one."),
        (0, "Kindle Fire HD is yours."),
    ];
    for (units, expected) in table {
        let request = ReplyRequest { left: Left::of(units), ..reply_request(Outcome::Reserved, Some(17)) };
        assert_eq!(words.reply(&request, &terms(), at(0)).unwrap(), expected, "{units}");
    }
}

#[test]
fn an_empty_folder_changes_nothing() {
    let words = own(&[]);
    for outcome in [Outcome::Sold, Outcome::Reserved, Outcome::SoldOut] {
        assert_eq!(reply(&words, outcome), reply(&super::words(), outcome));
    }
}

#[test]
fn a_failing_template_falls_back_to_the_built_in_one() {
    let words = own(&[("reply/sold.txt", "For {{ amount }}: {{ item }}.")]);
    let request = ReplyRequest { amount: None, ..reply_request(Outcome::Sold, Some(17)) };
    let reply = words.reply(&request, &terms(), at(0));
    assert_eq!(reply, super::words().reply(&request, &terms(), at(0)));
}

/// File, content, and the message after the folder's name.
const BAD: &[(&str, &str, &str)] = &[
    ("reply/sodl.txt", "", "reply/sodl.txt: is no template's name; did you mean `reply/sold.txt`?"),
    ("reply/sold.html", "", "reply/sold.html: is no template's name"),
    ("notes.md", "", "notes.md: is no template's name; the names are those of the built-in templates"),
    ("mail/sold.txt", "", "mail: is no template's name"),
    ("reply/sold.txt", "Thank you!\n{{ title", "reply/sold.txt:2:"),
    ("reply/sold.txt", "{% if order %}yours", "reply/sold.txt:1:"),
    (
        "reply/sold.txt",
        "Thank you!\n  {{ tilte }}",
        "reply/sold.txt:2:6: unknown variable `tilte`; did you mean `title`?",
    ),
    (
        "reply/sold.txt",
        "customer? {% if place %}\n{{ customer_of_the_month }}{% endif %}",
        "reply/sold.txt:2:4: unknown variable `customer_of_the_month`",
    ),
    ("reply/sold.txt", "a\nb\n{{ title|shout }}", "reply/sold.txt:3:"),
    ("reply/sold.txt", "Number {{ place }}", "reply/sold.txt:1:11: undefined value: nothing is told here"),
    ("letter/sold.txt", "{{ link }}", "letter/sold.txt:1:4: undefined value: nothing is told here"),
    ("letter/details.html", "\n{{ nothing }}", "letter/details.html:2:4: unknown variable `nothing`"),
    ("letter/details.txt", "{{ place }}", "letter/details.txt:1:4: undefined value"),
    ("letter/sold.html", "<p>{{ title|safe }}</p>", "letter/sold.html: writes text from outside as markup"),
    (
        "letter/sold.html",
        "{% include \"letter/details.txt\" %}",
        "letter/sold.html: writes text from outside as markup",
    ),
    ("letter/sold.html", "{% include \"reply/sold.txt\" %}", "letter/sold.html:1:"),
    ("letter/sold.html", "{% extends \"letter/layuot.html\" %}", "letter/sold.html:1:"),
    ("letter/layout.html", "{{ 1 + [] }}{% block body %}{% endblock %}", "letter/layout.html:1:"),
];

#[test]
fn each_fault_is_named_by_file_and_line() {
    for (name, text, message) in BAD {
        let folder = folder(&[(name, text.as_bytes())]);
        let faults = words().with_folder(folder.path()).expect_err(name);
        let shown = faults.to_string();
        let expected = format!("{}/{message}", folder.path().display());
        assert_eq!(faults.0.len(), 1, "{name}, {text:?}:\n{shown}");
        assert!(shown.starts_with(&expected), "{name}, {text:?}:\n{shown}\n{expected}");
    }
}

#[test]
fn all_faults_are_named_at_once() {
    let folder = folder(&[
        ("reply/sold.txt", b"{{ tilte }} and {{ ordre }}"),
        ("reply/expired.txt", b"{% if %}"),
        ("reply/declined.txt", b"\xFF\xFE"),
        ("reply/refunded.txt", &[b'x'; 70_000]),
        ("letter/sold.html", b"{{ title|safe }}"),
        ("unknown.txt", b""),
        ("reply/sold.short.txt", b"{{ item }} is yours"),
    ]);
    let faults = words().with_folder(folder.path()).unwrap_err();
    let shown = faults.to_string();
    for message in [
        "unknown variable `tilte`",
        "unknown variable `ordre`; did you mean `order`?",
        "reply/expired.txt:1:",
        "reply/declined.txt: cannot be read: ",
        "reply/refunded.txt: is larger than 64 KiB",
        "letter/sold.html: writes text",
        "unknown.txt: is no template's name",
    ] {
        assert!(shown.contains(message), "no {message:?} in\n{shown}");
    }
    assert_eq!(faults.0.len(), 7, "{shown}");
    let none = words().with_folder(Path::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(none.starts_with("/nowhere/at/all: cannot be read: "), "{none}");
}

#[test]
fn a_text_that_is_too_long_uses_the_short_template_and_is_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let count = || {
        let shown = recorder.handle().render();
        let line = shown.lines().find_map(|line| line.strip_prefix("flashtag_words_shortened_total "));
        line.map_or(0, |count| count.parse::<u32>().unwrap())
    };
    let long = format!("{{{{ title }}}} {}", "lorem ipsum ".repeat(30));
    let plain = own(&[("reply/sold.txt", &long)]);
    let with_short = own(&[("reply/sold.txt", &long), ("reply/sold.short.txt", "{{ title }} ist dein.")]);
    let both = own(&[("reply/sold.txt", &long), ("reply/sold.short.txt", &long)]);
    metrics::with_local_recorder(&recorder, || {
        let builtin = "It is yours: Kindle Fire HD for 149.99 USD. Order kindle-fire-hd.17.";
        assert_eq!(reply(&plain, Outcome::Sold), builtin);
        assert_eq!(count(), 1);
        assert_eq!(reply(&with_short, Outcome::Sold), "Kindle Fire HD ist dein.");
        assert_eq!(reply(&both, Outcome::Sold), builtin);
        assert_eq!(count(), 3);
        assert!(fits(Network::X, &reply(&plain, Outcome::Expired)));
        assert_eq!(count(), 3, "the others are as long as they were");
    });
}
