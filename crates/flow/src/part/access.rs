//! Inputs and outputs of a run, so that no input is overwritten and no two sinks write the same file.
//!
//! All sources and sinks are checked once, before anything is opened. Two names denote one file if the file system
//! says so (device and inode: links, names that differ in case), or, for files that do not exist yet, if their paths
//! are equal after links and `..` are resolved.

use std::path::{Path, PathBuf};

/// Whether a file is read, by its name.
pub type Meant = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// An input of a source.
pub enum Reads {
    /// A file or an object; `-` is standard input.
    File(String),
    /// A file, or the files of a folder whose names satisfy the predicate.
    Files(String, Meant),
    /// A topic, by brokers and name.
    Topic(String, String),
}

/// An output of a sink.
pub enum Writes {
    /// A file that is started anew; its name ends in `.part` until it is complete.
    File(String),
    /// A file that is appended to.
    Appended(String),
    /// Files whose names start with the last component of a path or address, and whose remaining name satisfies the predicate.
    Prefix(String, fn(&str) -> bool),
    /// Standard output, which may be a file.
    Out,
    /// A topic, by brokers and name.
    Topic(String, String),
}

/// Whether a file belongs to the output, by the part of its name after the prefix.
pub(crate) type IsOurs = fn(&str) -> bool;

/// Prefixes that sinks write under, for sources that list their files only when they are opened.
#[derive(Default)]
pub struct Prefixes(Vec<(String, IsOurs)>);

impl Prefixes {
    pub(crate) fn of(writes: impl Iterator<Item = Writes>) -> Self {
        Self(
            writes
                .filter_map(|one| if let Writes::Prefix(p, is) = one { Some((p, is)) } else { None })
                .collect(),
        )
    }

    /// The prefix that covers this path or address, if there is one.
    pub fn hold(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(prefix, is)| is_under(prefix, *is, path)).map(|(prefix, _)| prefix.as_str())
    }
}

/// Whether a path is covered by a prefix.
pub(crate) fn is_under(prefix: &str, is: fn(&str) -> bool, path: &str) -> bool {
    let last = |path: &str| path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().map(str::to_owned);
    let (Some(stem), Some(name)) = (last(prefix), last(path)) else { return false };
    // comparing names is cheap and usually sufficient
    if !name.strip_prefix(&stem).is_some_and(is) {
        return false;
    }
    match (prefix.contains("://"), path.contains("://")) {
        (true, true) => path.strip_suffix(&name) == prefix.strip_suffix(&stem),
        (false, false) => folder(Path::new(path)) == folder(Path::new(prefix)),
        _ => false,
    }
}

fn folder(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    resolved(parent.unwrap_or(Path::new(".")), 0)
}

/// The path with links and `..` resolved, as far as it exists.
pub(crate) fn resolved(path: &Path, depth: usize) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let parent = folder_once(path, depth);
    // a dangling link: writing through it creates its target
    if depth < 40
        && let Ok(target) = std::fs::read_link(path)
    {
        return resolved(&parent.join(target), depth + 1);
    }
    match path.file_name() {
        Some(name) => parent.join(name),
        // `..` below a folder that does not exist yet
        None => parent.parent().map_or_else(|| path.to_owned(), Path::to_owned),
    }
}

fn folder_once(path: &Path, depth: usize) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => resolved(Path::new("."), depth + 1),
        Some(parent) if depth < 200 => resolved(parent, depth + 1),
        _ => path.to_owned(),
    }
}

/// The identity of a file.
pub(crate) struct Spot {
    pub(crate) path: PathBuf,
    /// Device and inode, if the file exists.
    pub(crate) node: Option<(u64, u64)>,
    /// Whether it has several hard links.
    pub(crate) linked: bool,
    /// Whether it exists and is not a regular file: a terminal, a pipe, /dev/null.
    pub(crate) special: bool,
}

impl Spot {
    pub(crate) fn of(path: &Path) -> Self {
        let known = std::fs::metadata(path).ok();
        let special = known.as_ref().is_some_and(|known| !known.is_file());
        let (node, linked) = known.as_ref().map_or((None, false), node);
        Self { path: resolved(path, 0), node, linked, special }
    }
    pub(crate) fn is(&self, other: &Spot) -> bool {
        !self.special
            && !other.special
            && (self.path == other.path || self.node.is_some() && self.node == other.node)
    }
}

/// Whether two paths denote the same regular file, also through links and folders.
pub fn is_one_file(one: &Path, other: &Path) -> bool {
    Spot::of(one).is(&Spot::of(other))
}

#[cfg(unix)]
fn node(known: &std::fs::Metadata) -> (Option<(u64, u64)>, bool) {
    use std::os::unix::fs::MetadataExt;
    (Some((known.dev(), known.ino())), known.nlink() > 1)
}

#[cfg(not(unix))]
fn node(_: &std::fs::Metadata) -> (Option<(u64, u64)>, bool) {
    (None, false)
}

/// Whether two lists of brokers (host:port, separated by commas) belong to one cluster: they have a broker in common.
pub fn same_cluster(a: &str, b: &str) -> bool {
    let set =
        |text: &str| text.split(',').map(|b| b.trim().to_owned()).collect::<std::collections::BTreeSet<_>>();
    !set(a).is_disjoint(&set(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_identified_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub")).unwrap();
        std::fs::write(at("in"), "x").unwrap();
        std::fs::hard_link(at("in"), at("hard")).unwrap();
        std::os::unix::fs::symlink("in", at("soft")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at("sub/back")).unwrap();
        std::os::unix::fs::symlink("../new", at("sub/dangling")).unwrap();
        let input = Spot::of(&at("in"));
        for name in ["in", "./in", "hard", "soft", "sub/../in", "sub/back/in", "sub/back/sub/../soft"] {
            assert!(Spot::of(&at(name)).is(&input), "{name}");
        }
        assert!(!Spot::of(&at("sub/in")).is(&input) && !Spot::of(&at("new")).is(&input));
        assert!(Spot::of(&at("sub/dangling")).is(&Spot::of(&at("new"))));
        // a file that does not exist is identified by its path, also below folders that do not exist
        assert!(Spot::of(&at("a/b/../c")).path.starts_with(folder.path().canonicalize().unwrap()));
        assert!(Spot::of(&at("sub/back/a/c")).is(&Spot::of(&at("a/c"))));
        assert!(!Spot::of(Path::new("/dev/null")).is(&Spot::of(Path::new("/dev/null"))));
    }

    #[test]
    fn a_prefix_covers_the_names_of_its_sink() {
        let is: fn(&str) -> bool = |rest| rest == ".json";
        let prefixes = Prefixes(vec![("sets/digits".into(), is), ("s3://b/sets/digits".into(), is)]);
        let held =
            ["sets/digits.json", "./sets/digits.json", "sets/../sets/digits.json", "s3://b/sets/digits.json"];
        held.iter().for_each(|path| assert!(prefixes.hold(path).is_some(), "{path}"));
        let free = ["sets/digits.csv", "digits.json", "sets/other.json", "s3://c/sets/digits.json"];
        free.iter().for_each(|path| assert!(prefixes.hold(path).is_none(), "{path}"));
    }
}
