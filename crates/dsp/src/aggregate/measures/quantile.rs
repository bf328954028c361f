//! Median and percentiles.

use crate::aggregate::{Finish, Measure, Sum};

/// The middle value, or the mean of the two middle values.
pub static MEDIAN: Measure =
    Measure { name: "median", summary: "the median", needs: &[Sum::Values], finish: Finish::Quantile(0.5) };

/// The percentile with a name such as `p95` or `p99.9`; `None` for any other name.
///
/// # Errors   it is not from 0 to 100
pub fn percentile(name: &str) -> Option<Result<Measure, String>> {
    let digits = name.strip_prefix('p').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !digits.ends_with('.');
    let percent = digits.parse().ok().filter(|percent: &f64| plain && *percent <= 100.0);
    let percent = percent
        .ok_or_else(|| format!("\"{name}\" is not a percentile; there are p0 to p100, as in p95 or p99.9"));
    Some(percent.map(|percent| Measure {
        name: "percentile",
        summary: "the value below which this percentage of the values lies",
        needs: &[Sum::Values],
        finish: Finish::Quantile(percent / 100.0),
    }))
}
