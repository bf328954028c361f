"""Scores the music analyses and writes docs/accuracy.md to the output.

music_accuracy.py --peers DIR --wav DIR --data DIR > docs/accuracy.md

DIRs: the scorer with render.py and score.py (mir_eval 0.8.2), the renderings of music-truth that render.py wrote, and
the folder of recordings with music-truth and annotated-notes. Needs librosa, mir_eval, soundfile.
"""
import argparse, glob, json, os, subprocess, sys, tempfile, time
import librosa, mir_eval, numpy as np, soundfile

EXAMPLE = ["cargo", "run", "--release", "--quiet", "-p", "passband-dsp", "--example", "music", "--"]
PITCHED = [
    ("vocadito/vocadito_1.wav", "vocadito, solo singing", None),
    ("tinysol/Fl-ord-C4-mf-N-T14d.wav", "TinySOL, flute C4", 60),
    ("egfxset/Clean_Middle_6-22.wav", "EGFxSet, electric guitar D4", 62),
]
GOALS = {
    ("groove", "tempo"): (0.85, "librosa .52, essentia multifeature .76, degara .77"),
    ("nottingham", "tempo"): (0.93, "librosa .75, essentia degara .85, multifeature .89"),
    ("groove", "beats"): (0.80, "librosa .52, essentia multifeature .67, degara .71"),
    ("nottingham", "beats"): (0.95, "librosa .75, essentia degara .92, multifeature .93"),
    ("nottingham", "key"): (0.92, "librosa .74, essentia (Temperley) .86"),
    ("nottingham", "key_weighted"): (0.95, "librosa .84, essentia (Temperley) .91"),
    ("nottingham", "chords"): (0.95, "librosa chroma_cqt and templates .86, Chordino .93"),
}
NAMES = {
    "tempo": "tempo within 4 % (Acc1)", "tempo2": "tempo, also double, triple, half, third (Acc2)",
    "beats": "beat F-measure (70 ms)", "amlt": "beat continuity, metrical levels allowed (AMLt)",
    "key": "key, exact", "key_weighted": "key, MIREX-weighted", "chords": "chords, maj/min by duration",
    "meter": "time signature, exact", "downbeats": "downbeat F-measure (70 ms)",
}
SETS = {"groove": "drums (Groove)", "nottingham": "tunes (Nottingham)"}


def estimates(paths, *options):
    run = subprocess.run(EXAMPLE + list(options) + paths, stdout=subprocess.PIPE, text=True, check=True)
    return {os.path.basename(e["file"]): e for e in map(json.loads, run.stdout.splitlines())}


def rows_of(score, items, found):
    """Scores of one set: name -> one value a file; of chords the weights too."""
    rows, weights = {name: [] for name in NAMES}, []
    for item in items:
        e = found.get(item["file"], {})
        one, two = score.tempo(item["bpm"], e.get("bpm"))
        f, amlt = score.beats(item["beats"], e.get("beats"))
        downbeats = [np.array(x or [], float) for x in (item["downbeats"], e.get("downbeats"))]
        downbeats = [mir_eval.beat.trim_beats(x) for x in downbeats]
        values = dict(tempo=one, tempo2=two, beats=f, amlt=amlt, meter=float(e.get("meter") == item["meter"]),
                      downbeats=mir_eval.beat.f_measure(*downbeats) if len(downbeats[1]) else 0.0)
        if item.get("key"):
            truth, key = (score.key_name(k) for k in (item["key"], e.get("key") or "C"))
            weighted = mir_eval.key.weighted_score(truth, key) if e.get("key") else 0.0
            values.update(key=float(weighted == 1), key_weighted=weighted)
        if item.get("chords"):
            right, scored, *_ = score.chords(item["chords"], e.get("chords"))
            values["chords"] = right / max(scored, 1e-9)
            weights.append(scored)
        for name, value in values.items():
            rows[name].append(value)
    return rows, weights


def pitch_truth(path, midi):
    """Times and frequencies, 0 where unvoiced."""
    if midi is None:
        return np.loadtxt(path[:-4] + "_f0.csv", delimiter=",").T
    samples, rate = soundfile.read(path)
    hop = rate // 100
    level = np.array([np.sqrt(np.mean(samples[n:n + hop] ** 2)) for n in range(0, len(samples) - hop, hop)])
    hz = 440 * 2 ** ((midi - 69) / 12)
    return np.arange(len(level)) * hop / rate, np.where(level > 0.01 * level.max(), hz, 0.0)


def accuracy(truth, times, hz):
    m = mir_eval.melody.evaluate(truth[0], truth[1], np.asarray(times), np.nan_to_num(np.asarray(hz, float)))
    return m["Raw Pitch Accuracy"], m["Overall Accuracy"]


def pitch_table(folder):
    paths = [os.path.join(folder, name) for name, *_ in PITCHED]
    with tempfile.TemporaryDirectory() as temporary:
        copies = []
        for path in paths:
            copies.append(os.path.join(temporary, os.path.basename(path)))
            soundfile.write(copies[-1], *soundfile.read(path), subtype="PCM_16")
        found = estimates(copies, "--pitch")
    librosa.pyin(np.zeros(4096, np.float32), fmin=65.4, fmax=2093, sr=22050)  # compiles
    for path, (_, what, midi) in zip(paths, PITCHED):
        truth, ours = pitch_truth(path, midi), found[os.path.basename(path)]
        times, hz = zip(*[(t, f or 0.0) for t, f in ours["pitch"]])
        y, rate = librosa.load(path, sr=None)
        start = time.process_time()
        f0, voiced, _ = librosa.pyin(y, fmin=librosa.note_to_hz("C2"), fmax=librosa.note_to_hz("C7"), sr=rate)
        cpu = time.process_time() - start
        theirs = accuracy(truth, librosa.times_like(f0, sr=rate), np.where(voiced, f0, 0.0))
        here = accuracy(truth, times, hz)
        voiced_frames = int((truth[1] > 0).sum())
        verdict = "reached" if here[0] >= theirs[0] else f"**missed** by {theirs[0] - here[0]:.3f}"
        print(f"| {what} | {voiced_frames} | {here[0]:.3f} / {here[1]:.3f} | {theirs[0]:.3f} / {theirs[1]:.3f} | {verdict} | "
              f"{cpu / ours['cpu_s']:.0f} × |")


def main():
    options = argparse.ArgumentParser()
    for name in ("peers", "wav", "data"):
        options.add_argument("--" + name, required=True)
    o = options.parse_args()
    sys.path.insert(0, o.peers)
    import score
    items = json.load(open(os.path.join(o.data, "music-truth/manifest.json")))["items"]
    found = estimates(sorted(glob.glob(os.path.join(o.wav, "*.wav"))))
    print(TEXT)
    print("| what | set | files | measured | goal | peers (same files) |\n|---|---|---|---|---|---|")
    for which, title in SETS.items():
        chosen = [item for item in items if item["set"] == which]
        rows, weights = rows_of(score, chosen, found)
        for name, label in NAMES.items():
            each = np.array(rows[name])
            if not len(each):
                continue
            mean = np.average(each, weights=weights) if name == "chords" else each.mean()
            goal, peers = GOALS.get((which, name), (None, ""))
            verdict = "" if goal is None else f"≥ {goal:.2f}: " + ("reached" if round(mean, 3) >= goal else "**missed**")
            half = 1.96 * each.std() / len(each) ** 0.5
            print(f"| {label} | {title} | {len(each)} | {mean:.3f} ± {half:.3f} | {verdict} | {peers} |")
    timed = [found[i["file"]] for i in items if "cpu_s" in found.get(i["file"], {})]
    speed = sum(e["seconds"] for e in timed) / sum(e["cpu_s"] for e in timed)
    print(f"\nRhythm, bars and harmony of these {len(timed)} files: {speed:.0f} × real time per CPU second, including reading.")
    print(PITCH_TEXT)
    print("| recording | voiced frames | Passband: raw pitch / overall accuracy | librosa 0.11 `pyin` | raw pitch goal | CPU time, librosa to Passband |")
    print("|---|---|---|---|---|---|")
    pitch_table(os.path.join(o.data, "annotated-notes"))
    print(END)
    print(features_section())


def features_section():
    """The table of features, which a test writes: as it was committed, since the page is being written anew."""
    page = subprocess.run(["git", "show", "HEAD:docs/accuracy.md"], stdout=subprocess.PIPE, text=True, check=True)
    return page.stdout[page.stdout.index("## Features by frame"):].rstrip("\n")


TEXT = """# Accuracy of the music analyses

This page, except its last section, is the output of one command, run with the Python of the scorer (mir_eval 0.8.2, librosa 0.11.0):

```text
python benches/peers/music_accuracy.py --peers PEERS --wav WAV --data DATA > docs/accuracy.md
```

`DATA` contains `music-truth` and `annotated-notes`, `PEERS` the scorer (`render.py`, `score.py`), `WAV` the output of `render.py`. Settings are the defaults of `passband analyze`.

## Rhythm and harmony: rendered sound

The ground truth is symbolic music: 110 drum patterns and 110 tunes with exact tempo, beats, key and chords, rendered with one SoundFont. **Rendered sound serves to compare methods and to find octave errors; it says little about recordings of real music, for which the accuracy is lower.** Part of the files was used to develop the methods. ± is the 95 % confidence interval of the mean over files; smaller differences are not significant. Beats and downbeats of the first 5 s are not scored, by mir_eval's default. The results of peers were measured on the same files on 2026-11-28.
"""
PITCH_TEXT = """
## Pitch of one voice: real recordings

Raw pitch accuracy is the share of voiced frames whose pitch is within 50 cents; overall accuracy includes unvoiced frames. The ground truth of single notes is their nominal pitch wherever the level is within 40 dB of its maximum. There is one file each, so the results have no confidence interval and are only a check. Goal: a raw pitch accuracy of at least that of librosa, at 10 times its speed. Where only the raw pitch accuracy misses the goal, librosa classifies more frames as voiced, including unvoiced ones.
"""
END = """
## What is not measured

- Expressive piano (goal: beat F ≥ 0.65), real polyphonic recordings: no annotated data set with a suitable licence is available.
- Onsets, sections, and notes of melodies with their boundaries.
- Time signatures other than 4/4, 3/4 and 6/8 are never found: 2/4 and 9/8 count as wrong."""

if __name__ == "__main__":
    main()
