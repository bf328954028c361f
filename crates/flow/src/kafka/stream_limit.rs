//! Limits the number of streams to what a partition's position can store: a client with many keys must not stop the
//! job.

use super::metadata::fits;
use crate::data::{Position, Stream};
use std::collections::HashMap;

/// Number of streams that always fit, for names of any length.
const FEW: usize = 8;

/// A stream that is silent for this number of messages is closed, and its position is dropped.
const OVER: i64 = 200_000;

/// The streams of a partition in its position.
#[derive(Default)]
pub struct StreamLimit {
    /// By name, the offset of the last message.
    last: HashMap<Stream, i64>,
    /// The number of streams at which no further stream fitted.
    full: Option<usize>,
}

impl StreamLimit {
    /// Starts with the streams of the committed position.
    pub fn new(position: Option<&Position>) -> Self {
        let marks = position
            .iter()
            .flat_map(|p| p.resume.keys().map(|name| (Stream::from(name.as_str()), p.reached)));
        Self { last: marks.collect(), full: None }
    }

    /// Whether a stream with a message at this offset fits.
    pub fn takes(&mut self, stream: &Stream, offset: i64) -> bool {
        if let Some(last) = self.last.get_mut(stream) {
            *last = offset.max(*last);
            return true;
        }
        if self.full.is_some_and(|full| self.last.len() >= full) {
            self.last.retain(|_, last| *last + OVER > offset);
        }
        if self.full.is_some_and(|full| self.last.len() >= full) {
            return false;
        }
        let names = || self.last.keys().map(|name| &**name).chain([&**stream]);
        if self.last.len() >= FEW && !fits(names()) {
            self.full = Some(self.last.len());
            return self.takes(stream, offset);
        }
        self.full = None;
        self.last.insert(stream.clone(), offset);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_fit_up_to_the_limit_and_again_after_others_have_closed() {
        let name = |n: i64| Stream::from(format!("device-{n:06}").as_str());
        let mut limit = StreamLimit::new(None);
        let taken = (0..5000).filter(|n| limit.takes(&name(*n), *n)).count();
        assert!((50..400).contains(&taken), "{taken}");
        // existing streams are kept when others arrive
        assert!((0..taken as i64).all(|n| limit.takes(&name(n), 6000 + n)));
        assert!(!limit.takes(&name(4999), 7000));
        assert!(limit.takes(&name(4999), 6000 + OVER + taken as i64));
    }
}
