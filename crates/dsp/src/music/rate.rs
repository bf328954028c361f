//! The supported sample rates, and frame lengths.

/// Refuses rates below 4 kHz, which leave too little of the music, and above 768 kHz, which no recording has.
pub(super) fn check(rate_hz: f64) -> Result<(), String> {
    if (4000.0..=768_000.0).contains(&rate_hz) {
        return Ok(());
    }
    Err(format!("a sample rate of {rate_hz} Hz cannot be analysed: it must be between 4 kHz and 768 kHz"))
}

/// The power of two that is nearest, by ratio, to the number of samples in a duration.
pub(super) fn frame_length(rate_hz: f64, seconds: f64) -> usize {
    1 << libm::log2(rate_hz * seconds).round().clamp(7.0, 20.0) as u32
}
