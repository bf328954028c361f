//! Features of what has no end, or has not come yet.

use super::analysis::Analysis;
use super::measure::Whole;
use super::plan::{Group, Member, Plan};

/// Features of a signal that comes in blocks of any length. Made by [`Plan::into_stream`] and
/// [`Plan::into_recording`].
///
/// # Shape      in blocks of samples; out a row at a time
/// # Edges      however the signal is cut into blocks, the rows are those of [`Plan::frames`], to the bit
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
    /// By feature what is kept of all frames, where a row needs the whole recording.
    held: Vec<Vec<f32>>,
}

impl Stream {
    pub(super) fn endless(plan: Plan) -> Result<Stream, String> {
        let mut members = plan.groups.iter().flat_map(|group| &group.members);
        if let Some(whole) = members.find_map(|member| member.measure.of_the_whole()) {
            let Whole { setting, needs, instead } = whole;
            return Err(format!("{setting} needs {needs}: a stream takes {instead}"));
        }
        Ok(Stream::of(plan))
    }

    pub(super) fn of(plan: Plan) -> Stream {
        let features = plan.groups.iter().map(|group| group.members.len()).sum();
        Stream { held: vec![vec![]; features], plan }
    }

    /// Begins at a sample within a recording: rows are left out whose frames reach before it, or those before their own
    /// that they need ([`Plan::before`]); the others are those of the whole recording. Gives the number of each
    /// feature's first frame.
    pub fn start_at(&mut self, index: u64) -> Vec<u64> {
        self.held.iter_mut().for_each(Vec::clear);
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

    /// Takes a block. `each` is called with the number of the feature and a row of it. Allocates nothing, but for
    /// features that need the whole recording.
    pub fn push(&mut self, block: &[f32], each: &mut impl FnMut(usize, &[f32])) {
        let Stream { plan, held } = self;
        for Group { feed, analysis, members, .. } in &mut plan.groups {
            feed.push(block, analysis, |analysis, frame| measure(members, (analysis, frame), held, each));
        }
    }

    /// Ends the signal: gives the rows of frames that reach over its end, and those that need the whole recording, and
    /// is ready for another.
    pub fn finish(&mut self, each: &mut impl FnMut(usize, &[f32])) {
        let Stream { plan, held } = self;
        for Group { feed, analysis, members, .. } in &mut plan.groups {
            feed.finish(analysis, |analysis, frame| measure(members, (analysis, frame), held, each));
            for Member { feature, measure, kept, skip } in members {
                let mut whole = std::mem::take(&mut held[*feature]);
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

fn measure(
    members: &mut [Member],
    (analysis, frame): (&Analysis, &[f32]),
    held: &mut [Vec<f32>],
    each: &mut impl FnMut(usize, &[f32]),
) {
    for member in members {
        member.take(analysis, frame);
        let Member { feature, measure, kept, skip } = member;
        match measure.of_the_whole() {
            Some(_) => held[*feature].extend_from_slice(kept),
            None => measure.rows(kept, &mut after(skip, |row| each(*feature, row))),
        }
    }
}

/// Gives what follows the rows that are left out.
fn after(skip: &mut usize, mut give: impl FnMut(&[f32])) -> impl FnMut(&[f32]) {
    move |row| match skip {
        0 => give(row),
        _ => *skip -= 1,
    }
}
