//! How many streams a partition's position has room for: one client with many keys must not end everybody's job.

use super::metadata::fits;
use crate::data::{Position, Stream};
use std::collections::HashMap;

/// So few always fit, whatever their names.
const FEW: usize = 8;

/// A stream that is silent for so many messages is over, and its mark is no longer kept.
const OVER: i64 = 200_000;

/// The streams of a partition whose marks its position keeps.
#[derive(Default)]
pub struct Room {
    /// By name the offset of the last message.
    last: HashMap<Stream, i64>,
    /// With so many there was no room for one more.
    full: Option<usize>,
}

impl Room {
    /// With the streams that the committed position has marks of.
    pub fn new(position: Option<&Position>) -> Self {
        let marks = position
            .iter()
            .flat_map(|p| p.resume.keys().map(|name| (Stream::from(name.as_str()), p.reached)));
        Self { last: marks.collect(), full: None }
    }

    /// Whether there is room for this stream, which has a message there.
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
    fn a_partition_takes_what_it_has_room_for_and_again_when_streams_are_over() {
        let name = |n: i64| Stream::from(format!("device-{n:06}").as_str());
        let mut room = Room::new(None);
        let taken = (0..5000).filter(|n| room.takes(&name(*n), *n)).count();
        assert!((50..400).contains(&taken), "{taken}");
        // those that are there stay, whatever else comes
        assert!((0..taken as i64).all(|n| room.takes(&name(n), 6000 + n)));
        assert!(!room.takes(&name(4999), 7000));
        assert!(room.takes(&name(4999), 6000 + OVER + taken as i64));
    }
}
