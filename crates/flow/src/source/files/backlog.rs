//! The files to read, and their order.

use super::open::Packed;
use passband_signal::iq::{self, Info, Pattern, Store};
use passband_signal::{Fault, Result};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

/// The sort key of a file: the number in its name, if it has one, and the name.
type Key = (i64, String);

/// The files that have not been read yet.
pub struct Backlog {
    pub store: Box<dyn Store>,
    path: String,
    only: Option<String>,
    pattern: Option<Pattern>,
    queue: VecDeque<Key>,
    follow: Option<Followed>,
}

/// State for following, when more files are waited for.
struct Followed {
    settle: Duration,
    /// Files that were started, and their length at the end.
    begun: HashMap<String, Option<u64>>,
    last: Option<Key>,
    /// The next file, if it is compressed, and since when it has not changed.
    resting: Option<(String, Info, Instant)>,
    due: Instant,
}

impl Backlog {
    /// Lists the files; with `settle`, they are followed.
    pub fn new(
        store: Box<dyn Store>,
        path: &str,
        only: Option<String>,
        pattern: Option<Pattern>,
        settle: Option<Duration>,
    ) -> Result<Self> {
        let (begun, due) = (HashMap::new(), Instant::now());
        let follow = settle.map(|settle| Followed { settle, begun, last: None, resting: None, due });
        let mut backlog = Self { store, path: path.into(), only, pattern, queue: VecDeque::new(), follow };
        backlog.queue = backlog.list().map_err(|error| backlog.unlisted(error))?.into();
        if backlog.queue.is_empty() && backlog.follow.is_none() {
            let fault = Fault::new("there is no file to read").at(path);
            return Err(fault.fix("check path and pattern"));
        }
        Ok(backlog)
    }

    fn unlisted(&self, error: io::Error) -> Fault {
        let listed = |error| Fault::new("the files cannot be listed").why(error);
        iq::fault(error).unwrap_or_else(listed).at(&self.path)
    }

    fn list(&self) -> io::Result<Vec<Key>> {
        let mut keys: Vec<Key> = self.store.names()?.into_iter().filter_map(|name| self.key(name)).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    fn key(&self, name: String) -> Option<Key> {
        if let Some(only) = &self.only {
            return (*only == name).then_some((0, name));
        }
        let number = match &self.pattern {
            Some(pattern) => pattern.read(&name)?.number.unwrap_or(0),
            None => 0,
        };
        (!name.starts_with('.')).then_some((number, name))
    }

    /// How long a file must not grow, if files are followed.
    pub fn settle(&self) -> Option<Duration> {
        self.follow.as_ref().map(|follow| follow.settle)
    }

    /// Whether there is a file to read.
    pub fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The total size of the files to read, as stored.
    pub fn size(&self) -> u64 {
        self.queue.iter().filter_map(|(_, name)| self.store.info(name).ok()).map(|info| info.size).sum()
    }

    /// The next file, if it can be started.
    pub fn next(&mut self) -> Option<String> {
        let Some(follow) = &mut self.follow else { return self.queue.pop_front().map(|(_, name)| name) };
        let (_, name) = self.queue.front()?;
        if Packed::of(name) != Packed::No
            && let Ok(info) = self.store.info(name)
        {
            match &follow.resting {
                Some((known, before, since)) if known == name && *before == info => {
                    if since.elapsed() < follow.settle {
                        return None;
                    }
                }
                _ => {
                    follow.resting = Some((name.clone(), info, Instant::now()));
                    return None;
                }
            }
        }
        let key = self.queue.pop_front()?;
        follow.begun.insert(key.1.clone(), None);
        follow.last = Some(key.clone());
        Some(key.1)
    }

    /// Records the length of a file at its end.
    pub fn ended(&mut self, name: &str, size: u64) {
        if let Some(known) = self.follow.as_mut().and_then(|follow| follow.begun.get_mut(name)) {
            *known = Some(size);
        }
    }

    /// Looks for more files, at limited intervals; returns files that can no longer be read, and why.
    pub fn look(&mut self) -> Result<Vec<(String, &'static str)>> {
        let began = Instant::now();
        if self.follow.as_ref().is_none_or(|follow| began < follow.due) {
            return Ok(vec![]);
        }
        let keys = self.list().map_err(|error| self.unlisted(error).passing())?;
        let Self { follow: Some(follow), queue, store, .. } = self else { return Ok(vec![]) };
        let mut lost = vec![];
        queue.clear();
        for key in keys {
            let name = &key.1;
            match follow.begun.get_mut(name) {
                Some(Some(size)) => {
                    if let Ok(info) = store.info(name)
                        && info.size > *size
                    {
                        *size = info.size;
                        lost.push((name.clone(), "has grown after the next file was started"));
                    }
                }
                Some(None) => {}
                None if follow.last.as_ref().is_some_and(|last| key < *last) => {
                    follow.begun.insert(name.clone(), Some(u64::MAX));
                    lost.push((name.clone(), "arrived after a file that is later in the order of names"));
                }
                None => queue.push_back(key),
            }
        }
        // limits how often a large folder is listed
        let pause = (follow.settle / 4).clamp(Duration::from_millis(10), Duration::from_millis(250));
        follow.due = Instant::now() + pause.max(began.elapsed() * 20);
        Ok(lost)
    }
}
