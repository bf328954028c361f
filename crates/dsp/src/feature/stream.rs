//! Features of what has no end, or has not come yet.

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
    /// A row of the widest feature.
    row: Vec<f32>,
    /// By feature what is kept of all frames, where a row needs the whole recording.
    held: Vec<Vec<f32>>,
}

impl Stream {
    pub(super) fn endless(plan: Plan) -> Result<Stream, String> {
        if let Some(setting) = plan.of_the_whole() {
            let instead = if setting == "top_db" { "top_db = none" } else { "a number for ref" };
            return Err(format!(
                "{setting} needs the loudest of a whole recording: a stream takes {instead}"
            ));
        }
        Ok(Stream::of(plan))
    }

    pub(super) fn of(plan: Plan) -> Stream {
        let members = || plan.groups.iter().flat_map(|group| &group.members);
        let (widest, features) = (members().map(|member| member.measure.width()).max(), members().count());
        Stream { row: vec![0.0; widest.unwrap_or_default()], held: vec![vec![]; features], plan }
    }

    /// Begins at a sample within a recording: frames that reach before it are left out, the others are those of the
    /// whole recording. Gives the number of each feature's first frame.
    pub fn start_at(&mut self, index: u64) -> Vec<u64> {
        self.held.iter_mut().for_each(Vec::clear);
        let mut first = vec![0; self.held.len()];
        for Group { cutter, members, .. } in &mut self.plan.groups {
            let frame = cutter.start_at(index);
            members.iter().for_each(|member| first[member.feature] = frame);
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
        let Stream { plan, row, held } = self;
        for Group { cutter, analysis, members, .. } in &mut plan.groups {
            cutter.push(block, |frame| {
                analysis.take(frame);
                give(members, analysis, (row, held), each);
            });
        }
    }

    /// Ends the signal: gives the rows of frames that reach over its end, and those that need the whole recording, and
    /// is ready for another.
    pub fn finish(&mut self, each: &mut impl FnMut(usize, &[f32])) {
        let Stream { plan, row, held } = self;
        for Group { cutter, analysis, members, .. } in &mut plan.groups {
            cutter.finish(|frame| {
                analysis.take(frame);
                give(members, analysis, (row, held), each);
            });
            for Member { feature, measure, kept } in members {
                let mut whole = std::mem::take(&mut held[*feature]);
                measure.settle(&mut whole);
                let row = &mut row[..measure.width()];
                for frame in whole.chunks_exact(kept.len().max(1)) {
                    kept.copy_from_slice(frame);
                    measure.row(kept, row);
                    each(*feature, row);
                }
            }
        }
    }
}

fn give(
    members: &mut [Member],
    analysis: &super::analysis::Analysis,
    (row, held): (&mut [f32], &mut [Vec<f32>]),
    each: &mut impl FnMut(usize, &[f32]),
) {
    for Member { feature, measure, kept } in members {
        measure.take(analysis, kept);
        if measure.of_the_whole().is_some() {
            held[*feature].extend_from_slice(kept);
            continue;
        }
        let row = &mut row[..measure.width()];
        measure.row(kept, row);
        each(*feature, row);
    }
}
