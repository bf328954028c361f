//! Measures: agreement with numpy and with exact arithmetic, and independence of order and panes.

use passband_dsp::aggregate::{FEW, Kept, Layout, MEASURES, Measure, QUANTILE_ERROR};

/// As `lcg` in the program that computed the reference values: from 0 to 1.
fn random(count: usize) -> Vec<f64> {
    let mut state = 1u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 16_777_216.0
    };
    (0..count).map(next).collect()
}

fn measures(names: &[&str]) -> Vec<Measure> {
    names.iter().map(|name| Measure::by_name(name).unwrap()).collect()
}

/// The measures of readings that are folded in panes of these sizes, cyclically.
fn told(measures: &[Measure], readings: &[(i64, f64)], panes: &[usize]) -> Vec<f64> {
    let layout = Layout::new(measures.iter().flat_map(|measure| measure.needs));
    let (mut sums, mut kept) = layout.start();
    let (mut rest, mut sizes) = (readings, panes.iter().cycle());
    while !rest.is_empty() {
        let (pane, more) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        let (mut own, mut own_kept) = layout.start();
        pane.iter().for_each(|(time, value)| layout.add(&mut own, &mut own_kept, *time, *value));
        // as received from another process
        let mut bytes = vec![];
        own_kept.to_bytes(&mut bytes);
        layout.merge(&mut sums, &mut kept, &own, &Kept::from_bytes(&bytes).unwrap());
        rest = more;
    }
    measures.iter().map(|measure| measure.finish(&layout.view(&sums, &kept))).collect()
}

fn timed(values: &[f64]) -> Vec<(i64, f64)> {
    values.iter().enumerate().map(|(at, value)| (at as i64 * 1000, *value)).collect()
}

const PERCENTILES: [&str; 8] = ["p0", "p2.5", "p25", "median", "p90", "p95", "p99.9", "p100"];

// numpy.percentile of numpy 2.3.5, method "linear", for 0, 2.5, 25, 50, 90, 95, 99.9 and 100
const SEVEN: [f64; 8] =
    [-3.25, -2.76235, 10.0005, 21.5, 205.70000000000016, 342.9124999999997, 477.3807500000003, 480.125];
const FIVE_HUNDRED: [f64; 8] = [
    20.017102658748627,
    20.14335572719574,
    21.372272297739983,
    22.493467777967453,
    24.510291159152985,
    24.725857615470886,
    24.980908617973327,
    24.98599022626877,
];
const HUNDRED_THOUSAND: [f64; 8] = [
    -2.4999463562033942e-08,
    -2.1428950285741172e-08,
    -3.1344811229055043e-09,
    -3.549602967242368e-20,
    1.2714280696508031e-08,
    1.8180505782954526e-05,
    2.484508590427107e-05,
    2.4998453291366607e-05,
];

#[test]
fn quantiles_of_few_values_are_those_of_numpy() {
    let percentiles = measures(&PERCENTILES);
    let seven = [21.5, -3.25, 20.0, 22.75, 1e-3, 21.5, 480.125];
    assert_eq!(told(&percentiles, &timed(&seven), &[7]), SEVEN);
    let most: Vec<f64> = random(FEW).iter().map(|x| 20.0 + 5.0 * x).collect();
    assert_eq!(told(&percentiles, &timed(&most), &[FEW]), FIVE_HUNDRED);
    assert_eq!(told(&percentiles, &timed(&[4.5]), &[1]), [4.5; 8]);
}

#[test]
fn quantiles_of_many_values_are_within_the_stated_error() {
    // from -2.5e-8 over zero to 2.5e-5
    let value = |x: f64| (x - 0.5) * (x - 0.5) * (x - 0.5) * 2e-7 * if x > 0.9 { 1000.0 } else { 1.0 };
    let values: Vec<f64> = random(100_000).into_iter().map(value).collect();
    let told = told(&measures(&PERCENTILES), &timed(&values), &[values.len()]);
    for ((name, told), numpy) in PERCENTILES.iter().zip(&told).zip(HUNDRED_THOUSAND) {
        assert!(
            (told - numpy).abs() <= QUANTILE_ERROR * numpy.abs() * (1.0 + 1e-9),
            "{name}: {told:e}, numpy {numpy:e}"
        );
    }
    assert_eq!([told[0], told[7]], [HUNDRED_THOUSAND[0], HUNDRED_THOUSAND[7]]);
}

#[test]
fn quantiles_are_the_same_in_any_order_and_panes() {
    let names = [&PERCENTILES[..], &["time_weighted_mean", "min", "max", "range", "count"]].concat();
    let measures = measures(&names);
    for count in [2, FEW - 1, FEW, FEW + 1, 5000] {
        let values: Vec<f64> = random(count).iter().map(|x| (x - 0.3) * 40.0).collect();
        // some with equal times
        let mut readings: Vec<_> = (0..).map(|at| at / 3 * 250_000).zip(values).collect();
        let once = told(&measures, &readings, &[count]);
        for (round, panes) in [vec![1], vec![7, 600, 2], vec![FEW], vec![FEW + 1, 1]].iter().enumerate() {
            let order = random(count * (round + 2)).split_off(count * (round + 1));
            let mut shuffled: Vec<_> = order.iter().zip(&readings).collect();
            shuffled.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            readings = shuffled.into_iter().map(|(_, reading)| *reading).collect();
            assert_eq!(told(&measures, &readings, panes), once, "{count} values in panes of {panes:?}");
        }
    }
}

#[test]
fn sums_and_deviations_are_those_of_exact_arithmetic() {
    let u = random(10_000);
    let each = |value: fn(f64) -> f64| u.iter().map(|x| value(*x)).collect::<Vec<f64>>();
    // sum, mean and deviation by Python's fractions, rounded once
    let cases = [
        ("celsius", each(|x| 20.0 + x), [205019.96556305885, 20.501996556305887, 0.2869221056030017]),
        (
            "NumAcc of the NIST",
            (0..1001).map(|n| 10000000.2 + if n % 2 == 1 { 0.1 } else { -0.1 }).collect(),
            [10010000200.099998, 10000000.1999001, 0.10004993720842494],
        ),
        (
            "pascal",
            each(|x| 101325.0 + (x * 100.0).floor() / 10.0),
            [1013299695.8, 101329.96958, 2.8690015232783455],
        ),
        // numpy gives 2.0039 for the deviation of these values
        (
            "a counter",
            (0..10_000).map(|n| 1e15 + f64::from(n % 7)).collect(),
            [1.000000000000003e19, 1000000000000003.0, 2.000049914368638],
        ),
        (
            "a spike first",
            [1e6].iter().chain(&u).copied().collect(),
            [1005019.9655630589, 100.49194736156973, 9999.495021898303],
        ),
        (
            "the same but a spike first",
            [&[1e6][..], &[0.1; 100_000]].concat(),
            [1010000.0, 10.09989900100999, 3162.261532672478],
        ),
        (
            "tiny",
            each(|x| (x - 0.5) * 1e-12),
            [1.996556305885315e-11, 1.996556305885315e-15, 2.869221056030017e-13],
        ),
    ];
    for (name, values, wanted) in cases {
        for panes in [&[values.len()][..], &[100], &[1], &[3, 4000]] {
            let told = told(&measures(&["sum", "mean", "deviation"]), &timed(&values), panes);
            for (told, wanted) in told.iter().zip(wanted) {
                assert!(
                    (told - wanted).abs() <= 1e-15 * wanted.abs(),
                    "{name} in panes of {panes:?}: {told:?}, exactly {wanted:?}"
                );
            }
        }
    }
    // the deviation of constant values is 0
    for panes in [1, 7, 100_000] {
        let same = told(&measures(&["mean", "deviation"]), &timed(&[21.7; 100_000]), &[panes]);
        assert_eq!(same, [21.7, 0.0]);
    }
}

#[test]
fn the_mean_over_time_is_the_weighted_average_of_numpy() {
    let u = &random(1000);
    let mut time = 0;
    let reading = |x: &f64| {
        time += 1000 + (x * 1e6) as i64;
        (time, x * 30.0 - 5.0)
    };
    let readings: Vec<(i64, f64)> = u.iter().map(reading).collect();
    let mean = told(&measures(&["time_weighted_mean"]), &readings, &[13])[0];
    // numpy.average(v[:-1], weights=numpy.diff(t)) of numpy 2.3.5 gives 10.0731851547211, exact fractions this value
    assert!((mean - 10.073185154721099).abs() <= 1e-14, "{mean}");
}

#[test]
fn names() {
    for measure in MEASURES {
        assert_eq!(Measure::by_name(measure.name).unwrap().name, measure.name);
    }
    for wrong in ["p101", "p100.1", "p5.", "p1e1", "p1.2.3", "p9_9", "p5 0", "p1000000000000000000000"] {
        assert!(
            Measure::by_name(wrong).unwrap_err().contains("is not a percentile; there are p0 to p100"),
            "{wrong}"
        );
    }
    for unknown in ["p", "p.5", "p-1", "P95", "pinf", "average", ""] {
        assert!(Measure::by_name(unknown).unwrap_err().contains("there are count, sum, min"), "{unknown}");
    }
}

#[test]
fn kept_values_come_back_from_bytes_and_wrong_bytes_do_not() {
    let layout = Layout::new(measures(&["median", "time_weighted_mean"]).iter().flat_map(|m| m.needs));
    let only = Layout::new(Measure::by_name("median").unwrap().needs);
    let mut seeds = vec![];
    for count in [0, 1, 3, FEW, FEW + 1, 3000] {
        let (mut sums, mut kept) = layout.start();
        let (mut fewer, mut sketch) = only.start();
        for (at, x) in random(count).iter().enumerate() {
            // back and forth in time, with values from far below zero to far above
            let (time, value) = ((x * 1e15) as i64 - 500_000_000_000_000, (x - 0.5).powi(at as i32 % 30));
            layout.add(&mut sums, &mut kept, time, value);
            only.add(&mut fewer, &mut sketch, time, value);
        }
        for kept in [kept, sketch] {
            let mut bytes = vec![];
            kept.to_bytes(&mut bytes);
            assert_eq!(Kept::from_bytes(&bytes), Some(kept));
            seeds.push(bytes);
        }
    }
    // 3000 values take at most 12 bytes each in a sketch
    assert!(seeds[11].len() < 12 * 3000 / 2, "{}", seeds[11].len());
    for bytes in &seeds {
        let cuts: Vec<usize> = (0..bytes.len()).step_by(bytes.len() / 200 + 1).collect();
        cuts.iter().for_each(|cut| assert_eq!(Kept::from_bytes(&bytes[..*cut]), None));
        assert_eq!(Kept::from_bytes(&[&bytes[..], &[0]].concat()), None);
        for at in cuts {
            for bit in 0..8 {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1 << bit;
                // damaged bytes that are accepted can be used without a panic
                let Some(mut kept) = Kept::from_bytes(&wrong) else { continue };
                let (mut sums, _) = layout.start();
                let (other, others) = (sums.clone(), kept.clone());
                layout.merge(&mut sums, &mut kept, &other, &others);
                layout.add(&mut sums, &mut kept, 0, 1.0);
                let _ = Measure::by_name("p99").unwrap().finish(&layout.view(&sums, &kept));
            }
        }
    }
    for wrong in [
        &[][..],
        &[0, 0, 0],
        &[2, 0, 0],
        &[1, 0x82, 4, 0],
        &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
    ] {
        assert_eq!(Kept::from_bytes(wrong), None, "{wrong:?}");
    }
}

#[test]
fn of_no_values_the_count_and_the_sum_are_0_and_all_else_is_no_number() {
    for measure in MEASURES.iter().copied().copied().chain(measures(&["p0", "p95"])) {
        let told = told(&[measure], &[], &[1])[0];
        match measure.name {
            "count" | "sum" => assert_eq!(told, 0.0, "{}", measure.name),
            name => assert!(told.is_nan(), "{name} is {told}"),
        }
    }
    // panes without values at the start or end have no effect
    let all: Vec<Measure> = MEASURES.iter().copied().copied().collect();
    let layout = Layout::new(all.iter().flat_map(|measure| measure.needs));
    let (empty, none) = layout.start();
    let (mut sums, mut kept) = layout.start();
    for (time, value) in [(5, -3.0), (9, 4.0)] {
        let (mut own, mut own_kept) = layout.start();
        layout.add(&mut own, &mut own_kept, time, value);
        layout.merge(&mut sums, &mut kept, &empty, &none);
        layout.merge(&mut sums, &mut kept, &own, &own_kept);
        layout.merge(&mut sums, &mut kept, &empty, &none);
    }
    let values: Vec<f64> = all.iter().map(|measure| measure.finish(&layout.view(&sums, &kept))).collect();
    assert_eq!(values, told(&all, &[(5, -3.0), (9, 4.0)], &[2]));
}
