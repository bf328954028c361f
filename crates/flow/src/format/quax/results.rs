//! Messages of `results`: the statistics of a file as a JSON array with an object per bin.

use super::{Key, Quax};
use crate::data::{Axis, Band, Scans, Sides};
use crate::format::Message;
use crate::transform::statistics::{State, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use serde::Deserialize;
use std::borrow::Cow;
use std::io::Write;

/// Appends the array. Numbers are the shortest with the same value; NaN is null.
pub fn write(quax: &Quax, s: &Statistics, out: &mut Vec<u8>) -> Result<(), String> {
    let bins = s.moments.bins() as u64;
    if s.axis.band.sides != Sides::Centred
        || s.axis.length != quax.scan_length()
        || bins != quax.scan_length()
    {
        let (scan, length) = (quax.scan_length(), s.axis.length);
        return Err(format!(
            "it accepts centred spectra of I/Q scans of {scan} samples; these have {bins} bins of scans of {length}"
        ));
    }
    let file = u64::try_from(s.recording).map_err(|_| format!("file {} has no number", s.recording))?;
    let first = file.checked_mul(bins).ok_or_else(|| format!("the number of file {file} is too large"))?;
    let tail = match s.state {
        State::Complete => format!(",\"count_x\":{}}}}}", s.moments.count()),
        State::Incomplete => {
            let (count, of) = (s.moments.count(), s.of);
            format!(",\"count_x\":{count},\"of\":{of},\"state\":\"incomplete\"}}}}")
        }
        State::Share => return Err("a share of a file is not a result".into()),
    };
    out.reserve(bins as usize * (80 + tail.len()));
    let mut before = b'[';
    for (bin, (mean, deviation)) in (0..bins).zip(s.moments.mean().iter().zip(s.moments.deviation())) {
        out.push(before);
        before = b',';
        // writing to memory cannot fail
        let _ = match quax.key {
            Key::Index => write!(out, "{{\"data\":{{\"index\":\"{file}_{bin}\""),
            Key::Indice => write!(out, "{{\"data\":{{\"indice\":{}", first + bin),
        };
        out.extend_from_slice(b",\"mean_x\":");
        let _ = serde_json::to_writer(&mut *out, mean);
        out.extend_from_slice(b",\"stddev_x\":");
        let _ = serde_json::to_writer(&mut *out, &deviation);
        out.extend_from_slice(tail.as_bytes());
    }
    out.push(b']');
    Ok(())
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    data: Bin<'a>,
}

#[derive(Deserialize)]
struct Bin<'a> {
    #[serde(borrow)]
    index: Option<Cow<'a, str>>,
    indice: Option<u64>,
    mean_x: Option<f64>,
    stddev_x: Option<f64>,
    count_x: u64,
    of: Option<u64>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
}

impl Bin<'_> {
    /// The numbers of the file and of the bin.
    fn place(&self, bins: u64) -> Result<(u64, u64), String> {
        match (&self.index, self.indice) {
            (Some(text), _) => {
                let numbers =
                    text.split_once('_').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                numbers.ok_or_else(|| format!("the index \"{text}\" is not FILE_BIN"))
            }
            (None, Some(number)) => Ok((number / bins, number % bins)),
            (None, None) => Err("a bin has neither index nor indice".into()),
        }
    }
}

/// Reads the array, with bins in any order. The message does not list the scans of an incomplete file; none are set.
pub fn read(quax: &Quax, message: &Message<'_>) -> Result<Statistics, String> {
    let entries: Vec<Entry<'_>> =
        serde_json::from_slice(message.bytes).map_err(|error| format!("not the JSON of a file: {error}"))?;
    let bins = quax.scan_length();
    if entries.len() as u64 != bins {
        return Err(format!("{} bins, but a scan of {bins} samples has {bins}", entries.len()));
    }
    let head = &entries[0].data;
    let (file, _) = head.place(bins)?;
    let recording = i64::try_from(file).map_err(|_| format!("the number of file {file} is too large"))?;
    let (count, of) = (head.count_x, head.of.unwrap_or(quax.file_length() / quax.scan_length()));
    let state = head.state.as_deref().map_or(Ok(State::Complete), State::by_name)?;
    let (mut mean, mut squares) = (vec![0.0; bins as usize], vec![0.0; bins as usize]);
    let mut seen = vec![false; bins as usize];
    for Entry { data } in &entries {
        let (its_file, bin) = data.place(bins)?;
        if its_file != file || data.count_x != count {
            let its_count = data.count_x;
            return Err(format!(
                "bin {bin} is of file {its_file} and {its_count} scans, the first of file {file} and {count}"
            ));
        }
        match seen.get_mut(bin as usize) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => return Err(format!("bin {bin} occurs twice")),
            None => return Err(format!("bin {bin} of file {file} is beyond the {bins} bins")),
        }
        let deviation = data.stddev_x.unwrap_or(f64::NAN);
        mean[bin as usize] = data.mean_x.unwrap_or(f64::NAN);
        squares[bin as usize] = deviation * deviation * count.saturating_sub(1) as f64;
    }
    let mut scans = Scans::default();
    if state == State::Complete && count == quax.file_length() / quax.scan_length() {
        scans.add(0..count);
    }
    Ok(Statistics {
        recording,
        time: message.time,
        axis: Axis {
            rate: quax.rate,
            length: quax.scan_length(),
            band: Band { sides: Sides::Centred, centre: quax.centre },
            scale: Scale::Density,
        },
        of: if state == State::Complete && head.of.is_none() { count } else { of },
        state,
        duplicates: 0,
        scans,
        moments: Moments::resume(count, mean, squares)?,
    })
}
