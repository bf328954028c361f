//! Avro's binary encoding read back, one function a kind.

use super::input::Input;
use super::{SCALES, SIDES, STATES};
use crate::data::{Band, Data, Kind, Line, Lines, Noise, Run, Scans, Spectrum, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz, SignalSpec};

type Read<T> = Result<T, String>;

/// Reads a message of one datum, samples and values of spectra of so many bytes each.
pub fn datum(kind: Kind, bytes: &[u8], width: usize) -> Read<Data> {
    let mut input = Input::new(bytes);
    let data = match kind {
        Kind::Samples => Data::Samples(samples(&mut input, width)?),
        Kind::Spectra => Data::Spectrum(spectrum(&mut input, width)?),
        Kind::Statistics => Data::Statistics(Box::new(statistics(&mut input)?)),
        Kind::Runs => Data::Run(Box::new(run(&mut input)?)),
        Kind::Lines => Data::Lines(Box::new(lines(&mut input)?)),
        Kind::Noise => Data::Noise(noise(&mut input)?),
        Kind::Aggregates => Data::Aggregate(Box::new(super::keyed::aggregate(&mut input)?)),
        Kind::Readings => return Err("they are read by their own reader".into()),
        Kind::Panes | Kind::Examples => return Err("they are not read".into()),
    };
    match input.left() {
        0 => Ok(data),
        n => Err(format!("{n} bytes are left over after the datum")),
    }
}

fn samples(input: &mut Input<'_>, width: usize) -> Read<Block> {
    let (recording, index, time, rate) = (input.long()?, input.index()?, input.long()?, input.double()?);
    let (channels, samples) = input.channels(width)?;
    // older messages end here
    let (centre, of) = match input.left() {
        0 => (None, 0),
        _ => (input.optional(Input::double)?.map(Hertz), input.index()?),
    };
    if centre.is_some_and(|centre| !centre.0.is_finite()) || centre.is_some() && channels != 2 {
        return Err(format!("{channels} channels with a centre frequency are not I/Q"));
    }
    let spec = SignalSpec { rate: Hertz(rate), channels, centre };
    Ok(Block { spec, recording, index, time, of, samples })
}

fn spectrum(input: &mut Input<'_>, width: usize) -> Read<Spectrum> {
    let (recording, start, time) = (input.long()?, input.index()?, input.long()?);
    let rate = Hertz(input.double()?);
    let (length, hop, scale) = (input.index()?, input.index()?, input.symbol("scale", &SCALES)?);
    let (channels, values) = input.channels(width)?;
    // older messages end here
    let band = match input.left() {
        0 => Band::default(),
        _ => band(input)?,
    };
    if let Some(bins) = values.len().checked_div(channels) {
        fits(bins, band, length)?;
    }
    Ok(Spectrum { recording, start, time, rate, length, hop, band, scale, channels, values })
}

fn statistics(input: &mut Input<'_>) -> Read<Statistics> {
    let (recording, time) = (input.long()?, input.long()?);
    let Axis { rate, length, band, scale } = Axis::read(input)?;
    let (of, state, duplicates) = (input.index()?, input.symbol("state", &STATES)?, input.index()?);
    let words = input.array(1, |input| input.long().map(|word| word as u64))?;
    let moments = moments(input)?;
    fits(moments.bins(), band, length)?;
    let scans = Scans::from_words(words);
    Ok(Statistics { recording, time, rate, length, band, scale, of, state, duplicates, scans, moments })
}

fn run(input: &mut Input<'_>) -> Read<Run> {
    let (id, start, end) = (input.text()?, input.long()?, input.optional(Input::long)?);
    let (time, last, incomplete) = (input.long()?, input.long()?, input.index()?);
    let Axis { rate, length, band, scale } = Axis::read(input)?;
    let running = Running::resume(input.index()?, input.doubles()?, input.doubles()?)?;
    let pooled = moments(input)?;
    fits(running.bins(), band, length)?;
    fits(pooled.bins(), band, length)?;
    Ok(Run { id, start, end, time, last, incomplete, rate, length, band, scale, running, pooled })
}

fn lines(input: &mut Input<'_>) -> Read<Lines> {
    let run = input.optional(Input::text)?;
    let (recording, time, scans) = (input.long()?, input.long()?, input.index()?);
    let (threshold, expected, scatter) = (input.double()?, input.double()?, input.double()?);
    let lines = input.array(41, |input| {
        let bin = usize::try_from(input.index()?).map_err(|_| "a bin is out of range")?;
        let (frequency, excess, width) = (Hertz(input.double()?), input.double()?, Hertz(input.double()?));
        Ok(Line { bin, frequency, excess, width, value: input.double()?, baseline: input.double()? })
    })?;
    Ok(Lines { run, recording, time, scans, threshold, expected, scatter, lines })
}

fn noise(input: &mut Input<'_>) -> Read<Noise> {
    let (run, time, scans) = (input.optional(Input::text)?, input.long()?, input.index()?);
    let (sigma, expected, slope) = (input.double()?, input.double()?, input.optional(Input::double)?);
    Ok(Noise { run, time, scans, sigma, expected, slope })
}

/// What lies along the bins, and what they hold.
struct Axis {
    rate: Hertz,
    length: u64,
    band: Band,
    scale: Scale,
}

impl Axis {
    fn read(input: &mut Input<'_>) -> Read<Self> {
        let (rate, length, band) = (input.double()?, input.index()?, band(input)?);
        if !(rate.is_finite() && rate > 0.0) {
            return Err(format!("the sample rate is {rate} Hz"));
        }
        Ok(Self { rate: Hertz(rate), length, band, scale: input.symbol("scale", &SCALES)? })
    }
}

fn band(input: &mut Input<'_>) -> Read<Band> {
    let (sides, centre) = (input.symbol("order of bins", &SIDES)?, input.double()?);
    if !centre.is_finite() {
        return Err(format!("the centre frequency is {centre} Hz"));
    }
    Ok(Band { sides, centre: Hertz(centre) })
}

fn moments(input: &mut Input<'_>) -> Read<Moments> {
    Moments::resume(input.index()?, input.doubles()?, input.doubles()?)
}

fn fits(values: usize, band: Band, length: u64) -> Read<()> {
    match values == band.bins(length) {
        true => Ok(()),
        false => Err(format!("{values} values do not fit a frame of {length} samples")),
    }
}
