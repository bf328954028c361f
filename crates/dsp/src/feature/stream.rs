//! Features of unbounded streams, and of recordings that arrive in blocks.

use super::analysis::Analysis;
use super::measure::Whole;
use super::plan::{Group, Member, Plan};

/// Computes features of a signal that arrives in blocks of any length. Created by [`Plan::into_stream`] and
/// [`Plan::into_recording`].
///
/// # Shape      in blocks of samples; out rows, one by one
/// # Edges      the rows are bit-identical to those of [`Plan::frames`], whatever the block lengths
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("log_mel").unwrap().settings().with("top_db", "none").unwrap();
/// let mut stream = Plan::new(&settings, 48000.0).unwrap().into_stream().unwrap();
/// let mut rows = 0;
/// let mut each = |_feature: usize, row: &[f32]| rows += row.len() / 128;
/// stream.push(&[0.5; 1000], &mut each);
/// stream.push(&[0.5; 1048], &mut each); // the frames about samples 0, 512 and 1024 are full
/// stream.finish(&mut each); // those about 1536 and 2048 reach over the end
/// assert_eq!(rows, 5);
/// ```
pub struct Stream {
    plan: Plan,
    /// By feature, the intermediate values of all frames, if a row needs the whole recording.
    held: Vec<Held>,
    /// Maximum number of values kept per feature.
    limit: usize,
    /// Whether this is the second pass over the recording.
    second: bool,
}

/// The intermediate values of a feature.
#[derive(Default)]
struct Held {
    values: Vec<f32>,
    /// The maximum of all values, if they exceed the limit and are not kept.
    greatest: Option<f32>,
}

impl Held {
    fn add(&mut self, kept: &[f32], limit: usize) {
        let greatest = |values: &[f32]| values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if let Some(known) = &mut self.greatest {
            *known = known.max(greatest(kept));
        } else if self.values.len() + kept.len() > limit {
            self.greatest = Some(greatest(&self.values).max(greatest(kept)));
            self.values = vec![];
        } else {
            self.values.extend_from_slice(kept);
        }
    }
}

impl Stream {
    pub(super) fn endless(plan: Plan) -> Result<Stream, String> {
        let mut members = plan.groups.iter().flat_map(|group| &group.members);
        if let Some(whole) = members.find_map(|member| member.measure.of_the_whole()) {
            let Whole { setting, needs, instead } = whole;
            return Err(format!("{setting} needs {needs}: for a stream, set {instead}"));
        }
        Ok(Stream::of(plan))
    }

    pub(super) fn of(plan: Plan) -> Stream {
        let features = plan.groups.iter().map(|group| group.members.len()).sum();
        let held = (0..features).map(|_| Held::default()).collect();
        Stream { held, plan, limit: usize::MAX, second: false }
    }

    /// Limits the number of values kept for each feature that needs the whole recording only for their maximum
    /// (`top_db`,
    /// `ref = max`). A recording with more values must be read twice, as [`needs_again`](Self::needs_again) reports at
    /// its end. The limit does not apply to other features that need the whole recording (the tuning of `chroma_stft`,
    /// `spectral_contrast`).
    pub fn limit(&mut self, values: usize) {
        self.limit = values;
    }

    /// Whether the finished recording must be pushed again from its first sample. The second pass emits only the rows
    /// of features that exceeded the limit.
    pub fn needs_again(&self) -> bool {
        self.second
    }

    /// Starts at sample `index` of a recording. Rows that depend on earlier samples, directly or by the frames before
    /// their own ([`Plan::before`]), are skipped; all others equal those of the whole recording. Returns the number of
    /// the first frame of each feature.
    pub fn start_at(&mut self, index: u64) -> Vec<u64> {
        self.held.iter_mut().for_each(|held| *held = Held::default());
        self.second = false;
        let before = |feature| if index == 0 { 0 } else { self.plan.before(feature) };
        let skips: Vec<usize> = (0..self.held.len()).map(before).collect();
        let mut first = vec![0; self.held.len()];
        for Group { feed, members, .. } in &mut self.plan.groups {
            let frame = feed.start_at(index);
            for member in members {
                member.measure.end(&mut |_| {});
                member.skip = skips[member.feature];
                first[member.feature] = frame + member.skip as u64;
            }
        }
        first
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Adds a block and calls `each` with the index of a feature and one of its rows. Does not allocate, except for
    /// features that need the whole recording.
    pub fn push(&mut self, block: &[f32], each: &mut impl FnMut(usize, &[f32])) {
        let Stream { plan, held, limit, second } = self;
        for Group { feed, analysis, members, .. } in &mut plan.groups {
            match second {
                false => feed.push(block, analysis, |analysis, frame| {
                    measure(members, (analysis, frame), (&mut held[..], *limit), each);
                }),
                true if members.iter().any(|member| held[member.feature].greatest.is_some()) => {
                    feed.push(block, analysis, |analysis, frame| {
                        settled(members, (analysis, frame), held, each)
                    });
                }
                true => {}
            }
        }
    }

    /// Ends the signal: emits the rows of frames that extend beyond its end, and those that need the whole recording.
    /// The next block begins another recording.
    pub fn finish(&mut self, each: &mut impl FnMut(usize, &[f32])) {
        if std::mem::take(&mut self.second) {
            return self.finish_second(each);
        }
        let Stream { plan, held, limit, second } = self;
        for Group { feed, analysis, members, .. } in &mut plan.groups {
            feed.finish(analysis, |analysis, frame| {
                measure(members, (analysis, frame), (&mut held[..], *limit), each)
            });
            for Member { feature, measure, kept, skip } in members {
                if held[*feature].greatest.is_some() {
                    *second = true;
                    continue;
                }
                let mut whole = std::mem::take(&mut held[*feature].values);
                measure.settle(&mut whole);
                {
                    let mut give = after(skip, |row| each(*feature, row));
                    whole.chunks_exact(kept.len().max(1)).for_each(|kept| measure.rows(kept, &mut give));
                    measure.end(&mut give);
                }
                *skip = 0;
            }
        }
    }
}

impl Stream {
    fn finish_second(&mut self, each: &mut impl FnMut(usize, &[f32])) {
        let Stream { plan, held, .. } = self;
        for Group { feed, analysis, members, .. } in &mut plan.groups {
            if members.iter().all(|member| held[member.feature].greatest.is_none()) {
                continue;
            }
            feed.finish(analysis, |analysis, frame| settled(members, (analysis, frame), held, each));
            for Member { feature, measure, skip, .. } in members {
                if held[*feature].greatest.take().is_some() {
                    measure.end(&mut after(skip, |row| each(*feature, row)));
                    *skip = 0;
                }
            }
        }
    }
}

/// Processes a frame in the second pass, for features whose maximum is known from the first.
fn settled(
    members: &mut [Member],
    (analysis, frame): (&Analysis, &[f32]),
    held: &mut [Held],
    each: &mut impl FnMut(usize, &[f32]),
) {
    for member in members {
        let Held { values, greatest: Some(greatest) } = &mut held[member.feature] else { continue };
        member.take(analysis, frame);
        let Member { feature, measure, kept, skip } = member;
        values.clear();
        values.extend_from_slice(kept);
        values.push(*greatest);
        measure.settle(values);
        measure.rows(&values[..kept.len()], &mut after(skip, |row| each(*feature, row)));
    }
}

fn measure(
    members: &mut [Member],
    (analysis, frame): (&Analysis, &[f32]),
    (held, limit): (&mut [Held], usize),
    each: &mut impl FnMut(usize, &[f32]),
) {
    for member in members {
        member.take(analysis, frame);
        let Member { feature, measure, kept, skip } = member;
        match measure.of_the_whole() {
            Some(_) => {
                let limit = if measure.settles_by_greatest() { limit } else { usize::MAX };
                held[*feature].add(kept, limit);
            }
            None => measure.rows(kept, &mut after(skip, |row| each(*feature, row))),
        }
    }
}

/// Emits the rows after the first `skip`.
fn after(skip: &mut usize, mut give: impl FnMut(&[f32])) -> impl FnMut(&[f32]) {
    move |row| match skip {
        0 => give(row),
        _ => *skip -= 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::feature::{FEATURES, Plan};

    /// With two passes and a low limit, rows are bit-identical to those of the whole recording.
    #[test]
    fn what_is_not_kept_comes_with_the_second_pass() {
        let tone = |n: u32| (n as f32 * 0.07).sin() * (n as f32 * 0.000_3).sin().powi(9);
        let samples: Vec<f32> = (0..40_000).map(tone).collect();
        let settled: Vec<_> = FEATURES.iter().map(|feature| feature.settings()).collect();
        let plan = || Plan::of_all(&settled, 22_050.0).unwrap();
        let mut whole = vec![vec![]; settled.len()];
        plan().all_frames(&samples, &mut whole);
        let mut stream = plan().into_recording();
        stream.limit(3000);
        // twice, since the stream can be reused
        for _ in 0..2 {
            let mut rows = vec![vec![]; settled.len()];
            let mut passes = 0;
            loop {
                let mut each = |feature: usize, row: &[f32]| rows[feature].extend_from_slice(row);
                samples.chunks(777).for_each(|block| stream.push(block, &mut each));
                stream.finish(&mut each);
                passes += 1;
                if !stream.needs_again() {
                    break;
                }
                let held: usize = stream.held.iter().map(|held| held.values.capacity()).sum();
                assert!(held < 3000 * 16, "{held} values");
            }
            assert_eq!(passes, 2);
            for (feature, (rows, whole)) in FEATURES.iter().zip(rows.iter().zip(&whole)) {
                let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert!(bits(rows) == bits(whole), "{}", feature.name);
            }
        }
    }
}
