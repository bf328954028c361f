//! Progress notes of finished shards, with which a killed build resumes.

use super::{Manifest, ShardEntry};
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The file that lists the shards that a build writes.
const ANNOUNCED: &str = "files.json";

/// The finished shards of a set without a manifest yet: one small file per shard in the folder
/// `STEM.progress`, shared by all processes that build the set.
///
/// A shard counts if its file exists with the noted size. Before the first shard of a plan is built, the notes and the
/// manifest of other plans are removed, because their files are overwritten.
///
/// ```
/// use passband_flow::store::Directory;
/// use passband_lake::set::manifest::{FinishedShard, Progress, ShardEntry};
/// use passband_lake::set::record::Written;
/// let folder = tempfile::tempdir().unwrap();
/// let prefix = folder.path().join("digits").display().to_string();
/// let (place, stem) = Directory::of(&prefix, &Default::default(), &Default::default())?;
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
    /// The id of its plan.
    pub plan: String,
    /// Its number over all splits.
    pub number: i32,
    /// Its file.
    pub shard: ShardEntry,
}

impl FinishedShard {
    /// Whether its file exists with the size in the note.
    pub fn is_there(&self, place: &Directory) -> Result<bool> {
        Ok(place.size(&self.shard.file)? == Some(self.shard.written.bytes))
    }
}

impl Progress {
    /// The progress of the set with this stem.
    pub fn of(stem: &str) -> Self {
        Self { stem: stem.to_owned(), folder: format!("{stem}.progress") }
    }

    /// Notes a finished shard, whose file must be durable.
    pub fn add(&self, place: &Directory, done: &FinishedShard) -> Result<()> {
        // text and numbers can always be serialised
        let text = serde_json::to_string(done).unwrap_or_default();
        place.put(&format!("{}/{}", self.folder, Self::name(done.number)), text.as_bytes())
    }

    /// Removes the note of a shard that was finished after its set was completed or replanned; no other
    /// process removes it.
    pub fn withdraw(&self, place: &Directory, done: &FinishedShard) -> Result<()> {
        if self.get(place, done.number, &done.plan)?.is_some() {
            place.remove(&format!("{}/{}", self.folder, Self::name(done.number)))?;
        }
        if place.list(&self.folder)?.is_empty() { place.clear(&self.folder) } else { Ok(()) }
    }

    /// Notes that a shard cannot be built, and why.
    pub fn fail(&self, place: &Directory, number: i32, plan: &str, fault: &Fault) -> Result<()> {
        let parts: BTreeMap<&str, String> =
            fault.parts().into_iter().map(|(name, text)| (name, text.to_string())).collect();
        let text = serde_json::json!({ "plan": plan, "fault": parts }).to_string();
        place.put(&format!("{}/{}", self.folder, Self::fault_name(number)), text.as_bytes())
    }

    /// Removes the note of a shard that could not be built.
    pub fn clear_fault(&self, place: &Directory, number: i32) -> Result<()> {
        place.remove(&format!("{}/{}", self.folder, Self::fault_name(number)))
    }

    /// The fault that a worker noted for a shard.
    pub fn fault(&self, place: &Directory, number: i32, plan: &str) -> Result<Option<Fault>> {
        let text = place.get(&format!("{}/{}", self.folder, Self::fault_name(number)))?;
        let told: Value = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let part = |name: &str| told["fault"][name].as_str().unwrap_or_default().to_owned();
        let fault = || Fault::new(part("error")).at(part("at")).why(part("why")).fix(part("do"));
        Ok((told["plan"] == plan).then(fault))
    }

    /// The names of all notes.
    pub fn names(&self, place: &Directory) -> Result<BTreeSet<String>> {
        Ok(place.list(&self.folder)?.into_iter().map(|(name, _)| name).collect())
    }

    /// All finished shards of any plan, by number, including those of a complete set.
    pub fn finished(&self, place: &Directory) -> Result<BTreeMap<i32, FinishedShard>> {
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
            // one listing instead of a request per shard
            let sizes: HashMap<String, u64> = place.list("")?.into_iter().collect();
            all.retain(|_, done| sizes.get(&done.shard.file) == Some(&done.shard.written.bytes));
        }
        Ok(all)
    }

    /// Those of the given shards that are finished, of any plan.
    pub fn finished_of(&self, place: &Directory, numbers: &[i32]) -> Result<BTreeMap<i32, FinishedShard>> {
        let mut there = BTreeMap::new();
        for number in numbers {
            if let Some(done) = self.read(place, &Self::name(*number))?
                && done.is_there(place)?
            {
                there.insert(*number, done);
            }
        }
        Ok(there)
    }

    /// The note of one shard; `None` if it is invalid or of another plan.
    pub fn get(&self, place: &Directory, number: i32, plan: &str) -> Result<Option<FinishedShard>> {
        Ok(self.read(place, &Self::name(number))?.filter(|done| done.plan == plan && done.number == number))
    }

    fn read(&self, place: &Directory, file: &str) -> Result<Option<FinishedShard>> {
        let text = place.get(&format!("{}/{file}", self.folder))?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// Records which files a build writes, so that the files of a killed build are known.
    pub fn announce(&self, place: &Directory, plan: &str, files: &BTreeSet<String>) -> Result<()> {
        let text = serde_json::json!({ "plan": plan, "files": files }).to_string();
        place.put(&format!("{}/{ANNOUNCED}", self.folder), text.as_bytes())
    }

    /// The shard files that builds of this set may have written, according to the manifest and the notes. The
    /// files may not exist.
    pub fn files(&self, place: &Directory) -> Result<BTreeSet<String>> {
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
        // only files next to the manifest: the notes are untrusted
        files.retain(|file| file.starts_with(&format!("{}-", self.stem)) && !file.contains(['/', '\\']));
        Ok(files)
    }

    /// Begins the build of a plan: removes the notes and the manifest of other plans.
    pub fn begin(&self, place: &Directory, plan: &str) -> Result<()> {
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
        // a file that is not a manifest is kept
        match of {
            Some(Ok(of)) if of.plan != plan => place.remove(&manifest),
            _ => Ok(()),
        }
    }

    /// Removes all notes, once the manifest is written.
    pub fn end(&self, place: &Directory) -> Result<()> {
        place.clear(&self.folder)
    }

    /// The file name of the note of a finished shard.
    pub fn name(number: i32) -> String {
        format!("{number:05}.json")
    }

    /// The file name of the note of a shard that cannot be built.
    pub fn fault_name(number: i32) -> String {
        format!("{number:05}.fault.json")
    }
}
