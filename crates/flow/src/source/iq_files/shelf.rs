//! Lists files, and groups those that belong together.

use super::Layout;
use passband_signal::iq::{Half, Info, Pattern, Store, told_by_name};
use passband_signal::{Hertz, Span};
use std::collections::BTreeMap;
use std::io;

/// The files of one format in one place.
pub struct Shelf {
    pub store: Box<dyn Store>,
    /// The only file to read; of a pair, either half; for a collection, the files that it names.
    pub only: Option<String>,
    pub layout: Layout,
    pub pattern: Option<Pattern>,
    /// The rate, if the files do not contain it.
    pub rate: Option<Hertz>,
    /// The centre frequency, if the files do not contain it.
    pub centre: Hertz,
    /// Number of samples that each file must have.
    pub length: Option<Span>,
}

/// Files that belong together by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Identifies the group: the number of a pair, otherwise the name.
    pub key: String,
    /// The number in its name.
    pub number: Option<i64>,
    /// I before Q, metadata before samples.
    pub files: Vec<String>,
    /// The missing file, if any.
    pub lacks: Option<String>,
}

impl Group {
    /// Its files as text.
    pub fn place(&self) -> String {
        self.files.join(" and ")
    }
    /// Its metadata file, if it has one.
    pub fn meta(&self) -> Option<&str> {
        self.files.iter().map(String::as_str).find(|name| without(name, META).is_some())
    }
    /// Its sample file, besides a metadata file.
    pub fn data(&self) -> Option<&str> {
        self.files.iter().map(String::as_str).find(|name| without(name, DATA).is_some())
    }
    /// Whether it is an archive.
    pub fn is_archive(&self) -> bool {
        matches!(&self.files[..], [one] if without(one, ARCHIVE).is_some())
    }
}

pub const META: &str = ".sigmf-meta";
pub const DATA: &str = ".sigmf-data";
const ARCHIVE: &str = ".sigmf";
pub const COLLECTION: &str = ".sigmf-collection";
/// Archives that must be unpacked first.
const PACKED: [&str; 5] = [".sigmf.gz", ".sigmf.xz", ".sigmf.zst", ".sigmf.bz2", ".sigmf.zip"];

/// A name without this extension, in any case.
pub fn without<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, own) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
    own.eq_ignore_ascii_case(ending).then_some(stem)
}

/// The metadata and sample files in a list of names, by the name without extension, ignoring the case of extensions.
pub fn described(names: impl IntoIterator<Item = String>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let hidden = name.rsplit('/').next().is_some_and(|own| own.starts_with("._"));
        let stem = without(&name, META).or_else(|| without(&name, DATA)).filter(|_| !hidden);
        if let Some(stem) = stem.map(str::to_owned) {
            found.entry(stem).or_default().push(name);
        }
    }
    // on case-insensitive file systems, the two names may differ in case
    let halves: Vec<String> =
        found.iter().filter(|(_, f)| f.len() == 1).map(|(stem, _)| stem.clone()).collect();
    for stem in &halves {
        let other = halves.iter().find(|other| *other > stem && other.to_lowercase() == stem.to_lowercase());
        let ends =
            |stem: &str| found.get(stem).and_then(|files| Some(without(files.first()?, META).is_some()));
        if let Some(other) = other
            && ends(stem).zip(ends(other)).is_some_and(|(a, b)| a != b)
            && let Some(files) = found.remove(other)
        {
            found.entry(stem.clone()).or_default().extend(files);
        }
    }
    // metadata before samples
    found
        .values_mut()
        .for_each(|files| files.sort_by_key(|name| (without(name, META).is_none(), name.clone())));
    found
}

/// The missing file of a SigMF recording.
pub fn lacks(files: &[String]) -> Option<String> {
    let described = files.iter().filter(|name| without(name, META).is_some()).count();
    match (described, files.len() - described) {
        (1, 1) => None,
        (1, 0) => Some("the samples (.sigmf-data) are missing".into()),
        (0, 1) => Some(
            "the metadata (.sigmf-meta) is missing: set format and rate to read the samples without it"
                .into(),
        ),
        (metas, datas) => Some(format!("{metas} metadata files and {datas} sample files of one name")),
    }
}

impl Shelf {
    /// The groups, by number and name.
    pub fn groups(&self) -> io::Result<Vec<Group>> {
        let mut names = self.store.names()?;
        names.sort_unstable();
        let mut groups = match self.layout {
            Layout::Pairs => self.pairs(names),
            Layout::Sigmf => self.sigmf(names),
            Layout::Wav => self.single(names.into_iter().filter(|name| is_wav(name)).collect()),
            _ => self.single(names),
        };
        if let Some(only) = &self.only {
            match without(only, COLLECTION).filter(|_| self.layout == Layout::Sigmf) {
                Some(_) => {
                    let named = self.collected(only)?;
                    groups.retain(|group| named.contains(&group.key));
                }
                None => groups.retain(|group| group.files.contains(only)),
            }
        }
        groups.sort_by(|a, b| (a.number, &a.key).cmp(&(b.number, &b.key)));
        Ok(groups)
    }

    /// The recordings of a collection.
    fn collected(&self, name: &str) -> io::Result<Vec<String>> {
        let mut json = vec![];
        let size = self.store.whole(name, super::plan::LONGEST_META, &mut json)?;
        if size > super::plan::LONGEST_META {
            return Err(io::Error::other(format!("{name}: {size} bytes are too long for a collection")));
        }
        let named = passband_signal::iq::sigmf::collected(&json);
        named.map_err(|why| io::Error::other(format!("{name} {why}")))
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

    /// The number in a name, by the pattern or as its last digits; `None` if the pattern does not match.
    fn number(&self, name: &str) -> Option<Option<i64>> {
        let last = || match self.layout {
            // the last digits of these names are a frequency, or a year
            Layout::Wav => told_by_name(name).stamp.or_else(|| last_number(name)),
            _ => last_number(name),
        };
        match &self.pattern {
            Some(pattern) if pattern.numbers() => pattern.read(name).map(|named| named.number),
            Some(pattern) => pattern.read(name).map(|_| last()),
            None => (!name.starts_with('.')).then(last),
        }
    }

    fn single(&self, names: Vec<String>) -> Vec<Group> {
        let group = |name: String| {
            let number = self.number(&name)?;
            Some(Group { key: name.clone(), number, files: vec![name], lacks: None })
        };
        names.into_iter().filter_map(group).collect()
    }

    fn sigmf(&self, names: Vec<String>) -> Vec<Group> {
        let (mut archives, mut rest) = (vec![], vec![]);
        for name in names {
            let packed = PACKED.iter().any(|ending| without(&name, ending).is_some());
            if packed || without(&name, ARCHIVE).is_some() {
                let lacks =
                    packed.then(|| "is compressed: unpack it; only plain tar archives can be read".into());
                archives.push((name, lacks));
            } else {
                rest.push(name);
            }
        }
        let archives = archives.into_iter().filter_map(|(name, lacks)| {
            let number = self.number(&name).filter(|_| !name.starts_with("._"))?;
            Some(Group { key: name.clone(), number, files: vec![name], lacks })
        });
        let group = |(key, files): (String, Vec<String>)| {
            let number = self.number(&files[0])?;
            Some(Group { key, number, lacks: lacks(&files), files })
        };
        described(rest).into_iter().filter_map(group).chain(archives).collect()
    }

    /// Sizes and times of a group's files.
    pub fn infos(&self, group: &Group) -> io::Result<Vec<Info>> {
        group.files.iter().map(|name| self.store.info(name)).collect()
    }

    /// Whether a group has its expected length, as far as this is known without reading it.
    pub fn reached(&self, infos: &[Info]) -> bool {
        let bytes = |samples: u64| {
            let datatype = self.layout.datatype()?;
            samples.checked_mul(if datatype.complex { 2 } else { 1 } * datatype.width() as u64)
        };
        let wanted = self.length.zip(self.rate).and_then(|(length, rate)| bytes(length.samples(rate)));
        wanted.is_some_and(|wanted| infos.iter().all(|info| info.size >= wanted))
    }
}

/// Whether a name has the extension of a WAV.
pub fn is_wav(name: &str) -> bool {
    [".wav", ".wave", ".rf64", ".bw64", ".w64"].iter().any(|ending| without(name, ending).is_some())
}

/// The last digits in a name, without its extension.
fn last_number(name: &str) -> Option<i64> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + stem[at..].chars().next().map_or(1, char::len_utf8));
    let digits = &stem[start..end];
    (digits.trim_start_matches('0').len() <= 18).then(|| digits.parse().ok())?
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

    #[test]
    fn metadata_and_samples_are_matched_ignoring_case() {
        let names = [
            "a.sigmf-data",
            "a.SIGMF-META",
            "B.sigmf-meta",
            "b.SIGMF-DATA",
            "c.sigmf-data",
            "._a.sigmf-meta",
        ];
        let found = described(names.map(str::to_owned));
        let found: Vec<_> = found.values().map(|files| files.join(" ")).collect();
        assert_eq!(found, ["B.sigmf-meta b.SIGMF-DATA", "a.SIGMF-META a.sigmf-data", "c.sigmf-data"]);
    }
}
