//! The spectra of a stream: a spectrum and a waterfall.

use super::{Panels, View};
use crate::{Live, Panel, Picture, Spectral};
use passband_flow::data::{Data, Output, Sides, Spectrum, Stream};
use std::borrow::Cow;

/// The spectra of one stream.
pub(crate) struct Spectra {
    stream: usize,
    title: String,
    /// The description, once a spectrum has arrived.
    spectral: Option<Spectral>,
}

impl Spectra {
    /// The view with this number, of the stream with this name.
    pub fn new(stream: usize, name: &Stream) -> Self {
        Self { stream, title: name.to_string(), spectral: None }
    }
}

impl View for Spectra {
    fn panels(&self) -> Vec<Panel> {
        let both = |s: &Spectral| [Panel::Spectrum(s.clone()), Panel::Waterfall(s.clone())];
        self.spectral.iter().flat_map(both).collect()
    }
    fn learn(&mut self, output: &Output) -> Panels {
        let Data::Spectrum(spectrum) = &output.data else { return Panels::Same };
        let offset = spectrum.frequency(first_bin(spectrum.band.sides, spectrum.bins())).0;
        let shape = (
            spectrum.rate.0,
            spectrum.length as usize,
            spectrum.hop as usize,
            spectrum.bins(),
            offset,
            spectrum.band.centre.0,
        );
        let same = |old: &Spectral| {
            let known = (old.rate, old.length, old.hop, old.bins, old.offset, old.centre);
            known == shape && old.channels.len() == spectrum.channels && old.unit == spectrum.scale.unit()
        };
        if self.spectral.as_ref().is_some_and(same) {
            return Panels::Same;
        }
        let (rate, length, hop, bins, offset, centre) = shape;
        self.spectral = Some(Spectral {
            stream: self.stream,
            title: self.title.clone(),
            unit: spectrum.scale.unit().to_owned(),
            rate,
            length,
            hop,
            bins,
            offset,
            centre,
            channels: channels(spectrum.channels),
        });
        Panels::Changed
    }
    fn publish(&mut self, output: &Output, live: &Live) {
        let Data::Spectrum(spectrum) = &output.data else { return };
        let values = ascending(spectrum);
        live.publish(self.stream, Picture { index: spectrum.start, time_us: spectrum.time, values: &values });
    }
}

/// The index of the bin with the lowest frequency; the others follow in ascending order, cyclically.
pub(crate) fn first_bin(sides: Sides, bins: usize) -> usize {
    match sides {
        Sides::FromZero if bins > 1 => bins.div_ceil(2),
        _ => 0,
    }
}

/// The values of a picture, with each channel in ascending order of frequency.
fn ascending(spectrum: &Spectrum) -> Cow<'_, [f32]> {
    match first_bin(spectrum.band.sides, spectrum.bins()) {
        0 => Cow::Borrowed(&spectrum.values),
        first => {
            let mut values = spectrum.values.clone();
            values.chunks_exact_mut(spectrum.bins()).for_each(|channel| channel.rotate_left(first));
            Cow::Owned(values)
        }
    }
}

fn channels(count: usize) -> Vec<String> {
    match count {
        1 => vec!["mono".into()],
        2 => vec!["left".into(), "right".into()],
        n => (1..=n).map(|c| format!("channel {c}")).collect(),
    }
}
