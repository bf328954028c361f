//! Watches folders for new recordings and emits each once, when the file is complete.

use super::events::{Event, Events, What};
use super::player::{BLOCKS, Followed, Patience, Playing};
use super::tracks::{Track, is_audio, walk, wanted};
use super::{After, Recordings};
use crate::data::{Input, Positions, Refusal, Stream};
use crate::part::{Control, Settle, Source, Turn};
use crate::source::path_pattern;
use passband_signal::iq::Pattern;
use passband_signal::{Fault, Result, Span};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Extensions of files that another program is still writing.
const UNFINISHED: [&str; 6] = [".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload"];

/// A watched folder.
struct Folder {
    path: PathBuf,
    pattern: Option<Pattern>,
}

/// A file that may still grow.
struct Waiting {
    size: u64,
    modified: i64,
    since: Instant,
}

/// Emits existing and new recordings.
pub struct Follower {
    folders: Vec<Folder>,
    /// Folders that files are moved to, which are not read.
    apart: Vec<PathBuf>,
    settle: Duration,
    waiting: HashMap<PathBuf, Waiting>,
    due: Instant,
    queue: VecDeque<Track>,
    events: Arc<Events>,
    /// The path of the log of events.
    path: String,
    keeper: Arc<Keeper>,
    block: Span,
    describes: bool,
    patience: Patience,
    control: Control,
}

impl Follower {
    /// Opens the log of events and the folders.
    pub fn open(settings: &Recordings, describes: bool, control: &Control) -> Result<Self> {
        let mut folders = vec![];
        for path in settings.path.resolve() {
            let (folder, pattern) = wanted(&path).map_err(Fault::new)?;
            if !Path::new(folder).is_dir() {
                let fault = Fault::new("the folder to watch does not exist").at(&path);
                return Err(fault.fix("create it, or correct path"));
            }
            folders.push(Folder { path: folder.into(), pattern });
        }
        let events = Arc::new(Events::open(&settings.events)?);
        let keeper = Keeper {
            events: events.clone(),
            after: settings.after,
            done: settings.done.clone().into(),
            failed: settings.failed.clone().map(PathBuf::from),
            control: control.clone(),
        };
        let done = (settings.after == After::Move).then(|| keeper.done.clone());
        let apart = [done, keeper.failed.clone()].into_iter().flatten();
        let apart: Vec<PathBuf> = apart.map(|path| resolved(&path)).collect();
        for folder in &folders {
            if let Some(apart) = apart.iter().find(|apart| resolved(&folder.path).starts_with(apart)) {
                let fault = Fault::new("files would be moved to the folder that is watched");
                let fault = fault
                    .at(folder.path.display().to_string())
                    .why(format!("it lies in {}", apart.display()));
                return Err(fault.fix("set done and failed to other folders, which may be below it"));
            }
        }
        let queue = events.waiting(None)?.0.into();
        Ok(Self {
            folders,
            apart,
            settle: settings.settle.std(),
            waiting: HashMap::new(),
            due: Instant::now(),
            queue,
            events,
            path: settings.events.clone(),
            keeper: Arc::new(keeper),
            block: settings.block,
            describes,
            patience: Patience { attempts: settings.attempts.max(1), pause: settings.retry.std() },
            control: control.clone(),
        })
    }

    /// The recordings in all folders, each with its path relative to the folder.
    fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut all = vec![];
        for Folder { path, pattern } in &self.folders {
            let found = walk(path, pattern.is_none(), &mut BTreeSet::new());
            let found = found.map_err(|error| {
                Fault::new("the folder cannot be read").at(path.display().to_string()).why(error).passing()
            })?;
            for file in found {
                let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
                let meant = match pattern {
                    Some(pattern) => !path_pattern::is_hidden(&name) && pattern.read(&name).is_some(),
                    None => is_audio(&name),
                };
                let lower = name.to_lowercase();
                if !meant || UNFINISHED.iter().any(|ending| lower.ends_with(ending)) {
                    continue;
                }
                // links are resolved only for files that would be taken
                let whole = resolved(&file);
                if !self.apart.iter().any(|folder| whole.starts_with(folder)) {
                    let below = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
                    all.push((below, file));
                }
            }
        }
        Ok(all)
    }

    /// Queues the recordings that have not changed for `settle`.
    fn look(&mut self) -> Result<()> {
        let now = Instant::now();
        if now < self.due {
            return Ok(());
        }
        let (mut waiting, mut whole) = (HashMap::new(), vec![]);
        for (name, path) in self.files()? {
            // the file may have been removed since it was listed
            let Ok(known) = fs::metadata(&path) else { continue };
            let (size, modified) = version(&known);
            let text = path.to_string_lossy().into_owned();
            if !known.is_file() || self.events.knows(&text, size, modified) {
                continue;
            }
            let before = self.waiting.get(&path).filter(|w| (w.size, w.modified) == (size, modified));
            let since = before.map_or(now, |before| before.since);
            if size > 0 && now - since >= self.settle {
                whole.push((name, text, size, modified));
            } else {
                waiting.insert(path, Waiting { size, modified, since });
            }
        }
        self.waiting = waiting;
        whole.sort_by(|a, b| (a.3, &a.0).cmp(&(b.3, &b.0)));
        self.queue.extend(self.events.arrive(whole)?.iter().map(Event::track));
        // bounds the share of time spent on listing a large folder
        let pause = (self.settle / 4).clamp(Duration::from_millis(10), Duration::from_millis(250));
        self.due = Instant::now() + pause.max(now.elapsed() * 20);
        Ok(())
    }
}

impl Source for Follower {
    fn next(&mut self, _: &mut Vec<Input>) -> Result<Turn> {
        Err(Fault::new("this pipeline cannot follow a folder")
            .why("its window or a transform combines several recordings, and followed recordings are measured separately")
            .fix("remove that part, or set follow = \"no\""))
    }

    fn next_recording(&mut self) -> Result<Option<(Stream, Box<dyn Source>)>> {
        if self.queue.is_empty() {
            self.look()?;
        }
        let Some(track) = self.queue.pop_front() else { return Ok(None) };
        let (events, number) = (self.events.clone(), track.number);
        let id = self.events.id();
        // a version that came in its place is numbered by itself
        let arrived = events.find(number);
        let is_same = move || arrived.as_ref().is_none_or(|event| unchanged(event).is_some());
        let read = move |hash: &str| {
            events.tell(number, |event| {
                (event.event, event.content_hash) = (What::Read, hash.to_owned());
            })
        };
        let playing = Playing::new(track, self.block, self.describes, &self.control);
        let playing = playing.patient(Followed {
            patience: self.patience,
            log: id,
            told: Box::new(read),
            is_same: Box::new(is_same),
        });
        Ok(Some((playing.stream().clone(), Box::new(playing))))
    }

    fn follows(&self) -> bool {
        true
    }

    fn settle(&self) -> Option<Arc<dyn Settle>> {
        Some(self.keeper.clone())
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        let position = positions.get(&0);
        if let (Some(theirs), Some(own)) = (position.and_then(|at| at.note.as_ref()), self.events.id())
            && *theirs != own
        {
            let fault = Fault::new("the results were written with another log of events");
            let fault = fault.at(&self.path).why("the position of the results is a number of that log");
            return Err(fault.fix("name the log that belongs to the results, or write to another table"));
        }
        // a kill may have come between a commit and the move or removal of the files
        self.keeper.safe(positions)?;
        let from = position.map_or(1, |position| position.offset >> BLOCKS);
        let (queue, gone) = self.events.waiting(Some(from))?;
        if gone > 0 {
            self.control.note(|| {
                format!("{gone} recordings are missing in the table, and their files no longer exist")
            });
        }
        self.queue = queue.into();
        Ok(())
    }
}

/// Moves or removes files whose results are committed or that were refused.
struct Keeper {
    events: Arc<Events>,
    after: After,
    done: PathBuf,
    failed: Option<PathBuf>,
    control: Control,
}

impl Keeper {
    fn refuse(&self, event: &Event) -> Result<()> {
        let reason = &event.error;
        let moved = self.failed.as_ref().and_then(|folder| self.moved(event, folder, Some(reason)));
        self.events.tell(event.number, |event| {
            (event.event, event.moved_to) = (What::Failed, moved.unwrap_or_default());
        })
    }

    fn done(&self, event: &Event, position: i64) -> Result<()> {
        let moved = match self.after {
            After::Keep => String::new(),
            After::Move => self.moved(event, &self.done, None).unwrap_or_default(),
            After::Delete => {
                match unchanged(event).map_or(Ok(()), fs::remove_file) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        self.control.note(|| format!("{} cannot be removed: {error}", event.path));
                    }
                    _ => {}
                }
                String::new()
            }
        };
        self.events.tell(event.number, |event| {
            (event.event, event.position, event.moved_to) = (What::Done, format!("0@{position}"), moved);
        })
    }

    /// Moves a file to a folder without replacing one of the same name; `None` if it no longer exists or cannot be moved.
    /// A reason is written beside it before, so that a kill leaves no file without one.
    fn moved(&self, event: &Event, folder: &Path, reason: Option<&str>) -> Option<String> {
        let from = unchanged(event)?;
        let mut to = folder.join(&event.name);
        let ending =
            to.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
        let mut number = event.number;
        // a number may be taken too: numbers start again if log and table are removed
        while to.exists() {
            to = folder.join(&event.name).with_extension(format!("{number}{ending}"));
            number += 1;
        }
        let made = to.parent().map_or(Ok(()), fs::create_dir_all);
        if let (Some(reason), Ok(())) = (reason, &made) {
            let beside = format!("{}.reason.txt", to.display());
            if let Err(error) = fs::write(&beside, format!("{reason}\n")) {
                self.control.note(|| format!("{beside} cannot be written: {error}"));
            }
        }
        let moved = made.and_then(|()| rename(from, &to));
        match moved {
            Ok(()) => Some(to.display().to_string()),
            Err(error) => {
                let place = to.display();
                self.control.note(|| format!("{} cannot be moved to {place}: {error}", event.path));
                None
            }
        }
    }
}

/// The file of a recording, unless it was removed, or replaced by another version since, which is a recording of its own.
fn unchanged(event: &Event) -> Option<&Path> {
    let path = Path::new(&event.path);
    let version = version(&fs::metadata(path).ok()?);
    (version == (event.size, event.modified)).then_some(path)
}

/// An absolute path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let own = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    fs::canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !parent.as_os_str().is_empty() => resolved(parent).join(name),
        _ => own(),
    })
}

/// Size and modification time (µs since 1970) of a file.
fn version(file: &fs::Metadata) -> (u64, i64) {
    let modified = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (file.len(), modified.map_or(0, |time| time.as_micros() as i64))
}

/// Moves a file, across file systems too.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            let part = PathBuf::from(format!("{}.part", to.display()));
            fs::copy(from, &part)?;
            fs::File::open(&part)?.sync_all()?;
            fs::rename(&part, to)?;
            fs::remove_file(from)
        }
        done => done,
    }
}

impl Settle for Keeper {
    fn settle(&self, _: &Positions) -> Result<()> {
        Ok(())
    }
    fn wants_safe(&self) -> bool {
        true
    }
    fn safe(&self, positions: &Positions) -> Result<()> {
        let Some(position) = positions.get(&0) else { return Ok(()) };
        for event in self.events.open_below(position.offset >> BLOCKS) {
            match event.event {
                What::Refused => self.refuse(&event)?,
                _ => self.done(&event, position.offset)?,
            }
        }
        Ok(())
    }
    fn refused(&self, refusal: &Refusal) -> Result<()> {
        // logged before the commit of a position after it; it may have given results, so it is moved afterwards
        self.events.tell(refusal.origin.offset >> BLOCKS, |event| {
            if event.event != What::Refused {
                (event.event, event.error) = (What::Refused, refusal.reason.clone());
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Origin, Position};

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }
        /// As after a start: what was in memory is gone.
        fn keeper(&self, after: After) -> Keeper {
            Keeper {
                events: Arc::new(Events::open(&self.path("events").display().to_string()).unwrap()),
                after,
                done: self.path("done"),
                failed: Some(self.path("failed")),
                control: Control::default(),
            }
        }
        fn arrive(&self, keeper: &Keeper, name: &str) -> i64 {
            let path = self.path(name);
            let (size, modified) = version(&fs::metadata(&path).unwrap());
            let file = (name.to_owned(), path.display().to_string(), size, modified);
            keeper.events.arrive(vec![file]).unwrap()[0].number
        }
        fn has(&self, name: &str) -> bool {
            self.path(name).exists()
        }
    }

    fn refused(number: i64) -> Refusal {
        let origin = Origin { shard: 0, offset: (number << BLOCKS) + 1 };
        Refusal { origin, place: "any.wav".into(), reason: "cut short".into(), bytes: vec![] }
    }

    /// All recordings up to this one are committed.
    fn behind(number: i64) -> Positions {
        [(0, Position { offset: (number + 1) << BLOCKS, ..Position::default() })].into()
    }

    #[test]
    fn a_file_that_was_replaced_since_it_was_measured_stays() {
        for after in [After::Delete, After::Move] {
            let desk = Desk(tempfile::tempdir().unwrap());
            let keeper = desk.keeper(after);
            for name in ["a.wav", "b.wav", "c.wav"] {
                fs::write(desk.path(name), "first").unwrap();
                desk.arrive(&keeper, name);
            }
            fs::write(desk.path("a.wav"), "second version").unwrap();
            keeper.refused(&refused(3)).unwrap();
            fs::write(desk.path("c.wav"), "second version").unwrap();
            keeper.safe(&behind(3)).unwrap();
            assert!(
                desk.has("a.wav") && !desk.has("b.wav") && desk.has("c.wav") && !desk.has("failed/c.wav")
            );
            assert_eq!(desk.has("done/b.wav"), after == After::Move);
        }
    }

    #[test]
    fn a_moved_file_replaces_none_whatever_its_number() {
        let desk = Desk(tempfile::tempdir().unwrap());
        let keeper = desk.keeper(After::Move);
        fs::create_dir(desk.path("done")).unwrap();
        for name in ["done/a.wav", "done/a.1.wav"] {
            fs::write(desk.path(name), "of an earlier log").unwrap();
        }
        fs::write(desk.path("a.wav"), "new").unwrap();
        desk.arrive(&keeper, "a.wav");
        keeper.safe(&behind(1)).unwrap();
        for name in ["done/a.wav", "done/a.1.wav"] {
            assert_eq!(fs::read_to_string(desk.path(name)).unwrap(), "of an earlier log");
        }
        assert_eq!(fs::read_to_string(desk.path("done/a.2.wav")).unwrap(), "new");
        assert!(!desk.has("a.wav"));
    }

    #[test]
    fn a_refusal_survives_a_kill_after_the_commit() {
        let desk = Desk(tempfile::tempdir().unwrap());
        let keeper = desk.keeper(After::Delete);
        for name in ["good.wav", "bad.wav", "again.wav"] {
            fs::write(desk.path(name), "sound").unwrap();
            desk.arrive(&keeper, name);
        }
        keeper.refused(&refused(2)).unwrap();
        drop(keeper);
        desk.keeper(After::Delete).safe(&behind(2)).unwrap();
        assert!(!desk.has("good.wav") && desk.has("failed/bad.wav") && desk.has("again.wav"));
        let reason = fs::read_to_string(desk.path("failed/bad.wav.reason.txt")).unwrap();
        assert_eq!(reason, "cut short\n");
    }
}
