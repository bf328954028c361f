//! Detects partitions of a group without an owner.
//!
//! A partition moves in two steps: its owner releases it, then requests a new assignment. If a member ends between the
//! two steps and returns under its name, it is taken for the earlier process, no assignment is requested, and the
//! partition remains without an owner. Each member therefore checks regularly, and the member with the fewest
//! partitions requests a new assignment.

use super::Group;
use rdkafka::consumer::Consumer;
use rdkafka::groups::GroupInfo;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The interval between two checks: a partition that is being moved is not without an owner in both.
const EVERY: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_secs(1);

/// The view that a member has of its group.
pub struct Watch {
    partitions: i32,
    looked: Instant,
    /// Partitions without an owner at the last check.
    missing: BTreeSet<i32>,
}

impl Watch {
    /// A watch of a topic with this number of partitions.
    pub fn new(partitions: i32) -> Self {
        Self { partitions, looked: Instant::now(), missing: BTreeSet::new() }
    }

    /// Whether this member must request a new assignment.
    pub fn asks(&mut self, group: &Group) -> bool {
        if self.looked.elapsed() < EVERY {
            return false;
        }
        self.looked = Instant::now();
        // there is no information while the broker is unreachable
        let known = group.consumer.fetch_group_list(Some(&group.name), ANSWER);
        let members = known.ok().and_then(|known| members(known.groups().first()?, &group.topic));
        let (missing, first) = members.map_or((BTreeSet::new(), None), |members| self.look(members));
        let still_missing = !missing.is_empty() && missing == self.missing;
        self.missing = missing;
        still_missing && first.is_some_and(|first| is_of(&first, &group.member))
    }

    /// The partitions without an owner, and the member with the fewest partitions.
    fn look(&self, members: Vec<(String, Vec<i32>)>) -> (BTreeSet<i32>, Option<String>) {
        let read: BTreeSet<i32> = members.iter().flat_map(|(_, read)| read.iter().copied()).collect();
        let missing = (0..self.partitions).filter(|partition| !read.contains(partition)).collect();
        let least = members.into_iter().min_by_key(|(id, read)| (read.len(), id.clone()));
        (missing, least.map(|(id, _)| id))
    }
}

/// The ids of all members and their partitions, if the group is stable.
fn members(group: &GroupInfo, topic: &str) -> Option<Vec<(String, Vec<i32>)>> {
    let all = group.members().iter().map(|member| {
        let read = member.assignment().map_or(Some(vec![]), |bytes| assigned(bytes, topic))?;
        Some((member.id().to_owned(), read))
    });
    (group.state() == "Stable").then(|| all.collect())?
}

/// A broker appends 36 random characters to the name of a member.
fn is_of(id: &str, member: &str) -> bool {
    id.strip_prefix(member).is_some_and(|rest| rest.len() == 37 && rest.starts_with('-'))
}

/// The partitions of a topic in an assignment, in the encoding of the consumer protocol.
fn assigned(mut bytes: &[u8], topic: &str) -> Option<Vec<i32>> {
    fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = bytes.split_at_checked(count)?;
        *bytes = rest;
        Some(taken)
    }
    let number = |bytes: &mut &[u8]| Some(i32::from_be_bytes(take(bytes, 4)?.try_into().ok()?));
    if bytes.is_empty() {
        return Some(vec![]);
    }
    take(&mut bytes, 2)?;
    let mut read = vec![];
    for _ in 0..number(&mut bytes)? {
        let length = u16::from_be_bytes(take(&mut bytes, 2)?.try_into().ok()?);
        let ours = take(&mut bytes, length.into())? == topic.as_bytes();
        for _ in 0..number(&mut bytes)? {
            let partition = number(&mut bytes)?;
            read.extend(ours.then_some(partition));
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_parsed_and_invalid_bytes_are_none() {
        let text =
            b"\0\x03\0\0\0\x02\0\x01t\0\0\0\x02\0\0\0\x01\0\0\0\x05\0\x02ux\0\0\0\x01\0\0\0\x07\0\0\0\0";
        assert_eq!(assigned(text, "t"), Some(vec![1, 5]));
        assert_eq!(assigned(text, "ux"), Some(vec![7]));
        assert_eq!(assigned(b"", "t"), Some(vec![]));
        for end in 1..text.len() - 4 {
            assert_eq!(assigned(&text[..end], "t"), None);
        }
        assert_eq!(assigned(b"\0\0\x7f\xff\xff\xff", "t"), None);
    }

    #[test]
    fn the_member_with_the_fewest_partitions_requests_the_assignment() {
        let uuid = "6ce839c5-d8dc-42aa-bff4-bfc89457a94e";
        let member = |name: &str, read: &[i32]| (format!("{name}-{uuid}"), read.to_vec());
        let watch = Watch::new(4);
        let (missing, least) = watch.look(vec![member("g-0", &[2, 3]), member("g-1", &[])]);
        assert_eq!(missing, BTreeSet::from([0, 1]));
        assert!(is_of(&least.clone().unwrap(), "g-1") && !is_of(&least.unwrap(), "g-0"));
        assert!(!is_of(&format!("g-1-0-{uuid}"), "g-1"));
        assert!(watch.look(vec![member("g-0", &[2, 3]), member("g-1", &[0, 1])]).0.is_empty());
    }
}
