//! A process of the trial, which is killed, suspended and started twice.

use crate::topic::position_above;
use passband_testbed::{Process, Stream};
use std::time::Duration;

/// Time limit for a process to write its number, and for the older of two to end: both restart with pauses.
const PATIENCE: Duration = Duration::from_secs(120);

/// The group and topic in which a stage of a process stores its number: as an offset.
pub type Claim = (String, String);

/// A process that is restarted after it was killed.
pub struct Member<'a> {
    pub name: String,
    begin: Box<dyn Fn() -> Process + 'a>,
    pub process: Process,
    brokers: &'a str,
    /// The claim of each transactional stage, with the newest number read from it.
    claims: Vec<(Claim, i64)>,
    /// Whether its number has not been read since it was started.
    fresh: bool,
    said: Vec<String>,
}

impl<'a> Member<'a> {
    pub fn new(name: &str, brokers: &'a str, claims: Vec<Claim>, begin: impl Fn() -> Process + 'a) -> Self {
        let claims = claims.into_iter().map(|claim| (claim, 0)).collect();
        let (name, process) = (name.to_owned(), begin());
        Self { name, process, begin: Box::new(begin), brokers, claims, fresh: true, said: vec![] }
    }

    pub fn is_transactional(&self) -> bool {
        !self.claims.is_empty()
    }

    fn note(&mut self) {
        self.said.extend(self.process.lines(Stream::Err));
    }

    fn told(&self) -> String {
        format!("{}: {}", self.name, self.process.lines(Stream::Err).join("\n"))
    }

    pub fn kill(&mut self) {
        self.note();
        self.process.kill();
    }

    /// Restarts it after [`kill`](Self::kill). The broker must be running: it is an error if it has never answered.
    pub fn again(&mut self) {
        self.process = (self.begin)();
        self.fresh = true;
    }

    /// Waits until each of its stages has written its number.
    pub fn wait_until_numbered(&mut self) {
        if std::mem::take(&mut self.fresh) {
            self.wait_for_numbers();
        }
    }

    fn wait_for_numbers(&mut self) {
        for ((group, topic), number) in &mut self.claims {
            *number = position_above(self.brokers, group, topic, *number, PATIENCE);
        }
    }

    /// Starts a second instance. Once it has written its number, the older process must end with the reason, and the
    /// newer one must continue.
    pub fn twice(&mut self) {
        self.wait_until_numbered();
        let mut older = std::mem::replace(&mut self.process, (self.begin)());
        self.wait_for_numbers();
        let status = older.wait(PATIENCE);
        let of_older = older.lines(Stream::Err);
        let told = format!("older of {}: {}\nnewer of {}", self.name, of_older.join("\n"), self.told());
        assert!(status.is_some_and(|status| status.code() == Some(1)), "{status:?}: {told}");
        assert!(told.contains("another process runs as this instance"), "{told}");
        assert!(self.process.wait(Duration::ZERO).is_none(), "{told}");
        self.said.extend(of_older);
    }

    /// Asserts that it has not ended by itself.
    pub fn expect_running(&mut self) {
        let ended = self.process.wait(Duration::ZERO);
        assert!(ended.is_none(), "it ended by itself, {ended:?}: {}", self.told());
    }

    /// Stops it, and returns the standard error of all its instances.
    pub fn stop(mut self) -> Vec<String> {
        self.process.interrupt();
        let ended = self.process.wait(Duration::from_secs(60)).is_some();
        self.note();
        assert!(ended, "{} does not end: {:#?}", self.name, self.said);
        self.said
    }
}
