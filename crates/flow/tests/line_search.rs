//! The line search: averaging of a run, the search itself, and how its noise decreases.

use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::Taper;
use passband_flow::data::{Axis, Band, Data, Input, Scans, Sides, Spectrum, Timestamp};
use passband_flow::engine::Context;
use passband_flow::part::{Cut, SourcePlan, Start, Transform, TransformPlan, Turn};
use passband_flow::source::pace::Pace;
use passband_flow::source::simulate::{Signal, Simulate};

use passband_flow::transform::line_search::{LineSearch, Lines, Of, Sigma};
use passband_flow::transform::noise::{Noise, NoiseLevel};
use passband_flow::transform::run::{Run, RunStatistics as Row};
use passband_flow::transform::statistics::{State, Statistics};
use passband_signal::{Fault, Hertz, Span};

const BINS: usize = 3072;
const RATE: Hertz = Hertz(2e6);
const BAND: Band = Band { sides: Sides::Centred, centre: Hertz(10.4e9) };
const SCANS: u64 = 2731;

/// A random generator independent of the code under test.
struct Dice(u64);

impl Dice {
    /// Uniform in [0, 1): the output function of PCG over a linear congruential step.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = (self.0 >> ((self.0 >> 59) + 5) ^ self.0).wrapping_mul(12_605_985_483_714_917_081);
        (word >> 11) as f64 / (1u64 << 53) as f64
    }
    fn gaussian(&mut self) -> f64 {
        let (a, b) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
    /// Gamma-distributed with this shape (at least 1; Marsaglia and Tsang 2000): the sum of that many noise powers.
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.gaussian();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}

/// The noise of a cavity: a bump 300 bins wide over a flat level.
fn level(bin: usize) -> f64 {
    1e-9 * (1.0 + 2.0 / (1.0 + ((bin as f64 - 1700.0) / 150.0).powi(2)))
}

/// A random mean of this many scans of pure noise.
fn noise(dice: &mut Dice, scans: u64) -> Moments {
    let mean: Vec<f64> = (0..BINS).map(|bin| level(bin) * dice.gamma(scans as f64) / scans as f64).collect();
    let squares = mean.iter().map(|mean| mean * mean * (scans - 1) as f64).collect();
    Moments::resume(scans, mean, squares).unwrap()
}

fn with_line(moments: &Moments, bin: usize, power: f64) -> Moments {
    let mut mean = moments.mean().to_vec();
    mean[bin] += power;
    Moments::resume(moments.count(), mean, moments.squares().to_vec()).unwrap()
}

fn file(recording: i64, time: i64, moments: Moments) -> Statistics {
    let scans = Scans::default();
    let (state, scale, length) = (State::Complete, Scale::Density, BINS as u64);
    Statistics {
        recording,
        time,
        axis: Axis { rate: RATE, length, band: BAND, scale },
        of: SCANS,
        state,
        duplicates: 0,
        scans,
        moments,
    }
}

/// The same statistics for scans of four samples.
fn short(file: Statistics) -> Statistics {
    Statistics { axis: Axis { length: 4, ..file.axis }, ..file }
}

fn on_dbfs(file: Statistics) -> Statistics {
    Statistics { axis: Axis { scale: Scale::Dbfs, ..file.axis }, ..file }
}

fn take(transform: &mut dyn Transform, data: &Data) -> Result<Vec<Data>, Fault> {
    let mut given = vec![];
    transform.take(Cut::Row(data.clone()), &mut |data| {
        given.push(data);
        Ok(())
    })?;
    Ok(given)
}

fn runs(transform: &mut dyn Transform, file: Statistics) -> Vec<Row> {
    let given = take(transform, &Data::row(file)).unwrap();
    given.into_iter().map(|data| data.take().unwrap()).collect()
}

fn search(settings: &LineSearch, data: &Data) -> Lines {
    match &take(&mut *settings.start().unwrap(), data).unwrap()[..] {
        [data] => data.get::<Lines>().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

fn in_file(settings: &LineSearch, moments: Moments) -> Lines {
    search(&LineSearch { of: Of::File, ..settings.clone() }, &Data::row(file(1, 1, moments)))
}

fn near(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * b.abs()
}

#[test]
fn a_run_follows_the_formulas_and_resumes_bit_for_bit() {
    let mut dice = Dice(1);
    let files: Vec<Vec<Vec<f32>>> = (0..7)
        .map(|_| (0..12).map(|_| (0..4).map(|bin| (bin as f64 + dice.gamma(1.0)) as f32).collect()).collect())
        .collect();
    let statistics = |n: usize| {
        let mut moments = Moments::start(4);
        files[n].iter().for_each(|scan| moments.add(scan));
        short(file(n as i64, 1000 * n as i64, moments))
    };
    let plan = Run::default();
    assert!(
        plan.carries()
            && plan.passes_on()
            && plan.gives() == Row::KIND
            && plan.forgets(Statistics::KIND).is_none()
    );
    let mut whole = Start::start(&plan).unwrap();
    let rows: Vec<Row> = (0..7).map(|n| runs(&mut *whole, statistics(n)).pop().unwrap()).collect();

    // the formulas of the experiment and the pooled scans, computed bin by bin
    for bin in 0..4 {
        let (mut c, mut sigma, mut all) = (0.0, 0.0, vec![]);
        for (n, row) in (1..).zip(&rows) {
            let scans: Vec<f64> = files[n - 1].iter().map(|scan| f64::from(scan[bin])).collect();
            let spread = |list: &[f64]| {
                let mean = list.iter().sum::<f64>() / list.len() as f64;
                let squares: f64 = list.iter().map(|x| (x - mean).powi(2)).sum();
                (mean, (squares / (list.len() as f64 - 1.0)).sqrt())
            };
            let (m, s) = spread(&scans);
            let n = n as f64;
            c = (n - 1.0) / n * c + 1.0 / n * m;
            sigma = 1.0 / n * ((n - 1.0) * (n - 1.0) * sigma * sigma + s * s).sqrt();
            all.extend(scans);
            let (mean, deviation) = spread(&all);
            assert!(
                near(row.running.mean()[bin], c, 1e-12) && near(row.running.deviation()[bin], sigma, 1e-12)
            );
            assert!(near(row.pooled.mean()[bin], mean, 1e-12));
            assert!(near(row.pooled.deviation().nth(bin).unwrap(), deviation, 1e-12));
            assert_eq!((row.running.files(), row.pooled.count()), (n as u64, 12 * n as u64));
        }
    }
    assert_eq!((rows[6].run.as_str(), rows[6].start, rows[6].time, rows[6].last), ("1", 0, 6000, 6));

    for stop in 1..7 {
        let mut again = Start::start(&plan).unwrap();
        again.carry_on(&[Data::row(rows[stop - 1].clone())]).unwrap();
        for (n, row) in rows.iter().enumerate().skip(stop) {
            assert_eq!(runs(&mut *again, statistics(n)), std::slice::from_ref(row), "stopped at {stop}");
        }
    }
}

/// Per run: name, number of files, start and end, from its last row.
fn told(rows: &[Row]) -> Vec<(&str, u64, i64, Option<i64>)> {
    rows.iter().map(|row| (row.run.as_str(), row.running.files(), row.start, row.end)).collect()
}

fn small(time: i64) -> Statistics {
    short(file(time, time, Moments::resume(2, vec![1.0; 4], vec![1.0; 4]).unwrap()))
}

#[test]
fn a_file_belongs_to_the_run_of_its_time() {
    let named = |id: &str, start: Option<i64>, end: Option<i64>| {
        let [start, end] = [start, end].map(|at| at.map(Timestamp));
        Start::start(&Run { run_id: id.into(), start, end }).unwrap()
    };
    let mut first = named("a", None, None);
    let begun = runs(&mut *first, small(100));
    assert_eq!(told(&begun), [("a", 1, 100, None)]);
    assert_eq!(told(&runs(&mut *first, small(80))), [("a", 2, 80, None)], "files may come out of order");
    let a = runs(&mut *first, small(120)).pop().unwrap();

    // a new name: files not later than the old run belong to it, and the first later file begins the new run
    let mut second = named("b", None, None);
    second.carry_on(&[Data::row(a.clone())]).unwrap();
    assert_eq!(told(&runs(&mut *second, small(110))), [("a", 4, 80, None)]);
    assert_eq!(told(&runs(&mut *second, small(200))), [("a", 4, 80, Some(200)), ("b", 1, 200, None)]);
    assert_eq!(told(&runs(&mut *second, small(150))), [("a", 5, 80, Some(200))], "late");
    assert_eq!(told(&runs(&mut *second, small(210))), [("b", 2, 200, None)]);
    assert_eq!(told(&runs(&mut *second, small(10))), [("before b", 1, 10, Some(80))], "nothing is lost");

    // the same with a start in the settings which the old run has already passed
    let mut second = named("b", Some(115), Some(300));
    second.carry_on(&[Data::row(a.clone())]).unwrap();
    let ended = [("a", 3, 80, Some(115)), ("a", 4, 80, Some(115))];
    assert_eq!(told(&runs(&mut *second, small(114))), ended, "its end is told once");
    assert_eq!(told(&runs(&mut *second, small(115))), [("b", 1, 115, Some(300))]);
    assert_eq!(told(&runs(&mut *second, small(300))), [("after b", 1, 300, None)]);

    // a known name continues its run
    let mut again = named("a", None, None);
    let b = Row { run: "b".into(), start: 200, ..a.clone() };
    again.carry_on(&[Data::row(Row { end: Some(200), ..a }), Data::row(b)]).unwrap();
    assert_eq!(told(&runs(&mut *again, small(400))), [("a", 4, 80, None)]);
}

#[test]
fn incomplete_files_are_counted_and_other_kinds_refused() {
    let mut run = Start::start(&Run::default()).unwrap();
    assert!(runs(&mut *run, Statistics { state: State::Share, ..small(1) }).is_empty());
    let row = runs(&mut *run, Statistics { state: State::Incomplete, ..small(1) }).pop().unwrap();
    assert_eq!((row.incomplete, row.running.files(), row.pooled.count()), (1, 0, 0));
    let row = runs(&mut *run, small(2)).pop().unwrap();
    assert_eq!((row.incomplete, row.running.files(), row.last), (1, 1, 2));
    let others = [
        Statistics { axis: Axis { rate: Hertz(1e6), ..small(3).axis }, ..small(3) },
        Statistics { axis: Axis { length: 5, ..small(3).axis }, ..small(3) },
        Statistics { axis: Axis { band: Band { centre: Hertz(1.0), ..BAND }, ..small(3).axis }, ..small(3) },
        Statistics { axis: Axis { scale: Scale::Power, ..small(3).axis }, ..small(3) },
    ];
    for other in others {
        let fault = take(&mut *run, &Data::row(other)).unwrap_err().to_string();
        assert!(fault.contains("run_id") && fault.contains("1970-01-01T00:00:00.000003Z"), "{fault}");
    }
}

#[test]
fn a_line_of_five_sigma_in_the_run_is_the_first_candidate() {
    let bin = 2222;
    let settings = LineSearch { threshold: 4.0, ..LineSearch::default() };
    let (mut firsts, mut sum) = (0, 0.0);
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let (mut run, mut last) = (Start::start(&Run::default()).unwrap(), None);
        // ten files; the line is 1.6 σ in each of them
        let power = 5.0 * level(bin) / (10.0 * SCANS as f64).sqrt();
        for n in 0..10 {
            let moments = with_line(&noise(&mut dice, SCANS), bin, power);
            last = runs(&mut *run, file(n, n, moments)).pop();
        }
        let lines = search(&settings, &Data::row(last.unwrap()));
        assert_eq!((lines.run.as_deref(), lines.recording, lines.scans), (Some("1"), 9, 10 * SCANS));
        if let Some(line) = lines.lines.iter().find(|line| line.bin == bin) {
            sum += line.excess;
            firsts += usize::from(lines.lines[0].bin == bin);
            assert!((line.frequency.0 - (10.4e9 + (2222.0 - 1536.0) * 2e6 / 3072.0)).abs() < 1e-3);
            assert!(line.width.0 < 3.0 * 2e6 / 3072.0 && near(line.baseline, level(bin), 0.01));
        }
    }
    // noise moves the line by 1 σ: it stays above 4 σ in about 84 of 100 runs
    assert!((26..=40).contains(&firsts), "{firsts} of 40");
    let mean = sum / firsts as f64;
    assert!((4.8..5.8).contains(&mean), "those above 4 σ have a mean of {mean} σ");
}

#[test]
fn false_alarms_are_as_many_as_expected() {
    for (noise_mode, scans, seed) in
        [(Sigma::Radiometer, SCANS, 1000), (Sigma::Scatter, SCANS, 2000), (Sigma::Radiometer, 40, 3000)]
    {
        let settings = LineSearch { noise: noise_mode, threshold: 3.0, ..LineSearch::default() };
        let (mut found, mut expected, mut scatter) = (0.0, 0.0, 0.0);
        for run in 0..200 {
            let lines = in_file(&settings, noise(&mut Dice(seed + run), scans));
            found += lines.lines.len() as f64;
            expected += lines.expected;
            scatter += lines.scatter / 200.0;
        }
        println!("{noise_mode:?}, {scans} scans: {found} of {expected} expected, scatter {scatter}");
        assert!(
            expected > 500.0 && (found - expected).abs() < 4.0 * expected.sqrt(),
            "{found} of {expected}"
        );
        assert!((scatter - 1.0).abs() < 0.01, "{scatter}");
    }
}

#[test]
fn a_strong_line_neither_hides_nor_adds_candidates() {
    let (mut others, mut expected) = (0.0, 0.0);
    for seed in 0..50 {
        let sigma = 1.0 / (SCANS as f64).sqrt();
        let moments = with_line(&noise(&mut Dice(seed), SCANS), 1000, 2000.0 * sigma * level(1000));
        let moments = with_line(&moments, 1060, 8.0 * sigma * level(1060));
        let lines = in_file(&LineSearch { threshold: 4.0, ..LineSearch::default() }, moments);
        assert_eq!(lines.lines[0].bin, 1000);
        // the baseline, known to 0.4 % there, does not follow the line: its excess is overestimated by 2 %
        assert!((lines.lines[0].excess / 2000.0 - 1.018).abs() < 0.016, "{}", lines.lines[0].excess);
        assert!(lines.lines.iter().any(|line| line.bin == 1060), "seed {seed}");
        others += lines.lines.len() as f64 - 2.0;
        expected += lines.expected;
    }
    assert!((others - expected).abs() < 4.0 * expected.sqrt(), "{others} of {expected}");
}

#[test]
fn invalid_settings_and_spectra_are_errors() {
    let place = passband_flow::config::Place::named("transform");
    let bad = LineSearch { window: 200, threshold: 0.0, ..LineSearch::default() };
    let mut faults = vec![];
    bad.check(&place, &mut faults);
    LineSearch { window: 3, order: 3, ..LineSearch::default() }.check(&place, &mut faults);
    let text: String = faults.iter().map(|fault| fault.what().to_owned() + "\n").collect();
    assert_eq!(faults.len(), 3, "{text}");
    assert!(text.contains("window") && text.contains("threshold") && text.contains("order"), "{text}");

    let settings = LineSearch { of: Of::File, ..LineSearch::default() };
    let fails =
        |file: Statistics| take(&mut *settings.start().unwrap(), &Data::row(file)).unwrap_err().to_string();
    assert!(fails(small(1)).contains("4 bins"));
    assert!(fails(on_dbfs(file(1, 1, noise(&mut Dice(1), 9)))).contains("density"));
    let run = LineSearch::default();
    let nothing = take(&mut *run.start().unwrap(), &Data::row(small(1))).unwrap();
    assert!(nothing.is_empty(), "files are not what was asked for");
}

#[test]
fn a_spectrum_of_any_pipeline_is_searched_on_its_own_scale() {
    let mut dice = Dice(7);
    let mut values: Vec<f32> =
        (0..1025).map(|_| (10.0 * (1e-9 * dice.gamma(50.0) / 50.0).log10()) as f32).collect();
    values[300] = -60.0;
    let row = Spectrum {
        recording: 3,
        start: 0,
        time: 5,
        rate: Hertz(48_000.0),
        length: 2048,
        hop: 2048,
        band: Band::default(),
        scale: Scale::Dbfs,
        channels: 1,
        values,
    };
    let lines = search(&LineSearch::default(), &Data::Spectrum(row));
    assert_eq!((lines.lines.len(), lines.lines[0].bin, lines.run), (1, 300, None));
    assert_eq!(
        (lines.lines[0].frequency, lines.lines[0].value.round()),
        (Hertz(300.0 * 48_000.0 / 2048.0), -60.0)
    );
    assert!((lines.lines[0].baseline + 90.0).abs() < 0.5);
    // the 50 averages are inferred from the scatter
    assert!((40..=60).contains(&lines.scans), "{}", lines.scans);
}

fn levels(ripple: f64) -> Vec<NoiseLevel> {
    let (mut dice, mut run) = (Dice(5), Start::start(&Run::default()).unwrap());
    let mut level_of = Noise::default().start().unwrap();
    let mut rows = vec![];
    for n in 0..100 {
        let clean = noise(&mut dice, SCANS);
        let uneven = |(bin, mean): (usize, &f64)| mean * (1.0 + ripple * (bin as f64).cos());
        let mean = clean.mean().iter().enumerate().map(uneven).collect();
        let moments = Moments::resume(SCANS, mean, clean.squares().to_vec()).unwrap();
        for row in runs(&mut *run, file(n, n, moments)) {
            rows.extend(take(&mut *level_of, &Data::row(row)).unwrap());
        }
    }
    rows.into_iter().map(|row| row.take().unwrap()).collect()
}

#[test]
fn noise_falls_with_the_root_of_scans_unless_a_component_remains() {
    let rows = levels(0.0);
    assert_eq!((rows.len(), rows[99].scans, rows[0].slope), (100, 100 * SCANS, None));
    // 2972 bins give σ to 1.3 %
    assert!(rows.iter().all(|row| near(row.sigma, row.expected, 0.06)));
    assert!(near(rows[99].expected, 1.0 / (100.0 * SCANS as f64).sqrt(), 1e-12));
    assert!((rows[99].slope.unwrap() + 0.5).abs() < 0.02, "{:?}", rows[99]);
    let rows = levels(0.01);
    assert!(rows[99].sigma > 2.0 * rows[99].expected && rows[99].slope.unwrap() > -0.4, "{:?}", rows[99]);
}

#[test]
fn the_line_of_a_simulated_cavity_is_found() {
    let line = Hertz(10.4e9 + 500.0 * 2e6 / 3072.0);
    let (scans, files) = (100, 8);
    let source = Simulate {
        signal: Signal::Cavity,
        rate: RATE,
        line: Some(line),
        // 10 σ after 800 scans
        line_strength: 10.0 / f64::sqrt(800.0),
        file: Span::Samples(scans * BINS as u64),
        files: Some(files),
        block: Span::Samples(scans * BINS as u64),
        pace: Pace::Fast,
        recording: Some(0),
        ..Simulate::default()
    };
    let context = Context { pipeline: "p".into(), ..Context::default() };
    let mut source = source.open(&context).unwrap();
    let (mut batch, mut turn) = (vec![], Turn::More);
    while turn == Turn::More {
        turn = source.next(&mut batch).unwrap();
    }
    assert_eq!(batch.len() as u64, files);
    let taper = Taper::by_name("rectangular", None).unwrap();
    let mut plan =
        IqSpectrum::new(BINS, RATE.0, &taper, Scale::Density, Factor::ROOT_HALF, Order::Centred).unwrap();
    let (mut run, mut last) = (Start::start(&Run::default()).unwrap(), None);
    for input in batch {
        let Input::Datum(_, _, Data::Samples(block)) = input else { panic!("{input:?}") };
        let mut moments = Moments::start(BINS);
        plan.fold(block.channel(0), block.channel(1), &mut moments);
        last = runs(&mut *run, file(block.recording, block.time_of(block.end()), moments)).pop();
    }
    let last = last.unwrap();
    assert_eq!((last.running.files(), last.pooled.count()), (files, files * scans));
    let lines = search(&LineSearch::default(), &Data::row(last));
    assert!((lines.lines[0].frequency.0 - line.0).abs() < 1e-3, "{lines:?}");
    assert!((lines.lines[0].excess - 10.0).abs() < 4.0 && (lines.scatter - 1.0).abs() < 0.05, "{lines:?}");
}
