//! Scenario files: the built-in ones are sound, and faults are named with their lines.

use loadgen::population::Population;
use loadgen::scenario::{BUILT_IN, Scenario};

const SOUND: &str = "title = \"T\"\n[[phase]]\nkind = \"steady\"\nper_s = 1.0\nfor_s = 1.0\n[[offer]]\nid = \"kindle-fire-hd\"\nunits = 1\n";

#[test]
fn every_built_in_scenario_is_sound() {
    for (name, _) in BUILT_IN {
        let scenario = Scenario::find(name).unwrap();
        assert_eq!(scenario.name, name);
        assert_eq!(scenario.offers.len(), 6);
        Population::new(&scenario).unwrap();
        Population::new(&scenario.scaled(0.5, 0.1)).unwrap();
    }
}

#[test]
fn a_fault_is_named_with_its_line() {
    let table = [
        ("title = \"T\"", "title = T", "mine.toml:1: "),
        ("per_s = 1.0", "per_second = 1.0", "mine.toml:2: unknown field `per_second`"),
        ("kind = \"steady\"", "kind = \"wild\"", "unknown variant `wild`"),
        ("units = 1", "units = -1", "mine.toml:8: "),
        ("units = 1", "units = 1\ncolour = \"red\"", "unknown field `colour`"),
        (
            "id = \"kindle-fire-hd\"",
            "id = \"hat\"",
            "offer hat is none of the precedent's, so it needs a `title`",
        ),
        ("[[phase]]", "fail_if = [\"p99\"]\n[[phase]]", "mine.toml:2: `p99` is no threshold"),
        ("[[phase]]", "[send]\nbatch = 0\n[[phase]]", "`batch` is 0; it must be from 1 to 10000"),
        ("[[phase]]", "[late]\nshare = 2.0\nmost_ms = 5\n[[phase]]", "`share` must be from 0 to 1"),
        ("[[phase]]", "[crowd.habits]\nsilent = 2.0\n[[phase]]", "mine.toml: the crowd: share `silent`"),
        ("per_s = 1.0", "per_s = -1.0", "mine.toml: the phases: rates are not negative"),
        ("per_s = 1.0", "per_s = 0.0", "mine.toml: no phase has claims"),
        ("[[phase]]", "warmup_s = 1.0\n[[phase]]", "mine.toml: `warmup_s` must be"),
    ];
    Scenario::parse(SOUND, "mine", "mine.toml").unwrap();
    for (sound, faulty, expected) in table {
        let text = SOUND.replacen(sound, faulty, 1);
        let fault = Scenario::parse(&text, "mine", "mine.toml").unwrap_err();
        assert_eq!(fault.code, 65);
        assert!(fault.to_string().contains(expected), "{faulty}: {fault}");
        assert!(fault.to_string().starts_with("mine.toml:"), "{faulty}: {fault}");
    }
}

#[test]
fn an_unknown_scenario_is_refused_with_the_known_ones() {
    let fault = Scenario::find("flush").unwrap_err();
    assert_eq!(fault.code, 2);
    assert!(fault.to_string().contains("flash, steady, soak, storm, bots"), "{fault}");
    assert_eq!(Scenario::find("not/there.toml").unwrap_err().code, 66);
}
