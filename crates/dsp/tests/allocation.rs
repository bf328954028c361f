//! The hot path allocates nothing: counted by an allocator of our own.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use passband_dsp::spectrum::{Averager, Averaging, Scale, Spectrum};
use passband_dsp::taper::Taper;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread.
struct Counting;

// SAFETY: every call goes to `System` unchanged; the counter is a plain thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

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
