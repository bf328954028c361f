//! Guarantees of a plan, tested on random lists.

use super::*;
use crate::set::labels::{self, Refusals};
use std::collections::{BTreeMap, BTreeSet};

/// Pseudo-random numbers from a seed.
struct Random(u64);
impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 += 1;
        order::key(self.0 >> 32, self.0 as u32) % n
    }
}

/// A list with the inspection results of its blobs.
struct Set {
    table: Table,
    refused: Refusals,
    found: Vec<Option<(u128, u32)>>,
}

impl Set {
    fn new(csv: &str, columns: &[&str], found: impl Fn(usize) -> Option<(u128, u32)>) -> Self {
        let has = |name: &str| columns.contains(&name).then(|| name.to_owned());
        let options =
            labels::Options { group: has("group"), split: has("split"), ..labels::Options::default() };
        let (table, refused) = labels::read(csv.as_bytes(), &options).unwrap();
        let found = (0..table.len()).map(|row| found(table.number(row) as usize - 1)).collect();
        Self { table, refused, found }
    }
    fn inspections(&self, arrival: impl Iterator<Item = usize>) -> Inspections {
        let mut all = Inspections::new(self.table.len());
        for row in arrival {
            match self.found[row] {
                Some((content, records)) => all.good(row, content, records),
                None => all.refuse(row, "broken"),
            }
        }
        all
    }
    fn plan(&self, options: &Options) -> Result<SetPlan> {
        SetPlan::new(&self.table, &self.inspections(0..self.table.len()), options)
    }
    /// A random set: few, many or no groups, labels and duplicated contents.
    fn random(random: &mut Random) -> Self {
        let rows = 1 + random.below(300);
        let [labels, groups, contents] = [5, 40, 400].map(|most| 1 + random.below(most));
        let grouped = random.below(2) == 0;
        let several = random.below(3) == 0;
        let mut csv = "Label,Blob Name,group\n".to_owned();
        for row in 0..rows {
            let label = if random.below(30) == 0 { "bad".into() } else { random.below(labels).to_string() };
            csv += &format!("{label},{row}.wav,g{}\n", random.below(groups));
        }
        let found: Vec<_> = (0..rows)
            .map(|_| {
                let content = u128::from(random.below(contents)) << 70;
                let records = if several { 1 + random.below(5) as u32 } else { 1 };
                (random.below(20) > 0).then_some((content, records))
            })
            .collect();
        let columns: &[&str] = if grouped { &["group"] } else { &[] };
        Self::new(&csv, columns, |row| found[row])
    }
}

fn shares(text: &str) -> Option<SplitShares> {
    Some(text.parse().unwrap())
}

/// The split of each row of the table.
fn split_of(plan: &SetPlan) -> BTreeMap<u32, usize> {
    let splits = 0..plan.splits().len();
    splits.flat_map(|split| plan.rows(split).iter().map(move |row| (*row, split))).collect()
}

fn check(set: &Set, plan: &SetPlan) {
    let of = split_of(plan);
    let (mut by_group, mut by_content) = (BTreeMap::new(), BTreeMap::new());
    for (row, split) in &of {
        let row = *row as usize;
        if let Some(group) = set.table.group(row) {
            assert_eq!(by_group.entry(group).or_insert(*split), split, "a group in two splits");
        }
        let (content, _) = set.found[row].expect("a refused row is in a split");
        assert_eq!(by_content.entry(content).or_insert(*split), split, "a content in two splits");
    }
    let out: BTreeSet<usize> = plan.left_out(&set.table).map(|(row, _)| row).collect();
    for row in 0..set.table.len() {
        let wanted = set.found[row].is_some() && !out.contains(&row);
        assert_eq!(of.contains_key(&(row as u32)), wanted, "row {row}");
    }
    for (number, split) in plan.splits().iter().enumerate() {
        let mut pieces = vec![];
        let lengths: Vec<u64> = split.shards.iter().map(|shard| shard.records).collect();
        for (shard, length) in lengths.iter().enumerate() {
            let entries: Vec<Entry> = plan.entries(number, shard).collect();
            assert_eq!(entries.iter().map(|entry| u64::from(entry.records)).sum::<u64>(), *length);
            pieces.extend(
                entries.iter().flat_map(|e| (e.first..e.first + e.records).map(|piece| (e.row, piece))),
            );
        }
        let rows = plan.rows(number).iter();
        let all: Vec<_> = rows
            .flat_map(|row| (0..set.found[*row as usize].unwrap().1).map(|piece| (*row, piece)))
            .collect();
        assert_eq!(pieces, all, "each record once, in order");
        let range = (lengths.iter().min().unwrap_or(&0), lengths.iter().max().unwrap_or(&0));
        assert!(range.1 - range.0 <= 1 && !lengths.contains(&0), "{lengths:?}");
        assert_eq!(split.records, all.len() as u64);
        for (class, count) in split.labels.iter().enumerate() {
            assert_eq!(
                *count,
                all.iter().filter(|(row, _)| set.table.class(*row as usize) == class).count() as u64
            );
        }
    }
}

#[test]
fn no_leak_equal_shards_and_every_row_once_whatever_the_list() {
    let mut random = Random(1 << 32);
    for turn in 0..1500 {
        let set = Set::random(&mut random);
        let text = ["a=1", "train=0.8,test=0.2", "train=0.8,validation=0.1,test=0.1"][turn % 3];
        let number = 4 + random.below(20) as u32;
        let options = Options {
            seed: random.below(1000),
            order: if turn % 5 == 0 { Order::Listed } else { Order::Shuffled },
            shards: if turn % 2 == 0 { ShardCount::Each(number) } else { ShardCount::Total(number) },
            shares: shares(text),
            labels: if turn % 4 == 0 { Stratify::No } else { Stratify::Labels },
        };
        let plan = set.plan(&options).unwrap();
        check(&set, &plan);
        // the result does not depend on the order of the inspections
        let mut arrival: Vec<usize> = (0..set.table.len()).collect();
        arrival.sort_by_key(|row| order::key(turn as u64, *row as u32));
        let again = SetPlan::new(&set.table, &set.inspections(arrival.into_iter()), &options).unwrap();
        assert_eq!(format!("{plan:?}"), format!("{again:?}"));
    }
}

#[test]
fn shares_are_met_as_far_as_bundles_allow() {
    let mut random = Random(2 << 32);
    for turn in 0..1000 {
        let set = Set::random(&mut random);
        let wished = shares(["train=0.8,validation=0.1,test=0.1", "a=0.5,b=0.5", "a=0.25,b=0.75"][turn % 3]);
        let options = Options { shares: wished.clone(), labels: Stratify::No, ..Options::default() };
        let plan = set.plan(&options).unwrap();
        let (bundles, total) = bundles_of(&set);
        let largest = bundles.first().copied().unwrap_or(0) as f64;
        for (split, (_, share)) in plan.splits().iter().zip(wished.unwrap().iter()) {
            let excess = split.records as f64 - share * total as f64;
            assert!(
                excess <= largest,
                "{} is {excess} over its share, the largest bundle {largest}",
                split.name
            );
            assert!(
                split.records > 0 || bundles.len() < plan.splits().len(),
                "{} is empty with {bundles:?}",
                split.name
            );
        }
    }
}

/// The records of each bundle, largest first, and their total; computed by propagating marks until nothing
/// changes.
fn bundles_of(set: &Set) -> (Vec<u64>, u64) {
    let good: Vec<usize> = (0..set.table.len()).filter(|row| set.found[*row].is_some()).collect();
    let mut mark: BTreeMap<usize, usize> = good.iter().map(|row| (*row, *row)).collect();
    loop {
        let before = mark.clone();
        let (mut groups, mut contents) = (BTreeMap::new(), BTreeMap::new());
        let keys = |row: &usize| (set.table.group(*row).ok_or(*row), set.found[*row].unwrap().0);
        for row in &good {
            let (group, content) = keys(row);
            let least = |mark: usize| move |least: &mut usize| *least = mark.min(*least);
            groups.entry(group).and_modify(least(mark[row])).or_insert(mark[row]);
            contents.entry(content).and_modify(least(mark[row])).or_insert(mark[row]);
        }
        for row in &good {
            let (group, content) = keys(row);
            mark.insert(*row, groups[&group].min(contents[&content]));
        }
        if mark == before {
            break;
        }
    }
    let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
    for (row, mark) in &mark {
        *sizes.entry(*mark).or_default() += u64::from(set.found[*row].unwrap().1);
    }
    let mut sizes: Vec<u64> = sizes.into_values().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let total = sizes.iter().sum();
    (sizes, total)
}

#[test]
fn without_groups_each_label_has_its_share_in_each_split() {
    let mut random = Random(3 << 32);
    let mut worst = 0.0_f64;
    for _ in 0..30 {
        let labels = 2 + random.below(12);
        let mut csv = "Label,Blob Name\n".to_owned();
        for row in 0..500 + random.below(2000) {
            // label 0 is common, the last label is rare
            csv += &format!("{},{row}.wav\n", random.below(labels).min(random.below(labels)));
        }
        let set = Set::new(&csv, &[], |row| Some((row as u128, 1)));
        let wished = shares("train=0.8,validation=0.1,test=0.1");
        let plan = set.plan(&Options { shares: wished.clone(), ..Options::default() }).unwrap();
        for (split, (_, share)) in plan.splits().iter().zip(wished.unwrap().iter()) {
            let off = (split.records as f64 - share * set.table.len() as f64).abs();
            assert!(off <= 2.0, "{} is {off} from its share", split.name);
            for (class, count) in split.labels.iter().enumerate() {
                let all = plan.splits().iter().map(|split| split.labels[class]).sum::<u64>();
                worst = worst.max((*count as f64 - share * all as f64).abs());
            }
        }
    }
    assert!(worst <= 1.5, "a label is {worst} records from its share");
}

#[test]
fn a_row_more_or_less_moves_no_other() {
    let mut csv = "Label,Blob Name\n".to_owned();
    (0..200).for_each(|row| csv += &format!("0,{row}.wav\n"));
    let rows = |broken: usize| {
        let set = Set::new(&csv, &[], |row| (row != broken).then_some((row as u128, 1)));
        set.plan(&Options { seed: 7, ..Options::default() }).unwrap().rows(0).to_vec()
    };
    let (all, mut without) = (rows(1000), rows(50));
    let place = all.iter().position(|row| *row == 50).unwrap();
    without.insert(place, 50);
    assert_eq!(without, all);
    assert_ne!(all, (0..200).collect::<Vec<u32>>());
}

const GIVEN: &str = "Label,Blob Name,group,split\n0,0.wav,a,train\n0,1.wav,a,\n0,2.wav,b,test\n0,3.wav,c,\n\
                     0,4.wav,d,train\n0,5.wav,d,train\n0,6.wav,e,train\n0,7.wav,f,\n";

#[test]
fn splits_of_the_list_stay_and_take_their_groups_and_contents_along() {
    // row 3 has the content of row 2 and is therefore assigned to test, which has no share
    let set = Set::new(GIVEN, &["group", "split"], |row| Some((if row == 3 { 2 } else { row as u128 }, 1)));
    let plan = set.plan(&Options { shares: shares("train=1"), ..Options::default() }).unwrap();
    check(&set, &plan);
    let names: Vec<_> = split_of(&plan).values().map(|split| plan.splits()[*split].name.clone()).collect();
    assert_eq!(names, ["train", "train", "test", "test", "train", "train", "train", "train"]);
    assert_eq!((plan.duplicates(), plan.left_out(&set.table).count()), (1, 0));
    // without shares, row 7 has no split: the list assigns neither its group nor its content to one
    let plan = set.plan(&Options::default()).unwrap();
    let out: Vec<_> = plan.left_out(&set.table).collect();
    assert_eq!(out, [(7, "the list assigns it to no split, and there are no shares".into())]);
    check(&set, &plan);
}

#[test]
fn a_content_with_two_splits_stays_in_the_smaller() {
    // rows 0 and 4 (train) and row 2 (test) have the same content; row 3 shares its content with row 6
    let contents = [9, 1, 9, 6, 9, 5, 6, 9];
    let set = Set::new(GIVEN, &["group", "split"], |row| Some((contents[row], 1)));
    let plan = set.plan(&Options { shares: shares("train=0.5,test=0.5"), ..Options::default() }).unwrap();
    check(&set, &plan);
    let out: Vec<_> = plan.left_out(&set.table).collect();
    let reason = "identical audio is in split 'test', in row 3";
    assert_eq!(out, [(0, reason.to_owned()), (4, reason.to_owned())]);
    let of = split_of(&plan);
    let name = |row: u32| plan.splits()[of[&row]].name.as_str();
    assert_eq!((name(3), name(7), name(1)), ("train", "test", "train"));
}

#[test]
fn random_splits_of_the_list_leak_nothing() {
    let mut random = Random(5 << 32);
    let (mut whole, mut torn, mut faults) = (0, 0, 0);
    for turn in 0..1500 {
        let (rows, groups, contents) = (1 + random.below(60), 1 + random.below(60), 1 + random.below(120));
        let mut csv = "Label,Blob Name,group,split\n".to_owned();
        for row in 0..rows {
            let group = random.below(groups);
            // most groups have one split, or none
            let split = if random.below(200) == 0 { random.below(4) } else { group % 4 };
            csv += &format!(
                "{},{row}.wav,g{group},{}\n",
                row % 3,
                ["", "train", "test", "extra"][split as usize]
            );
        }
        let found: Vec<_> = (0..rows).map(|_| (u128::from(random.below(contents)), 1)).collect();
        let set = Set::new(&csv, &["group", "split"], |row| Some(found[row]));
        let wished = if turn % 2 == 0 { shares("train=0.7,test=0.3") } else { None };
        match set.plan(&Options { shares: wished, ..Options::default() }) {
            Err(fault) => {
                assert!(fault.what().contains("to two splits"), "{fault}");
                faults += 1;
            }
            Ok(plan) => {
                check(&set, &plan);
                let of = split_of(&plan);
                for (row, split) in &of {
                    let given =
                        set.table.split(*row as usize).map(|at| set.table.splits().unwrap()[at].to_owned());
                    assert!(
                        given.is_none_or(|given| given == plan.splits()[*split].name),
                        "a given split is changed"
                    );
                }
                *if plan.left_out(&set.table).count() == 0 { &mut whole } else { &mut torn } += 1;
            }
        }
    }
    assert!(whole > 100 && torn > 100 && faults > 20, "{whole} whole, {torn} torn, {faults} faults");
}

#[test]
fn a_group_with_two_splits_is_a_fault() {
    let csv = GIVEN.replace("5.wav,d,train", "5.wav,d,test").replace("1.wav,a,", "1.wav,a,test");
    let fault = Set::new(&csv, &["group", "split"], |row| Some((row as u128, 1)))
        .plan(&Options::default())
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "error: the list assigns group 'a' to two splits\n  at: line 3\n  \
         why: row 1 is in 'train' and row 2 in 'test', and 1 more groups are in two splits\n  \
         do: correct the list, or remove --group-by or --split-column"
    );
}

#[test]
fn empty_splits_and_missing_shards_are_warned_of() {
    let set = Set::new("Label,Blob Name\n0,a.wav\n1,b.wav\n", &[], |_| Some((1, 1)));
    let options =
        Options { shares: shares("train=0.9,test=0.1"), shards: ShardCount::Each(3), ..Options::default() };
    let plan = set.plan(&options).unwrap();
    let tied = "2 of 2 records must stay together because of groups and identical audio: more than the share of any split";
    assert_eq!(
        plan.warnings(),
        [tied, "split 'test' is empty", "there are 2 shards instead of 3, because no shard may be empty"]
    );
    assert_eq!((plan.duplicates(), plan.splits()[1].shards.len()), (1, 0));
    let mut inspections = Inspections::new(2);
    inspections.good(0, 1, 1);
    let fault = SetPlan::new(&set.table, &inspections, &options).unwrap_err();
    assert_eq!(fault.what(), "row 2 of the list has not been inspected");
}

#[test]
fn the_quarantine_has_every_row_that_is_in_no_shard() {
    let mut random = Random(6 << 32);
    for _ in 0..100 {
        let set = Set::random(&mut random);
        let inspections = set.inspections(0..set.table.len());
        let plan = SetPlan::new(&set.table, &inspections, &Options::default()).unwrap();
        let mut text = vec![];
        let (table, refusals) = (&set.table, &set.refused);
        let quarantine = Quarantine { table, refusals, inspections: &inspections, plan: &plan };
        let count = write_quarantine(quarantine, &mut text).unwrap();
        let options =
            labels::Options { blob: Some("reason".into()), label: Some("row".into()), ..Default::default() };
        // read back as a list
        let (written, none) = labels::read(&text[..], &options).unwrap();
        assert!(none.is_empty());
        let mut rows: Vec<i64> = (0..written.len()).map(|row| written.label(row)).collect();
        assert!(rows.is_sorted() && rows.len() as u64 == count);
        rows.extend(plan.rows(0).iter().map(|row| i64::from(set.table.number(*row as usize))));
        rows.sort_unstable();
        assert!(rows.iter().copied().eq(1..=(set.table.len() + set.refused.len()) as i64), "{rows:?}");
    }
}

#[test]
fn a_list_without_a_split_or_a_row_is_a_plan_of_nothing() {
    for rows in ["", "0,a.wav,\n1,b.wav,\n"] {
        let list = format!("Label,Blob Name,s\n{rows}");
        let labels = crate::set::labels::Options { split: Some("s".into()), ..Default::default() };
        let (table, _) = crate::set::labels::read(list.as_bytes(), &labels).unwrap();
        let mut inspections = Inspections::new(table.len());
        (0..table.len()).for_each(|row| inspections.good(row, row as u128, 1));
        for shards in [ShardCount::Total(1), ShardCount::Each(2), ShardCount::BySize] {
            let plan = SetPlan::new(&table, &inspections, &Options { shards, ..Options::default() }).unwrap();
            assert!(plan.splits().is_empty());
            assert_eq!(plan.left_out(&table).count(), table.len());
        }
    }
}

#[test]
fn a_column_that_looks_like_a_source_is_warned_of_if_splits_share_its_values() {
    let warned = |column: &str, of: &dyn Fn(usize) -> String| {
        let rows = (0..200).map(|n| format!("{},{n}.wav,{},\n", n % 10, of(n))).collect::<String>();
        let list = format!("Label,Blob Name,{column},split\n{rows}");
        let labels = crate::set::labels::Options { watch: true, ..Default::default() };
        let (table, _) = crate::set::labels::read(list.as_bytes(), &labels).unwrap();
        let mut inspections = Inspections::new(table.len());
        (0..table.len()).for_each(|row| inspections.good(row, row as u128, 1));
        let options = Options { shares: shares("train=0.8,test=0.2"), ..Options::default() };
        leakage_warnings(&table, &SetPlan::new(&table, &inspections, &options).unwrap())
    };
    let speaker = |n: usize| format!("s{}", n / 7 % 6);
    let told = warned("speaker", &speaker);
    assert!(told.len() == 1 && told[0].starts_with("6 of the 6 values of column 'speaker'"), "{told:?}");
    assert!(told[0].contains("--group-by 'speaker'"), "{told:?}");
    for column in ["Speaker_ID", "patient", "Album", "recording", "site", "device name", "who"] {
        assert_eq!(warned(column, &speaker).len(), 1, "{column}");
    }
    assert_eq!(warned("session", &|n| (n / 4).to_string()).len(), 1, "numbers of sessions");
    // determined by the label, traits, measures, unique texts, a single value, one value per row
    type Of<'a> = &'a dyn Fn(usize) -> String;
    let none: [(&str, Of<'_>); 9] = [
        ("family", &|n| ["cat", "dog", "bird", "fish", "bee"][n % 10 / 2].to_owned()),
        ("name", &|n| format!("class {}", n % 10)),
        ("gender", &|n| ["m", "f", "x"][n / 7 % 3].to_owned()),
        ("language", &|n| format!("l{}", n / 7 % 6)),
        ("age", &|n| (20 + n / 7 % 6).to_string()),
        ("pitch", &|n| format!("{}.5", n / 7 % 6)),
        ("sentence", &|n| format!("text {n}")),
        ("speaker", &|_| "ann".into()),
        ("recording", &|n| format!("r{n}")),
    ];
    for (column, of) in none {
        assert_eq!(warned(column, of), [""; 0], "{column}");
    }
}
