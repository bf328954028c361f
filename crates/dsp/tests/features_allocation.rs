//! Computing a frame of a feature does not allocate: measured with a counting allocator.

mod counting;

use counting::allocations;
use passband_dsp::feature::{FEATURES, Plan, Settings};

/// Sets a setting if the feature has it.
fn with(settings: Settings, name: &str, value: &str) -> Settings {
    match settings.value(name) {
        Some(_) => settings.with(name, value).unwrap(),
        None => settings,
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
}

#[test]
fn a_frame_allocates_nothing() {
    let samples: Vec<f32> = (0..100_000).map(|n| (n as f32 * 0.37).sin()).collect();
    for feature in FEATURES {
        for n_fft in ["2048", "512", "1000", "401"] {
            let settings = with(with(feature.settings(), "n_fft", n_fft), "frame_length", n_fft);
            let mut plan = Plan::new(&settings, 16000.0).unwrap();
            // The size of the stored rows, for features that need the whole recording.
            let mut out = Vec::with_capacity(plan.rows(0, samples.len()) * 2 * plan.width(0).max(128));
            // One allocation for the starts of the outputs, regardless of the number of frames.
            for length in [0, 1000, samples.len()] {
                out.clear();
                let count = allocations(|| plan.frames(&samples[..length], &mut out));
                assert!(count <= 1, "{settings}: {count} allocations for {length} samples");
            }
            let settings = with(settings, "top_db", "none");
            let mut stream = Plan::new(&settings, 16000.0).unwrap().into_stream().unwrap();
            let mut sum = 0.0;
            let count = allocations(|| {
                let mut each = |_: usize, row: &[f32]| sum += row.iter().sum::<f32>();
                samples.chunks(777).for_each(|block| stream.push(block, &mut each));
                stream.finish(&mut each);
            });
            assert!(sum != 0.0);
            assert_eq!(count, 0, "{settings}, as a stream");
        }
    }
}
