//! The folders of the engine form layers, and imports point only downwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// From the lowest layer up.
const FLOORS: [&str; 15] = [
    "data",
    "config",
    "part",
    "cut",
    "engine",
    "window",
    "transform",
    "format",
    "kafka",
    "store",
    "sink",
    "source",
    "registry",
    "reference",
    "prelude",
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => files(&path, into),
            false if path.extension().is_some_and(|ending| ending == "rs") => into.push(path),
            false => {}
        }
    }
}

/// The modules of the crate imported by a source text, without its tests and comments.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut names = vec![];
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` in a macro is the same crate
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split(';').next().unwrap_or_default();
                names.extend(list.split([',', '{', '}']).map(|part| name(part.trim())));
            }
            None => names.push(name(rest)),
        }
    }
    names
}

#[test]
fn imports_point_down() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = vec![];
    files(&source, &mut all);
    let floor = |name: &str| FLOORS.iter().position(|floor| *floor == name);
    let mut drawn: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in all {
        let inner = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if inner == "lib.rs" || inner.split('/').any(|part| part == "tests" || part == "tests.rs") {
            continue;
        }
        let own = inner.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let own = floor(&own).unwrap_or_else(|| panic!("{inner} lies on no floor"));
        for other in imports(&std::fs::read_to_string(&path).unwrap()) {
            let Some(other) = floor(&other) else { continue };
            assert!(other <= own, "{inner} imports {}, which lies above it", FLOORS[other]);
            let below = drawn.entry(FLOORS[own]).or_default();
            if other < own && !below.contains(&FLOORS[other]) {
                below.push(FLOORS[other]);
            }
        }
    }
    for (folder, below) in drawn {
        println!("{folder} → {}", below.join(", "));
    }
}
