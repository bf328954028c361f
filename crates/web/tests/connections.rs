//! Clients that send incomplete, oversized or invalid data use few resources, and the page remains available.

mod client;
use client::{LIMIT, Socket, address, get};
use passband_web::{Live, LiveOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

fn start() -> (Live, SocketAddr) {
    let options = LiveOptions { listen: ([127, 0, 0, 1], 0).into(), ..LiveOptions::default() };
    let live = Live::start(options).unwrap();
    let at = address(&live.url());
    (live, at)
}

/// Opens a connection and sends this text.
fn said(at: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    // the server may close the connection before everything is sent
    let _ = stream.write_all(text.as_bytes());
    stream
}

/// Reads until the server closes the connection; returns the data received.
fn ended(mut stream: TcpStream) -> String {
    let mut all = vec![];
    if let Err(error) = stream.read_to_end(&mut all) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "it is not open for ever");
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn heads_that_are_never_finished_do_not_keep_others_out() {
    let (_live, at) = start();
    let mut socket = Socket::open(at, "/live", &[]).unwrap();
    let half: Vec<_> = (0..400).map(|n| said(at, ["GET / HTTP/1.1\r\nHost: a", "GET", ""][n % 3])).collect();
    assert_eq!(get(at, "/", &[]).status, 200);
    assert!(get(at, "/metrics", &[]).body.contains("passband_live_browsers 1"));
    half.into_iter().for_each(|stream| drop(ended(stream)));
    // an open WebSocket is not closed as an idle connection
    assert!(socket.text("counters")["counters"].is_array());
}

#[test]
fn an_idle_connection_and_one_that_sends_its_body_slowly_end() {
    let (_live, at) = start();
    let idle = said(at, &format!("GET /healthz HTTP/1.1\r\nHost: {at}\r\n\r\n"));
    let slow = said(at, &format!("POST / HTTP/1.1\r\nHost: {at}\r\nContent-Length: 1000000000\r\n\r\nx"));
    let chunked =
        said(at, &format!("POST /live HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"));
    assert!(ended(idle).starts_with("HTTP/1.1 200"));
    assert!(ended(slow).starts_with("HTTP/1.1 405"));
    assert!(ended(chunked).starts_with("HTTP/1.1 4"));
}

#[test]
fn heads_and_messages_that_are_too_large_or_too_deep_are_refused() {
    let (_live, at) = start();
    let long = said(at, &format!("GET / HTTP/1.1\r\nHost: {at}\r\nX: {}\r\n\r\n", "x".repeat(100_000)));
    assert!(ended(long).starts_with("HTTP/1.1 431"));
    let many = "X: y\r\n".repeat(1000);
    assert!(
        ended(said(at, &format!("GET / HTTP/1.1\r\nHost: {at}\r\n{many}\r\n"))).starts_with("HTTP/1.1 431")
    );
    for bytes in [
        // announces a text of 2^40 bytes
        [&[0x81, 0xff][..], &(1u64 << 40).to_be_bytes(), &[0; 4]].concat(),
        [&[0x81, 0xfe][..], &4090u16.to_be_bytes(), &[0; 4], "[".repeat(4090).as_bytes()].concat(),
        // compressed, without prior negotiation
        [&[0xc1, 0x84][..], &[0; 4], b"abcd"].concat(),
    ] {
        let mut socket = Socket::open(at, "/live", &[]).unwrap();
        socket.send(&bytes);
        socket.ended();
    }
    assert_eq!(get(at, "/", &[]).status, 200);
}

#[test]
fn no_path_leads_out_and_no_header_gets_in() {
    let (_live, at) = start();
    for path in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "//etc/passwd",
        "/panels/../../Cargo.toml",
        "/main.js%00",
        "/main.js/",
        "/MAIN.JS",
        "/a%0d%0aSet-Cookie:%20a=b",
    ] {
        let answer = get(at, path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.head.to_lowercase().contains("set-cookie"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        let text = format!("{method} / HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
        assert!(ended(said(at, &text)).starts_with("HTTP/1.1 405"), "{method} changes nothing");
    }
}
