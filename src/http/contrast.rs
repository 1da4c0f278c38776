//! Whether the colours of the pages can be told from each other (WCAG 2.2, level AA).

use super::html::STYLE;

/// A colour, red, green and blue from 0 to 1.
type Colour = [f64; 3];

/// Reads `#fff` or `#1b232c`.
fn colour(text: &str) -> Colour {
    let digits = text.strip_prefix('#').unwrap_or_else(|| panic!("no colour: {text}"));
    let width = digits.len() / 3;
    let channel = |at: usize| {
        let digits = digits[at * width..(at + 1) * width].repeat(2 / width);
        f64::from(u8::from_str_radix(&digits, 16).unwrap()) / 255.0
    };
    [channel(0), channel(1), channel(2)]
}

/// The relative luminance.
fn luminance(colour: Colour) -> f64 {
    let linear = |channel: f64| {
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A colour of the design: the last one that is set for its name in these parts of the style.
fn of_design(parts: &[&str], name: &str) -> Colour {
    let start = format!("--{name}:");
    let set = parts.iter().rev().find_map(|part| part.split(&start).nth(1));
    let set = set.unwrap_or_else(|| panic!("no colour is called {name}"));
    colour(set.split([';', '}']).next().unwrap())
}

#[test]
fn contrasts_are_those_of_the_standard() {
    let table =
        [("#000", "#fff", 21.0), ("#777", "#fff", 4.48), ("#767676", "#ffffff", 4.54), ("#fff", "#fff", 1.0)];
    for (one, other, expected) in table {
        let found = contrast(colour(one), colour(other));
        assert!((found - expected).abs() < 0.01, "{one} on {other}: {found}");
    }
}

#[test]
fn text_and_borders_can_be_told_from_what_is_behind_them_in_both_designs() {
    let (light, rest) =
        STYLE.split_once("@media(prefers-color-scheme:dark){").expect("there are two designs");
    let (dark, _) = rest.split_once("}}").expect("the dark design ends");
    // Text wants 4.5; the border of a field, the edge of a button and the mark of a fault want 3.
    let wanted = [
        ("text", "card", 4.5),
        ("quiet", "card", 4.5),
        ("link", "card", 4.5),
        ("on-go", "go", 4.5),
        ("go", "card", 3.0),
        ("field", "card", 3.0),
        ("bad", "card", 3.0),
    ];
    for (design, parts) in [("light", &[light][..]), ("dark", &[light, dark])] {
        for (front, back, least) in wanted {
            let found = contrast(of_design(parts, front), of_design(parts, back));
            assert!(found >= least, "{design}: {front} on {back} is {found:.2} to 1 and must be {least}");
        }
    }
}
