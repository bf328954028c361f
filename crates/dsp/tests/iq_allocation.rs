//! Folding does not allocate: measured with a counting allocator.

mod counting;

use counting::allocations;
use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::Taper;

#[test]
fn measuring_and_folding_allocate_nothing() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
    let hann = Taper::by_name("hann", None).unwrap();
    for length in [1, 31, 1000, 3072] {
        // The last frame is so quiet that it is measured a second time.
        let mut i: Vec<f32> = (0..19 * length).map(|n| (n as f32 * 0.37).sin()).collect();
        i[18 * length..].iter_mut().for_each(|x| *x *= 1e-30);
        for &scale in Scale::ALL {
            let mut spectrum =
                IqSpectrum::new(length, 2e6, &hann, scale, Factor::ONE, Order::Centred).unwrap();
            let (mut moments, other) = (Moments::start(length), Moments::start(length));
            let mut out = vec![0.0; length];
            let count = allocations(|| {
                spectrum.measure(&i[..length], &i[..length], &mut out);
                spectrum.fold(&i, &i, &mut moments);
                moments.add(&out);
                moments.merge(&other).unwrap();
                std::hint::black_box(moments.standard_error().sum::<f64>());
            });
            assert_eq!(count, 0, "{length} samples, {scale}");
        }
    }
}
