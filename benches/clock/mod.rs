//! The CPU time of the calling thread, so that other processes do not affect a result.

use std::time::Instant;

/// The available clock: the kernel's count of this thread's CPU time, or, on systems other than Linux, wall-clock time.
pub enum Clock {
    Cpu,
    Wall(Instant),
}

impl Clock {
    pub fn new() -> Self {
        if on_cpu().is_some() { Self::Cpu } else { Self::Wall(Instant::now()) }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Cpu => "CPU time of the thread",
            Self::Wall(_) => "wall time, for want of a CPU clock: run it on an idle machine",
        }
    }

    /// Nanoseconds since an arbitrary start.
    fn now(&self) -> f64 {
        match self {
            Self::Cpu => on_cpu().unwrap_or(f64::NAN),
            Self::Wall(began) => began.elapsed().as_secs_f64() * 1e9,
        }
    }

    /// Microseconds per unit of `work`, which returns the number of units: all repetitions in ascending order, after
    /// one that only warms up the caches.
    pub fn microseconds<E>(
        &self,
        repetitions: usize,
        mut work: impl FnMut() -> Result<u64, E>,
    ) -> Result<Vec<f64>, E> {
        work()?;
        let mut all = Vec::with_capacity(repetitions);
        for _ in 0..repetitions {
            let began = self.now();
            let units = work()?;
            all.push((self.now() - began) / 1e3 / units as f64);
        }
        all.sort_by(f64::total_cmp);
        Ok(all)
    }
}

fn on_cpu() -> Option<f64> {
    // the kernel updates the count when the thread yields; otherwise it may be some ms old
    std::thread::yield_now();
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split(' ').next()?.parse().ok().filter(|nanoseconds| *nanoseconds > 0.0)
}
