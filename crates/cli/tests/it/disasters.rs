//! Random failures of the processes of a group: kills, stops, additional members.

use passband_testbed::Process;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a process may take to stop.
const LEAVE: Duration = Duration::from_secs(60);

/// Pseudo-random numbers. The seed is printed, so that a failed run can be repeated.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        println!("random numbers from {seed}");
        Self(seed)
    }
    /// Numbers for another thread.
    pub fn other(&mut self) -> Self {
        Self(self.below(1 << 31))
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    /// Sleeps for a random time in ms, at least `least`.
    pub fn pause(&mut self, least: u64, more: u64) {
        std::thread::sleep(Duration::from_millis(least + self.below(more)));
    }
}

/// The running processes, by instance.
pub struct Fleet<'a> {
    begin: &'a dyn Fn(u32) -> Process,
    running: BTreeMap<u32, Process>,
    /// The process that started last, and may not have done anything yet.
    newest: u32,
}

impl<'a> Fleet<'a> {
    pub fn new(size: u32, begin: &'a dyn Fn(u32) -> Process) -> Self {
        let running = (0..size).map(|name| (name, begin(name))).collect();
        Self { begin, running, newest: 0 }
    }

    fn any(&self, random: &mut Random) -> u32 {
        let at = random.below(self.running.len() as u64) as usize;
        *self.running.keys().nth(at).expect("somebody runs")
    }

    /// Kills one process with -9; restarts it after `meanwhile`.
    pub fn kill(&mut self, random: &mut Random, meanwhile: impl FnOnce(&mut Random)) {
        let name = self.any(random);
        self.running.remove(&name).expect("it runs").kill();
        meanwhile(random);
        self.start(name);
    }

    /// Starts another process.
    pub fn join(&mut self) {
        let name = (0..).find(|name| !self.running.contains_key(name)).expect("numbers do not end");
        self.start(name);
    }

    fn start(&mut self, name: u32) {
        self.running.insert(name, (self.begin)(name));
        self.newest = name;
    }

    /// Stops one process by `signal`.
    pub fn leave(&mut self, random: &mut Random, signal: fn(&Process)) {
        let mut name = self.any(random);
        while name == self.newest {
            name = self.any(random);
        }
        end(self.running.remove(&name).expect("it runs"), signal);
    }

    /// Stops all processes.
    pub fn end(self) {
        self.running.into_values().for_each(|process| end(process, Process::interrupt));
    }

    /// The standard error of all processes so far.
    pub fn said(&self) -> Vec<String> {
        self.running.values().flat_map(|process| process.lines(passband_testbed::Stream::Err)).collect()
    }
}

fn end(mut process: Process, signal: fn(&Process)) {
    signal(&process);
    let said = |process: &Process| process.lines(passband_testbed::Stream::Err).join("\n");
    let status = process.wait(LEAVE).unwrap_or_else(|| panic!("it does not end: {}", said(&process)));
    // 130: interrupted, with everything delivered; no code: it had not started yet
    assert!(matches!(status.code(), Some(0 | 130) | None), "{status}: {}", said(&process));
}
