//! Data sets made in tests.

use passband_learn::Rows;

/// Uniform numbers from 0 to 1 (xorshift64*).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
    /// Mean 0, deviation 1, nearly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// Three classes of rows in `groups` groups of 12 rows: `near` separates the classes by `distance` deviations, `ring`
/// is large for the third class in either direction, `noise` says nothing, and a tenth of all values are missing.
pub fn rows(groups: usize, distance: f64, seed: u64) -> Rows {
    let mut noise = Noise(seed.wrapping_mul(2) + 1);
    let n = groups * 12;
    let class: Vec<usize> = (0..n).map(|i| i % 3).collect();
    let mut column = |value: &dyn Fn(usize, &mut Noise) -> f64| -> Vec<f64> {
        (0..n)
            .map(|i| {
                let value = value(class[i], &mut noise);
                if noise.next() < 0.1 { f64::NAN } else { value }
            })
            .collect()
    };
    let near = column(&|class, noise| distance * class as f64 + noise.normal());
    let ring = column(&|class, noise| {
        let sign = if noise.next() < 0.5 { -1.0 } else { 1.0 };
        sign * if class == 2 { distance } else { 0.0 } + noise.normal()
    });
    let noisy = column(&|_, noise| 1000.0 + noise.normal());
    Rows {
        columns: vec![("near".into(), near), ("ring".into(), ring), ("noise".into(), noisy)],
        labels: class.iter().map(|c| ["blues", "jazz", "rock"][*c].to_owned()).collect(),
        groups: (0..n).map(|i| format!("artist {}", i / 12)).collect(),
        ids: (0..n).map(|i| format!("{i}.wav")).collect(),
        label: "genre".into(),
        group: "artist".into(),
        feature_version: "3".into(),
    }
}
