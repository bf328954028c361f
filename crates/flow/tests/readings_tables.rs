//! Tables as data loggers write them: each is read correctly, or refused once with the setting that decides; every
//! reading of a damaged table is accounted for.

mod readings_fixtures;

use flate2::Compression;
use flate2::write::GzEncoder;
use readings_fixtures::{Told, told};
use std::io::Write;

/// Reads a table from bytes with these settings of the format.
fn table(bytes: impl AsRef<[u8]>, format: &str) -> Told {
    source(bytes, &format!("format = {{ type = \"csv\", {format} }}"))
}

fn source(bytes: impl AsRef<[u8]>, settings: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("boiler.csv");
    std::fs::write(&file, bytes.as_ref()).unwrap();
    told(&file, settings)
}

/// 2026-03-01 12:00 UTC in ms.
const NOON: i64 = 1_772_366_400_000;

fn case(name: &str) -> Option<Vec<u8>> {
    let data = passband_testbed::passband_data()?;
    std::fs::read(data.join("../cases/readings").join(name)).ok()
}

#[test]
fn the_cases_of_loggers_have_their_right_values() {
    let Some(ecobee) = case("ecobee.csv") else { return };
    let whole = |told: &Told| (told.refused.len(), told.missing);
    // a comma at the end of the rows does not shift columns
    let told = table(&ecobee, "");
    assert_eq!((told.sensor("boiler"), whole(&told)), ((5, 235.0, NOON), (0, 0)));
    let told = table(&ecobee, "values = { value = \"temp\" }");
    assert_eq!(told.sensor("boiler"), (5, 110.0, NOON));
    let told = table(&ecobee, "melt = \"yes\"");
    assert_eq!((told.sensor("temp"), told.sensor("value")), ((5, 110.0, NOON), (5, 235.0, NOON)));

    let dwd = case("dwd.csv").unwrap();
    let columns = "key = \"STATIONS_ID\", time = \"MESS_DATUM\", values = { value = \"TT_10\" }";
    assert!(table(&dwd, columns).refusal().contains("time_format"));
    let told = table(&dwd, &format!("{columns}, time_format = \"%Y%m%d%H%M\""));
    let (count, sum, first) = told.sensor("3987");
    assert_eq!((count, first, whole(&told)), (6, NOON, (0, 0)));
    assert!((sum - 49.5).abs() < 1e-9, "{sum}");

    let told = table(case("hm.csv").unwrap(), "melt = \"yes\"");
    assert_eq!((told.sensor("p0"), told.sensor("pid")), ((5, 71.0, NOON), (5, 0.0, NOON)));
    assert_eq!((told.sensors.len(), whole(&told)), (2, (0, 0)));

    let toa5 = case("toa5.dat").unwrap();
    for skip in ["", ", skip = 1, skip_after = 2"] {
        let told = table(&toa5, &format!("time = \"TIMESTAMP\", values = {{ value = \"AirT\" }}{skip}"));
        assert_eq!((told.sensor("boiler"), told.refused.len()), ((1, 21.5, NOON), 1), "{skip}");
        assert!(told.refused[0].contains("value is 'NAN'"), "{told:?}");
    }
    assert_eq!(table(case("boiler.csv").unwrap(), "").sensor("boiler"), (5, 110.0, NOON));
}

#[test]
fn a_row_that_does_not_fit_its_columns_is_never_shifted() {
    let rows = |head: &str, rows: &[&str]| format!("{head}\n{}\n", rows.join("\n"));
    let times = ["2026-03-01T12:00:00", "2026-03-01T12:00:01", "2026-03-01T12:00:02"];
    let of = |row: &str| times.map(|time| row.replace('T', time));
    let with = |head: &str, row: &str, format: &str| {
        let lines = of(row);
        table(rows(head, &lines.each_ref().map(|line| &line[..])), format)
    };
    // every row has one field too many: the file is refused, once
    for row in ["T,21,5", "T,21,x", "7,T,x,21,5"] {
        let told = with("ts,value", row, "");
        assert!(told.refusal().contains("extra"), "{told:?}");
    }
    assert_eq!(with("ts,value", "T,21,x", "extra = \"last\"").sensor("boiler"), (3, 63.0, NOON));
    assert_eq!(with("ts,value", "x,T,21", "extra = \"first\"").sensor("boiler"), (3, 63.0, NOON));
    // row names, as R writes them, and more commas than columns
    assert_eq!(with("\"ts\",\"value\"", "\"1\",\"T\",21", "").sensor("boiler"), (3, 63.0, NOON));
    assert_eq!(with("ts,value", "T,21,,,", "").sensor("boiler"), (3, 63.0, NOON));
    assert_eq!(with("ts,value,", "T,21", "").sensor("boiler"), (3, 63.0, NOON));
    assert!(with("ts,value,", "T,21,5", "").refusal().contains("extra"));
    // one such row among others: only that row is refused
    let told = table(rows("ts,value", &[&of("T,1")[0], &of("T,2,9")[1], &of("T,3")[2]]), "");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((2, 4.0, NOON), 1));
    let told = table(rows("ts,value", &[&of("T,1,9")[0], &of("T,2")[1], &of("T,3")[2]]), "");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((2, 5.0, NOON + 1000), 1));
    // one missing field costs its value; a missing key or time costs the row
    let told = table(
        rows("key,ts,a,value", &["k,2026-03-01T12:00:00,1,2", "k,2026-03-01T12:00:01,1", "k"]),
        "key = \"key\"",
    );
    assert_eq!((told.sensor("k"), told.refused.len()), ((1, 2.0, NOON), 2));
    let told = table(
        rows(
            "key,ts,value,b",
            &["k,2026-03-01T12:00:00,1", "k,2026-03-01T12:00:01,x,7", "k,2026-03-01T12:00:02,,8"],
        ),
        "key = \"key\", values = { value = \"value\", b = \"b\" }",
    );
    assert_eq!((told.sensor("k").0, told.missing, told.refused.len()), (1, 3, 0), "{told:?}");
}

#[test]
fn ambiguous_columns_refuse_the_file_once() {
    let rows = "2026-03-01T12:00:00,1,2\n2026-03-01T12:00:01,3,4\n";
    for format in ["melt = \"yes\"", "values = { value = \"t\" }"] {
        let told = table(format!("ts,t,t\n{rows}"), format);
        assert!(
            told.refusal().contains("2 columns are named t: select one by its position, as #2 or #3"),
            "{told:?}"
        );
    }
    assert!(table(format!("ts,ts,value\n{rows}"), "").refusal().contains("2 columns are named ts"));
    // columns that are not used may have any name
    let told = table("ts,x,x,value\n2026-03-01T12:00:00,1,2,3\n", "");
    assert_eq!(told.sensor("boiler"), (1, 3.0, NOON));
    let told = table(format!("ts,t,t\n{rows}"), "melt = \"yes\", values = { a = \"#2\", b = \"#3\" }");
    assert_eq!((told.sensor("a"), told.sensor("b")), ((2, 4.0, NOON), (2, 6.0, NOON)));
    // a column without a name is not a sensor
    let told = table(",ts,t\n1,2026-03-01T12:00:00,5\n2,2026-03-01T12:00:01,6\n", "melt = \"yes\"");
    assert_eq!(told.sensors.len(), 1, "{told:?}");
    // a file without a header line
    for format in ["", "key = \"sensor\"", "melt = \"yes\"", "melt = \"yes\", time = \"arrival\""] {
        let told = table(rows, format);
        assert!(told.refusal().contains("columns"), "{format}: {told:?}");
    }
    assert_eq!(table(rows, "columns = [\"ts\", \"a\", \"value\"]").sensor("boiler"), (2, 6.0, NOON));
    let named = table(format!("ts,a,value\n{rows}"), "columns = [\"ts\", \"a\", \"value\"]");
    assert_eq!((named.sensor("boiler"), named.refused.len()), ((2, 6.0, NOON), 0));
}

/// Pairs of ambiguous times, and a setting that decides.
const UNDECIDED: [([&str; 2], &str); 11] = [
    (["20260301", "20260302"], "time_format = \"%Y%m%d\""),
    (["2026030112", "2026030113"], "time_format = \"%Y%m%d%H\""),
    (["202603011200", "202603011210"], "time_format = \"%Y%m%d%H%M\""),
    (["20260301120000", "20260301120001"], "time_format = \"%Y%m%d%H%M%S\""),
    (["46082.5", "46082.51"], "time_unit = \"excel\""),
    (["2026", "2027"], "time_format = \"%Y\""),
    (["0", "1000"], "time_unit = \"ms\""),
    (["01/03/2026 12:00", "01/03/2026 12:01"], "time_format = \"%d/%m/%Y %H:%M\""),
    (["01.03.2026 12:00", "01.03.2026 12:01"], "time_format = \"%d.%m.%Y %H:%M\""),
    (["3/1/2026 12:00 PM", "3/1/2026 12:01 PM"], "time_format = \"%m/%d/%Y %I:%M %p\""),
    (["2026-03-01", "2026-03-02"], "time_format = \"%Y-%m-%d\""),
];

/// Checks the result of such a pair with the deciding setting.
fn decided(times: [&str; 2], setting: &str, told: &Told) {
    assert_eq!((told.sensor("boiler").0, told.sensor("boiler").1), (2, 3.0), "{times:?} {told:?}");
    if !setting.ends_with("d\"") && !setting.contains("ms") {
        assert_eq!(told.sensor("boiler").2, NOON, "{times:?}");
    }
}

#[test]
fn ambiguous_times_refuse_the_file_once() {
    let with =
        |times: [&str; 2], format: &str| table(format!("ts;value\n{};1\n{};2\n", times[0], times[1]), format);
    for (times, setting) in UNDECIDED {
        let refused = with(times, "");
        assert!(refused.refusal().contains("time_"), "{refused:?}");
        if setting.contains("%Y\"") {
            continue;
        }
        decided(times, setting, &with(times, setting));
    }
    // one such time among others costs its row
    let told = table("ts,value\n20260301,1\n1772366400,2\n2026030112,3\n1772366401,4\n", "");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((2, 6.0, NOON), 2));
    // date and time of day in two columns, in local time of a time zone
    let text = "Date,Time,value\n01.03.2026,13:00:00,1\n01.03.2026,24:00:00,2\n";
    let format =
        "date = \"Date\", time = \"Time\", time_zone = \"Europe/Berlin\", time_format = \"%d.%m.%Y %T\"";
    assert_eq!(table(text, format).sensor("boiler"), (2, 3.0, NOON));
    assert!(table(text, "time = \"Time\"").refusal().contains("time_format"));
    let text = "Date,Time,value\n2026-03-01,12:00:00,1\n2026-03-01,12:00:01.5,2\n";
    assert_eq!(table(text, "date = \"Date\", time = \"Time\"").sensor("boiler"), (2, 3.0, NOON));
}

#[test]
fn ambiguous_times_refuse_a_json_file_once() {
    let of = |times: [&str; 2], quote: &str, settings: &str| {
        let line = |time: &str, value| format!("{{\"ts\": {quote}{time}{quote}, \"value\": {value}}}\n");
        let text = line(times[0], 1) + &line(times[1], 2);
        source(text, &format!("format = {{ type = \"json\", {settings} }}"))
    };
    for (times, setting) in UNDECIDED {
        for quote in ["\"", ""] {
            // a number in JSON consists of digits and a point
            if quote.is_empty() && times[0].contains(|c: char| !c.is_ascii_digit() && c != '.')
                || quote.is_empty() && times[0].matches('.').count() > 1
            {
                continue;
            }
            let refused = of(times, quote, "");
            assert!(refused.refusal().contains("time_"), "{refused:?}");
            if !setting.contains("%Y\"") {
                decided(times, setting, &of(times, quote, setting));
            }
        }
    }
    // one such time among others costs its line
    let text =
        [20260301, 1772366400, 2026030112, 1772366401].map(|ts| format!("{{\"ts\":{ts},\"value\":1}}\n"));
    let told = source(text.concat(), "format = \"json\"");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((2, 2.0, NOON), 2));
}

#[test]
fn delimiters_decimals_and_words_of_loggers() {
    let rows =
        |sign: &str| "ts,value,x\n2026-03-01T12:00:00,21.5,a\n2026-03-01T12:00:01,,b\n".replace(',', sign);
    for sign in [",", ";", "\t", "|"] {
        let told = table(rows(sign), "");
        assert_eq!((told.sensor("boiler"), told.refused.len()), ((1, 21.5, NOON), 1), "{sign:?}");
    }
    // the delimiter is inferred from the wanted columns, whatever the other names contain
    let told = table("ts;value;a, b, c, d\n2026-03-01T12:00:00;21.5;x\n", "");
    assert_eq!(told.sensor("boiler"), (1, 21.5, NOON));
    for first in ["sep=;", "sep=;\r", "\u{feff}sep=;"] {
        let told = table(format!("{first}\nts;value\n2026-03-01T12:00:00;21.5\n"), "");
        assert_eq!((told.sensor("boiler"), told.refused.len()), ((1, 21.5, NOON), 0), "{first:?}");
    }
    let comma = "ts;value\n2026-03-01T12:00:00;21,5\n2026-03-01T12:00:01;1.021,5\n";
    assert!(table(comma, "").refusal().contains("set decimal"));
    let told = table(comma, "decimal = \",\", thousands = \".\"");
    assert_eq!(told.sensor("boiler"), (2, 1043.0, NOON));
    let told = table(comma, "decimal = \",\"");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((1, 21.5, NOON), 1));

    let words = ["nan", "NaN", "NA", "n/a", "unavailable", "unknown", "-", "\"\"", "null", ""];
    let lines: String = words.iter().map(|word| format!("2026-03-01T12:00:00,{word},1\n")).collect();
    let told = table(format!("ts,a,b\n{lines}"), "melt = \"yes\"");
    assert_eq!((told.sensor("b").0, told.sensors.len(), told.missing), (10, 1, 0), "{told:?}");
    let told = table(
        "ts,a,b\n2026-03-01T12:00:00,-9999,x\n2026-03-01T12:00:01,7,5 C\n",
        "melt = \"yes\", missing = [\"-9999\"]",
    );
    assert_eq!(
        (told.sensor("a"), told.sensors.len(), told.missing),
        ((1, 7.0, NOON + 1000), 1, 1),
        "{told:?}"
    );

    let head = "# made by a logger\nBoiler 7\n\nts,value\ns,C\n2026-03-01T12:00:00,21.5\n# paused\n2026-03-01T12:00:01,22\n";
    let told = table(head, "skip = 3, skip_after = 1, comment = \"#\"");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((2, 43.5, NOON), 0));
    assert!(table(head, "").refusal().contains("there is no column ts"));
    // a row of units not named in the settings is refused
    let told = table("ts,value\ns,C\n2026-03-01T12:00:00,21.5\n", "");
    assert_eq!((told.sensor("boiler"), told.refused.len()), ((1, 21.5, NOON), 1));
}

#[test]
fn quotes_and_line_ends() {
    for (text, readings, refused) in [
        // a field over several lines, with doubled quotes and the delimiter
        (
            "ts,note,value\n2026-03-01T12:00:00,\"a\n\"\"b\"\", c\r\n\n\",1\n2026-03-01T12:00:01,,2\n",
            (2, 3.0),
            0,
        ),
        (
            "\"ts\",\"the\nnote\",value\r\n2026-03-01T12:00:00, \"x\" ,1\r\n2026-03-01T12:00:01,y,2",
            (2, 3.0),
            0,
        ),
        // an unclosed quote costs its row
        (
            "ts,note,value\n2026-03-01T12:00:00,\"a,1\n2026-03-01T12:00:01,b,2\n2026-03-01T12:00:02,c,4\n",
            (2, 6.0),
            1,
        ),
        (
            "ts,note,value\n2026-03-01T12:00:00,\"a,1\n2026-03-01T12:00:01,b,2\n2026-03-01T12:00:02,c\",4\n",
            (2, 6.0),
            1,
        ),
        ("ts,value,note\n2026-03-01T12:00:00,1,a\n2026-03-01T12:00:01,2,\"b\n", (1, 1.0), 1),
        // line ends of old Macs, and no end of the last line
        ("ts,value\r2026-03-01T12:00:00,1\r2026-03-01T12:00:01,2", (2, 3.0), 0),
        ("ts,value\n\n2026-03-01T12:00:00,1\n\r\n2026-03-01T12:00:01,2", (2, 3.0), 0),
        // a memory card that lost power
        ("ts,value\n2026-03-01T12:00:00,1\n\0\0\0\0\0\0\n2026-03-01T12:00:01,2\n", (2, 3.0), 1),
    ] {
        let told = table(text, "");
        let (count, sum, _) = told.sensor("boiler");
        assert_eq!(((count, sum), told.refused.len()), (readings, refused), "{text:?}: {told:?}");
    }
    // thousands of rows after an unclosed quote
    let rows: String = (0..5000).map(|n| format!("{},x,1\n", NOON + n)).collect();
    let told = table(format!("ts,note,value\n{},\"x,1\n{rows}", NOON - 1), "");
    assert_eq!((told.sensor("boiler").0, told.refused.len()), (5000, 1));
}

#[test]
fn encodings_are_read_or_the_file_is_refused_once() {
    let text = "ts;Außen °C;value\n2026-03-01T12:00:00;x;21.5\n2026-03-01T12:00:01;y;22\n";
    let western: Vec<u8> = text.chars().map(|sign| sign as u32 as u8).collect();
    let utf_16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let wanted = (2, 43.5, NOON);
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        utf_16(text, false),
        utf_16(text, true),
        utf_16(&format!("\u{feff}{text}"), false),
        utf_16(&format!("\u{feff}{text}"), true),
    ] {
        assert_eq!(table(bytes, "").sensor("boiler"), wanted);
    }
    // an invalid name of an unused column has no effect
    assert_eq!(table(&western, "").sensor("boiler"), wanted);
    for format in ["melt = \"yes\"", "values = { value = \"Außen °C\" }"] {
        assert!(table(&western, format).refusal().contains("encoding"));
    }
    for encoding in ["latin-1", "windows-1252"] {
        let settings = format!("encoding = \"{encoding}\"\nformat = {{ type = \"csv\", melt = \"yes\" }}");
        let bytes: Vec<u8> =
            text.replace(";x;", ";1;").replace(";y;", ";2;").chars().map(|sign| sign as u32 as u8).collect();
        assert_eq!(source(bytes, &settings).sensor("Außen °C"), (2, 3.0, NOON), "{encoding}");
    }
    // keys that are not valid UTF-8
    let keys = b"ts,key,value\n2026-03-01T12:00:00,Z\xfcrich,1\n2026-03-01T12:00:01,Z\xfcrich,2\n";
    assert!(table(keys, "key = \"key\"").refusal().contains("encoding"));
    // JSON written by PowerShell
    let json = "{\"ts\":\"2026-03-01T12:00:00\",\"value\":21.5}\r\n{\"ts\":\"2026-03-01T12:00:01\",\"value\":22}\r\n";
    let told = source(utf_16(&format!("\u{feff}{json}"), false), "format = { type = \"json\" }");
    assert_eq!(told.sensor("boiler"), wanted);
}

/// Real tables, truncated and changed at random: every reading is accounted for, and compression makes no difference.
#[test]
fn damaged_tables_are_accounted_for() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let many = std::env::var("PASSBAND_DAMAGE").ok().and_then(|many| many.parse().ok()).unwrap_or(3);
    let sensors = data.join("sensors");
    let mut files: Vec<_> = ["skab/valve1/0.csv", "skab/other/9.csv", "occupancy/datatest.txt"]
        .iter()
        .map(|name| sensors.join(name))
        .chain([
            sensors.join("skab/valve1/1.csv"),
            sensors.join("nab/ambient_temperature_system_failure.csv"),
        ])
        .collect();
    if let Ok(cases) = std::fs::read_dir(data.join("../cases/readings")) {
        files.extend(cases.flatten().map(|entry| entry.path()));
    }
    let mut seed = 12u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let (mut runs, mut readings, mut refused) = (0, 0, 0);
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        // for a file of many lines a part is damaged instead of the whole
        let whole = &whole[..whole.len().min(if many > 10 { whole.len() } else { 20_000 })];
        let text = String::from_utf8_lossy(&whole[..whole.len().min(400)]).into_owned();
        let time = ["datetime", "date", "timestamp", "MESS_DATUM", "TIMESTAMP"]
            .iter()
            .find(|name| text.contains(**name));
        let format = format!(
            "format = {{ type = \"csv\", melt = \"yes\", time = \"{}\"{} }}",
            time.unwrap_or(&"ts"),
            if text.contains("MESS_DATUM") { ", time_format = \"%Y%m%d%H%M\"" } else { "" }
        );
        for round in 0..2 * many {
            let mut bytes = whole.to_vec();
            match round % 2 {
                0 => bytes.truncate(next(whole.len())),
                _ => (0..50).for_each(|_| {
                    let at = next(whole.len());
                    bytes[at] = if next(2) == 0 { next(256) as u8 } else { b"\",;\n\r\0"[next(6)] };
                }),
            }
            let folder = tempfile::tempdir().unwrap();
            let (plain, packed) = (folder.path().join("boiler.csv"), folder.path().join("boiler.csv.gz"));
            std::fs::write(&plain, &bytes).unwrap();
            let mut encoder = GzEncoder::new(std::fs::File::create(&packed).unwrap(), Compression::fast());
            encoder.write_all(&bytes).unwrap();
            encoder.finish().unwrap();
            let from_plain = told(&plain, &format);
            let mut from_packed = told(&packed, &format);
            // only the file name differs
            from_packed.refused.iter_mut().for_each(|why| *why = why.replace("boiler.csv.gz", "boiler.csv"));
            assert!(from_plain == from_packed, "{} {round}", file.display());
            runs += 2;
            readings += from_plain.sensors.values().map(|of| of.0).sum::<u64>();
            refused += from_plain.refused.len();
        }
    }
    println!("{runs} runs over damaged tables: {readings} readings, {refused} refusals");
    assert!(readings > 0 && refused > 0);
}
