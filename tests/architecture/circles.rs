//! Finds circles of imports between the files of a crate.
//!
//! A path leads to the deepest module file on its way. A name that this file only re-exports leads on to the
//! file that defines it. A file that takes a name from a module above it uses that module's file, even if the
//! name is only re-exported there: such a parent and its child cannot be read one after the other. `mod x;`
//! alone is no use, and code under `#[cfg(test)]` is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::files_below;
use super::reader::{Names, module_of, names_outside_tests};

/// Upper bound on the re-exports that are followed for one name.
const STEPS_MAX: usize = 8;

/// Files that use each other, directly or indirectly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Circle {
    /// An import within a circle: the using file, the used file, and the names.
    ties: Vec<Tie>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tie {
    user: String,
    used: String,
    names: BTreeSet<String>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: BTreeSet<&str> = self.ties.iter().map(|tie| tie.user.as_str()).collect();
        writeln!(f, "circle of {} files", files.len())?;
        for Tie { user, used, names } in &self.ties {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            writeln!(f, "  {user} -> {used}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

/// The circles among the files of one crate, given as paths under its `src` with their texts.
pub(crate) fn circles(files: &[(String, String)]) -> Vec<Circle> {
    let uses = Crate::read(files).uses();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), reachable(file, &uses))).collect();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, from_here) in &reached {
        if !from_here.contains(file) || placed.contains(file) {
            continue;
        }
        let returns = |other: &&str| reached.get(*other).is_some_and(|back| back.contains(file));
        let members: BTreeSet<&str> = from_here.iter().copied().filter(returns).collect();
        circles.push(Circle { ties: ties_between(&members, &uses) });
        placed.extend(members);
    }
    circles
}

/// The files that each file uses, with the names.
type Uses = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn reachable<'a>(start: &str, uses: &'a Uses) -> BTreeSet<&'a str> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(file) = waiting.pop() {
        for used in uses.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(used.as_str()) {
                waiting.push(used);
            }
        }
    }
    found
}

fn ties_between(members: &BTreeSet<&str>, uses: &Uses) -> Vec<Tie> {
    let mut ties = Vec::new();
    for (user, used) in uses.iter().filter(|(user, _)| members.contains(user.as_str())) {
        for (used, names) in used.iter().filter(|(used, _)| members.contains(used.as_str())) {
            ties.push(Tie { user: user.clone(), used: used.clone(), names: names.clone() });
        }
    }
    ties
}

/// The files of a crate, by module.
struct Crate {
    modules: BTreeMap<Vec<String>, String>,
    names: BTreeMap<String, Names>,
}

/// A name, and the file in which a path finds it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    file: String,
    name: String,
}

impl Crate {
    fn read(files: &[(String, String)]) -> Self {
        // The binary is another crate, which no file imports.
        let library = files.iter().filter(|(file, _)| file != "main.rs");
        let modules = library.map(|(file, _)| (module_of(file), file.clone())).collect();
        let names =
            files.iter().map(|(file, text)| (file.clone(), names_outside_tests(file, text))).collect();
        Self { modules, names }
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (file, names) in &self.names {
            let used = uses.entry(file.clone()).or_default();
            for path in &names.paths {
                for Target { file: target, name } in self.targets(file, &path.parts) {
                    if target != *file {
                        used.entry(target).or_default().insert(name);
                    }
                }
            }
        }
        uses
    }

    /// The files that a path in `file` uses.
    fn targets(&self, file: &str, path: &[String]) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        let Some(path) = self.rooted(file, path) else { return found };
        self.follow(file, &path, STEPS_MAX, &mut found);
        found
    }

    /// The path from the crate's root, without `crate`; `None` if it leads out of the crate.
    fn rooted(&self, file: &str, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        let child = [module_of(file), vec![first.clone()]].concat();
        self.modules.contains_key(&child).then(|| [child.as_slice(), rest].concat())
    }

    fn follow(&self, user: &str, path: &[String], steps: usize, found: &mut BTreeSet<Target>) {
        let is_module =
            |length: &usize| path.get(..*length).is_some_and(|start| self.modules.contains_key(start));
        // The last word is a name in the module before it, even if a module of that name exists.
        let Some(depth) = (0..path.len()).rev().find(is_module) else { return };
        let (module, rest) = path.split_at(depth);
        let (Some(file), Some((name, below))) = (self.modules.get(module), rest.split_first()) else {
            return;
        };
        let onward = if steps > 0 { self.origins(file, name, below) } else { Vec::new() };
        if onward.is_empty() && self.modules.contains_key(path) {
            // A module alone; the names used from there are in other paths.
            return;
        }
        let is_above = module_of(user).starts_with(module);
        if onward.is_empty() || is_above || name == "*" {
            found.insert(Target { file: file.clone(), name: name.clone() });
        }
        for path in onward {
            self.follow(user, &path, steps - 1, found);
        }
    }

    /// The paths that `name` of `file` stands for, if it is imported there: by its name, or with a `*`.
    fn origins(&self, file: &str, name: &str, below: &[String]) -> Vec<Vec<String>> {
        let Some(names) = self.names.get(file) else { return Vec::new() };
        let named = names.imports.iter().filter(|(imported, _)| imported == name);
        let named: Vec<_> = named.filter_map(|(_, path)| self.rooted(file, path)).collect();
        let globs = names.imports.iter().filter(|(imported, _)| imported == "*" && named.is_empty());
        let globs = globs.filter_map(|(_, path)| {
            let mut path = self.rooted(file, path)?;
            path.pop();
            let origin = self.names.get(self.modules.get(&path)?)?;
            let knows =
                origin.defined.contains(name) || origin.imports.iter().any(|(known, _)| known == name);
            path.push(name.to_owned());
            (knows && !names.defined.contains(name)).then_some(path)
        });
        let origins: Vec<_> = globs.collect();
        let origins = named.into_iter().chain(origins);
        origins.map(|path| [path.as_slice(), below].concat()).collect()
    }
}

/// The source directories of crates without circles.
const WITHOUT_CIRCLES: [&str; 4] = ["src", "loadgen/src", "loadgen/crowd/src", "loadgen/networks/src"];

#[test]
fn the_crates_have_no_circles() {
    for directory in WITHOUT_CIRCLES {
        let files = files_below(directory);
        assert!(files.len() > 20, "{directory} has only {} files", files.len());
        let found: Vec<String> = circles(&files).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{directory}:\n{}", found.join("\n"));
    }
}

/// Planted circles, in crates of a few lines.
mod planted {
    use super::circles;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> =
            files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        circles(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_files_that_use_each_other_are_a_circle() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::{B, make}; pub struct A(B);"),
            ("b.rs", "pub struct B; pub fn make() -> super::a::A { todo() }"),
            ("c.rs", "use crate::a::A;"),
        ];
        assert_eq!(found(&files), ["circle of 2 files\n  a.rs -> b.rs: B, make\n  b.rs -> a.rs: A\n"]);
    }

    #[test]
    fn a_circle_of_three_files_and_two_separate_circles_are_found() {
        let files = [
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::c::{self, C}; fn f() { c::g() }"),
            ("c.rs", "fn g() { crate::a::A::new() }"),
            ("x/mod.rs", "mod y; use self::y::Y; pub struct X;"),
            ("x/y.rs", "use super::X;"),
        ];
        let expected = [
            "circle of 3 files\n  a.rs -> b.rs: B\n  b.rs -> c.rs: C, g\n  c.rs -> a.rs: A\n",
            "circle of 2 files\n  x/mod.rs -> x/y.rs: Y\n  x/y.rs -> x/mod.rs: X\n",
        ];
        assert_eq!(found(&files), expected);
    }

    #[test]
    fn a_re_export_is_followed_to_its_definition() {
        for re_export in ["pub use b::B;", "pub use self::b::B as C;", "pub use b::*;"] {
            let name = if re_export.contains("as C") { "C" } else { "B" };
            let outer = format!("use crate::room::{name}; pub struct A;");
            let room = format!("mod b; {re_export}");
            let files = [
                ("a.rs", outer.as_str()),
                ("room/mod.rs", &room),
                ("room/b.rs", "use crate::a::A; pub struct B;"),
            ];
            let expected = "circle of 2 files\n  a.rs -> room/b.rs: B\n  room/b.rs -> a.rs: A\n";
            assert_eq!(found(&files), [expected], "{re_export}");
        }
    }

    #[test]
    fn a_child_that_uses_a_re_export_of_its_parent_is_a_circle() {
        let files = [
            ("room/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
            ("room/b.rs", "pub struct B;"),
            ("room/c.rs", "use super::B; pub struct C(B);"),
        ];
        let expected = "circle of 2 files\n  room/c.rs -> room/mod.rs: B\n  room/mod.rs -> room/c.rs: C\n";
        assert_eq!(found(&files), [expected]);
    }

    #[test]
    fn one_way_imports_are_no_circle() {
        let files = [
            // Declarations, a re-export for those outside, tests that use what they test, words in comments.
            ("lib.rs", "pub mod room; mod low; pub use room::B;"),
            ("room/mod.rs", "mod b; mod c; pub use b::B; pub(in crate::room) use c::C;"),
            ("room/b.rs", "use super::c::C; pub struct B(C);"),
            (
                "room/c.rs",
                "//! See crate::room::B.\nuse crate::low::Low; pub struct C; #[cfg(test)] mod tests { use super::super::b::B; }",
            ),
            (
                "low.rs",
                "#[cfg(test)] use crate::room::B; #[cfg(test)] fn f() -> [B; 1] { [B] } pub struct Low;",
            ),
            ("main.rs", "fn main() { flashtag::room::B::new() }"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }
}
