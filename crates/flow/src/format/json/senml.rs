//! Sensor Measurement Lists: a list of records, in which earlier records define defaults for later ones.
//!
//! Reference: RFC 8428, sections 4 and 5.

use super::scan::{Found, Is, Scan, Wanted};
use super::text::{or_utf16, unescape, utf8};
use super::{Json, NumbersAsText};
use crate::data::{Arrival, Readings};
use crate::format::number::number;
use crate::format::time::{Clock, TimeUnit, named};
use crate::format::value::{Said, Words};
use crate::format::{Holds, Message, ReadReadings};
use std::sync::Arc;

/// A time below this is relative to now: 2²⁸ s, in µs.
const RELATIVE: i64 = (1 << 28) * 1_000_000;
/// The version of the RFC.
const VERSION: f64 = 10.0;
/// Maximum size of the names of one message, since a base name is prepended to each.
const NAMES: usize = 16 << 20;

const LABELS: [&str; 12] = ["bn", "bt", "bv", "bs", "bver", "n", "t", "v", "vs", "vb", "vd", "s"];
const BN: usize = 0;
const BT: usize = 1;
const BV: usize = 2;
const BS: usize = 3;
const BVER: usize = 4;
const N: usize = 5;
const T: usize = 6;
const V: usize = 7;
const VS: usize = 8;
const VB: usize = 9;
const VD: usize = 10;
const S: usize = 11;

/// Decodes readings.
pub struct Reader {
    wanted: Wanted,
    found: Vec<Found>,
    names: Arc<[String]>,
    /// For each value, whether it is `s` instead of `v`.
    sums: Vec<bool>,
    words: Words,
    texts: NumbersAsText,
    seconds: Clock,
    scratch: String,
}

/// The base fields of the records so far.
#[derive(Default)]
struct Base {
    name: String,
    time: i64,
    value: f64,
    sum: f64,
}

impl Reader {
    /// Creates the decoder from settings.
    ///
    /// # Errors   settings that do not apply to SenML
    pub fn new(settings: &Json) -> Result<Self, String> {
        if settings.key.is_some() || settings.id.is_some() {
            return Err("records of SenML name their sensors and have no ids: remove key and id".into());
        }
        let values = match settings.values.0.is_empty() {
            true => vec![("value".to_owned(), "v".to_owned())],
            false => named(&settings.values),
        };
        let sum = |(_, path): &(String, String)| match path.as_str() {
            "v" => Ok(false),
            "s" => Ok(true),
            other => Err(format!("the values of a record of SenML are v and s, not {other}")),
        };
        let sums = values.iter().map(sum).collect::<Result<_, _>>()?;
        let mut wanted = Wanted::default();
        for (slot, label) in LABELS.iter().enumerate() {
            wanted.add(&[(*label).to_owned()], slot);
        }
        Ok(Self {
            wanted,
            found: vec![Found::default(); LABELS.len()],
            names: values.into_iter().map(|(name, _)| name).collect(),
            sums,
            words: Words::new(&settings.missing, &settings.words)?,
            texts: settings.numbers_as_text,
            seconds: Clock::new(None, TimeUnit::Seconds)?,
            scratch: String::new(),
        })
    }

    /// Adds all records; returns the number of values that are not numbers.
    fn records(&mut self, text: &str, arrival: Arrival, into: &mut Readings) -> Result<usize, String> {
        let mut scan = Scan::new(text);
        self.found.fill(Found::default());
        let is = scan.whole(&Wanted::default(), &mut []).map(|found| found.is);
        match is {
            Err(_) => return Err(format!("it is not JSON: {}", scan.reason())),
            Ok(Is::List) => {}
            Ok(_) => return Err("it is not a list of records".into()),
        }
        let (mut scan, mut base, mut count, mut lost, mut names) =
            (Scan::new(text), Base::default(), 0, 0, 0);
        while let Ok(Some(item)) = scan.item() {
            count += 1;
            if item.is != Is::Object {
                return Err(format!("record {count} is not an object"));
            }
            let record = &text[item.from..item.to];
            let missing = self.record(record, &mut base, arrival, into, &mut names);
            lost += missing.map_err(|why| format!("record {count}: {why}"))?;
        }
        Ok(lost)
    }

    /// Adds a record; returns the number of its values that are not numbers.
    fn record(
        &mut self,
        text: &str,
        base: &mut Base,
        arrival: Arrival,
        into: &mut Readings,
        names: &mut usize,
    ) -> Result<usize, String> {
        self.found.fill(Found::default());
        let mut scan = Scan::strict(text);
        scan.whole(&self.wanted, &mut self.found).map_err(|_| scan.reason())?;
        if let Some(label) = scan.must_be_known() {
            return Err(format!("the label {label} must be understood, and is unknown"));
        }
        if self.double(text, BVER)?.is_some_and(|version| version > VERSION) {
            return Err("its version is later than 10".into());
        }
        if let Some(name) = self.name(text, BN)? {
            base.name = name;
        }
        if let Some(time) = self.micros(text, BT)? {
            base.time = time;
        }
        base.value = self.double(text, BV)?.unwrap_or(base.value);
        base.sum = self.double(text, BS)?.unwrap_or(base.sum);
        let has = |slot: usize| self.found[slot].is != Is::Missing;
        if ![V, VS, VB, VD, S].into_iter().any(has) {
            // the record only has base fields
            return Ok(0);
        }
        let key = base.name.clone() + &self.name(text, N)?.unwrap_or_default();
        if key.is_empty() {
            return Err("it has no name".into());
        }
        *names += key.len();
        if *names > NAMES {
            return Err(format!("the names of the records exceed {} MiB", NAMES >> 20));
        }
        let time = base.time.saturating_add(self.micros(text, T)?.unwrap_or(0));
        let time = match arrival.time {
            _ if time >= RELATIVE => time,
            0 => return Err("its time is relative to the arrival, and the transport provides none".into()),
            now => now.saturating_add(time),
        };
        let (value, sum) = (self.value(text)?.map(|value| value + base.value), self.double(text, S)?);
        let sum = sum.map(|sum| sum + base.sum);
        let of = |sums: &bool| {
            if *sums { sum } else { value }.filter(|value| value.is_finite()).unwrap_or(f64::NAN)
        };
        let values: Vec<f64> = self.sums.iter().map(of).collect();
        if values.iter().all(|value| value.is_nan()) {
            return Ok(values.len());
        }
        into.push(&key, time, &values, arrival, text.as_bytes());
        Ok(0)
    }

    /// The number in `v`, or the number that a text or boolean is mapped to.
    fn value(&mut self, text: &str) -> Result<Option<f64>, String> {
        if self.found[V].is == Is::Number {
            return self.double(text, V);
        }
        let found = [VB, VS].map(|slot| self.found[slot]).into_iter().find(|found| found.is != Is::Missing);
        let Some(found) = found else { return Ok(None) };
        let raw = &text[found.from..found.to];
        let said = match found.is {
            Is::Truth => self.words.word(raw),
            Is::Text | Is::Escaped => {
                unescape(raw, &mut self.scratch)?;
                match self.texts {
                    NumbersAsText::Yes => self.words.number(&self.scratch),
                    NumbersAsText::No => self.words.word(&self.scratch),
                }
            }
            _ => Said::Other,
        };
        Ok(if let Said::Number(value) = said { Some(value) } else { None })
    }

    fn double(&self, text: &str, slot: usize) -> Result<Option<f64>, String> {
        let found = self.found[slot];
        match found.is {
            Is::Missing | Is::Null | Is::NoNumber => Ok(None),
            Is::Number => Ok(number(&text[found.from..found.to])),
            _ => Err(format!("{} is not a number", LABELS[slot])),
        }
    }

    fn micros(&self, text: &str, slot: usize) -> Result<Option<i64>, String> {
        let found = self.found[slot];
        match found.is {
            Is::Missing => Ok(None),
            Is::Number => {
                let micros = self.seconds.number(&text[found.from..found.to]);
                micros.map(Some).map_err(|why| why.to_string())
            }
            _ => Err(format!("{} is not a number", LABELS[slot])),
        }
    }

    fn name(&mut self, text: &str, slot: usize) -> Result<Option<String>, String> {
        let found = self.found[slot];
        match found.is {
            Is::Missing => Ok(None),
            Is::Text | Is::Escaped => {
                unescape(&text[found.from..found.to], &mut self.scratch)?;
                Ok(Some(self.scratch.clone()))
            }
            _ => Err(format!("{} is not a string", LABELS[slot])),
        }
    }
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }

    fn holds(&self) -> Holds {
        Holds { key: true, ..Holds::default() }
    }

    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        let (before, bytes) = (into.len(), message.bytes);
        let read = utf8(bytes).and_then(|text| self.records(text, arrival, into));
        match read {
            Ok(_) if into.len() == before => Err("none of its records has a value".into()),
            Ok(lost) => {
                into.lose(arrival.offset, lost);
                Ok(())
            }
            Err(why) => {
                into.cut(before);
                Err(or_utf16(bytes, why))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::json::Records;

    const NOW: i64 = 1_709_294_403_000_000;

    type Told = Vec<(String, i64, Vec<f64>)>;

    fn read(settings: Json, text: &str) -> Result<(Told, u64), String> {
        let mut reader = Reader::new(&Json { records: Records::Senml, ..settings })?;
        let mut readings = Readings::new(reader.value_names(), "message ".into());
        readings.push_part("before", 1, &vec![0.0; reader.names.len()], Arrival::default(), b"");
        let arrival = Arrival { time: NOW, offset: 7, id: None };
        let result = reader.read(&Message::of(text.as_bytes()), arrival, &mut readings);
        assert!(result.is_ok() || readings.len() == 1 && readings.missing(0) == 0, "all or none");
        result?;
        let all = readings.iter().skip(1).map(|r| (r.key.to_owned(), r.time, r.values.to_vec()));
        Ok((all.collect(), readings.missing(0)))
    }

    fn one(key: &str, time: i64, value: f64) -> (String, i64, Vec<f64>) {
        (key.into(), time, vec![value])
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        // 5.1.1 to 5.1.3
        let single = r#"[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]"#;
        assert_eq!(
            read(Json::default(), single),
            Ok((vec![one("urn:dev:ow:10e2073a01080063", NOW, 23.1)], 0))
        );
        let multiple = r#"[
            {"bn":"urn:dev:ow:10e2073a01080063:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
            {"n":"current","t":-5,"v":1.2}, {"n":"current","t":-4,"v":1.3}]"#;
        let name = "urn:dev:ow:10e2073a01080063:";
        let at = 1_276_020_076_001_000;
        let right = vec![
            one(&format!("{name}voltage"), at, 120.1),
            one(&format!("{name}current"), at - 5_000_000, 1.2),
            one(&format!("{name}current"), at - 4_000_000, 1.3),
        ];
        assert_eq!(read(Json::default(), multiple), Ok((right, 0)));
        let base = r#"[{"bn":"d:","bt":1.320067464e+09,"bv":20,"bs":100},{"n":"t","v":1.5},{"n":"t","t":60,"v":-0.5,"s":3}]"#;
        let right = vec![one("d:t", 1_320_067_464_000_000, 21.5), one("d:t", 1_320_067_524_000_000, 19.5)];
        assert_eq!(read(Json::default(), base), Ok((right, 0)));
        let sums = Json { values: "v=v,s=s".parse().unwrap(), ..Json::default() };
        let (result, missing) = read(sums, base).unwrap();
        assert!(
            result[0].2[0] == 21.5 && result[0].2[1].is_nan() && result[1].2 == [19.5, 103.0] && missing == 1
        );
        // relative to the arrival
        let relative = r#"[{"bn":"d","bt":-10,"v":1},{"t":4.5,"v":2}]"#;
        let right = vec![one("d", NOW - 10_000_000, 1.0), one("d", NOW - 5_500_000, 2.0)];
        assert_eq!(read(Json::default(), relative), Ok((right, 0)));
    }

    #[test]
    fn a_record_without_a_number_is_dropped() {
        let text = r#"[{"bn":"d:","n":"a","vs":"on"},{"n":"b","vb":true},{"n":"c","vd":"aGk"},{"n":"d","v":2},{"n":"e","vs":"21.5"}]"#;
        assert_eq!(read(Json::default(), text), Ok((vec![one("d:d", NOW, 2.0)], 4)));
        let words = Json {
            words: "on=1,true=1".parse().unwrap(),
            numbers_as_text: NumbersAsText::Yes,
            ..Json::default()
        };
        let right = [("a", 1.0), ("b", 1.0), ("d", 2.0), ("e", 21.5)];
        let right = right.map(|(name, value)| one(&format!("d:{name}"), NOW, value)).to_vec();
        assert_eq!(read(words, text), Ok((right, 1)));
    }

    #[test]
    fn a_list_is_accepted_or_refused_as_a_whole() {
        for (text, why) in [
            ("[]", "none of its records"),
            (r#"{"n":"a","v":1}"#, "not a list"),
            (r#"[{"n":"a","v":1},7]"#, "record 2 is not an object"),
            (r#"[{"n":"a","v":1},{"v":1}]"#, "record 2: it has no name"),
            (r#"[{"n":"a","v":1},{"n":1,"v":1}]"#, "record 2: n is not a string"),
            (r#"[{"n":"a","v":1},{"n":"b","v":1,"x_":0}]"#, "the label x_ must be understood"),
            (r#"[{"bver":11,"n":"a","v":1}]"#, "version"),
            (r#"[{"n":"a","v":1,"t":"now"}]"#, "t is not a number"),
            (r#"[{"n":"a","vs":"open"}]"#, "none of its records"),
            (r#"[{"n":"a","v":1}"#, "ends early"),
        ] {
            let result = read(Json::default(), text).unwrap_err();
            assert!(result.contains(why), "{text}: {result}");
        }
        let long = format!(r#"[{{"bn":"{}"}}{}]"#, "x".repeat(1 << 20), r#",{"v":1}"#.repeat(20));
        assert!(read(Json::default(), &long).unwrap_err().contains("exceed 16 MiB"));
    }
}
