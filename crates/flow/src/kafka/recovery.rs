//! Recovery of transactions whose end did not reach all partitions.
//!
//! The coordinator of a transaction decides its outcome, then writes a marker to each of its partitions. A broker may
//! lose markers and still count the transaction as complete (Apache Kafka 4.3.1 does, KAFKA-20734). Records of one
//! transaction are then visible in one partition and pending in another, and the next marker of the same producer, for
//! any transaction, decides the pending records. Before a producer writes again, its last transaction is therefore
//! recovered as a whole, as determined by the log: if anything of it is visible (a record, or its positions), it was
//! committed. If nothing is visible, it can be aborted, since its input is read again.

use passband_signal::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Identifies a transaction of a producer: start of the producer and start of the transaction, in µs since 1970.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Id(pub i64, pub i64);

/// Identifies a record: its transaction, and its number within the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub Id, pub u32);

/// The id of a record together with the producer's name, as in the header `transaction`.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The transactional id.
    pub member: String,
    /// The record.
    pub tag: Tag,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tag(Id(life, began), number) = self.tag;
        write!(f, "{}/{life}/{began}/{number}", self.member)
    }
}

impl Signed {
    /// Parses the output of `Display`.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, '/');
        let (number, began, life) = (parts.next()?, parts.next()?, parts.next()?);
        let tag = Tag(Id(life.parse().ok()?, began.parse().ok()?), number.parse().ok()?);
        Some(Self { member: parts.next()?.to_owned(), tag })
    }
}

/// The state before recovery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// Data partitions, by topic, with an open transaction: of this producer, or an ongoing one of another.
    pub partitions: BTreeSet<(String, i32)>,
    /// Whether positions of the group are pending.
    pub positions: bool,
    /// Whether an earlier recovery was started and not finished.
    pub begun: bool,
}

impl Open {
    /// Whether there is anything to recover.
    pub fn any(&self) -> bool {
        !self.partitions.is_empty() || self.positions || self.begun
    }
}

/// What the log contains of this producer's last transactions, once none of its records is pending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Records that were written, visible or not.
    pub written: BTreeSet<Tag>,
    /// Records that are visible to readers of committed messages.
    pub visible: BTreeSet<Tag>,
    /// The transaction of the newest committed positions.
    pub settled: Option<Id>,
}

/// The decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Records of committed transactions that are not visible: they are written again.
    pub missing: BTreeSet<Tag>,
    /// Whether pending positions are committed; otherwise they are aborted.
    pub commit: bool,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let positions = if self.commit { "positions were committed" } else { "no positions were committed" };
        match self.missing.len() {
            0 => write!(f, "recovered an unfinished transaction: {positions}"),
            n => write!(f, "recovered an unfinished transaction: {n} results were written again"),
        }
    }
}

/// Decides by the visible records.
pub fn decide(seen: &Seen) -> Decision {
    // by start of the producer, the newest committed transaction: one begins only after the previous one was committed
    let mut newest: BTreeMap<i64, i64> = BTreeMap::new();
    let known = seen.visible.iter().map(|tag| tag.0).chain(seen.settled);
    known.for_each(|Id(life, began)| {
        let newest = newest.entry(life).or_insert(began);
        *newest = began.max(*newest);
    });
    let committed = |Id(life, began): Id| newest.get(&life).is_some_and(|newest| began <= *newest);
    let missing = seen.written.difference(&seen.visible).filter(|tag| committed(tag.0)).copied().collect();
    let last = seen.visible.last().map(|tag| tag.0);
    Decision { missing, commit: last > seen.settled }
}

/// The operations that recovery needs. Each step may fail, and the process may end between two steps: the next start
/// then repeats all of them.
pub trait Cluster {
    /// Looks for open transactions and pending positions.
    fn open(&mut self) -> Result<Open>;
    /// Stores durably that recovery has started or finished.
    fn note(&mut self, begun: bool) -> Result<()>;
    /// Aborts the open transactions of this producer in these partitions.
    fn abort(&mut self, partitions: &BTreeSet<(String, i32)>) -> Result<()>;
    /// Reads the last records of this producer.
    fn read(&mut self) -> Result<Seen>;
    /// Aborts pending positions of this producer.
    fn drop_positions(&mut self) -> Result<()>;
    /// Writes these records again in one transaction, which also commits pending positions if `positions` is set.
    fn commit(&mut self, missing: &BTreeSet<Tag>, positions: bool) -> Result<()>;
}

/// Recovers the transactions of an earlier process of this producer; returns the decision if anything was pending.
pub fn settle(cluster: &mut dyn Cluster) -> Result<Option<Decision>> {
    let open = cluster.open()?;
    if !open.any() {
        return Ok(None);
    }
    // if this process ends before recovery is complete, nothing may be pending although recovery is incomplete
    cluster.note(true)?;
    // positions are not changed until the decision is known: they cannot be restored
    if !open.partitions.is_empty() {
        cluster.abort(&open.partitions)?;
    }
    let decision = decide(&cluster.read()?);
    let commit = decision.commit && open.positions;
    if open.positions && !commit {
        cluster.drop_positions()?;
    }
    if commit || !decision.missing.is_empty() {
        cluster.commit(&decision.missing, commit)?;
    }
    cluster.note(false)?;
    Ok(Some(Decision { commit, ..decision }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_signal::Fault;

    /// The state of one partition for one producer.
    #[derive(Clone, Default)]
    struct Partition {
        // records with their outcome: pending, committed, aborted
        records: Vec<(Tag, Option<bool>)>,
    }

    /// Results on two partitions, refused messages on a third, positions on a fourth.
    #[derive(Clone, Default)]
    struct Model {
        data: [Partition; 3],
        /// Committed and pending positions.
        positions: (Option<Id>, Option<Id>),
        begun: bool,
        /// Bit sets of lost markers for the transactions of the recovery, one after the other.
        losses: Vec<u8>,
        /// Number of steps before the process ends.
        steps: usize,
    }

    const FIRST: Id = Id(1, 1);
    const LAST: Id = Id(1, 2);

    fn name(at: usize) -> (String, i32) {
        (["results", "results", "refused"][at].to_owned(), i32::from(at == 1))
    }

    impl Model {
        /// A marker that reaches all partitions of the transaction except those whose bit is set: 0 to 2, positions 3.
        fn mark(&mut self, over: u8, commit: bool, lost: u8) {
            for (at, partition) in self.data.iter_mut().enumerate() {
                if over >> at & 1 == 1 && lost >> at & 1 == 0 {
                    partition.records.iter_mut().for_each(|(_, outcome)| {
                        outcome.get_or_insert(commit);
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
        /// The records of a transaction that readers of committed messages see.
        fn visible(&self, id: Id) -> Vec<Tag> {
            let mut all: Vec<Tag> = self
                .data
                .iter()
                .flat_map(|partition| &partition.records)
                .filter(|(tag, outcome)| tag.0 == id && *outcome == Some(true))
                .map(|(tag, _)| *tag)
                .collect();
            all.sort_unstable();
            all
        }
    }

    impl Cluster for Model {
        fn open(&mut self) -> Result<Open> {
            self.step()?;
            let hang = |at: &usize| self.data[*at].records.iter().any(|(_, outcome)| outcome.is_none());
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
            for (tag, outcome) in all {
                written.insert(tag);
                if outcome == Some(true) {
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

    /// A successful transaction, then one with this outcome that lost these markers.
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
    fn a_transaction_has_one_outcome_for_all_lost_markers_and_interrupted_recoveries() {
        let mut tried = 0;
        // every transaction with positions and some data, every subset of lost markers, then losses during recovery
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
                    // each record once if the positions were committed, none if the input is read again
                    assert_eq!(model.visible(LAST), if settled { whole } else { vec![] }, "{case}");
                    // records that were visible remain visible
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
    fn a_signature_round_trips() {
        let signed = Signed { member: "a/b-1".into(), tag: Tag(Id(17, 18), 3) };
        assert_eq!(Signed::read(&signed.to_string()), Some(signed));
        for wrong in ["", "a", "1/2/3", "a/x/2/3", "a/1/2/-3"] {
            assert_eq!(Signed::read(wrong), None, "{wrong}");
        }
    }
}
