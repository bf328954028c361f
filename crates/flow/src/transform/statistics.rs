//! Mean and deviation over the scans of a recording: the result of `power_spectrum` over files, and the input of runs.

use crate::data::{Axis, Field, Form, Member, Scans, Share, Type, Value, Values};
use passband_dsp::moments::Moments;

crate::record! {
    /// Mean and deviation, by bin, over the scans (frames end to end) of one recording, or over a share of them.
    /// The message key is the name of the stream.
    pub struct Statistics("statistics", "Statistics") {
        /// The number of the file, or what else names the recording.
        recording: i64 as name,
        /// When the newest sample was taken.
        time: i64 as time,
        /// What the bins stand for.
        axis: Axis,
        /// Scans that the recording has; 0 where that is not known.
        of: u64,
        /// share: to be merged with others. complete: all scans. incomplete: what had come at the deadline.
        state: State,
        /// Scans that came again and were dropped.
        duplicates: u64,
        /// Which scans are in it.
        scans: Scans,
        /// Their count, mean and sums of squares.
        moments: Moments,
    } with {
        fn numbers(&self) -> usize {
            2 * self.moments.bins()
        }
        fn check(&self) -> Result<(), String> {
            self.axis.band.fits(self.moments.bins(), self.axis.length)
        }
        fn share(&self) -> Option<Share> {
            let Self { recording, time, of, .. } = *self;
            Some(Share { recording, time, of, scans: self.scans.clone() })
        }
        fn is_incomplete(&self) -> bool {
            self.state == State::Incomplete
        }
    }
}

/// The extent of the statistics of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A share, to be merged with others.
    Share,
    /// All scans.
    Complete,
    /// The scans that had arrived at the deadline.
    Incomplete,
}

// in the order of the schema's enumeration
const STATES: [State; 3] = [State::Share, State::Complete, State::Incomplete];
const NAMES: [&str; 3] = ["share", "complete", "incomplete"];

impl State {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
    /// Finds it by name.
    pub fn by_name(name: &str) -> Result<Self, String> {
        let found = STATES.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| format!("there is no state \"{name}\"; there are {}", NAMES.join(", ")))
    }
}

impl Member for State {
    fn fields(name: &'static str, doc: String) -> Vec<Field> {
        vec![Field::new(name, doc, Type::Symbol("State", &NAMES))]
    }
    fn put<'a>(&'a self, _: Form, out: &mut Vec<Value<'a>>) {
        out.push(Value::Symbol(*self as usize));
    }
    fn take(_: Form, values: &mut Values<'_>) -> Result<Self, String> {
        values.symbol(&STATES)
    }
}
