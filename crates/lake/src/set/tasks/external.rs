//! Sets whose shards are built by processes that another scheduler starts.

use super::plan_file::PlanFile;
use crate::set::manifest::{FinishedShard, Manifest, Progress};
use crate::set::shards::{manifest, names, shard_file};
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::data::Set;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The plan of a set, and its shards that are finished.
struct Planned {
    place: Directory,
    stem: String,
    plan: PlanFile,
    set: Set,
    done: BTreeMap<i32, FinishedShard>,
}

impl Planned {
    /// Opens the plan; `None` if the set is complete.
    fn open(prefix: &str, control: &Control) -> Result<Option<Self>> {
        let (place, stem) = Directory::of(prefix, &PassedOn::default(), control)?;
        let Some(plan) = PlanFile::read(&place, &stem)? else {
            if place.size(&Manifest::name(&stem))?.is_some() {
                return Ok(None);
            }
            let fault = Fault::new("the set has no plan").at(prefix.to_owned());
            return Err(fault.fix("plan it: passband dataset LABELS.csv --output PREFIX --workers external"));
        };
        let set = plan.set(vec![])?;
        let mut done = Progress::of(&stem).finished(&place)?;
        done.retain(|_, shard| shard.plan == plan.id);
        Ok(Some(Self { place, stem, plan, set, done }))
    }

    fn missing(&self) -> Vec<i32> {
        let left = self.set.shards.iter().map(|shard| shard.number);
        left.filter(|number| !self.done.contains_key(number)).collect()
    }
}

/// The numbers of the shards of a planned set that are not built yet; none if the set is complete.
///
/// # Errors  the set has no plan
pub fn missing(prefix: &str, control: &Control) -> Result<Vec<i32>> {
    Ok(Planned::open(prefix, control)?.map_or_else(Vec::new, |planned| planned.missing()))
}

/// The name of the pipeline that builds a shard of a planned set, and the values of its variables. Values that are
/// secret are read from the environment.
///
/// # Errors  the set has no plan; a secret is not set
pub fn variables(prefix: &str, shard: i32, control: &Control) -> Result<(String, BTreeMap<String, String>)> {
    let (place, stem) = Directory::of(prefix, &PassedOn::default(), control)?;
    let plan = PlanFile::read(&place, &stem)?.ok_or_else(|| {
        let fault = Fault::new("the set has no plan").at(prefix.to_owned());
        fault.why("the plan is removed when the set is complete").fix("plan the set with --workers external")
    })?;
    let known = plan.set(vec![])?.shards.len();
    if usize::try_from(shard).ok().is_none_or(|shard| shard >= known) {
        let fault = Fault::new(format!("the set has no shard {shard}")).at(prefix.to_owned());
        return Err(fault.why(format!("its plan has {known} shards, counted from 0")));
    }
    Ok((plan.pipeline.clone(), plan.of_shard(prefix, shard)?))
}

impl PlanFile {
    /// The variables of the pipeline that builds one shard.
    ///
    /// # Errors  a secret that the plan does not store is not set in the environment
    pub fn of_shard(&self, prefix: &str, shard: i32) -> Result<BTreeMap<String, String>> {
        let mut all = self.variables.clone();
        let own =
            [("OUTPUT", prefix.to_owned()), ("PLANNED", prefix.to_owned()), ("ONLY", shard.to_string())];
        all.extend(own.map(|(name, value)| (name.to_owned(), value)));
        all.insert("WORKERS".into(), String::new());
        for name in
            self.withheld.iter().filter(|name| !["INPUT", "WORKERS", "OUTPUT"].contains(&name.as_str()))
        {
            let value = std::env::var(name).map_err(|_| {
                Fault::new(format!("the variable {name} is not set"))
                    .at(prefix)
                    .why("it is an address with a secret, which a plan does not store")
                    .fix(format!(
                        "set {name} in the environment of the worker to the value that the set was planned with"
                    ))
            })?;
            all.insert(name.clone(), value);
        }
        Ok(all)
    }
}

/// Completes a set whose shards are built: writes the manifest and removes the plan. Returns the numbers of shards and
/// records; does nothing if the set is complete already.
///
/// # Errors  a shard is not built; a shard could not be built, with the reason
pub fn finish(prefix: &str, control: &Control) -> Result<(usize, u64)> {
    let Some(planned) = Planned::open(prefix, control)? else {
        let (place, stem) = Directory::of(prefix, &PassedOn::default(), control)?;
        let all = Progress::of(&stem).finished(&place)?;
        return Ok((all.len(), all.values().map(|shard| shard.shard.written.records).sum()));
    };
    let missing = planned.missing();
    let Planned { place, stem, plan, set, done } = planned;
    if let Some(first) = missing.first() {
        if let Some(fault) = Progress::of(&stem).fault(&place, *first, &plan.id)? {
            return Err(fault);
        }
        let few: Vec<String> = missing.iter().take(5).map(i32::to_string).collect();
        let more = if missing.len() > few.len() { ", …" } else { "" };
        let fault = Fault::new(format!("{} of {} shards are not built", missing.len(), set.shards.len()));
        let fault = fault.at(prefix.to_owned()).why(format!("they are {}{more}", few.join(", ")));
        return Err(fault.fix(format!("build each: passband dataset shard {prefix} {first}")));
    }
    let (format, schema) = (plan.format()?, shard_file::schema(&set)?);
    manifest::write(&place, &stem, &set, format, &schema, &done)?;
    let mut files: BTreeSet<_> =
        set.shards.iter().map(|shard| shard_file::name(&stem, shard, format)).collect();
    files.extend([Manifest::name(&stem), names::quarantine(&stem)]);
    place.sweep(&|file| files.contains(file))?;
    Ok((done.len(), done.values().map(|shard| shard.shard.written.records).sum()))
}
