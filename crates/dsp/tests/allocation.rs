//! The hot path does not allocate: measured with a counting allocator.

mod counting;

use counting::allocations;
use passband_dsp::spectrum::{Averager, Averaging, Scale, Spectrum};
use passband_dsp::taper::Taper;

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
}

#[test]
fn a_frame_allocates_nothing() {
    let hann = Taper::by_name("hann", None).unwrap();
    for length in [1, 2, 31, 255, 1000, 1024, 3072, 8192] {
        let frame: Vec<f32> = (0..length).map(|n| (n as f32 * 0.37).sin()).collect();
        for &scale in Scale::ALL {
            let mut spectrum = Spectrum::new(length, 44100.0, &hann, scale).unwrap();
            let mut out = vec![0.0; 3 * spectrum.bins()];
            let count = allocations(|| spectrum.measure(&[&frame, &frame, &frame], &mut out));
            assert_eq!(count, 0, "{length} samples, {scale}");
        }
    }
}

#[test]
fn an_average_allocates_nothing() {
    for averaging in [Averaging::Linear(2), Averaging::Exponential(2), Averaging::MaxHold, Averaging::MinHold]
    {
        for &scale in Scale::ALL {
            let mut averager = Averager::start(averaging, scale, 100);
            let mut out = [0.5; 100];
            let count = allocations(|| {
                averager.add(&[0.25; 100]);
                averager.add(&[0.5; 100]);
                averager.finish(&mut out);
            });
            assert_eq!(count, 0, "{averaging:?}, {scale}");
        }
    }
}
