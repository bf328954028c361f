//! What is made once for a set of features and a sample rate: tables and work space.

use super::analysis::Analysis;
use super::cut::Cutting;
use super::feed::Feed;
use super::measure::Measure;
use super::settings::Settings;
use super::stream::Stream;

/// Features of recordings at one sample rate, one feature or several that share their work.
///
/// Frames are transformed once for all features that are cut alike, and summed into bands once for all that want the
/// same bands. The numbers are the same to the bit on every machine for frames of a power of two, and nothing is
/// allocated for a frame.
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
    /// For each feature its group, and which of that group it is.
    places: Vec<(usize, usize)>,
}

/// Features that are cut alike.
pub(super) struct Group {
    cutting: Cutting,
    pub(super) feed: Feed,
    pub(super) analysis: Analysis,
    pub(super) members: Vec<Member>,
}

/// A feature at work.
pub(super) struct Member {
    /// Which of the plan's features.
    pub(super) feature: usize,
    pub(super) measure: Box<dyn Measure>,
    /// What is kept of one frame.
    pub(super) kept: Vec<f32>,
    /// Rows that are not given: those for which the frames before were missing.
    pub(super) skip: usize,
}

impl Member {
    /// Measures the frame at hand.
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
    /// # Edges      settings that do not fit each other or the rate are refused
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

    /// Plans at rates that every frequency fits, each feature at its own: finds what is wrong with settings whatever the
    /// rate of recordings.
    ///
    /// # Edges      it is no plan to measure with
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

    /// Values in a row of a feature.
    ///
    /// # Panics     if there is no such feature
    pub fn width(&self, feature: usize) -> usize {
        let (group, member) = self.places[feature];
        self.groups[group].members[member].measure.width()
    }

    /// Rows of a feature that a recording of so many samples gives.
    ///
    /// # Panics     if there is no such feature
    pub fn rows(&self, feature: usize, samples: usize) -> usize {
        self.groups[self.places[feature].0].feed.frames(samples)
    }

    /// Mel bands so narrow that they hold no bin, and so are always silent: more samples a frame, or fewer bands, fill
    /// them.
    pub fn empty_bands(&self) -> usize {
        self.groups.iter().map(|group| group.analysis.empty_bands()).sum()
    }

    /// Measures a whole recording; rows are added to `out`, one after the other.
    ///
    /// # Panics     if the plan is of more than one feature
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
                // In place: rows never reach beyond what was kept for them.
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

    /// The same features as samples come in, a row as soon as its frame is full.
    ///
    /// # Edges      what needs the whole recording (`top_db`, `ref = max`) is refused
    pub fn into_stream(self) -> Result<Stream, String> {
        Stream::endless(self)
    }

    /// As [`Plan::into_stream`], of a signal that has an end: rows that need the whole recording come there.
    pub fn into_recording(self) -> Stream {
        Stream::of(self)
    }

    /// The setting, if any, for which a row needs the whole recording.
    pub fn of_the_whole(&self) -> Option<&'static str> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        members.filter_map(|member| member.measure.of_the_whole()).next().map(|whole| whole.setting)
    }

    /// How many frames before its own a row of a feature needs, or of one that is cut alike: so many frames later than
    /// the first whole one its rows begin, where a stream begins within a recording.
    ///
    /// # Panics     if there is no such feature
    pub fn before(&self, feature: usize) -> usize {
        let alike = (0..self.places.len()).filter(|other| self.frame(*other) == self.frame(feature));
        let own = |(group, member): (usize, usize)| self.groups[group].members[member].measure.before();
        alike.map(|other| own(self.places[other])).max().unwrap_or_default()
    }

    /// How a feature is cut: samples in a frame, samples from one to the next, zeros before the first sample.
    /// Features that are cut alike have equal rows.
    ///
    /// # Panics     if there is no such feature
    pub fn frame(&self, feature: usize) -> (u64, u64, u64) {
        let (length, hop_length, before) = self.groups[self.places[feature].0].feed.span();
        (length as u64, hop_length as u64, before as u64)
    }
}

/// Puts a row behind those that were made before.
fn put(values: &mut [f32], made: &mut usize, row: &[f32]) {
    values[*made..][..row.len()].copy_from_slice(row);
    *made += row.len();
}
