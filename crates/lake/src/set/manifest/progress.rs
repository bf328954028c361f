//! Which shards are finished, so that a build that was killed goes on where it was.

use super::{Manifest, ShardEntry};
use passband_flow::place::Place;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The file that says which shards will be made.
const ANNOUNCED: &str = "files.json";

/// The finished shards of a set whose manifest is not written yet: a small file for each, in the folder
/// `STEM.progress` beside them. Many may build a set; whoever looks there knows what is done.
///
/// A shard counts if its file is there with the size told. Before the first shard of a plan is built all that was
/// said of other plans is taken away, with their manifest: their files are written over.
///
/// ```
/// use passband_flow::place::Place;
/// use passband_lake::set::manifest::{FinishedShard, Progress, ShardEntry};
/// use passband_lake::set::record::Written;
/// let folder = tempfile::tempdir().unwrap();
/// let prefix = folder.path().join("digits").display().to_string();
/// let (place, stem) = Place::of(&prefix, &Default::default(), &Default::default())?;
/// let progress = Progress::of(&stem);
/// place.put("digits-00000-of-00002.tfrecord", b"so many bytes as it has")?;
/// let written = Written { records: 1, bytes: 23, crc32c: 7 };
/// let shard = ShardEntry { file: "digits-00000-of-00002.tfrecord".into(), written };
/// progress.add(&place, &FinishedShard { plan: "a8f1".into(), number: 0, shard })?;
/// assert_eq!(progress.finished(&place)?.len(), 1);
///
/// progress.begin(&place, "b000")?;
/// assert_eq!(progress.finished(&place)?.len(), 0);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Progress {
    stem: String,
    folder: String,
}

/// A finished shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedShard {
    /// The plan it is of.
    pub plan: String,
    /// Its number over all splits.
    pub number: i32,
    /// Its file.
    pub shard: ShardEntry,
}

impl Progress {
    /// That of the set with this stem.
    pub fn of(stem: &str) -> Self {
        Self { stem: stem.to_owned(), folder: format!("{stem}.progress") }
    }

    /// Tells that a shard is finished. It must be there and safe.
    pub fn add(&self, place: &Place, done: &FinishedShard) -> Result<()> {
        // of text and numbers alone JSON can always be made
        let text = serde_json::to_string(done).unwrap_or_default();
        place.put(&format!("{}/{}", self.folder, Self::name(done.number)), text.as_bytes())
    }

    /// Tells that a shard cannot be built, and why.
    pub fn fail(&self, place: &Place, number: i32, plan: &str, fault: &Fault) -> Result<()> {
        let parts: BTreeMap<&str, String> =
            fault.parts().into_iter().map(|(name, text)| (name, text.to_string())).collect();
        let text = serde_json::json!({ "plan": plan, "fault": parts }).to_string();
        place.put(&format!("{}/{}", self.folder, Self::fault_name(number)), text.as_bytes())
    }

    /// Lets it be tried again.
    pub fn clear_fault(&self, place: &Place, number: i32) -> Result<()> {
        place.remove(&format!("{}/{}", self.folder, Self::fault_name(number)))
    }

    /// What a worker has told of a shard that cannot be built.
    pub fn fault(&self, place: &Place, number: i32, plan: &str) -> Result<Option<Fault>> {
        let text = place.get(&format!("{}/{}", self.folder, Self::fault_name(number)))?;
        let told: Value = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let part = |name: &str| told["fault"][name].as_str().unwrap_or_default().to_owned();
        let fault = || Fault::new(part("error")).at(part("at")).why(part("why")).fix(part("do"));
        Ok((told["plan"] == plan).then(fault))
    }

    /// The files that say what is done and what has failed.
    pub fn names(&self, place: &Place) -> Result<BTreeSet<String>> {
        Ok(place.list(&self.folder)?.into_iter().map(|(name, _)| name).collect())
    }

    /// All finished shards of any plan, by number: those of a whole set too.
    pub fn finished(&self, place: &Place) -> Result<BTreeMap<i32, FinishedShard>> {
        let mut all = BTreeMap::new();
        if let Some(text) = place.get(&Manifest::name(&self.stem))?
            && let Ok(manifest) = Manifest::from_json(&String::from_utf8_lossy(&text))
        {
            let shards = manifest.shards().enumerate().map(|(number, (_, shard))| FinishedShard {
                plan: manifest.plan.clone(),
                number: number as i32,
                shard: shard.clone(),
            });
            all.extend(shards.map(|done| (done.number, done)));
        }
        for (file, _) in place.list(&self.folder)? {
            if let Some(done) = self.read(place, &file)? {
                all.insert(done.number, done);
            }
        }
        if !all.is_empty() {
            // one listing, for a store takes its time with each question
            let sizes: HashMap<String, u64> = place.list("")?.into_iter().collect();
            all.retain(|_, done| sizes.get(&done.shard.file) == Some(&done.shard.written.bytes));
        }
        Ok(all)
    }

    /// The finished ones of these shards, of any plan.
    pub fn finished_of(&self, place: &Place, numbers: &[i32]) -> Result<BTreeMap<i32, FinishedShard>> {
        let mut there = BTreeMap::new();
        for number in numbers {
            if let Some(done) = self.read(place, &Self::name(*number))?
                && place.size(&done.shard.file)? == Some(done.shard.written.bytes)
            {
                there.insert(*number, done);
            }
        }
        Ok(there)
    }

    /// What is said of one shard; nothing, if what is there makes no sense or is of another plan.
    pub fn get(&self, place: &Place, number: i32, plan: &str) -> Result<Option<FinishedShard>> {
        Ok(self.read(place, &Self::name(number))?.filter(|done| done.plan == plan && done.number == number))
    }

    fn read(&self, place: &Place, file: &str) -> Result<Option<FinishedShard>> {
        let text = place.get(&format!("{}/{file}", self.folder))?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// Says which files will be made: one that is killed before it has told of a file leaves none that nobody knows.
    pub fn announce(&self, place: &Place, plan: &str, files: &BTreeSet<String>) -> Result<()> {
        let text = serde_json::json!({ "plan": plan, "files": files }).to_string();
        place.put(&format!("{}/{ANNOUNCED}", self.folder), text.as_bytes())
    }

    /// The shards that builds of this set are known to have made or to make: by their manifest, and by what is said of
    /// builds that have not ended. Whether they are there is not looked at.
    pub fn files(&self, place: &Place) -> Result<BTreeSet<String>> {
        let mut files = BTreeSet::new();
        let mut take = |value: &Value| {
            let names = value["files"].as_array().into_iter().flatten().chain([&value["shard"]["file"]]);
            files.extend(names.filter_map(Value::as_str).map(str::to_owned));
        };
        let parsed = |text: Option<Vec<u8>>| {
            text.and_then(|text| serde_json::from_slice::<Value>(&text).ok()).unwrap_or_default()
        };
        for (file, _) in place.list(&self.folder)? {
            take(&parsed(place.get(&format!("{}/{file}", self.folder))?));
        }
        let manifest = place.get(&Manifest::name(&self.stem))?;
        let manifest = manifest.and_then(|text| Manifest::from_json(&String::from_utf8_lossy(&text)).ok());
        files.extend(manifest.iter().flat_map(Manifest::shards).map(|(_, shard)| shard.file.clone()));
        // what is beside the manifest alone: whoever wrote this may be anybody
        files.retain(|file| file.starts_with(&format!("{}-", self.stem)) && !file.contains(['/', '\\']));
        Ok(files)
    }

    /// From now on files of this plan are built: what was said of others holds no more.
    pub fn begin(&self, place: &Place, plan: &str) -> Result<()> {
        for (file, _) in place.list(&self.folder)? {
            let text = place.get(&format!("{}/{file}", self.folder))?;
            let told: Value = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
            if told["plan"] != plan {
                place.remove(&format!("{}/{file}", self.folder))?;
            }
        }
        let manifest = Manifest::name(&self.stem);
        let text = place.get(&manifest)?;
        let of = text.map(|text| Manifest::from_json(&String::from_utf8_lossy(&text)));
        // one that cannot be read may be somebody's own file
        match of {
            Some(Ok(of)) if of.plan != plan => place.remove(&manifest),
            _ => Ok(()),
        }
    }

    /// Lets go of it: the manifest says all.
    pub fn end(&self, place: &Place) -> Result<()> {
        place.clear(&self.folder)
    }

    /// The file that says that a shard is done.
    pub fn name(number: i32) -> String {
        format!("{number:05}.json")
    }

    /// The file that says that a shard cannot be built.
    pub fn fault_name(number: i32) -> String {
        format!("{number:05}.fault.json")
    }
}
