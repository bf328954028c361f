//! Runs every job under load while its broker and its processes are killed, paused and started twice, and then counts
//! the results.
//!
//! A short trial always runs. `PASSBAND_KILLS` sets the number of kills of each of two brokers in a long trial, in
//! rounds of ten that are evaluated separately. A line per round is printed to standard error: version, kills of the
//! broker, transactional processes that were running during a kill, and lost and repeated results.

mod count;
mod jobs;
mod member;
mod sets;

use crate::axion_once::{FILES, expect_undisturbed};
use crate::disasters::Random;
use count::{Counts, counts, has_counted_all, judge};
use jobs::Jobs;
use member::Member;
use passband_testbed::{Kafka, Process, Stream};
use sets::{Built, Sets};
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Maximum number of kills of the broker in a round.
const ROUND: u64 = 10;
/// Time limit for the remaining results once no process is disturbed any more.
const PATIENCE: Duration = Duration::from_secs(600);

/// The load of a trial.
pub struct Load {
    /// Number of spectrum stages, each with its own group.
    spectra: usize,
    /// The pace of the files to search.
    pace: &'static str,
}

const LONG: Load = Load { spectra: 3, pace: "2 s a file" };
const SHORT: Load = Load { spectra: 1, pace: "1 s a file" };

/// The events around one kill of the broker.
#[derive(Clone, Copy)]
struct Disturbance {
    /// Whether a process is killed as well, and restarted when the broker is back.
    process: bool,
    then: Then,
}

/// The event of a process once the broker is back.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Nothing,
    /// It is suspended for a random time in ms, between minimum and maximum.
    Pause(u64, u64),
    /// A second instance of it is started.
    Twice,
}

impl Disturbance {
    /// The disturbances of the long trial.
    fn of(kill: u64) -> Self {
        let then = match kill % 5 {
            2 => Then::Pause(5000, 30_000),
            4 => Then::Twice,
            _ => Then::Nothing,
        };
        Self { process: kill % 3 == 1, then }
    }
}

/// The result of a round.
struct Report {
    version: String,
    kills: usize,
    /// Number of transactional processes that were running during a kill of the broker, summed over kills.
    exposures: usize,
    spectra: usize,
    windows: usize,
    sets: usize,
    continued: usize,
    lost: usize,
    repeated: usize,
    /// Descriptions of everything that is wrong.
    wrong: Vec<String>,
    again: usize,
    settled: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, kills, exposures, spectra, windows, sets, continued, .. } = self;
        write!(
            f,
            "kafka {version}: {kills} kills, {exposures} exposures; {spectra} spectra, {windows} windows, {FILES} files, \
             {sets} sets ({continued} continued); lost {}, repeated {}; started again {}, settled {}{}",
            self.lost,
            self.repeated,
            self.again,
            self.settled,
            self.wrong.iter().map(|what| format!("\n  {what}")).collect::<String>()
        )
    }
}

/// Ends all threads that work until `over`, also after a failure.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Kills the broker once for each disturbance; returns the number of exposures of transactional processes to a kill.
fn disturb(kafka: &Kafka, members: &mut [Member<'_>], plan: &[Disturbance], random: &mut Random) -> usize {
    let transactional: Vec<usize> = (0..members.len()).filter(|at| members[*at].is_transactional()).collect();
    for Disturbance { process, then } in plan {
        random.pause(1000, 4000);
        kafka.kill();
        let at = match then {
            Then::Twice => transactional[random.below(transactional.len() as u64) as usize],
            _ => random.below(members.len() as u64) as usize,
        };
        if *process {
            members[at].kill();
        }
        random.pause(100, 1000);
        kafka.restart();
        if *process {
            members[at].again();
        }
        match then {
            Then::Nothing => {}
            Then::Pause(least, most) => {
                members[at].process.pause();
                random.pause(*least, most - least + 1);
                members[at].process.resume();
            }
            Then::Twice => members[at].twice(),
        }
        members.iter_mut().for_each(Member::expect_running);
    }
    // data in process when the load ends has not been exposed to a kill
    random.pause(1000, 1000);
    plan.len() * transactional.len()
}

fn stop(mut samplers: Vec<Process>) {
    for sampler in &mut samplers {
        sampler.interrupt();
        assert!(sampler.wait(Duration::from_secs(60)).is_some(), "{:?}", sampler.lines(Stream::Err));
    }
}

fn round(kafka: &Kafka, version: &str, load: &Load, plan: &[Disturbance], random: &mut Random) -> Report {
    let brokers = kafka.bootstrap();
    let (jobs, sets) = (Jobs::new(kafka, load), Sets::new(kafka));
    let samplers = jobs.samplers();
    let over = AtomicBool::new(false);
    let (mut members, mut exposures, mut built) = (vec![], 0, Built::default());
    std::thread::scope(|scope| {
        let _over = Over(&over);
        scope.spawn(|| jobs.send_readings(&over));
        members = jobs.members();
        members.extend(sets.workers());
        let mut of_planners = random.other();
        let building = scope.spawn({
            let (sets, over) = (&sets, &over);
            move || sets.build(|| over.load(Ordering::SeqCst), &mut of_planners)
        });
        exposures = disturb(kafka, &mut members, plan, random);
        over.store(true, Ordering::SeqCst);
        built = building.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    stop(samplers);

    let quiet = ["spectrum", "sensors"].map(passband_testbed::unique);
    let _undisturbed = (jobs.spectrum(&quiet[0]), jobs.sensing(&quiet[1], 0));
    let results = |group: &String, of: &str, enough: usize| -> Option<Counts> {
        let topic = if of == "spectra" { &jobs.samples } else { &jobs.readings };
        let all = has_counted_all(brokers, group, topic, PATIENCE);
        let patience = if all { PATIENCE } else { Duration::ZERO };
        let counts = counts(brokers, &format!("{group}-{of}"), enough, patience);
        all.then_some(counts)
    };
    let [spectra, windows] = [(0, "spectra"), (1, "windows")]
        .map(|(at, of)| results(&quiet[at], of, 1).expect("an undisturbed process counts all"));
    let (mut lost, mut repeated, mut wrong) = (0, 0, built.wrong);
    let groups = jobs.spectra.iter().map(|group| (group, "spectra", &spectra));
    for (group, of, want) in groups.chain([(&jobs.sensors, "windows", &windows)]) {
        let got = results(group, of, want.len());
        if got.is_none() {
            wrong.push(format!("{group} has not counted all of its topic"));
        }
        let judged = judge(&got.unwrap_or_default(), want);
        if judged != (0, 0) {
            wrong.push(format!("{group}: of {} {of} {} lost, {} repeated", want.len(), judged.0, judged.1));
        }
        (lost, repeated) = (lost + judged.0, repeated + judged.1);
    }
    expect_undisturbed(&jobs.search, jobs.folder.path());
    members.iter_mut().for_each(Member::expect_running);
    let said: Vec<String> = members.into_iter().flat_map(Member::stop).collect();
    let count = |text: &str| said.iter().filter(|line| line.contains(text)).count();
    Report {
        version: version.into(),
        kills: plan.len(),
        exposures,
        spectra: spectra.len(),
        windows: windows.len(),
        sets: built.sets,
        continued: built.continued,
        lost,
        repeated,
        wrong,
        again: count("starting again"),
        settled: count("recovered an unfinished transaction"),
    }
}

fn trial(begin: impl FnOnce() -> Option<Kafka>, version: &str) {
    let Some(kills) = std::env::var("PASSBAND_KILLS").ok() else {
        let _ = writeln!(std::io::stderr(), "skipped: brokers are killed as often as PASSBAND_KILLS says");
        return;
    };
    let kills = kills.parse::<u64>().expect("PASSBAND_KILLS is a number");
    let Some(kafka) = begin() else { return };
    let (mut random, mut left, mut wrong) = (Random::new(), kills, vec![]);
    while left > 0 {
        let plan: Vec<_> = (0..left.min(ROUND)).map(Disturbance::of).collect();
        let report = round(&kafka, version, &LONG, &plan, &mut random);
        let _ = writeln!(std::io::stderr(), "{report}");
        wrong.extend(report.wrong);
        left -= plan.len() as u64;
    }
    assert!(wrong.is_empty(), "in {kills} kills: {wrong:#?}");
}

#[test]
fn nothing_is_lost_or_repeated_over_two_broker_kills_and_process_faults() {
    let Some(kafka) = Kafka::start() else { return };
    // a pause after which the broker ends the transaction of the process and its membership in the group
    let plan = [
        Disturbance { process: true, then: Then::Pause(12_000, 12_000) },
        Disturbance { process: false, then: Then::Twice },
    ];
    let report = round(&kafka, "as installed", &SHORT, &plan, &mut Random::new());
    println!("{report}");
    assert!(report.wrong.is_empty(), "{report}");
    assert!(report.spectra > 0 && report.windows > 0, "{report}");
}

#[test]
fn nothing_is_lost_or_repeated_however_often_the_broker_is_killed() {
    trial(Kafka::start, "as installed");
}

#[test]
fn nothing_is_lost_or_repeated_by_a_broker_that_loses_markers() {
    trial(|| Kafka::of_version(Kafka::LOSES_MARKERS), Kafka::LOSES_MARKERS);
}
