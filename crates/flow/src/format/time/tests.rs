//! Times in formats of other programs, and texts that are not times.

use super::*;

fn clock(zone: Option<&str>) -> Clock {
    Clock::new(zone, TimeUnit::Auto).unwrap()
}

/// Seconds by `date -u -d … +%s`.
#[test]
fn times_of_day_in_utc() {
    let noon = 1_709_294_400_000_000;
    for (text, after) in [
        ("2024-03-01T12:00:03.120000", 3_120_000),
        ("2024-03-01T12:00:03", 3_000_000),
        ("2024-03-01 12:00", 0),
        ("2024-03-01t12:00:00z", 0),
        ("2024-03-01T12:00:00,5Z", 500_000),
        ("2024-03-01T12:00:00.0000019", 1),
        ("2024-03-01T12:00:00.1234567891234567890", 123_456),
        ("2024-03-01T14:00:00+02:00", 0),
        ("2024-03-01T14:00+02", 0),
        ("2024-03-01T06:30:00-0530", 0),
        ("2024-03-01T12:00:60Z", 60_000_000),
        (" 2024-03-01T12:00:00Z\n", 0),
    ] {
        assert_eq!(clock(None).text(text), Ok(noon + after), "{text}");
    }
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59", -1),
        ("2000-02-29T00:00:00Z", 951_782_400),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("0000-01-01T00:00:00Z", -62_167_219_200),
    ] {
        assert_eq!(clock(None).text(text), Ok(seconds * 1_000_000), "{text}");
    }
    assert_eq!(clock(None).text("1969-12-31T23:59:59.75"), Ok(-250_000));
}

#[test]
fn invalid_times_are_refused_with_a_reason() {
    for (bad, why) in [
        ("2023-02-29T00:00:00Z", "no such day"),
        ("2100-02-29T00:00:00Z", "no such day"),
        ("2024-04-31T00:00:00Z", "no such day"),
        ("2024-13-01T00:00:00Z", "no such day"),
        ("2024-00-10T00:00:00Z", "no such day"),
        ("2024-01-00T00:00:00Z", "no such day"),
        ("2024-03-01T24:00:01Z", "no such time of day"),
        ("2024-03-01T25:00:00Z", "no such time of day"),
        ("2024-03/01T12:00:00Z", "a date and a time of day"),
        ("2024-03-01T12:60:00Z", "no such time of day"),
        ("2024-03-01T12:00:61Z", "no such time of day"),
        ("2024-03-01", "a date and a time of day"),
        ("2024-03-01_12:00", "a date and a time of day"),
        ("2024-03-01T12:0", "a date and a time of day"),
        ("2024-03-01T1x:00", "digit"),
        ("2024-03-01T12:00:00.", "no digits"),
        ("2024-03-01T12:00:00.Z", "no digits"),
        ("2024-03-01T12:00:00+24:00", "no such offset"),
        ("2024-03-01T12:00:00+1", "neither Z"),
        ("2024-03-01T12:00:00Z ago", "neither Z"),
        ("2024-03-01T12:00:0", "neither Z"),
        ("", "neither"),
        ("yesterday", "neither"),
        ("12:00:00", "neither"),
        ("-", "neither"),
        ("1.7.2024", "neither"),
        ("1e5000", "beyond"),
        ("99999999999999999999999999", "beyond"),
        ("9999999999999999999999999999999999999999999", "too long"),
        ("2024-03-0\u{fc}T12:00", "a date and"),
    ] {
        let reason = clock(None).text(bad).expect_err(bad).to_string();
        assert!(reason.contains(why), "{bad}: {reason}");
    }
}

/// The clock skips 02:00 to 03:00 on 31 March 2024, and repeats it on 27 October (EU directive 2000/84).
#[test]
fn times_without_a_zone_are_in_the_time_zone() {
    let mut berlin = clock(Some("Europe/Berlin"));
    for (text, utc) in [
        ("2024-03-31T01:59:59.5", "2024-03-31T00:59:59.5Z"),
        ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"), // 03:30 of summer
        ("2024-03-31T03:00:00", "2024-03-31T01:00:00Z"),
        ("2024-10-27T02:30:00.25", "2024-10-27T00:30:00.25Z"), // the first of the two
        ("2024-10-27T03:00:00", "2024-10-27T02:00:00Z"),
        ("2024-07-01 12:00", "2024-07-01T10:00:00Z"),
        ("2016-12-31T23:59:60", "2016-12-31T23:00:00Z"),
        ("2024-07-01T12:00:00Z", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00-01:00", "2024-07-01T13:00:00Z"),
    ] {
        assert_eq!(berlin.text(text), clock(None).text(utc), "{text}");
    }
    let unknown = Clock::new(Some("Europe/Atlantis"), TimeUnit::Auto).err();
    assert!(unknown.is_some_and(|why| why.contains("Europe/Atlantis")));
}

#[test]
fn numbers_since_1970_in_every_unit() {
    let at = 1_709_294_403_120_000;
    for text in [
        "1709294403.12",
        "1709294403120",
        "1709294403120000",
        "1709294403120000000",
        "1.70929440312e9",
        "1709294403.1200009",
    ] {
        assert_eq!(clock(None).number(text), Ok(at), "{text}");
        assert_eq!(clock(None).text(text), Ok(at), "{text}");
    }
    for (unit, text, micros) in [
        (TimeUnit::Seconds, "1", 1_000_000),
        (TimeUnit::Milliseconds, "1", 1000),
        (TimeUnit::Milliseconds, "0.5", 500),
        (TimeUnit::Microseconds, "1", 1),
        (TimeUnit::Nanoseconds, "1999", 1),
        (TimeUnit::Nanoseconds, "-1", -1),
        (TimeUnit::Seconds, "-0.0000001", -1),
        (TimeUnit::Seconds, "1e-300", 0),
        (TimeUnit::Seconds, "0e300", 0),
        (TimeUnit::Seconds, "253402300799", 253_402_300_799_000_000),
        (TimeUnit::Auto, "1000000000", 1_000_000_000_000_000),
        (TimeUnit::Auto, "4102444799.999", 4_102_444_799_999_000),
        // 2026-03-01 12:00 and 12:10, the second as a spreadsheet writes it with 15 digits
        (TimeUnit::Excel, "46082.5", 1_772_366_400_000_000),
        (TimeUnit::Excel, "46082.5069444444", 1_772_367_000_000_000),
        (TimeUnit::Excel, "46082", 1_772_323_200_000_000),
    ] {
        assert_eq!(Clock::new(None, unit).unwrap().number(text), Ok(micros), "{text} {unit:?}");
    }
    let late = Clock::new(None, TimeUnit::Seconds).unwrap().number("253402300800");
    assert!(late.is_err_and(|why| why.to_string().contains("beyond")));
    // in local time
    let mut berlin = Clock::new(Some("Europe/Berlin"), TimeUnit::Excel).unwrap();
    assert_eq!(berlin.text("46082.5"), Ok(1_772_362_800_000_000));
}

/// Numbers that may be a date, a year, days, or a time since another epoch are not guessed.
#[test]
fn ambiguous_numbers_need_a_setting() {
    for text in [
        "20260301",
        "2026030112",
        "2026030124",
        "1995010100",
        "202603011200",
        "20260301120000",
        "260301120000",
        "20260301120000000",
        "2026030112000000",
        "2026",
        "2026.16",
        "46082.5",
        "61100",
        "2461100.5",
        "0",
        "1",
        "5000",
        "123456789",
        "-1",
        "99999999999",
        "788918400000",
        "133500000000000000",
        "638000000000000000",
        // in the order of other date formats
        "01/02/2026 12:00",
        "1.3.2026 12:00:00",
        "01-02-2026 12:00",
        "3/1/26 12:00 PM",
        "Mar 1 2026 12:00",
        "12:00:00",
        "2026-03-01",
    ] {
        let why = clock(None).text(text).expect_err(text);
        assert_eq!(why.reach, Reach::Setting, "{text}: {why}");
        assert!(why.to_string().contains("time_format") || text == "2026-03-01", "{text}: {why}");
        assert_eq!(epoch::whole(text.as_bytes(), TimeUnit::Auto), None, "{text}");
    }
    for text in ["noon", "", "TS", "nan", "2026-13-01T12:00:00", "2026-03-01T12:00:00 CET"] {
        assert_eq!(clock(None).text(text).expect_err(text).reach, Reach::Line, "{text}");
    }
    // seconds of today that are not a date
    for text in ["1772366400", "1772366400123", "2026130112", "2040001200"] {
        assert!(clock(None).text(text).is_ok(), "{text}");
    }
}

#[test]
fn unambiguous_times_need_no_setting() {
    let noon = Ok(1_709_294_400_000_000);
    for text in [
        "2024/03/01 12:00:00",
        "2024.03.01 12:00",
        "2024-03-01 12:00:00 +0000",
        "2024-03-01T12:00:00 UTC",
        "2024-03-01 13:00:00 +01:00",
        "2024-03-01 12:00:00 Z",
    ] {
        let mut clock = clock(None);
        assert_eq!((clock.text(text), clock.text(text)), (noon.clone(), noon.clone()), "{text}");
    }
    let mut berlin = clock(Some("Europe/Berlin"));
    // the end of a day is the start of the next, also on the day of a clock change
    for (text, same) in [
        ("2024-02-29T24:00", "2024-03-01T00:00"),
        ("2024-02-29 24:00:00.000", "2024-03-01T00:00"),
        ("2024-12-31T24:00:00Z", "2025-01-01T00:00:00Z"),
        ("2024-03-31T24:00:00", "2024-04-01T00:00:00"),
    ] {
        assert_eq!(berlin.text(text), berlin.text(same), "{text}");
        assert_eq!(clock(None).text(text), clock(None).text(same), "{text}");
    }
}

/// Times by `date -u -d … +%s`.
#[test]
fn times_of_a_pattern() {
    let noon = 1_772_366_400_000_000; // 2026-03-01 12:00 UTC
    let with = |pattern: &str, zone: Option<&str>| clock(zone).with(Some(pattern)).unwrap();
    for (pattern, text, after) in [
        ("%Y%m%d%H%M", "202603011200", 0),
        ("%Y%m%d%H", "2026030112", 0),
        ("%Y%m%d", "20260301", -12 * 3600),
        ("%Y%m%d%H%M%S", "20260301120001", 1),
        ("%d.%m.%Y %H:%M", "01.03.2026 12:00", 0),
        ("%d.%m.%Y %H:%M", " 1.3.2026  12:00 ", 0),
        ("%m/%d/%Y %I:%M:%S %p", "3/1/2026 12:00:05 PM", 5),
        ("%m/%d/%y %I:%M %P", "03/01/26 11:59 am", -60),
        ("%d/%m/%Y %H:%M", "28/02/2026 24:00", -12 * 3600),
        ("%Y%m%d%H", "2026022824", -12 * 3600),
        ("%d.%m.%Y %H:%M", "24.02.2026 24:00", -12 * 3600 - 4 * 86_400),
        ("%Y-%m-%d %H:%M:%S%z", "2026-03-01 13:00:00+0100", 0),
        ("%Y-%j %H:%M", "2026-060 12:00", 0),
        ("%d-%b-%Y %H:%M:%S%.f", "01-Mar-2026 12:00:01.25", 1),
        ("%s", "1772366400", 0),
    ] {
        let micros = noon + after * 1_000_000 + if text.ends_with(".25") { 250_000 } else { 0 };
        assert_eq!(with(pattern, None).text(text), Ok(micros), "{pattern} {text}");
    }
    let berlin = |text: &str| with("%d.%m.%Y %H:%M", Some("Europe/Berlin")).text(text);
    assert_eq!(berlin("01.03.2026 13:00"), Ok(noon));
    // skipped: moved forward; ambiguous: the earlier
    assert_eq!(berlin("29.03.2026 02:30"), berlin("29.03.2026 03:30"));
    assert_eq!(berlin("25.10.2026 02:30"), Ok(1_792_888_200_000_000));
    for (pattern, text) in [
        ("%d.%m.%Y %H:%M", "01.13.2026 12:00"),
        ("%d.%m.%Y %H:%M", "30.02.2026 12:00"),
        ("%d.%m.%Y %H:%M", "01.03.26 12:00"),
        ("%d.%m.%Y %H:%M", "01.03.2026 25:00"),
        ("%d.%m.%Y %H:%M", "01.03.2026 24:01"),
        ("%d.%m.%Y %H:%M", "2026-03-01T12:00:00"),
        ("%d.%m.%Y %H:%M", "01.03.2026 12:00:00"),
        ("%Y%m%d%H%M", "1772366400"),
    ] {
        let why = with(pattern, None).text(text).expect_err(text);
        assert!(why.reach == Reach::Setting && why.to_string().contains(pattern), "{pattern} {text}: {why}");
    }
    for (pattern, part) in [
        ("%H:%M", "cannot be used"),
        ("%Y-%m", "cannot be used"),
        ("%d.%m. %H:%M", "cannot be used"),
        ("%Y-%m-%d %I:%M", "AM or PM"),
        ("now", "cannot be used"),
        ("%Y-%m-%d %Q%", "cannot be used"),
        ("%é", "cannot be used"),
        ("", "cannot be used"),
        ("%Y-%m-%d %H:%M %Z", "cannot be used"),
    ] {
        let why = clock(None).with(Some(pattern)).err().expect(pattern);
        assert!(why.contains(part), "{pattern}: {why}");
    }
    let both = Clock::new(None, TimeUnit::Seconds).unwrap().with(Some("%F %T"));
    assert!(both.err().unwrap().contains("both"));
}

/// For any text, a parser that has parsed other times gives the same result as a new one.
#[test]
fn earlier_times_do_not_change_a_time() {
    let texts = [
        "2024-03-01T12:00:03.120000",
        "2024-03-01T12:00:03",
        "2024-03-01T12:00:59.5Z",
        "2024-03-31T01:59:59.123",
        "2024-03-31T02:30:00",
        "2024-10-27 02:30:00.25",
        "2024-10-27T02:30:60.25Z",
        "2024-03-01T12:00:03.1234567",
        "2024-03-01T12:00+01:00",
        "1709294403120",
        "1709294403.5",
    ];
    let mut seed = 5u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for zone in [None, Some("Europe/Berlin"), Some("Australia/Lord_Howe")] {
        let (mut known, mut quick) = (clock(zone), 0);
        for round in 0..40_000 {
            let mut text = texts[round / 20 % texts.len()].as_bytes().to_vec();
            for _ in 0..next(3) {
                let at = next(text.len());
                match next(8) {
                    0 => text[at] = b"0123456789-+:.TZ e"[next(18)],
                    1 => text.truncate(at.max(1)),
                    _ => text[at] = if text[at].is_ascii_digit() { b'0' + next(10) as u8 } else { text[at] },
                }
            }
            let text = String::from_utf8(text).unwrap();
            quick += usize::from(known.quick(text.as_bytes()).is_some());
            assert_eq!(known.text(&text), clock(zone).text(&text), "{zone:?} {text}");
        }
        assert!(quick > 5000, "{zone:?}: {quick}");
    }
}

#[test]
fn the_fast_path_parses_whole_numbers_equally() {
    let units = [
        TimeUnit::Auto,
        TimeUnit::Seconds,
        TimeUnit::Milliseconds,
        TimeUnit::Microseconds,
        TimeUnit::Nanoseconds,
    ];
    let mut seed = 9u64;
    for unit in units {
        let borders = (0..=19).flat_map(|zeros| [-1, 0, 1].map(|off| 10i128.pow(zeros) + off));
        let random = (0..20_000).map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i128::from(seed >> (seed >> 58))
        });
        let years = [253_402_300_799, 253_402_300_800, 253_402_300_799_999, 253_402_300_800_000];
        for number in borders.chain(random).chain(years) {
            let text = number.to_string();
            match epoch::whole(text.as_bytes(), unit) {
                Some(micros) => assert_eq!(epoch::read(&text, unit), Ok(micros), "{text} {unit:?}"),
                None => assert!(epoch::read(&text, unit).is_err() || text.len() > 19, "{text} {unit:?}"),
            }
        }
    }
    for other in ["", "-1", "1.5", "1e3", "+1"] {
        assert_eq!(epoch::whole(other.as_bytes(), TimeUnit::Auto), None);
    }
}

/// Texts similar to times give a time or a reason, and the same time as a library where both give one.
#[test]
fn any_text_is_a_time_or_a_reason() {
    let good = b"2024-03-01T12:00:03.120000+01:00";
    let mut seed = 1u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let (mut read, mut berlin) = (0, clock(Some("Europe/Berlin")));
    for _ in 0..200_000 {
        let mut text = good.to_vec();
        for _ in 0..=next(3) {
            let at = next(text.len());
            text[at] = b"0123456789-+:.TZ e"[next(18)];
        }
        text.truncate(1 + next(good.len()));
        let text = String::from_utf8(text).unwrap();
        let (here, there) = (clock(None).text(&text), text.parse::<jiff::Timestamp>());
        let _ = berlin.text(&text);
        if let (Ok(here), Ok(there), false) = (&here, there, text.contains(":60")) {
            // at most six digits of fraction, so nothing is rounded
            assert_eq!(*here, there.as_microsecond(), "{text}");
            read += 1;
        }
    }
    assert!(read > 100, "{read} compared");
}
