//! Precomputed tables and work space for a set of features and a sample rate.

use super::analysis::Analysis;
use super::cut::Cutting;
use super::feed::Feed;
use super::measure::Measure;
use super::settings::Settings;
use super::stream::Stream;

/// Computes one or several features of recordings at one sample rate.
///
/// Frames are transformed once for all features with equal framing, and summed into bands once for all features with
/// equal bands. Results are bit-identical on every machine for frame lengths that are a power of two. No memory is
/// allocated per frame.
///
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let [log_mel, mfcc] = ["log_mel", "mfcc"].map(|name| Feature::by_name(name).unwrap().settings());
/// let mut plan = Plan::of_all(&[log_mel, mfcc], 8000.0).unwrap();
/// let mut out = [vec![], vec![]];
/// plan.all_frames(&[0.0; 4000], &mut out);
/// assert_eq!([plan.width(0), plan.width(1)], [128, 20]);
/// assert_eq!(plan.rows(0, 4000), 8);
/// assert_eq!([out[0].len(), out[1].len()], [8 * 128, 8 * 20]);
/// ```
pub struct Plan {
    pub(super) groups: Vec<Group>,
    /// For each feature, its group and its index in the group.
    places: Vec<(usize, usize)>,
}

/// Features with equal framing.
pub(super) struct Group {
    cutting: Cutting,
    pub(super) feed: Feed,
    pub(super) analysis: Analysis,
    pub(super) members: Vec<Member>,
}

/// The computation of one feature.
pub(super) struct Member {
    /// Index of the feature in the plan.
    pub(super) feature: usize,
    pub(super) measure: Box<dyn Measure>,
    /// The intermediate values of one frame.
    pub(super) kept: Vec<f32>,
    /// Number of rows to skip, since they depend on frames before the start.
    pub(super) skip: usize,
}

impl Member {
    /// Reduces the current frame to intermediate values.
    pub(super) fn take(&mut self, analysis: &Analysis, frame: &[f32]) {
        match analysis.broken() {
            true => self.kept.fill(f32::NAN),
            false => self.measure.take(analysis, frame, &mut self.kept),
        }
    }
}

impl Plan {
    /// Plans for one feature.
    ///
    /// # Edges      settings that conflict with each other or with the rate are refused
    pub fn new(settings: &Settings, rate_hz: f64) -> Result<Plan, String> {
        Plan::of_all(std::slice::from_ref(settings), rate_hz)
    }

    /// Plans for several features of the same recordings.
    pub fn of_all(features: &[Settings], rate_hz: f64) -> Result<Plan, String> {
        if !(rate_hz > 0.0 && rate_hz.is_finite()) {
            return Err(format!("a sample rate of {rate_hz} Hz is not a rate: it must be above 0"));
        }
        Plan::at(features, |_| rate_hz)
    }

    /// Plans each feature at a rate that suits its frequencies, to validate settings before the rate of the recordings
    /// is known.
    ///
    /// # Edges      the plan is for validation only, not for computing features
    pub fn of_any_rate(features: &[Settings]) -> Result<Plan, String> {
        Plan::at(features, |cutting| match cutting {
            Cutting::Frames(_) => 1e9,
            Cutting::Pitches(pitches, _) => pitches.least_rate(),
        })
    }

    fn at(features: &[Settings], rate_hz: impl Fn(&Cutting) -> f64) -> Result<Plan, String> {
        let mut plan = Plan { groups: vec![], places: vec![] };
        for (feature, settings) in features.iter().enumerate() {
            let cutting = (settings.feature().cut)(settings)?;
            let rate_hz = rate_hz(&cutting);
            let known = plan.groups.iter().position(|group| group.cutting == cutting);
            let at = match known {
                Some(at) => at,
                None => {
                    let (feed, analysis) = Feed::new(&cutting, rate_hz)?;
                    plan.groups.push(Group { cutting, feed, analysis, members: vec![] });
                    plan.groups.len() - 1
                }
            };
            let Group { analysis, members, .. } = &mut plan.groups[at];
            let measure = (settings.feature().start)(settings, rate_hz, analysis)?;
            plan.places.push((at, members.len()));
            members.push(Member { feature, kept: vec![0.0; measure.kept()], measure, skip: 0 });
        }
        Ok(plan)
    }

    /// Number of values in a row of a feature.
    ///
    /// # Panics     if there is no such feature
    pub fn width(&self, feature: usize) -> usize {
        let (group, member) = self.places[feature];
        self.groups[group].members[member].measure.width()
    }

    /// Number of rows of a feature for a recording of `samples` samples.
    ///
    /// # Panics     if there is no such feature
    pub fn rows(&self, feature: usize, samples: usize) -> usize {
        self.groups[self.places[feature].0].feed.frames(samples)
    }

    /// Number of mel bands that are too narrow to contain a bin, and are always 0. Longer frames or fewer bands avoid
    /// them.
    pub fn empty_bands(&self) -> usize {
        self.groups.iter().map(|group| group.analysis.empty_bands()).sum()
    }

    /// Computes the feature of a whole recording and appends its rows to `out`.
    ///
    /// # Panics     if the plan has more than one feature
    pub fn frames(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.all_frames(samples, std::slice::from_mut(out));
    }

    /// As [`Plan::frames`], for each of the plan's features.
    ///
    /// # Panics     if there are not as many outputs as features
    pub fn all_frames(&mut self, samples: &[f32], out: &mut [Vec<f32>]) {
        assert_eq!(out.len(), self.places.len(), "each feature has an output");
        for group in &mut self.groups {
            let Group { feed, analysis, members, .. } = group;
            let frames = feed.frames(samples.len());
            for Member { feature, measure, .. } in members.iter() {
                let whole = measure.of_the_whole().is_some();
                out[*feature].reserve(frames * if whole { measure.kept() } else { measure.width() });
            }
            let starts: Vec<usize> = members.iter().map(|member| out[member.feature].len()).collect();
            let mut each = |analysis: &Analysis, frame: &[f32]| {
                for member in members.iter_mut() {
                    member.take(analysis, frame);
                    let Member { feature, measure, kept, .. } = member;
                    let out = &mut out[*feature];
                    match measure.of_the_whole() {
                        Some(_) => out.extend_from_slice(kept),
                        None => measure.rows(kept, &mut |row| out.extend_from_slice(row)),
                    }
                }
            };
            feed.push(samples, analysis, &mut each);
            feed.finish(analysis, &mut each);
            for (Member { feature, measure, kept, .. }, start) in members.iter_mut().zip(starts) {
                let out = &mut out[*feature];
                if measure.of_the_whole().is_none() {
                    measure.end(&mut |row| out.extend_from_slice(row));
                    continue;
                }
                let values = &mut out[start..];
                measure.settle(values);
                // in place: rows never extend beyond the intermediate values that they replace
                let (mut made, held) = (0, kept.len());
                for i in 0..frames {
                    kept.copy_from_slice(&values[i * held..][..held]);
                    measure.rows(kept, &mut |row| put(values, &mut made, row));
                }
                measure.end(&mut |row| put(values, &mut made, row));
                out.truncate(start + made);
            }
        }
    }

    /// Converts the plan to a stream, which emits a row as soon as its frame is complete.
    ///
    /// # Edges      settings that need the whole recording (`top_db`, `ref = max`) are refused
    pub fn into_stream(self) -> Result<Stream, String> {
        Stream::endless(self)
    }

    /// As [`Plan::into_stream`], for a bounded signal: rows that need the whole recording are emitted at its end.
    pub fn into_recording(self) -> Stream {
        Stream::of(self)
    }

    /// The setting, if any, for which a row needs the whole recording.
    pub fn of_the_whole(&self) -> Option<&'static str> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        members.filter_map(|member| member.measure.of_the_whole()).next().map(|whole| whole.setting)
    }

    /// Number of frames before its own that a row depends on, as the maximum over all features with equal framing. If a
    /// stream starts within a recording, rows begin this number of frames after the first complete frame.
    ///
    /// # Panics     if there is no such feature
    pub fn before(&self, feature: usize) -> usize {
        let alike = (0..self.places.len()).filter(|other| self.frame(*other) == self.frame(feature));
        let own = |(group, member): (usize, usize)| self.groups[group].members[member].measure.before();
        alike.map(|other| own(self.places[other])).max().unwrap_or_default()
    }

    /// The framing of a feature: samples per frame, samples per hop, zeros before the first sample. Rows of features
    /// with equal framing correspond.
    ///
    /// # Panics     if there is no such feature
    pub fn frame(&self, feature: usize) -> (u64, u64, u64) {
        let (length, hop_length, before) = self.groups[self.places[feature].0].feed.span();
        (length as u64, hop_length as u64, before as u64)
    }
}

/// Appends a row to those already computed.
fn put(values: &mut [f32], made: &mut usize, row: &[f32]) {
    values[*made..][..row.len()].copy_from_slice(row);
    *made += row.len();
}
