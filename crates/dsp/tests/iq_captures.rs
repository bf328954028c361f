//! Files of a real capture in the layout of a haloscope, with reference spectra in f64. Skipped if they are not
//! available (`PASSBAND_DATA`, default `../shared/data` next to the workspace).

use std::path::{Path, PathBuf};

use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::Taper;

const BINS: usize = 3072;

fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("PASSBAND_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = data.unwrap_or(beside).join("iq-captures/quax-format");
    let there = folder.is_dir();
    if !there {
        eprintln!("skipped: real I/Q captures; to have them, set PASSBAND_DATA to the folder of recordings");
    }
    there.then_some(folder)
}

fn samples(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect()
}

/// Rows of bin, frequency, mean and deviation.
fn expected(path: &Path) -> Vec<[f64; 4]> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let row = |line: &str| {
        let fields: Vec<f64> = line.split(',').map(|field| field.trim().parse().unwrap()).collect();
        <[f64; 4]>::try_from(fields).unwrap()
    };
    let rows: Vec<_> = text.lines().skip(1).map(row).collect();
    assert_eq!(rows.len(), BINS);
    rows
}

/// The maximum relative difference.
fn furthest(found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = f64>) -> f64 {
    found.into_iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs()).fold(0.0, f64::max)
}

#[test]
fn the_spectra_of_a_real_capture_are_as_computed_elsewhere() {
    let Some(folder) = folder() else { return };
    let none = Taper::by_name("rectangular", None).unwrap();
    let mut spectrum =
        IqSpectrum::new(BINS, 2e6, &none, Scale::Density, Factor::ROOT_HALF, Order::Centred).unwrap();
    let mut run = Running::start(BINS);
    for (file, left_over) in [(0, 0), (1, 516)] {
        let [i, q] = ["i", "q"].map(|half| samples(&folder.join(format!("duck_{half}_{file:05}.dat"))));
        let mut moments = Moments::start(BINS);
        let folded = spectrum.fold(&i, &q, &mut moments);
        assert_eq!((folded.frames, folded.refused, folded.left_over), (58, 0, left_over));
        let rows = expected(&folder.join(format!("expected/file_{file:05}.csv")));
        let mean = furthest(moments.mean().iter().copied(), rows.iter().map(|row| row[2]));
        let sigma = furthest(moments.deviation(), rows.iter().map(|row| row[3]));
        println!("file {file}: mean off by {mean:.1e}, σ by {sigma:.1e}");
        assert!(mean < 1e-5 && sigma < 1e-5, "file {file}: mean off by {mean:e}, σ by {sigma:e}");
        assert!(rows.iter().enumerate().all(|(bin, row)| (spectrum.frequency(bin) - row[1]).abs() < 1e-6));
        run.add(moments.mean(), &moments.deviation().collect::<Vec<_>>());
    }
    let rows = expected(&folder.join("expected/cumulative.csv"));
    let mean = furthest(run.mean().iter().copied(), rows.iter().map(|row| row[2]));
    let sigma = furthest(run.deviation().iter().copied(), rows.iter().map(|row| row[3]));
    assert!(mean < 1e-5 && sigma < 1e-5, "run: mean off by {mean:e}, σ by {sigma:e}");
}
