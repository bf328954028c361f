//! What became of transactions whose end did not reach every partition.
//!
//! A transaction's coordinator decides, then writes a marker to each partition of the transaction. A broker may lose
//! markers and still call the transaction complete (Apache Kafka 4.3.1 does, KAFKA-20734). Then records of one
//! transaction are visible in one partition and held back in another, and the next marker of the same producer, of
//! whatever transaction, decides about what is held back. So before a producer writes again its last transaction is
//! settled as a whole: the log itself tells which way. Whatever of it can be seen (a record, or its positions) was
//! committed, so all of it was; where nothing can be seen it may as well be aborted, for its input is read again.

use passband_signal::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Names a transaction of a producer, both in µs since 1970: when the producer started, when the transaction began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Id(pub i64, pub i64);

/// Names a record: its transaction, and how many the transaction had before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub Id, pub u32);

/// A record's tag with the producer's name, as its header `transaction` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The transactional id.
    pub member: String,
    /// Which record.
    pub tag: Tag,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tag(Id(life, began), number) = self.tag;
        write!(f, "{}/{life}/{began}/{number}", self.member)
    }
}

impl Signed {
    /// Reads what `Display` writes.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, '/');
        let (number, began, life) = (parts.next()?, parts.next()?, parts.next()?);
        let tag = Tag(Id(life.parse().ok()?, began.parse().ok()?), number.parse().ok()?);
        Some(Self { member: parts.next()?.to_owned(), tag })
    }
}

/// What is found before anything is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// Partitions of data, by topic, that have a transaction open: ours, or another's that is under way.
    pub partitions: BTreeSet<(String, i32)>,
    /// Positions of the group are held back.
    pub positions: bool,
    /// An earlier start began to settle and did not come to its end.
    pub begun: bool,
}

impl Open {
    /// Whether there is anything to settle.
    pub fn any(&self) -> bool {
        !self.partitions.is_empty() || self.positions || self.begun
    }
}

/// What the log says of this producer's last transactions, once none of its records is held back any more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Records that were written, whatever became of them.
    pub written: BTreeSet<Tag>,
    /// Those that readers of committed messages get.
    pub visible: BTreeSet<Tag>,
    /// The transaction that the newest committed positions came with.
    pub settled: Option<Id>,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fate {
    /// Records of committed transactions that nobody can see: they are written again.
    pub missing: BTreeSet<Tag>,
    /// Positions that are held back are committed; if not, they are dropped.
    pub commit: bool,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let positions = if self.commit { "positions were committed" } else { "nothing of it counts" };
        match self.missing.len() {
            0 => write!(f, "settled what the broker had held back: {positions}"),
            n => write!(f, "settled what the broker had held back: {n} results were written again"),
        }
    }
}

/// Decides by what is seen.
pub fn decide(seen: &Seen) -> Fate {
    // by life the newest transaction that was committed: one begins only when the one before it was committed
    let mut newest: BTreeMap<i64, i64> = BTreeMap::new();
    let known = seen.visible.iter().map(|tag| tag.0).chain(seen.settled);
    known.for_each(|Id(life, began)| {
        let newest = newest.entry(life).or_insert(began);
        *newest = began.max(*newest);
    });
    let committed = |Id(life, began): Id| newest.get(&life).is_some_and(|newest| began <= *newest);
    let missing = seen.written.difference(&seen.visible).filter(|tag| committed(tag.0)).copied().collect();
    let last = seen.visible.last().map(|tag| tag.0);
    Fate { missing, commit: last > seen.settled }
}

/// What settling needs of a cluster. Each step may fail, and the process may end between any two of them: then all are
/// taken again by the next start.
pub trait Cluster {
    /// Looks for what is held back.
    fn open(&mut self) -> Result<Open>;
    /// Notes, safe, that settling began or has come to its end.
    fn note(&mut self, begun: bool) -> Result<()>;
    /// Aborts whatever this producer has open in these partitions.
    fn abort(&mut self, partitions: &BTreeSet<(String, i32)>) -> Result<()>;
    /// Reads what this producer wrote last.
    fn read(&mut self) -> Result<Seen>;
    /// Drops positions that are held back for this producer.
    fn drop_positions(&mut self) -> Result<()>;
    /// Writes these records again, in one transaction, which commits positions that are held back too if `positions`.
    fn commit(&mut self, missing: &BTreeSet<Tag>, positions: bool) -> Result<()>;
}

/// Settles what an earlier life of this producer has left; what was done, if anything was held back.
pub fn settle(cluster: &mut dyn Cluster) -> Result<Option<Fate>> {
    let open = cluster.open()?;
    if !open.any() {
        return Ok(None);
    }
    // should this process end on the way, nothing may be held back any more and yet not all be settled
    cluster.note(true)?;
    // positions are left alone until it is known which way: they cannot be made again
    if !open.partitions.is_empty() {
        cluster.abort(&open.partitions)?;
    }
    let fate = decide(&cluster.read()?);
    let commit = fate.commit && open.positions;
    if open.positions && !commit {
        cluster.drop_positions()?;
    }
    if commit || !fate.missing.is_empty() {
        cluster.commit(&fate.missing, commit)?;
    }
    cluster.note(false)?;
    Ok(Some(Fate { commit, ..fate }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_signal::Fault;

    /// What a broker keeps of one partition for one producer.
    #[derive(Clone, Default)]
    struct Partition {
        /// Records with their fate: none yet, committed, aborted.
        records: Vec<(Tag, Option<bool>)>,
    }

    /// Results on two partitions, refused messages on a third, positions on a fourth.
    #[derive(Clone, Default)]
    struct Model {
        data: [Partition; 3],
        /// Committed, and held back.
        positions: (Option<Id>, Option<Id>),
        begun: bool,
        /// Which markers of transactions that settle are lost, by bits; taken from, one transaction each.
        losses: Vec<u8>,
        /// How many steps are taken before the process ends.
        steps: usize,
    }

    const FIRST: Id = Id(1, 1);
    const LAST: Id = Id(1, 2);

    fn name(at: usize) -> (String, i32) {
        (["results", "results", "refused"][at].to_owned(), i32::from(at == 1))
    }

    impl Model {
        /// A marker that reaches all of the transaction's partitions but those whose bit is set: 0 to 2, positions 3.
        fn mark(&mut self, over: u8, commit: bool, lost: u8) {
            for (at, partition) in self.data.iter_mut().enumerate() {
                if over >> at & 1 == 1 && lost >> at & 1 == 0 {
                    partition.records.iter_mut().for_each(|(_, fate)| {
                        fate.get_or_insert(commit);
                    });
                }
            }
            if over >> 3 & 1 == 1 && lost >> 3 & 1 == 0 {
                if let (Some(pending), true) = (self.positions.1, commit) {
                    self.positions.0 = self.positions.0.max(Some(pending));
                }
                self.positions.1 = None;
            }
        }
        fn write(&mut self, id: Id, at: usize, number: u32) {
            self.data[at].records.push((Tag(id, number), None));
        }
        fn loss(&mut self) -> u8 {
            self.losses.pop().unwrap_or(0)
        }
        fn step(&mut self) -> Result<()> {
            self.steps = self.steps.checked_sub(1).ok_or_else(|| Fault::new("the process was killed"))?;
            Ok(())
        }
        /// What readers of committed messages get of a transaction.
        fn visible(&self, id: Id) -> Vec<Tag> {
            let mut all: Vec<Tag> = self
                .data
                .iter()
                .flat_map(|partition| &partition.records)
                .filter(|(tag, fate)| tag.0 == id && *fate == Some(true))
                .map(|(tag, _)| *tag)
                .collect();
            all.sort_unstable();
            all
        }
    }

    impl Cluster for Model {
        fn open(&mut self) -> Result<Open> {
            self.step()?;
            let hang = |at: &usize| self.data[*at].records.iter().any(|(_, fate)| fate.is_none());
            let partitions = (0..3).filter(hang).map(name).collect();
            Ok(Open { partitions, positions: self.positions.1.is_some(), begun: self.begun })
        }
        fn note(&mut self, begun: bool) -> Result<()> {
            self.step()?;
            self.begun = begun;
            Ok(())
        }
        fn abort(&mut self, partitions: &BTreeSet<(String, i32)>) -> Result<()> {
            self.step()?;
            let over = (0..3).filter(|at| partitions.contains(&name(*at))).map(|at| 1 << at).sum();
            self.mark(over, false, 0);
            Ok(())
        }
        fn read(&mut self) -> Result<Seen> {
            self.step()?;
            let all = self.data.iter().flat_map(|partition| partition.records.clone());
            let (mut written, mut visible) = (BTreeSet::new(), BTreeSet::new());
            for (tag, fate) in all {
                written.insert(tag);
                if fate == Some(true) {
                    visible.insert(tag);
                }
            }
            Ok(Seen { written, visible, settled: self.positions.0 })
        }
        fn drop_positions(&mut self) -> Result<()> {
            self.step()?;
            self.mark(8, false, 0);
            Ok(())
        }
        fn commit(&mut self, missing: &BTreeSet<Tag>, positions: bool) -> Result<()> {
            self.step()?;
            let mut over = u8::from(positions) << 3;
            for Tag(id, number) in missing {
                self.write(*id, *number as usize, *number);
                over |= 1 << number;
            }
            let lost = self.loss();
            self.mark(over, true, lost);
            match lost {
                0 => Ok(()),
                _ => Err(Fault::new("the broker was killed")),
            }
        }
    }

    /// A transaction that went well, then one that ended so and lost these markers.
    fn after(over: u8, commit: bool, lost: u8) -> Model {
        let mut model = Model { steps: usize::MAX, ..Model::default() };
        for (id, lost) in [(FIRST, 0), (LAST, lost)] {
            (0..3).filter(|at| over >> at & 1 == 1).for_each(|at| model.write(id, at, at as u32));
            if over & 8 != 0 {
                model.positions.1 = Some(id);
            }
            model.mark(over, id == FIRST || commit, lost);
        }
        model
    }

    #[test]
    fn all_of_a_transaction_has_one_fate_whatever_markers_are_lost_and_wherever_settling_is_broken_off() {
        let mut tried = 0;
        // every transaction with positions and some data, every subset of markers lost, then lost again while settling
        for over in 9..16_u8 {
            for (commit, lost, again) in
                (0..512_u16).map(|n| (n & 256 != 0, n as u8 & 15, (n >> 4) as u8 & 15))
            {
                for steps in 0..9 {
                    let mut model = after(over, commit, lost & over);
                    let seen_before = model.visible(LAST);
                    let committed_before = model.positions.0 == Some(LAST);
                    model.losses = vec![again & over];
                    model.steps = steps;
                    let _ = settle(&mut model);
                    model.steps = usize::MAX;
                    while settle(&mut model).is_err() {}
                    assert_eq!(settle(&mut model).unwrap(), None, "nothing is left to settle");
                    let whole: Vec<Tag> =
                        (0..3).filter(|at| over >> at & 1 == 1).map(|at| Tag(LAST, at)).collect();
                    let settled = model.positions.0 == Some(LAST);
                    let case =
                        format!("over {over:04b} commit {commit} lost {lost:04b} {again:04b} steps {steps}");
                    // each record once if the positions went on, none if the input is read again
                    assert_eq!(model.visible(LAST), if settled { whole } else { vec![] }, "{case}");
                    // what somebody has seen stays
                    assert!(settled || seen_before.is_empty() && !committed_before, "{case}");
                    assert!(!settled || commit, "{case}: what was aborted came back");
                    let first: Vec<Tag> =
                        (0..3).filter(|at| over >> at & 1 == 1).map(|at| Tag(FIRST, at)).collect();
                    assert_eq!(model.visible(FIRST), first, "{case}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 7 * 512 * 9);
    }

    #[test]
    fn a_signature_is_read_as_it_was_written() {
        let signed = Signed { member: "a/b-1".into(), tag: Tag(Id(17, 18), 3) };
        assert_eq!(Signed::read(&signed.to_string()), Some(signed));
        for wrong in ["", "a", "1/2/3", "a/x/2/3", "a/1/2/-3"] {
            assert_eq!(Signed::read(wrong), None, "{wrong}");
        }
    }
}
