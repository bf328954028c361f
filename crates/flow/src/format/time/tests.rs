//! What times are, by the tables of others, and what none is.

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
fn what_is_no_time_is_refused_with_a_reason() {
    for (bad, why) in [
        ("2023-02-29T00:00:00Z", "no such day"),
        ("2100-02-29T00:00:00Z", "no such day"),
        ("2024-04-31T00:00:00Z", "no such day"),
        ("2024-13-01T00:00:00Z", "no such day"),
        ("2024-00-10T00:00:00Z", "no such day"),
        ("2024-01-00T00:00:00Z", "no such day"),
        ("2024-03-01T24:00:00Z", "no such time of day"),
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
        let told = clock(None).text(bad).expect_err(bad);
        assert!(told.contains(why), "{bad}: {told}");
    }
}

/// The clock skips 02:00 to 03:00 on 31 March 2024, and shows it twice on 27 October (the EU's directive 2000/84).
#[test]
fn times_without_a_zone_follow_the_clock_of_the_place() {
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
        (TimeUnit::Auto, "99999999999", 99_999_999_999_000_000),
        (TimeUnit::Auto, "100000000000", 100_000_000_000_000),
        (TimeUnit::Auto, "-5", -5_000_000),
    ] {
        assert_eq!(Clock::new(None, unit).unwrap().number(text), Ok(micros), "{text} {unit:?}");
    }
    let late = Clock::new(None, TimeUnit::Seconds).unwrap().number("253402300800");
    assert!(late.is_err_and(|why| why.contains("beyond")));
}

/// Of any text, a clock that has read others says what one says that has read none.
#[test]
fn what_was_read_before_changes_no_time() {
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
fn whole_numbers_are_the_same_times_read_quickly() {
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

/// Texts near to times: an answer or a reason, and the same as a library's where both have one.
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
