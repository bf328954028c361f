//! What is there: which files belong together, and how they are to be read.

use super::Layout;
use passband_signal::iq::sigmf::Meta;
use passband_signal::iq::{Datatype, Half, Info, Pattern, Store, Track};
use passband_signal::{Fault, Hertz, SignalSpec, Span};
use std::collections::BTreeMap;
use std::io;

/// More than this is no description of a recording.
const LONGEST_META: u64 = 64 << 20;

/// Files of one kind in one place.
pub struct Shelf {
    pub store: Box<dyn Store>,
    /// The only file wanted; of a pair, either half.
    pub only: Option<String>,
    pub layout: Layout,
    pub pattern: Option<Pattern>,
    /// Where the files do not tell it.
    pub rate: Option<Hertz>,
    /// Where the files do not tell it.
    pub centre: Hertz,
    /// Samples that each must have.
    pub length: Option<Span>,
}

/// Why there is no plan.
enum Unplanned {
    /// These files cannot be read.
    Files(String),
    /// The store is away, and tells nothing of the files.
    Store(Fault),
}

impl Unplanned {
    fn unread(name: &str, error: io::Error) -> Self {
        match passband_signal::iq::fault(error) {
            Ok(fault) => Self::Store(fault),
            Err(error) => Self::Files(format!("{name}cannot be read: {error}")),
        }
    }
}

impl From<String> for Unplanned {
    fn from(why: String) -> Self {
        Self::Files(why)
    }
}

impl From<&str> for Unplanned {
    fn from(why: &str) -> Self {
        Self::Files(why.into())
    }
}

/// Files that belong together by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Tells it from the others: the number of a pair, else the name.
    pub key: String,
    /// The number in its name.
    pub number: Option<i64>,
    /// I before Q, description before samples.
    pub files: Vec<String>,
    /// What is missing.
    pub lacks: Option<String>,
}

/// How to read one recording.
#[derive(Clone, Debug)]
pub struct Plan {
    files: Vec<String>,
    datatype: Datatype,
    /// Side by side in each file.
    channels: usize,
    offset: u64,
    pub spec: SignalSpec,
    pub samples: u64,
    /// When the first sample was taken.
    pub began: i64,
}

impl Group {
    /// Its files, for people.
    pub fn place(&self) -> String {
        self.files.join(" and ")
    }
}

impl Shelf {
    /// What is there, by number and by name.
    pub fn groups(&self) -> io::Result<Vec<Group>> {
        let mut names = self.store.names()?;
        names.sort_unstable();
        let mut groups = match self.layout {
            Layout::Pairs => self.pairs(names),
            Layout::Sigmf => self.described(names),
            _ => self.single(names),
        };
        if let Some(only) = &self.only {
            groups.retain(|group| group.files.contains(only));
        }
        groups.sort_by(|a, b| (a.number, &a.key).cmp(&(b.number, &b.key)));
        Ok(groups)
    }

    fn pairs(&self, names: Vec<String>) -> Vec<Group> {
        let mut pairs: BTreeMap<i64, Vec<(Half, String)>> = BTreeMap::new();
        for name in names {
            let named = self.pattern.as_ref().and_then(|pattern| pattern.read(&name));
            if let Some((half, number)) = named.and_then(|named| named.half.zip(named.number)) {
                pairs.entry(number).or_default().push((half, name));
            }
        }
        let group = |(number, mut halves): (i64, Vec<(Half, String)>)| {
            halves.sort();
            let kinds: Vec<Half> = halves.iter().map(|(half, _)| *half).collect();
            let lacks = match kinds[..] {
                [Half::I, Half::Q] => None,
                [Half::I] => Some("half a pair: Q is missing".into()),
                [Half::Q] => Some("half a pair: I is missing".into()),
                _ => Some(format!("{} files for the two halves of one pair", kinds.len())),
            };
            let files = halves.into_iter().map(|(_, name)| name).collect();
            Group { key: number.to_string(), number: Some(number), files, lacks }
        };
        pairs.into_iter().map(group).collect()
    }

    /// The number in a name, by the pattern or as its last digits; none if the pattern does not fit.
    fn number(&self, name: &str) -> Option<Option<i64>> {
        match &self.pattern {
            Some(pattern) if pattern.numbers() => pattern.read(name).map(|named| named.number),
            Some(pattern) => pattern.read(name).map(|_| last_number(name)),
            None => (!name.starts_with('.')).then(|| last_number(name)),
        }
    }

    fn single(&self, names: Vec<String>) -> Vec<Group> {
        let group = |name: String| {
            let number = self.number(&name)?;
            Some(Group { key: name.clone(), number, files: vec![name], lacks: None })
        };
        names.into_iter().filter_map(group).collect()
    }

    fn described(&self, names: Vec<String>) -> Vec<Group> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // in reverse, so that the description (-meta) stands before the samples (-data)
        for name in names.into_iter().rev() {
            let stem = name.strip_suffix(".sigmf-meta").or_else(|| name.strip_suffix(".sigmf-data"));
            if let Some(stem) = stem.map(str::to_owned) {
                found.entry(stem).or_default().push(name);
            }
        }
        let group = |(key, files): (String, Vec<String>)| {
            let number = self.number(&files[0])?;
            let lacks = match &files[..] {
                [_, _] => None,
                [one] if one.ends_with("-meta") => Some("the samples (.sigmf-data) are missing".into()),
                _ => Some("the description (.sigmf-meta) is missing".into()),
            };
            Some(Group { key, number, files, lacks })
        };
        found.into_iter().filter_map(group).collect()
    }

    /// Sizes and times of a group's files.
    pub fn infos(&self, group: &Group) -> io::Result<Vec<Info>> {
        group.files.iter().map(|name| self.store.info(name)).collect()
    }

    /// Whether a group is there as long as it is to be, as far as that can be told without reading it.
    pub fn reached(&self, infos: &[Info]) -> bool {
        let bytes = |samples: u64| match self.layout.datatype() {
            Some(datatype) if datatype.complex => Some(samples * 2 * datatype.width() as u64),
            Some(datatype) => Some(samples * datatype.width() as u64),
            None => None,
        };
        let wanted = self.length.zip(self.rate).and_then(|(length, rate)| bytes(length.samples(rate)));
        wanted.is_some_and(|wanted| infos.iter().all(|info| info.size >= wanted))
    }

    /// How to read a group: a plan for each recording in it, or why there is none.
    pub fn plans(&self, group: &Group) -> Result<Vec<Result<Plan, String>>, Fault> {
        let plans = match self.layout {
            Layout::Sigmf => self.by_description(group),
            _ if group.lacks.is_some() => Err(group.lacks.clone().unwrap_or_default().into()),
            _ => match self.infos(group) {
                Ok(infos) => self.by_size(group, &infos).map_err(Unplanned::Files),
                Err(error) => Err(Unplanned::unread("", error)),
            },
        };
        let right = |plan: Plan| match self.length.map(|length| length.samples(plan.spec.rate)) {
            Some(length) if plan.samples != length => Err(format!("{} samples, not {length}", plan.samples)),
            _ => Ok(plan),
        };
        match plans {
            Ok(plans) => Ok(plans.into_iter().map(right).collect()),
            Err(Unplanned::Files(why)) => Ok(vec![Err(why)]),
            Err(Unplanned::Store(fault)) => Err(fault),
        }
    }

    fn by_size(&self, group: &Group, infos: &[Info]) -> Result<Vec<Plan>, String> {
        let (Some(datatype), Some(rate)) = (self.layout.datatype(), self.rate) else {
            return Err("there is no rate".into());
        };
        let channels = if datatype.complex { 2 } else { 1 };
        let frame = (channels * datatype.width()) as u64;
        let samples = infos.iter().map(|info| whole(info.size, frame)).collect::<Result<Vec<u64>, _>>()?;
        if let [i, q] = samples[..]
            && i != q
        {
            return Err(format!("I has {i} samples, Q has {q}"));
        }
        let samples = samples.first().copied().filter(|n| *n > 0).ok_or("holds no samples")?;
        let ended = infos.iter().map(|info| info.modified).max().unwrap_or(0);
        Ok(vec![Plan {
            files: group.files.clone(),
            datatype,
            channels,
            offset: 0,
            spec: SignalSpec::iq(rate, self.centre),
            samples,
            began: ended - micros(samples, rate),
        }])
    }

    fn by_description(&self, group: &Group) -> Result<Vec<Plan>, Unplanned> {
        let name = group.files.first().filter(|name| name.ends_with("-meta"));
        let Some(name) = name else { return Err(group.lacks.clone().unwrap_or_default().into()) };
        let unread = |error| Unplanned::unread("", error);
        let info = self.store.info(name).map_err(unread)?;
        if info.size > LONGEST_META {
            return Err(format!("{} bytes are too long for a description", info.size).into());
        }
        let mut json = vec![0; info.size as usize];
        self.store.open(name).and_then(|mut file| file.read(0, &mut json)).map_err(unread)?;
        let meta = Meta::read(&json, self.rate)?;
        let data = match (&meta.dataset, group.files.get(1), &group.lacks) {
            (Some(own), ..) if own.contains(['/', '\\']) || own == ".." => {
                return Err(format!("core:dataset is '{own}', which is not in the same folder").into());
            }
            (Some(own), ..) => own,
            (None, Some(data), _) => data,
            (None, None, lacks) => return Err(lacks.clone().unwrap_or_default().into()),
        };
        let info = self.store.info(data).map_err(|error| Unplanned::unread(&format!("{data} "), error))?;
        let stretches = meta.stretches(info.size)?;
        if stretches.is_empty() {
            return Err("holds no samples".into());
        }
        let mut left: u64 = stretches.iter().map(|stretch| stretch.samples).sum();
        let plan = |stretch: &passband_signal::iq::sigmf::Stretch| {
            let began = stretch.began.unwrap_or(info.modified - micros(left, meta.rate));
            left -= stretch.samples;
            Plan {
                files: vec![data.clone()],
                datatype: meta.datatype,
                channels: meta.channels,
                offset: stretch.offset,
                spec: meta.spec(stretch, self.centre),
                samples: stretch.samples,
                began,
            }
        };
        Ok(stretches.iter().map(plan).collect())
    }

    /// Opens a recording.
    pub fn open(&self, plan: &Plan) -> io::Result<Track> {
        let files = plan.files.iter().map(|name| self.store.open(name)).collect::<io::Result<_>>()?;
        Ok(Track::new(files, plan.datatype, plan.channels, plan.offset))
    }
}

/// The last digits in a name, its ending aside.
fn last_number(name: &str) -> Option<i64> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + stem[at..].chars().next().map_or(1, char::len_utf8));
    let digits = &stem[start..end];
    (digits.trim_start_matches('0').len() <= 18).then(|| digits.parse().ok())?
}

fn whole(bytes: u64, frame: u64) -> Result<u64, String> {
    match bytes % frame {
        0 => Ok(bytes / frame),
        _ => Err(format!("{bytes} bytes are no whole number of samples of {frame} bytes")),
    }
}

fn micros(samples: u64, rate: Hertz) -> i64 {
    (samples as f64 * 1e6 / rate.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_the_last_in_the_name() {
        for (name, number) in [
            ("modes1.bin", Some(1)),
            ("run7_scan00042.cf32", Some(42)),
            ("homematic.complex32s", None),
            ("0007", Some(7)),
            ("é3.dat", Some(3)),
            ("99999999999999999999.dat", None),
        ] {
            assert_eq!(last_number(name), number, "{name}");
        }
    }
}
