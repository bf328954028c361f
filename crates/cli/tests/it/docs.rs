//! The documentation is correct: pipelines are valid, commands run, excerpts and links resolve.

use crate::files::tone;
use crate::haloscope::pairs;
use crate::passband::command;
use passband_testbed::{Python, workspace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A fenced block of a page.
struct Block {
    place: String,
    language: String,
    text: String,
}

/// All pages, by their paths in the workspace.
fn pages() -> Vec<(PathBuf, String)> {
    let folder =
        |path: &str| std::fs::read_dir(workspace().join(path)).unwrap().map(|entry| entry.unwrap().path());
    let all = folder("").chain(folder("docs")).chain(folder("services"));
    let pages: Vec<_> = all
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            (path.strip_prefix(workspace()).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

fn blocks(language: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![];
    for (page, text) in pages() {
        let mut inside = false;
        for (number, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), inside) {
                (Some(language), false) => {
                    let place = format!("{}:{}", page.display(), number + 1);
                    blocks.push(Block { place, language: language.into(), text: String::new() });
                    inside = true;
                }
                (Some(_), true) => inside = false,
                (None, true) => blocks.last_mut().unwrap().text += &format!("{line}\n"),
                (None, false) => {}
            }
        }
        assert!(!inside, "a block of {} does not end", page.display());
    }
    blocks.retain(|block| block.language == language);
    assert!(!blocks.is_empty(), "no {language} in the documentation");
    blocks
}

/// A folder with everything that commands in the documentation use: its pipelines, the built-in ones, a recording,
/// files of I and Q, and readings.
fn desk() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("song.wav"), tone(44_100, 2, 44_100)).unwrap();
    std::fs::create_dir(desk.path().join("music")).unwrap();
    std::fs::write(desk.path().join("music/song.wav"), tone(44_100, 2, 44_100)).unwrap();
    std::fs::create_dir(desk.path().join("captures")).unwrap();
    pairs(&desk.path().join("captures"), 2, 4 * 3072 + 5);
    let reading =
        |n: usize| format!("{{\"key\": \"Sensor1\", \"ts\": {}, \"value\": {n}}}\n", 1_709_294_400 + n);
    std::fs::write(desk.path().join("readings.ndjson"), (0..30).map(reading).collect::<String>()).unwrap();
    let speaker = |n: usize| ["theo", "jackson", "lucas"][n / 3 % 3];
    let recordings: Vec<String> = (0..12).map(|n| format!("{}_{}_{n}.wav", n % 3, speaker(n))).collect();
    std::fs::create_dir(desk.path().join("recordings")).unwrap();
    for (n, name) in recordings.iter().enumerate() {
        std::fs::write(desk.path().join("recordings").join(name), tone(8000, 1, 800 + n as u32)).unwrap();
    }
    let rows: String = recordings.iter().map(|name| format!("{},{name}\n", &name[..1])).collect();
    std::fs::write(desk.path().join("labels.csv"), format!("Label,Blob Name\n{rows}")).unwrap();
    for folder in ["pipelines", "schemas"] {
        std::fs::create_dir(desk.path().join(folder)).unwrap();
        for entry in std::fs::read_dir(workspace().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, desk.path().join(folder).join(path.file_name().unwrap())).unwrap();
        }
    }
    for block in blocks("toml") {
        if let Some((name, _)) = block.text.strip_prefix("# ").and_then(|text| text.split_once(".toml:")) {
            std::fs::write(desk.path().join(format!("{name}.toml")), &block.text).unwrap();
        }
    }
    desk
}

/// Pipelines in the documentation are valid as they are.
#[test]
fn pipelines_in_the_documentation_are_valid() {
    let desk = desk();
    let whole = blocks("toml").into_iter().filter(|block| block.text.contains("[source]"));
    let mut checked = 0;
    for Block { place, text, .. } in whole {
        std::fs::write(desk.path().join("checked.toml"), &text).unwrap();
        let output = command(&["run", "--check", "checked.toml"], &[("INPUT", "song.wav")])
            .current_dir(desk.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{place}: {}", String::from_utf8_lossy(&output.stderr));
        checked += 1;
    }
    assert!(checked >= 5, "{checked} pipelines");
}

/// Variables set before a command, and its words.
type Call = (Vec<(String, String)>, Vec<String>);

/// A line of a shell block that calls `passband`.
fn call(line: &str) -> Option<Call> {
    let line = line.split(" #").next()?.split(" | ").next()?.split(" > ").next()?;
    let (mut words, mut quoted) = (vec![String::new()], false);
    for letter in line.trim().chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    let mut set = vec![];
    while let Some((name, value)) = words.first().and_then(|word| word.split_once('=')) {
        set.push((name.to_owned(), value.to_owned()));
        words.remove(0);
    }
    let ours = ["passband", "cargo run --release --"].iter().find_map(|ours| {
        let ours: Vec<&str> = ours.split(' ').collect();
        words.starts_with(&ours.iter().map(|word| word.to_string()).collect::<Vec<_>>()).then_some(ours.len())
    })?;
    Some((set, words.split_off(ours)))
}

/// Commands in the documentation: those without sound, browser and broker are run, the others are parsed.
#[test]
fn commands_in_the_documentation_run() {
    let desk = desk();
    let (mut ran, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for Block { place, text, .. } in blocks("sh") {
        for line in text.lines() {
            let Some((set, words)) = call(line) else { continue };
            seen.insert(line.to_owned());
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            let verb = words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
            let alone = match verb {
                "run" if alone(&words, desk.path()) => true,
                "run" => {
                    words.extend((!words.contains(&"--check")).then_some("--check"));
                    false
                }
                "explain" | "schema" | "completions" => true,
                // what later commands query
                "analyze" if line.contains("-o iceberg:") => true,
                // one without a statement of its own would wait for it
                "sql" if !line.contains("://") && words.len() > 1 && !words.contains(&"-f") => true,
                "dataset" if !words.contains(&"worker") && !line.contains("://") => true,
                _ => {
                    words.push("--help");
                    false
                }
            };
            let set: Vec<(&str, &str)> =
                set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let output = command(&words, &set).current_dir(desk.path()).output().unwrap();
            assert!(output.status.success(), "{place}: {line}: {}", String::from_utf8_lossy(&output.stderr));
            if alone {
                let written = words.contains(&"--output")
                    || words.contains(&"-o")
                    || set.iter().any(|(name, _)| *name == "OUTPUT")
                    || words.join(" ").contains("OUTPUT=");
                assert!(written || !output.stdout.is_empty(), "{place}: {line} gives nothing");
                ran.insert(line.to_owned());
            }
        }
    }
    assert!(seen.len() >= 20 && ran.len() >= 8, "{} seen, run: {ran:?}", seen.len());
    assert!(std::fs::read_dir(desk.path().join("sets")).unwrap().count() > 0);
    promised(desk.path());
    let Some(python) = Python::find() else { return };
    // Python snippets name their files relative to the folder; those of the package run in its own tests
    let is_of_package = |block: &&Block| block.place.contains("docs/python.md");
    for (number, block) in blocks("python").iter().filter(|block| !is_of_package(block)).enumerate() {
        let script = desk.path().join(format!("{number}.py"));
        let folder = desk.path().display();
        std::fs::write(&script, format!("import os\nos.chdir({:?})\n{}", folder.to_string(), block.text))
            .unwrap();
        let printed = python.run(&script, [] as [&str; 0]);
        // the left tone of the recording, 440 Hz, is nearest to bin 82
        assert!(
            !block.text.contains("print") || printed.starts_with("0 441.43"),
            "{}: {printed}",
            block.place
        );
    }
}

/// The results that README and guide promise for their commands.
fn promised(desk: &Path) {
    let lines = |name: &str| -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(desk.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    // one line of JSON for each hop, half a frame, and channel
    let place =
        |line: &serde_json::Value| (line["start"].as_u64().unwrap(), line["channel"].as_u64().unwrap());
    let spectra: Vec<_> = lines("song.ndjson").iter().map(place).collect();
    let frames = (44_100 - 8192) / 4096 + 1;
    assert_eq!(spectra, (0..frames).flat_map(|n| [(4096 * n, 0), (4096 * n, 1)]).collect::<Vec<_>>());
    // of each sensor and ten seconds: how many, the least, the greatest, the mean
    let windows: Vec<_> = lines("windows.ndjson").iter().map(|line| line["temperature"].clone()).collect();
    let window = |n: u64| {
        let (min, max, mean) = (10 * n, 10 * n + 9, 10.0 * n as f64 + 4.5);
        serde_json::json!({ "count": 10, "min": min as f64, "max": max as f64, "mean": mean })
    };
    assert_eq!(windows.len(), 3);
    for (n, values) in windows.iter().enumerate() {
        let wanted = window(n as u64);
        let same = |name: &str| values[name].as_f64() == wanted[name].as_f64();
        assert!(["count", "min", "max", "mean"].into_iter().all(same), "{values} is not {wanted}");
    }
    // all outputs are complete, and no temporary file is left
    let left = std::fs::read_dir(desk).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Whether a `run` needs only what is in the folder.
fn alone(words: &[&str], desk: &Path) -> bool {
    let ready = |name: &str| std::fs::read_to_string(desk.join("pipelines").join(format!("{name}.toml")));
    let text = words[1..]
        .iter()
        .find_map(|name| std::fs::read_to_string(desk.join(name)).or_else(|_| ready(name)).ok());
    let text = text.unwrap_or_else(|| panic!("{words:?} names no pipeline"));
    let needs = ["kafka", "sound_card", "live"].map(|part| format!("type = \"{part}\""));
    // a page at a free port that closes with the pipeline needs no resources
    let free = text.contains("LISTEN:-127.0.0.1:0") && text.contains("AT_END:-close");
    let needs = if free { &needs[..2] } else { &needs[..] };
    !words.contains(&"--check") && !needs.iter().any(|part| text.contains(part))
}

/// Excerpts of code name their file in the first line, and match it word for word.
#[test]
fn excerpts_match_their_files() {
    for Block { place, text, .. } in blocks("rust") {
        let (name, excerpt) = text.split_once('\n').unwrap();
        let path = name.strip_prefix("// ").unwrap_or_else(|| panic!("{place} does not name its file"));
        let file = std::fs::read_to_string(workspace().join(path))
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(file.contains(excerpt), "{place}: this is not in {path}:\n{excerpt}");
    }
}

/// Links within the project lead to an existing file and heading.
#[test]
fn links_resolve() {
    let mut links = 0;
    for (page, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            links += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let file = match path {
                "" => workspace().join(&page),
                path => workspace().join(page.parent().unwrap()).join(path),
            };
            assert!(file.exists(), "{}: {link} leads nowhere", page.display());
            if !heading.is_empty() {
                let there = std::fs::read_to_string(&file).unwrap();
                let found =
                    there.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == heading);
                assert!(found, "{}: {link} has no such heading", page.display());
            }
        }
    }
    assert!(links > 20, "{links} links");
}

/// The anchor of a heading, as generated by code hosts.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Files and folders named in ARCHITECTURE and CONTRIBUTING exist.
#[test]
fn named_files_exist() {
    let mut named = 0;
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/engine.md"] {
        let text = std::fs::read_to_string(workspace().join(page)).unwrap();
        // outside of blocks, text between backticks is at odd positions
        let prose: String = text.split("\n```").step_by(2).collect();
        for span in prose.split('`').skip(1).step_by(2) {
            let plain = span.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
            let ending = [".rs", ".toml", ".avsc", ".md"].iter().any(|ending| span.ends_with(ending));
            if !plain || !(ending || span.contains('/')) || span == "realfft/rustfft" || span.starts_with('/')
            {
                continue;
            }
            named += 1;
            let there = ["", "crates/flow/src"].iter().any(|base| workspace().join(base).join(span).exists());
            assert!(there, "{page} names {span}, which is not there");
        }
    }
    assert!(named > 30, "{named} files");
}
