//! Plans for reading files: the recordings in them, and the positions of their samples.

use super::Layout;
use super::checksum::Claim;
use super::shelf::{DATA, Group, META, Shelf, described, lacks, without};
use passband_signal::iq::sigmf::Meta;
use passband_signal::iq::{
    Archive, Datatype, Info, Member, Track, Written, archive, container, told_by_name, wav,
};
use passband_signal::{Fault, Hertz, SignalSpec};
use std::io;

/// Maximum size of metadata.
pub const LONGEST_META: u64 = 64 << 20;

/// How to read one recording.
#[derive(Clone, Debug)]
pub struct Plan {
    files: Vec<String>,
    written: Written,
    /// Number of interleaved channels in each file.
    channels: usize,
    /// The channels to read.
    wanted: std::ops::Range<usize>,
    offset: u64,
    /// Size of the first file, if it may have an unexpected header.
    unsure: Option<u64>,
    pub spec: SignalSpec,
    pub samples: u64,
    /// Time of the first sample.
    pub began: i64,
    /// The checksum to verify, if the metadata has one.
    pub checksum: Option<Claim>,
}

/// The recordings of a group.
#[derive(Debug, Default)]
pub struct Found {
    /// A plan for each recording, or why there is none.
    pub plans: Vec<Result<Plan, String>>,
    /// Anomalies to report; the files are read nevertheless.
    pub odd: Vec<String>,
}

/// Why there is no plan.
enum Unplanned {
    /// These files cannot be read.
    Files(String),
    /// The store is unreachable; the state of the files is unknown.
    Store(Fault),
}

impl Unplanned {
    fn unread(name: &str, error: io::Error) -> Self {
        match passband_signal::iq::fault(error) {
            Ok(fault) => Self::Store(fault),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Self::Files(format!("{name}{error}")),
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

/// The samples that metadata describes.
struct Samples<'a> {
    file: &'a str,
    /// Offset of the samples in the file.
    base: u64,
    size: u64,
    modified: i64,
}

impl Shelf {
    /// Plans the recordings of a group.
    pub fn plans(&self, group: &Group) -> Result<Found, Fault> {
        let found = match self.layout {
            Layout::Sigmf if group.is_archive() && group.lacks.is_none() => self.by_archive(group),
            Layout::Sigmf => self.by_description(group),
            _ if group.lacks.is_some() => Err(group.lacks.clone().unwrap_or_default().into()),
            Layout::Wav => self.by_header(group),
            _ => match self.infos(group) {
                Ok(infos) => self.by_size(group, &infos).map_err(Unplanned::Files),
                Err(error) => Err(Unplanned::unread("", error)),
            },
        };
        let right = |plan: Plan| match self.length.map(|length| length.samples(plan.spec.rate)) {
            Some(length) if plan.samples != length => Err(format!("{} samples, not {length}", plan.samples)),
            _ => Ok(plan),
        };
        match found {
            Ok(Found { plans, odd }) => {
                Ok(Found { plans: plans.into_iter().map(|plan| plan.and_then(right)).collect(), odd })
            }
            Err(Unplanned::Files(why)) => Ok(Found { plans: vec![Err(why)], odd: vec![] }),
            Err(Unplanned::Store(fault)) => Err(fault),
        }
    }

    fn by_size(&self, group: &Group, infos: &[Info]) -> Result<Found, String> {
        let (Some(datatype), Some(rate)) = (self.layout.datatype(), self.rate) else {
            return Err("there is no rate".into());
        };
        let channels = if datatype.complex { 2 } else { 1 };
        let frame = (channels * datatype.width()) as u64;
        let least = infos.iter().map(|info| info.size).min().unwrap_or(0);
        let samples = least / frame;
        if samples == 0 {
            return Err(match least {
                0 => "holds no samples".into(),
                _ => format!("{least} bytes contain no complete sample of {frame} bytes"),
            });
        }
        let mut odd = vec![];
        if let [i, q] = infos
            && i.size / frame != q.size / frame
        {
            let [i, q] = [i.size / frame, q.size / frame];
            odd.push(format!("I has {i} samples, Q has {q}: the first {samples} of both are read"));
        }
        for (info, name) in infos.iter().zip(&group.files).filter(|(info, _)| info.size % frame > 0) {
            odd.push(format!("{} bytes follow the last complete sample of {name}", info.size % frame));
        }
        let ended = infos.iter().map(|info| info.modified).max().unwrap_or(0);
        let plan = Plan {
            files: group.files.clone(),
            written: Written::Plain(datatype),
            channels,
            wanted: 0..channels,
            offset: 0,
            unsure: infos.first().map(|info| info.size),
            spec: SignalSpec::iq(rate, self.centre),
            samples,
            began: ended.saturating_sub(micros(samples, rate)),
            checksum: None,
        };
        Ok(Found { plans: vec![Ok(plan)], odd })
    }

    fn by_header(&self, group: &Group) -> Result<Found, Unplanned> {
        let Some(name) = group.files.first() else { return Err("has no file".into()) };
        let unread = |error| Unplanned::unread("", error);
        let info = self.store.info(name).map_err(unread)?;
        let mut file = self.store.open(name).map_err(unread)?;
        let found = wav(&mut *file, info.size).map_err(unread)?;
        let named = told_by_name(name);
        // the frequency in the header has 32 bits, in Hz; a frequency in a name is not limited
        let beyond = named.centre.filter(|centre| centre.0 > f64::from(u32::MAX));
        let mut left: i64 = found.recordings.iter().map(|wav| micros(wav.samples, wav.rate)).sum();
        let mut first = named.began;
        let plan = |wav: &passband_signal::iq::Wav| {
            let by_file = info.modified.saturating_sub(left);
            left = left.saturating_sub(micros(wav.samples, wav.rate));
            Ok(Plan {
                files: group.files.clone(),
                written: wav.written,
                channels: 2,
                wanted: 0..2,
                offset: wav.offset,
                unsure: None,
                spec: SignalSpec::iq(wav.rate, beyond.or(wav.centre).or(named.centre).unwrap_or(self.centre)),
                samples: wav.samples,
                // the time in the name is that of the first recording
                began: wav.began.or(first.take()).unwrap_or(by_file),
                checksum: None,
            })
        };
        Ok(Found { plans: found.recordings.iter().map(plan).collect(), odd: found.odd })
    }

    fn by_description(&self, group: &Group) -> Result<Found, Unplanned> {
        let Some(name) = group.meta() else { return Err(group.lacks.clone().unwrap_or_default().into()) };
        let meta = self.meta(name)?;
        let data = match (&meta.dataset, group.data()) {
            (Some(own), _) if own.contains(['/', '\\']) || own == ".." => {
                return Err(format!("core:dataset is '{own}', which is not in the same folder").into());
            }
            (Some(own), _) => own,
            (None, Some(data)) => data,
            (None, None) if meta.metadata_only => return Err(ONLY.into()),
            (None, None) => return Err(group.lacks.clone().unwrap_or_default().into()),
        };
        if group.files.len() > 2 {
            return Err(group.lacks.clone().unwrap_or_default().into());
        }
        let info = self.store.info(data).map_err(|error| Unplanned::unread(&format!("{data} "), error))?;
        let samples = Samples { file: data, base: 0, size: info.size, modified: info.modified };
        Ok(self.of_meta(&meta, &samples)?)
    }

    fn meta(&self, name: &str) -> Result<Meta, Unplanned> {
        let mut json = vec![];
        let size = self.store.whole(name, LONGEST_META, &mut json);
        let size = size.map_err(|error| Unplanned::unread("", error))?;
        if size > LONGEST_META {
            return Err(format!("{size} bytes are too long for metadata").into());
        }
        Ok(Meta::read(&json, self.rate)?)
    }

    /// The recordings of an archive, by name.
    fn by_archive(&self, group: &Group) -> Result<Found, Unplanned> {
        let Some(name) = group.files.first() else { return Err("has no file".into()) };
        let unread = |error| Unplanned::unread("", error);
        let info = self.store.info(name).map_err(unread)?;
        let mut file = self.store.open(name).map_err(unread)?;
        let Archive { members, odd } = archive(&mut *file, info.size).map_err(unread)?;
        let mut found = Found { plans: vec![], odd };
        let member = |name: &str| members.iter().rev().find(|member| member.name == name);
        for files in described(
            members.iter().map(|member| member.name.clone()).collect::<std::collections::BTreeSet<_>>(),
        )
        .values()
        {
            let first = files.first().map_or("", String::as_str);
            let Some(meta) = files.iter().find(|name| without(name, META).is_some()) else {
                found.plans.push(Err(format!("{first}: {}", lacks(files).unwrap_or_default())));
                continue;
            };
            let Some(Member { offset, size, .. }) = member(meta).filter(|member| member.size <= LONGEST_META)
            else {
                found.plans.push(Err(format!("{meta} is too long for metadata")));
                continue;
            };
            let mut json = vec![0; *size as usize];
            file.read(*offset, &mut json).map_err(unread)?;
            let read = Meta::read(&json, self.rate).and_then(|described| {
                let usual = files.iter().find(|name| without(name, DATA).is_some());
                let own = described.dataset.as_ref().map(|own| match meta.rsplit_once('/') {
                    Some((folder, _)) => format!("{folder}/{own}"),
                    None => own.clone(),
                });
                let data = own.as_ref().or(usual).ok_or_else(|| match described.metadata_only {
                    true => ONLY.to_owned(),
                    false => lacks(files).unwrap_or_default(),
                })?;
                let Member { offset, size, .. } = member(data)
                    .ok_or_else(|| format!("core:dataset is {data}, which is not in the archive"))?;
                let (base, size, modified) = (*offset, *size, info.modified);
                self.of_meta(&described, &Samples { file: name, base, size, modified })
            });
            match read {
                Ok(Found { plans, odd }) => {
                    found.plans.extend(plans);
                    found.odd.extend(odd.into_iter().map(|odd| format!("{meta}: {odd}")));
                }
                Err(why) => found.plans.push(Err(format!("{meta}: {why}"))),
            }
        }
        if found.plans.is_empty() {
            return Err("is an archive without a recording".into());
        }
        Ok(found)
    }

    /// The recordings in metadata.
    fn of_meta(&self, meta: &Meta, samples: &Samples<'_>) -> Result<Found, String> {
        let mut found = meta.stretches(samples.size)?;
        if meta.metadata_only {
            found.odd.push("core:metadata_only is set, but the samples are present".into());
        }
        let length = |stretch: &passband_signal::iq::sigmf::Stretch| micros(stretch.samples, stretch.rate);
        let mut left = found.stretches.iter().map(length).fold(0, i64::saturating_add);
        let numbers = if meta.datatype.complex { 2 } else { meta.channels };
        let mut plans = vec![];
        for stretch in &found.stretches {
            let began = stretch.began.unwrap_or(samples.modified.saturating_sub(left));
            left = left.saturating_sub(length(stretch));
            let spec = meta.spec(stretch, self.centre);
            plans.extend((0..meta.recordings()).map(|n| {
                Ok(Plan {
                    files: vec![samples.file.to_owned()],
                    written: Written::Plain(meta.datatype),
                    channels: meta.channels,
                    wanted: n * numbers..(n + 1) * numbers,
                    offset: samples.base + stretch.offset,
                    unsure: (samples.base + stretch.offset == 0).then_some(samples.size),
                    spec,
                    samples: stretch.samples,
                    began,
                    checksum: None,
                })
            }));
        }
        if let Some(sha512) = &meta.sha512 {
            let bytes = samples.base..samples.base + samples.size;
            let last = plans.len().saturating_sub(1);
            for (n, plan) in plans.iter_mut().enumerate() {
                let claim = Claim {
                    sha512: sha512.clone(),
                    bytes: bytes.clone(),
                    is_first: n == 0,
                    is_last: n == last,
                };
                if let Ok::<_, String>(plan) = plan {
                    plan.checksum = Some(claim);
                }
            }
        }
        Ok(Found { plans, odd: found.odd })
    }

    /// Opens a recording; a file whose header would be read as samples is refused.
    pub fn open(&self, plan: &Plan, index: u64) -> io::Result<Track> {
        let mut files =
            plan.files.iter().map(|name| self.store.open(name)).collect::<io::Result<Vec<_>>>()?;
        // only checked at the start of a file
        if let (Some(size), 0, Some(first)) = (plan.unsure, index, files.first_mut())
            && let Some(what) = began(&mut **first, size)?
        {
            let why = match (what, self.layout) {
                ("a WAV", Layout::Sigmf) => "core:header_bytes must state the length of its header",
                ("a WAV", _) => "set format = \"wav\"",
                ("a tar archive", _) => "set format = \"sigmf\" and rename it to end in .sigmf",
                _ => "unpack it, or convert it to raw samples",
            };
            let why = format!("is {what}, whose header would be read as samples: {why}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(Track::new(files, plan.written, plan.channels, plan.offset).only(plan.wanted.clone()))
    }
}

/// Detects a container by the start of a file. Read errors are reported when the samples are read.
fn began(file: &mut dyn passband_signal::iq::Read, size: u64) -> io::Result<Option<&'static str>> {
    container(file, size).or_else(|error| match passband_signal::iq::fault(error) {
        Ok(fault) => Err(io::Error::other(fault)),
        Err(_) => Ok(None),
    })
}

const ONLY: &str = "describes samples that are absent (core:metadata_only)";

fn micros(samples: u64, rate: Hertz) -> i64 {
    (samples as f64 * 1e6 / rate.0).round() as i64
}

impl Layout {
    /// The format of the samples, unless the files contain it.
    pub(super) fn datatype(self) -> Option<Datatype> {
        use passband_signal::iq::{Number, Order};
        let complex = |number| Some(Datatype { complex: true, number, order: Order::Little });
        match self {
            Layout::Pairs => Some(Datatype::RF32),
            Layout::Cf32 => complex(Number::F32),
            Layout::Ci16 => complex(Number::I16),
            Layout::Ci8 => complex(Number::I8),
            Layout::Cu8 => complex(Number::U8),
            Layout::Sigmf | Layout::Wav => None,
        }
    }
}
