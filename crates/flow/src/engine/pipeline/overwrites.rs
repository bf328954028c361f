//! Refuses pipelines that would overwrite their input or write one file with two sinks, before anything is opened.

use super::Pipeline;
use crate::part::{IsOurs, Meant, Reads, Spot, Writes, is_under, resolved, same_cluster};
use passband_signal::{Fault, Result};
use std::path::Path;

/// A file that a sink would write: its name as given, and its location.
struct Written {
    name: String,
    spot: Spot,
    appended: bool,
    /// Index of the sink.
    sink: usize,
}

impl Written {
    fn all(sink: usize, writes: &Writes) -> Vec<Self> {
        let one = |name: String, appended| {
            let spot = Spot::of(Path::new(&name));
            Self { name, spot, appended, sink }
        };
        match writes {
            Writes::File(path) => vec![one(path.clone(), false), one(format!("{path}.part"), false)],
            Writes::Appended(path) => vec![one(path.clone(), true)],
            Writes::Out if cfg!(unix) => vec![one("/dev/stdout".into(), true)],
            Writes::Out | Writes::Prefix(..) | Writes::Topic(..) => vec![],
        }
    }

    /// The reason why this file must not be written while `reads` is read, if there is one.
    fn is_read(&self, reads: &Reads) -> Option<String> {
        let same = |path: &str| Spot::of(Path::new(path)).is(&self.spot);
        match reads {
            Reads::File(path) if path == "-" => {
                (cfg!(unix) && same("/dev/stdin")).then(|| "standard input is read from it".into())
            }
            Reads::File(path) | Reads::Files(path, _) if path.contains("://") => None,
            Reads::Files(path, meant) if Path::new(path).is_dir() => {
                if self.spot.special {
                    return None;
                }
                let (within, name) =
                    (resolved(Path::new(path), 0), self.spot.path.file_name()?.to_string_lossy());
                if self.spot.path.parent() == Some(&*within) && meant(&name) {
                    return Some(format!(
                        "it is among the files that are read from {path}, and would be read too"
                    ));
                }
                self.linked_in(Path::new(path), meant)
            }
            Reads::File(path) | Reads::Files(path, _) => {
                same(path).then(|| format!("it is {path}, which is read"))
            }
            Reads::Topic(..) => None,
        }
    }

    /// As above, for a file that the folder contains as a link.
    fn linked_in(&self, folder: &Path, meant: &Meant) -> Option<String> {
        self.spot.node?;
        let mut entries = std::fs::read_dir(folder).ok()?.flatten();
        let found = entries.find(|entry| {
            let link = self.spot.linked || entry.file_type().is_ok_and(|kind| kind.is_symlink());
            link && meant(&entry.file_name().to_string_lossy()) && Spot::of(&entry.path()).is(&self.spot)
        })?;
        Some(format!("it is {}, which is read", found.path().display()))
    }
}

/// Refuses a pipeline that would overwrite its input, or write the same file twice.
pub(crate) fn check(pipeline: &Pipeline) -> Result<()> {
    let mut reads = pipeline.source.plan.reads();
    reads.extend(pipeline.file.clone().map(Reads::File));
    let choose = "choose another path for the output";
    let refuse = |sink: usize, what: String, why: String| {
        let fault = Fault::new(what).at(pipeline.sinks[sink].place.whole()).why(why).fix(choose);
        Err(fault)
    };
    let mut written: Vec<Written> = vec![];
    let mut prefixes: Vec<(String, IsOurs)> = vec![];
    for (at, writes) in pipeline
        .sinks
        .iter()
        .enumerate()
        .flat_map(|(at, sink)| sink.plan.writes().into_iter().map(move |writes| (at, writes)))
    {
        for one in Written::all(at, &writes) {
            if let Some(why) = reads.iter().find_map(|reads| one.is_read(reads)) {
                return refuse(at, format!("{} is an input and would be overwritten", one.name), why);
            }
            let both =
                written.iter().find(|other| !(one.appended && other.appended) && other.spot.is(&one.spot));
            if let Some(other) = both {
                let why = match other.sink == at {
                    true => format!("{} is written by the same sink", other.name),
                    false => format!("{} is written by another sink of the pipeline", other.name),
                };
                return refuse(at, format!("{} would be written twice", one.name), why);
            }
            written.push(one);
        }
        match writes {
            Writes::Prefix(prefix, is) => {
                for read in &reads {
                    if let Reads::File(path) | Reads::Files(path, _) = read
                        && is_under(&prefix, is, path)
                    {
                        let why = format!("it is one of the files that are written under {prefix}");
                        return refuse(at, format!("{path} would be overwritten"), why);
                    }
                }
                let taken = |one: &&Written| is_under(&prefix, is, &one.name);
                if let Some(one) = written.iter().find(taken) {
                    let why = format!("another sink writes under {prefix}");
                    return refuse(at, format!("{} would be written twice", one.name), why);
                }
                if prefixes.iter().any(|(other, _)| *other == prefix) {
                    return refuse(
                        at,
                        format!("{prefix} would be written twice"),
                        "two sinks have it".into(),
                    );
                }
                prefixes.push((prefix, is));
            }
            Writes::Topic(brokers, topic) => {
                let loops = reads.iter().any(|read| {
                    matches!(read, Reads::Topic(from, name) if *name == topic && same_cluster(from, &brokers))
                });
                if loops {
                    let why = "its output would be read again, endlessly";
                    return refuse(at, format!("the topic {topic} is both read and written"), why.into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
