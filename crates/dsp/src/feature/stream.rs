//! Features of what has no end, or has not come yet.

use super::plan::{Group, Member, Plan};

/// Features of a signal that comes in blocks of any length. Made by [`Plan::into_stream`].
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
}

impl Stream {
    pub(super) fn of(plan: Plan) -> Result<Stream, String> {
        let members = || plan.groups.iter().flat_map(|group| &group.members);
        if let Some(setting) = members().find_map(|member| member.measure.of_the_whole()) {
            let instead = if setting == "top_db" { "top_db = none" } else { "a number for ref" };
            return Err(format!(
                "{setting} needs the loudest of a whole recording: a stream takes {instead}"
            ));
        }
        let widest = members().map(|member| member.measure.width()).max();
        Ok(Stream { row: vec![0.0; widest.unwrap_or_default()], plan })
    }

    /// Takes a block. `each` is called with the number of the feature and a row of it. Allocates nothing.
    pub fn push(&mut self, block: &[f32], each: &mut impl FnMut(usize, &[f32])) {
        for Group { cutter, analysis, members, .. } in &mut self.plan.groups {
            cutter.push(block, |frame| {
                analysis.take(frame);
                give(members, analysis, &mut self.row, each);
            });
        }
    }

    /// Ends the signal: gives the rows of frames that reach over its end, and is ready for another. Allocates nothing.
    pub fn finish(&mut self, each: &mut impl FnMut(usize, &[f32])) {
        for Group { cutter, analysis, members, .. } in &mut self.plan.groups {
            cutter.finish(|frame| {
                analysis.take(frame);
                give(members, analysis, &mut self.row, each);
            });
        }
    }
}

fn give(
    members: &mut [Member],
    analysis: &super::analysis::Analysis,
    row: &mut [f32],
    each: &mut impl FnMut(usize, &[f32]),
) {
    for Member { feature, measure, kept } in members {
        measure.take(analysis, kept);
        let row = &mut row[..measure.width()];
        measure.row(kept, row);
        each(*feature, row);
    }
}
