//! Next-chord prediction on the Nottingham tunes, with the folds of `peers/b6_music/ngram.py`.

use passband_learn::{Degree, HarmonyScores, Key, Mode, Tune};
use std::path::Path;

/// Python's `random.Random(0)` (MT19937), for its `shuffle`.
struct Mersenne {
    state: Vec<u32>,
    at: usize,
}

impl Mersenne {
    fn zero() -> Self {
        let mut s = vec![19_650_218u32; 624];
        for i in 1..624 {
            s[i] = (s[i - 1] ^ s[i - 1] >> 30).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let mut i = 1;
        let mut step = |factor: u32, add: &dyn Fn(usize) -> u32| {
            let before = s[i - 1] ^ s[i - 1] >> 30;
            s[i] = (s[i] ^ before.wrapping_mul(factor)).wrapping_add(add(i));
            i += 1;
            if i == 624 {
                s[0] = s[623];
                i = 1;
            }
        };
        // The key is the single word 0.
        (0..624).for_each(|_| step(1_664_525, &|_| 0));
        (0..623).for_each(|_| step(1_566_083_941, &|i| (i as u32).wrapping_neg()));
        s[0] = 0x8000_0000;
        Self { state: s, at: 624 }
    }

    fn next(&mut self) -> u32 {
        if self.at == 624 {
            for i in 0..624 {
                let y = self.state[i] & 0x8000_0000 | self.state[(i + 1) % 624] & 0x7fff_ffff;
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ y >> 1 ^ twist;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    fn below(&mut self, n: u32) -> usize {
        let bits = 32 - n.leading_zeros();
        loop {
            let r = self.next() >> (32 - bits);
            if r < n {
                return r as usize;
            }
        }
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1));
        }
    }
}

/// The key and the chords in quotation marks, as `ngram.py` reads them.
fn tune(abc: &str) -> Option<Tune> {
    let key = abc.lines().find_map(|line| line.strip_prefix("K:")?.trim().parse::<Key>().ok())?;
    let mut labels = Vec::new();
    let mut rest = abc;
    while let Some(at) = rest.find('"') {
        rest = &rest[at + 1..];
        let Some(end) = rest.find('"') else { break };
        if rest.starts_with(|c: char| ('A'..='G').contains(&c)) {
            labels.push(&rest[..end]);
            rest = &rest[end + 1..];
        }
    }
    let classed = labels.iter().map(|label| {
        let (root, quality) = label.split_at(1 + usize::from(label[1..].starts_with(['#', 'b'])));
        let quality = match quality.as_bytes() {
            [b'm', b'a', b'j', ..] => "maj",
            [b'm', ..] => "min",
            [b'7', ..] => "7",
            [b'd', ..] => "dim",
            _ => "maj",
        };
        format!("{root}:{quality}")
    });
    let tune = Tune::new(&classed.collect::<Vec<_>>(), key).ok()?;
    (tune.chords.len() >= 6).then_some(tune)
}

fn tunes(folder: &Path) -> Vec<Tune> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "abc"));
    files.sort();
    let latin1 = |path| std::fs::read(path).unwrap().into_iter().map(char::from).collect::<String>();
    let mut tunes: Vec<Tune> = files.iter().filter_map(|path| tune(&latin1(path))).collect();
    Mersenne::zero().shuffle(&mut tunes);
    tunes
}

#[test]
fn python_shuffles_alike() {
    let mut items: Vec<u32> = (0..10).collect();
    Mersenne::zero().shuffle(&mut items);
    // random.Random(0).shuffle(list(range(10)))
    assert_eq!(items, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6]);
}

#[test]
fn predicts_better_than_interpolated_ngrams() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let tunes = tunes(&data.join("music-truth/nottingham/abc"));
    assert_eq!(tunes.len(), 110);
    let folds: Vec<usize> = (0..tunes.len()).map(|i| i % 5).collect();
    let scores = HarmonyScores::cross_validated(&tunes, &folds, 0).unwrap();
    println!("{scores:#?}");
    assert_eq!(scores.events, 2506);
    // Order 2 of ngram.py: top-1 .487, top-3 .750, perplexity 5.66.
    assert!(scores.top1.value > 0.53, "{:?}", scores.top1);
    assert!(scores.top3.value > 0.79, "{:?}", scores.top3);
    assert!(scores.perplexity.value < 4.9, "{:?}", scores.perplexity);

    // Without the order of the chords there is less to learn.
    let shuffled: Vec<Tune> = tunes.iter().map(shuffled).collect();
    let chance = HarmonyScores::cross_validated(&shuffled, &folds, 0).unwrap();
    println!("shuffled: {chance:#?}");
    assert!(chance.perplexity.value > scores.perplexity.high);
}

/// The chords of a tune in another order, without chords that follow themselves.
fn shuffled(tune: &Tune) -> Tune {
    let mut chords: Vec<Degree> = tune.chords.clone();
    Mersenne::zero().shuffle(&mut chords);
    chords.dedup();
    Tune { mode: tune.mode, chords }
}

#[test]
fn minor_keys_are_read() {
    let tune = tune("X:1\nK:Am\n\"Am\"A \"E7\"B \"Am\"A \"Dm\"d \"E7\"e \"Am\"A").unwrap();
    assert_eq!(tune.mode, Mode::Minor);
    assert_eq!(tune.chords.iter().map(|c| c.to_string()).collect::<Vec<_>>()[..2], ["0:min", "7:7"]);
}
