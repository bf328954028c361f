//! Determines which redelivered messages were counted before a restart.
//!
//! A broker assigns no persistent numbers, but redelivers unacknowledged messages in their original order. Each
//! position identifies two messages: the first one that is not committed, which is unacknowledged and so redelivered,
//! and the last one that was counted. Messages before the former are committed, and only their acknowledgement was
//! lost; messages after the latter are new.

use crate::data::name_hash;
use rumqttc::{Publish, QoS};
use std::fmt;
use std::str::FromStr;

/// Identifies a message: the broker's packet id, and a hash of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub id: u16,
    pub hash: u64,
}

impl Name {
    /// The name of a message that must be acknowledged.
    pub fn of(message: &Publish) -> Option<Self> {
        let hash = name_hash(message.topic.as_bytes()).rotate_left(32) ^ name_hash(&message.payload);
        (message.qos != QoS::AtMostOnce).then_some(Self { id: message.pkid, hash })
    }
}

/// The two messages of a position, stored as its note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The first message that is not committed, if it was counted.
    pub first: Option<Name>,
    /// The last message that was counted.
    pub last: Option<Name>,
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: Option<Name>| name.map_or("-".into(), |n| format!("{} {:x}", n.id, n.hash));
        write!(f, "{}, {}", text(self.first), text(self.last))
    }
}

impl FromStr for Ends {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let name = |text: &str| match text.split_once(' ') {
            None if text == "-" => Ok(None),
            None => Err(()),
            Some((id, hash)) => {
                let hash = u64::from_str_radix(hash, 16).map_err(drop)?;
                Ok(Some(Name { id: id.parse().map_err(drop)?, hash }))
            }
        };
        let (first, last) = text.split_once(", ").ok_or(())?;
        Ok(Self { first: name(first)?, last: name(last)? })
    }
}

/// The outcome for a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It belongs to committed results, and only needs to be acknowledged.
    Safe(Publish),
    /// It has this number.
    Numbered(i64, Publish),
}

/// Numbers messages, starting from a position.
#[derive(Default)]
pub struct Numbers {
    state: State,
    /// The next number.
    next: i64,
    /// Messages below this number were counted before the restart.
    reached: i64,
    /// Messages that wait until one of the two is found, or whose order is unknown.
    held: Vec<Publish>,
}

#[derive(Default)]
enum State {
    /// Before the first message that is not committed, or the last one that was counted.
    Seeking(Ends),
    /// Before the last message that was counted.
    Counted(Option<Name>),
    #[default]
    New,
}

impl Numbers {
    /// Looks for these two messages; counted messages have the numbers `from..reached`.
    pub fn resume(from: i64, reached: i64, ends: Ends) -> Self {
        match ends {
            Ends { last: None, .. } => Self { next: reached, ..Self::default() },
            ends => Self { state: State::Seeking(ends), next: from, reached, held: vec![] },
        }
    }

    /// Whether messages wait.
    pub fn waits(&self) -> bool {
        !self.held.is_empty()
    }

    /// Processes the next message.
    pub fn take(&mut self, message: Publish, give: &mut dyn FnMut(Fate)) {
        let Some(name) = Name::of(&message) else {
            // a message sent only once is not ordered among redelivered ones
            match self.state {
                State::New => self.number(message, give),
                _ => self.held.push(message),
            }
            return;
        };
        match self.state {
            State::New => self.number(message, give),
            State::Seeking(Ends { first, last }) => match first.or(last) {
                Some(end) if end == name => {
                    self.held.retain(|held| {
                        let again = Name::of(held).is_some();
                        again.then(|| give(Fate::Safe(held.clone())));
                        !again
                    });
                    match first {
                        Some(_) => {
                            self.state = State::Counted(last);
                            self.counted(name, message, give);
                        }
                        None => {
                            give(Fate::Safe(message));
                            self.go_on(give);
                        }
                    }
                }
                _ if message.dup => self.held.push(message),
                _ => {
                    self.go_on(give);
                    self.number(message, give);
                }
            },
            State::Counted(_) => self.counted(name, message, give),
        }
    }

    fn counted(&mut self, name: Name, message: Publish, give: &mut dyn FnMut(Fate)) {
        let last = matches!(self.state, State::Counted(Some(last)) if last == name);
        self.number(message, give);
        if last || self.next >= self.reached {
            self.go_on(give);
        }
    }

    fn number(&mut self, message: Publish, give: &mut dyn FnMut(Fate)) {
        give(Fate::Numbered(self.next, message));
        self.next += 1;
    }

    /// Treats all messages as new from here on, including those that wait: none of the two can follow.
    pub fn go_on(&mut self, give: &mut dyn FnMut(Fate)) {
        (self.state, self.next) = (State::New, self.next.max(self.reached));
        std::mem::take(&mut self.held).into_iter().for_each(|message| self.number(message, give));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with this id; redelivered if `again`.
    fn message(id: u16, again: bool) -> Publish {
        let mut message = Publish::new("t", QoS::AtLeastOnce, id.to_string());
        (message.pkid, message.dup) = (id, again);
        message
    }

    fn name(id: u16) -> Option<Name> {
        Name::of(&message(id, false))
    }

    /// The outcome for each message: a number, or none.
    fn fates(mut numbers: Numbers, messages: Vec<Publish>) -> Vec<(u16, Option<i64>)> {
        let mut all = vec![];
        let mut give = |fate| {
            all.push(match fate {
                Fate::Safe(message) => (message.pkid, None),
                Fate::Numbered(number, message) => (message.pkid, Some(number)),
            });
        };
        messages.into_iter().for_each(|message| numbers.take(message, &mut give));
        numbers.go_on(&mut give);
        all
    }

    #[test]
    fn redelivered_messages_keep_their_numbers() {
        // 100 to 104 were counted, 102 is needed; acknowledgements of 100 and 101 may have been lost
        let ends = Ends { first: name(12), last: name(14) };
        assert_eq!(ends.to_string().parse(), Ok(ends));
        let numbers = || Numbers::resume(102, 105, ends);
        let again = |ids: std::ops::Range<u16>| ids.map(|id| message(id, true)).collect::<Vec<_>>();
        let right = [(12, Some(102)), (13, Some(103)), (14, Some(104)), (15, Some(105)), (16, Some(106))];
        let lost = [(10, None), (11, None)];
        assert_eq!(fates(numbers(), again(10..17)), [&lost[..], &right].concat());
        assert_eq!(fates(numbers(), again(12..17)), right);
        // a message sent once is placed after them
        let mut once = again(12..17);
        once.insert(1, Publish::new("t", QoS::AtMostOnce, "x"));
        let behind = [&right[..3], &[(0, Some(105)), (15, Some(106)), (16, Some(107))]].concat();
        assert_eq!(fates(numbers(), once), behind);
    }

    #[test]
    fn the_last_counted_message_separates_new_ones() {
        let ends = Ends { first: None, last: name(14) };
        let numbers = || Numbers::resume(105, 105, ends);
        let messages = |ids: std::ops::Range<u16>, again| ids.map(move |id| message(id, again));
        assert_eq!(
            fates(numbers(), messages(13..16, true).collect()),
            [(13, None), (14, None), (15, Some(105))]
        );
        // the acknowledgements were received: all messages are new, redelivered or not
        assert_eq!(fates(numbers(), messages(15..17, false).collect()), [(15, Some(105)), (16, Some(106))]);
        let both = messages(15..17, true).chain(messages(17..18, false)).collect();
        assert_eq!(fates(numbers(), both), [(15, Some(105)), (16, Some(106)), (17, Some(107))]);
        // the same id with other content is another message
        let mut other = message(14, true);
        other.payload = "other".into();
        assert_eq!(fates(numbers(), vec![other]), [(14, Some(105))]);
        assert_eq!(
            fates(Numbers::resume(3, 7, Ends::default()), messages(1..2, true).collect()),
            [(1, Some(7))]
        );
    }
}
