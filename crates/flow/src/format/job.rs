//! The use of a format, and its settings without effect in that use.

use super::{Choice, formats};
use crate::config::{Place, Raw, changed};
use crate::data::Kind;
use crate::part::{Carrier, Job};
use passband_signal::Fault;

impl Choice {
    /// Reports settings that are set and have no effect in any of these jobs.
    ///
    /// `key` is the setting of the part that contains the format.
    pub fn check(&self, jobs: &[Job], place: &Place, key: &str, faults: &mut Vec<Fault>) {
        let Some(part) = formats().into_iter().find(|part| part.name == self.name) else { return };
        let (Raw::Table(entries), Ok(format)) = (&self.settings.value, self.make()) else { return };
        let fields = (part.fields)();
        for (name, node) in entries.iter().filter(|(name, node)| changed(&fields, name, node)) {
            let why_idle = |job: &Job| {
                let idle = format.idle(*job);
                idle.into_iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, why)| why)
            };
            let whys: Option<Vec<_>> = jobs.iter().map(why_idle).collect();
            if let Some(why) = whys.as_ref().and_then(|whys| whys.first()) {
                let what = format!("{}.{key} has {name}, which has no effect here", place.part());
                let fault = Fault::new(what).at(place.at_line(key, node.line));
                faults.push(fault.why(why).fix(format!("take {name} out")));
            }
        }
    }
}

impl Choice {
    /// Reports settings without effect on writing these kinds.
    pub fn check_writing(&self, kinds: &[Kind], to: Carrier, place: &Place, faults: &mut Vec<Fault>) {
        let jobs: Vec<Job> = kinds.iter().map(|kind| Job::Write(*kind, to)).collect();
        self.check(&jobs, place, "format", faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, Value};

    /// A misspelt name in a list of settings without effect would never match.
    #[test]
    fn settings_without_effect_exist_in_their_format() {
        for part in formats() {
            let names: Vec<&str> = (part.fields)().iter().map(|field| field.name).collect();
            let formats =
                ["", "records = senml", "time = arrival", "melt = yes", "schema = \"long\""].map(|set| {
                    let mut entries = vec![("type".to_owned(), text(part.name))];
                    entries.extend(set.split_once(" = ").map(|(name, value)| (name.to_owned(), text(value))));
                    Choice::read(&Node { line: 1, value: Raw::Table(entries) }).ok()
                });
            let mut told = 0;
            for format in formats.iter().flatten() {
                for carrier in [Carrier::Messages, Carrier::Files] {
                    for job in
                        Kind::all().into_iter().flat_map(|k| [Job::Read(k, carrier), Job::Write(k, carrier)])
                    {
                        for (idle, why) in format.open().unwrap().idle(job) {
                            assert!(
                                !why.is_empty() && idle.iter().all(|name| names.contains(name)),
                                "{idle:?}"
                            );
                            told += idle.len();
                        }
                    }
                }
            }
            assert!(told > 0, "{}", part.name);
        }
    }

    fn text(value: &str) -> Node {
        Node { line: 1, value: Raw::Text(value.into()) }
    }
}
