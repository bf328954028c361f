//! Shows a synthetic, moving stereo spectrum on the dashboard: `cargo run -p passband-web --example preview`.
//!
//! The signal consists of two tones with partials, a slow sweep and occasional pulses over noise. The variables `PORT`,
//! `TOKEN` and `LASTS` (in seconds) are optional; without `LASTS`, it runs until it is stopped.

use passband_web::{Counter, Live, LiveOptions, Panel, Picture, Spectral};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const RATE: f64 = 44_100.0;
const LENGTH: usize = 8192;
const HOP: usize = 256;
const BINS: usize = LENGTH / 2 + 1;

fn main() -> Result<(), passband_web::LiveError> {
    let setting = |name: &str| std::env::var(name).ok();
    let port = setting("PORT").and_then(|p| p.parse().ok()).unwrap_or(7373);
    let live = Live::start(LiveOptions {
        listen: ([127, 0, 0, 1], port).into(),
        token: setting("TOKEN"),
        ..LiveOptions::default()
    })?;
    let channels = vec!["left".to_owned(), "right".to_owned()];
    let what = Spectral {
        title: "Preview".into(),
        rate: RATE,
        length: LENGTH,
        hop: HOP,
        bins: BINS,
        channels,
        ..Spectral::default()
    };
    live.describe(vec![Panel::Spectrum(what.clone()), Panel::Waterfall(what)]);
    let counter =
        |name: &str| Counter::new(format!("passband_{name}_total"), format!("Samples {name}."), 0.0);
    live.set_counters(move || ["gaps", "lost", "refused"].map(counter).to_vec());
    println!("{}", live.url());

    let end = setting("LASTS").and_then(|s| s.parse().ok()).map(Duration::from_secs);
    let start = Instant::now();
    let every = Duration::from_secs_f64(HOP as f64 / RATE);
    let mut noise = Noise(1);
    let mut values = vec![0.0f32; 2 * BINS];
    for hop in 0u32.. {
        let t = f64::from(hop) * every.as_secs_f64();
        if end.is_some_and(|end| start.elapsed() > end) {
            break;
        }
        for (channel, spectrum) in values.chunks_exact_mut(BINS).enumerate() {
            fill(spectrum, channel, t, &mut noise);
        }
        std::thread::sleep((every * hop).saturating_sub(start.elapsed()));
        let time_us = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64);
        live.publish(0, Picture { index: u64::from(hop) * HOP as u64, time_us, values: &values });
    }
    Ok(())
}

/// One channel's levels in dBFS: Hann-shaped lines over noise that falls with frequency.
fn fill(spectrum: &mut [f32], channel: usize, t: f64, noise: &mut Noise) {
    let step = RATE / LENGTH as f64;
    let mut power: Vec<f64> = (0..spectrum.len())
        .map(|k| 1e-9 * noise.exponential() / (1.0 + k as f64 * step / 800.0) + 2e-12 * noise.exponential())
        .collect();
    let mut line = |frequency: f64, level: f64| {
        let centre = frequency / step;
        for k in (centre as usize).saturating_sub(40)..(centre as usize + 41).min(power.len()) {
            power[k] += 10f64.powf(level / 10.0) * hann(k as f64 - centre).powi(2);
        }
    };
    let slow = |period: f64| (t * std::f64::consts::TAU / period).sin();
    if channel == 0 {
        let vibrato = 1.0 + 0.004 * slow(0.4);
        (1..=9).for_each(|n| {
            line(440.0 * vibrato * f64::from(n), -6.0 - 7.5 * f64::from(n - 1) + 2.0 * slow(1.7))
        });
    } else {
        line(1000.0, -6.0);
        line(3000.0, -44.0 + 4.0 * slow(2.3));
        line(300.0 * 40f64.powf(0.5 + 0.5 * slow(9.0)), -28.0);
    }
    let beat = (t % 0.75) / 0.75;
    for (k, p) in power.iter_mut().enumerate() {
        let f = k as f64 * step;
        *p += 3e-6 * (-beat * 14.0).exp() * (-(f / 2500.0 - 1.0).powi(2)).exp() * noise.exponential();
    }
    spectrum.iter_mut().zip(&power).for_each(|(v, p)| *v = (10.0 * p.log10()) as f32);
}

/// The transform of the Hann window at a distance of `x` bins, 1 at 0.
fn hann(x: f64) -> f64 {
    let sinc = |x: f64| {
        let a = x * std::f64::consts::PI;
        if a.abs() < 1e-9 { 1.0 } else { a.sin() / a }
    };
    sinc(x) + 0.5 * (sinc(x - 1.0) + sinc(x + 1.0))
}

/// A small generator (xorshift64*), which avoids a dependency on a crate for random numbers.
struct Noise(u64);

impl Noise {
    /// Exponentially distributed with mean 1, like the power of noise in a bin.
    fn exponential(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        -((bits as f64 + 0.5) / (1u64 << 53) as f64).ln()
    }
}
