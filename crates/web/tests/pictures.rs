//! Pictures received by browsers; a browser that does not read has no effect on others.

mod client;
use client::{LIMIT, Message, Socket, address, get, metric, until};
use passband_web::{Counter, Live, LiveOptions, Panel, Picture, Spectral};
use std::time::Instant;

fn start(fps: f64, bins: usize) -> Live {
    let listen = "127.0.0.1:0".parse().unwrap();
    let live = Live::start(LiveOptions { listen, fps, ..LiveOptions::default() }).unwrap();
    live.describe(vec![Panel::Spectrum(Spectral { bins, ..Spectral::default() })]);
    live
}

fn publish(live: &Live, index: u64, values: &[f32]) {
    live.publish(0, Picture { index, time_us: 0, values });
}

#[test]
fn a_browser_is_told_what_is_shown_and_given_the_newest_picture() {
    let live = start(60.0, 3);
    let at = address(&live.url());
    publish(&live, 1, &[1.0, 2.0, 3.0]);
    publish(&live, 2, &[4.0, -5.0, f32::NEG_INFINITY]);
    let mut socket = Socket::open(at, "/live", &[]).unwrap();
    let described = socket.text("describe");
    assert_eq!(described["panels"][0]["kind"], "spectrum");
    assert_eq!(described["panels"][0]["bins"], 3);
    let picture = loop {
        if let picture @ Message::Picture { .. } = socket.next() {
            break picture;
        }
    };
    let Message::Picture { flags, generation, index, values, .. } = picture else { unreachable!() };
    assert_eq!((flags, u64::from(generation), index), (1, described["generation"].as_u64().unwrap(), 2));
    assert_eq!(values, [4.0, -5.0, f32::NEG_INFINITY]);

    live.describe(vec![Panel::Waterfall(Spectral { bins: 2, stream: 1, ..Spectral::default() })]);
    assert_eq!(socket.text("describe")["panels"][0]["kind"], "waterfall");
    live.publish(1, Picture { index: 9, time_us: 0, values: &[0.0; 2] });
    assert_eq!(socket.picture(), 9);
    socket.say(r#"{"type":"ping","sent":12.5}"#);
    let pong = socket.text("pong");
    assert_eq!(pong["sent"], 12.5);
    assert!(pong["now_us"].as_i64().unwrap() > 1_700_000_000_000_000);
}

#[test]
fn two_pictures_are_under_way_and_then_the_newest_waits() {
    let live = start(1e6, 1);
    let at = address(&live.url());
    let mut socket = Socket::open(at, "/live", &[]).unwrap();
    socket.text("describe");
    for index in 1..=2 {
        publish(&live, index, &[0.0]);
        assert_eq!(socket.picture(), index);
    }
    (3..=50).for_each(|index| publish(&live, index, &[0.0]));
    socket.say(r#"{"type":"ping","sent":1}"#);
    loop {
        match socket.next() {
            Message::Text(text) if text["type"] == "pong" => break,
            Message::Text(_) => {}
            Message::Picture { index, .. } => panic!("picture {index} came without credit"),
        }
    }
    socket.acknowledge();
    let Message::Picture { index, dropped, .. } = std::iter::repeat_with(|| socket.next())
        .find(|message| matches!(message, Message::Picture { .. }))
        .unwrap()
    else {
        unreachable!()
    };
    assert_eq!(index, 50);
    assert!(dropped > 0, "what it missed is told");
}

#[test]
fn who_never_reads_neither_blocks_nor_fills_the_memory() {
    let values = vec![-60.0f32; 8192];
    let live = start(1e6, values.len());
    let at = address(&live.url());
    let idle: Vec<_> = (0..8).map(|_| Socket::open(at, "/live", &[]).unwrap()).collect();
    let mut keen = Socket::open(at, "/live", &[]).unwrap();
    until("all are there", || metric(at, "passband_live_browsers") == 9);
    let before = resident();
    let pictures = 20_000; // 655 MB per browser if all of them were queued
    let reader = std::thread::spawn(move || {
        while keen.picture() < pictures {
            keen.acknowledge();
        }
    });
    let start = Instant::now();
    (1..=pictures).for_each(|index| publish(&live, index, &values));
    // A blocking publisher would never finish, since these browsers never read.
    assert!(start.elapsed() < LIMIT, "publishing waited for a browser that does not read");
    reader.join().expect("the one who reads is given the last picture");
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "{} MB more", grown >> 20);
    assert!(metric(at, "passband_live_dropped_total") > 0);
    assert!(metric(at, "passband_live_sent_total") <= 2 * 8 + pictures);
    drop(idle);
    until("their places are free", || metric(at, "passband_live_browsers") == 0);
}

#[test]
fn thinning_keeps_to_the_rate_and_ends_with_the_newest() {
    let live = start(2.0, 1);
    let at = address(&live.url());
    let mut socket = Socket::open(at, "/live", &[]).unwrap();
    socket.text("describe");
    publish(&live, 0, &[0.0]);
    assert_eq!(socket.picture(), 0);
    socket.acknowledge();
    (1..=1000).for_each(|index| publish(&live, index, &[0.0]));
    let next = socket.picture();
    assert_eq!(next, 1000, "those before were thinned out");
    assert_eq!(metric(at, "passband_live_thinned_total"), 999);
    assert_eq!(metric(at, "passband_live_dropped_total"), 0);
}

#[test]
fn misfits_are_counted_and_not_shown() {
    let live = start(60.0, 4);
    let at = address(&live.url());
    let mut socket = Socket::open(at, "/live", &[]).unwrap();
    publish(&live, 1, &[0.0; 3]);
    publish(&live, 2, &[]);
    live.publish(7, Picture { index: 3, time_us: 0, values: &[0.0; 4] });
    live.publish(usize::MAX, Picture { index: 4, time_us: 0, values: &[0.0; 4] });
    publish(&live, 5, &[0.0; 4]);
    assert_eq!(socket.picture(), 5);
    assert_eq!(metric(at, "passband_live_misfit_total"), 4);
    live.describe(vec![Panel::Spectrum(Spectral { stream: usize::MAX, ..Spectral::default() })]);
    publish(&live, 6, &[0.0; 4]);
    assert_eq!(metric(at, "passband_live_misfit_total"), 5);
}

#[test]
fn counters_reach_prometheus_and_the_page() {
    let live = start(60.0, 1);
    live.set_counters(|| vec![Counter::new("passband_gaps_total", "Gaps.", 3.0).label("source", "file")]);
    let at = address(&live.url());
    let answer = get(at, "/metrics", &[]);
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    let wanted = "# HELP passband_gaps_total Gaps.\n# TYPE passband_gaps_total counter\n\
        passband_gaps_total{source=\"file\"} 3\n";
    assert!(answer.body.contains(wanted), "{}", answer.body);
    assert!(answer.body.contains("# TYPE passband_live_browsers gauge\npassband_live_browsers 0\n"));
    let told = Socket::open(at, "/live", &[]).unwrap().text("counters");
    assert_eq!(told["counters"][0]["name"], "passband_gaps_total");
    assert_eq!(told["counters"][0]["value"], 3.0);
}

/// Resident memory in bytes, if reported as on Linux; 0 otherwise.
fn resident() -> usize {
    let pages = |text: String| text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    std::fs::read_to_string("/proc/self/statm").ok().and_then(pages).unwrap_or(0) * 4096
}
