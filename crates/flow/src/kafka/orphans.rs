//! Partitions that nobody in a group reads.
//!
//! A partition moves in two steps: whoever has it lets it go, and then asks for partitions to be shared out anew. A member
//! that ends between the two and comes back under its name is taken for the one it was, nobody asks, and the partition
//! stays with nobody. So each member looks now and then, and the one with the least to lose asks.

use super::Group;
use rdkafka::consumer::Consumer;
use rdkafka::groups::GroupInfo;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// From one look to the next: what moves by itself is not without a reader in both.
const EVERY: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_secs(1);

/// What one member sees of its group.
pub struct Watch {
    partitions: i32,
    looked: Instant,
    /// What nobody read at the last look.
    missing: BTreeSet<i32>,
}

impl Watch {
    /// Over a topic of so many partitions.
    pub fn new(partitions: i32) -> Self {
        Self { partitions, looked: Instant::now(), missing: BTreeSet::new() }
    }

    /// Whether it is on this member to ask for a new assignment.
    pub fn asks(&mut self, group: &Group) -> bool {
        if self.looked.elapsed() < EVERY {
            return false;
        }
        self.looked = Instant::now();
        // a broker that is away says nothing of its groups
        let known = group.consumer.fetch_group_list(Some(&group.name), ANSWER);
        let members = known.ok().and_then(|known| members(known.groups().first()?, &group.topic));
        let (missing, first) = members.map_or((BTreeSet::new(), None), |members| self.look(members));
        let again = !missing.is_empty() && missing == self.missing;
        self.missing = missing;
        again && first.is_some_and(|first| is_of(&first, &group.member))
    }

    /// What nobody reads, and the member that reads the least.
    fn look(&self, members: Vec<(String, Vec<i32>)>) -> (BTreeSet<i32>, Option<String>) {
        let read: BTreeSet<i32> = members.iter().flat_map(|(_, read)| read.iter().copied()).collect();
        let missing = (0..self.partitions).filter(|partition| !read.contains(partition)).collect();
        let least = members.into_iter().min_by_key(|(id, read)| (read.len(), id.clone()));
        (missing, least.map(|(id, _)| id))
    }
}

/// The ids of all members and what they read, if the group is at rest.
fn members(group: &GroupInfo, topic: &str) -> Option<Vec<(String, Vec<i32>)>> {
    let all = group.members().iter().map(|member| {
        let read = member.assignment().map_or(Some(vec![]), |bytes| assigned(bytes, topic))?;
        Some((member.id().to_owned(), read))
    });
    (group.state() == "Stable").then(|| all.collect())?
}

/// A broker names a member by its own name and 36 characters that are never the same.
fn is_of(id: &str, member: &str) -> bool {
    id.strip_prefix(member).is_some_and(|rest| rest.len() == 37 && rest.starts_with('-'))
}

/// The partitions of a topic in an assignment, as the protocol of consumers writes it.
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
    fn an_assignment_is_read_and_rubbish_is_none() {
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
    fn the_one_with_the_least_to_lose_asks() {
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
