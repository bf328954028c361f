//! `passband analyze --plot`: a picture of each recording.

use crate::analyze::clicks;
use crate::passband::{good, run};
use crate::recordings;
use passband_testbed::passband_data;
use std::path::{Path, PathBuf};

/// Width and height of a PNG, whose chunks are whole.
fn size(path: &Path) -> (u32, u32) {
    let png = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{}", path.display());
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    let (mut at, mut names) = (8, vec![]);
    while at < png.len() {
        names.push(String::from_utf8_lossy(&png[at + 4..at + 8]).into_owned());
        at += 12 + number(at) as usize;
    }
    assert_eq!((at, names.last().map(String::as_str)), (png.len(), Some("IEND")), "{}", path.display());
    (number(16), number(20))
}

/// The texts of an SVG.
fn texts(path: &Path) -> Vec<String> {
    let svg = std::fs::read_to_string(path).unwrap();
    assert!(svg.ends_with("</svg>\n"), "{}", path.display());
    let text = |part: &str| part.split_once('>').unwrap().1.split("</text>").next().unwrap().to_owned();
    svg.split("<text").skip(1).map(text).collect()
}

#[test]
fn each_recording_has_a_png_and_an_svg_where_it_lies_and_no_other_file_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("music/live")).unwrap();
    clicks(&at("music/a <b> & c.wav"), 22_050, 10);
    clicks(&at("music/live/set.wav"), 44_100, 3);
    clicks(&at("music/live/set.aiff.wav"), 8000, 3);
    // the cover of a record lies beside it
    std::fs::write(at("music/live/set.png"), b"a cover").unwrap();
    let music = at("music").display().to_string();
    let output = run(&["analyze", &music, "--plot", &music], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3, "the lines are printed as ever");
    assert_eq!(std::fs::read(at("music/live/set.png")).unwrap(), b"a cover");
    for name in ["a <b> & c", "live/set.wav", "live/set.aiff"] {
        let (png, svg) = (at("music").join(format!("{name}.png")), at("music").join(format!("{name}.svg")));
        let (width, height) = size(&png);
        assert!(width == 1500 && height > 1900, "{name}: {width} × {height}");
        assert!(texts(&svg).iter().any(|text| text == "Time (minutes:seconds)"), "{name}");
    }
    let texts = texts(&at("music/a <b> & c.svg"));
    for wanted in
        ["a &lt;b&gt; &amp; c.wav", "0:00", "0:10", "8192", "−80", "Spectrogram", "MFCC", "Mel spectrogram"]
    {
        assert!(texts.iter().any(|text| text == wanted), "no {wanted} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.starts_with("Tempogram; line: 120.")), "{texts:?}");
    // pictures of an earlier run are replaced
    let before = std::fs::read_dir(at("music/live")).unwrap().count();
    good(&["analyze", &music, "--plot", &music], &[]);
    assert_eq!(std::fs::read_dir(at("music/live")).unwrap().count(), before);
}

#[test]
fn silence_and_faulty_recordings_end_as_in_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("silence.wav"), recordings::wav(44_100, 1, &[0; 44_100])).unwrap();
    std::fs::write(at("one.wav"), recordings::wav(44_100, 1, &[7])).unwrap();
    std::fs::write(at("broken.flac"), b"no sound").unwrap();
    let [silence, one, broken] = ["silence.wav", "one.wav", "broken.flac"].map(at);
    let output = run(&["analyze", "--plot", &at("pictures"), &silence, &one, &broken], &[]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let silent = texts(&folder.path().join("pictures/silence.svg"));
    assert!(
        silent.iter().any(|text| text == "Tempogram") && silent.iter().any(|text| text == "Onset strength")
    );
    size(&folder.path().join("pictures/silence.png"));
    size(&folder.path().join("pictures/one.png"));
    assert!(!folder.path().join("pictures/broken.png").exists());
    // before anything is measured
    let output = run(&["analyze", &at("silence.wav"), "--plot", &at("broken.flac")], &[]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}

/// The chords of a real recording are named, and its beats are drawn.
#[test]
fn a_real_recording_shows_its_chords_and_beats() {
    let Some(data) = passband_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let song: PathBuf = data.join("librosa-examples/Kevin_MacLeod_-_Vibe_Ace.ogg");
    let pictures = folder.path().display().to_string();
    good(&["analyze", song.to_str().unwrap(), "--plot", &pictures], &[]);
    let texts = texts(&folder.path().join("Kevin_MacLeod_-_Vibe_Ace.svg"));
    let chords = texts.iter().filter(|text| ["F7", "C7", "Am", "C", "F", "G7"].contains(&text.as_str()));
    assert!(chords.count() > 3, "{texts:?}");
    assert!(texts.iter().any(|text| text.starts_with("Onset strength; lines: ")), "{texts:?}");
}
