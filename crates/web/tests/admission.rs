//! Access control, and errors that prevent a dashboard from starting.

mod client;
use client::{Socket, address, get};
use passband_web::{Live, LiveError, LiveOptions};

const TOKEN: &str = "open & shut = 50% ü";

fn start(listen: &str, token: Option<&str>) -> Result<Live, LiveError> {
    let listen = listen.parse().unwrap();
    Live::start(LiveOptions { listen, token: token.map(str::to_owned), ..LiveOptions::default() })
}

#[test]
fn nothing_is_told_without_the_token() {
    let live = start("127.0.0.1:0", Some(TOKEN)).unwrap();
    let at = address(&live.url());
    for path in ["/", "/main.js", "/metrics", "/nowhere", "/?token=", "/?token=wrong"] {
        let answer = get(at, path, &[]);
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.body.contains(TOKEN));
        assert!(!answer.head.to_lowercase().contains("set-cookie"), "{path}");
    }
    assert_eq!(Socket::open(at, "/live", &[]).err(), Some(401));
    assert_eq!(get(at, "/metrics", &["Authorization: Bearer wrong"]).status, 401);
    assert_eq!(get(at, "/", &[&format!("Cookie: passband-{}=wrong", at.port())]).status, 401);
    assert_eq!(get(at, "/healthz", &[]).body, "ok\n");
}

#[test]
fn the_token_opens_and_its_cookie_keeps_open() {
    let live = start("127.0.0.1:0", Some(TOKEN)).unwrap();
    let at = address(&live.url());
    let path = live.url().split_once(&at.to_string()).unwrap().1.to_owned();
    assert_eq!(path, "/?token=open%20%26%20shut%20%3D%2050%25%20%C3%BC");
    let first = get(at, &path, &[]);
    assert_eq!(first.status, 200);
    let cookie = first.head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = format!("Cookie: other=1; {}", cookie.split(';').next().unwrap());
    assert_eq!(get(at, "/main.js", &[&cookie]).status, 200);
    assert!(Socket::open(at, "/live", &[&cookie, &format!("Origin: http://{at}")]).is_ok());

    let plain = start("127.0.0.1:0", Some("plain")).unwrap();
    let at = address(&plain.url());
    assert_eq!(get(at, "/metrics", &["Authorization: Bearer plain"]).status, 200);
}

#[test]
fn a_token_of_any_letters_opens_in_a_header_as_in_the_address() {
    let live = start("127.0.0.1:0", Some(TOKEN)).unwrap();
    let at = address(&live.url());
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(get(at, "/metrics", &[&format!("Authorization: {scheme} {TOKEN}")]).status, 200, "UTF-8");
    }
    // as sent by clients that encode headers in Latin-1
    let mut stream = std::net::TcpStream::connect(at).unwrap();
    let request = format!(
        "GET /metrics HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    let latin: Vec<u8> = request.chars().map(|c| c as u8).collect();
    std::io::Write::write_all(&mut stream, &latin).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for token in [" a", "a ", "a\nb", "\t", " "] {
        let Err(fault) = start("127.0.0.1:0", Some(token)) else {
            panic!("it must not start with {token:?}")
        };
        assert!(matches!(fault, LiveError::Token(_)), "{fault}");
    }
}

#[test]
fn foreign_names_and_pages_are_refused_on_loopback() {
    let live = start("127.0.0.1:0", None).unwrap();
    let at = address(&live.url());
    let port = at.port();
    for host in ["evil.example", &format!("evil.example:{port}"), "192.168.1.5", "localhost.evil.example"] {
        let host = format!("Host: {host}");
        assert_eq!(get(at, "/", &[&host]).status, 421, "{host}");
        assert_eq!(Socket::open(at, "/live", &[&host]).err(), Some(421), "{host}");
    }
    let host = format!("Host: localhost:{port}");
    for origin in
        ["http://evil.example", "http://localhost:1", &format!("http://127.0.0.1:{port}"), "null", "é"]
    {
        let origin = format!("Origin: {origin}");
        assert_eq!(Socket::open(at, "/live", &[&host, &origin]).err(), Some(403), "{origin}");
        assert_eq!(get(at, "/metrics", &[&host, &origin]).status, 403, "{origin}");
    }
    assert!(Socket::open(at, "/live", &[&host, &format!("Origin: http://localhost:{port}")]).is_ok());
    assert!(Socket::open(at, "/live", &[&host]).is_ok(), "a program that is no browser has no Origin");
}

#[test]
fn beyond_loopback_a_token_is_needed_and_any_name_will_do() {
    for token in [None, Some("")] {
        let Err(fault) = start("0.0.0.0:0", token) else { panic!("it must not start") };
        assert!(matches!(fault, LiveError::TokenNeeded(_)));
        assert!(fault.to_string().contains("\n  do: set a token, or listen on 127.0.0.1"), "{fault}");
    }
    let live = start("0.0.0.0:0", Some("t")).unwrap();
    let url = live.url();
    let at = ([127, 0, 0, 1], address(&url).port()).into();
    assert!(!url.contains("0.0.0.0"), "{url}");
    assert_eq!(get(at, "/?token=t", &["Host: studio.example"]).status, 200);
    assert_eq!(get(at, "/", &["Host: studio.example"]).status, 401);
    let headers = ["Host: studio.example", "Origin: https://studio.example"];
    assert!(Socket::open(at, "/live?token=t", &headers).is_ok());
    let headers = ["Host: studio.example", "Origin: https://evil.example"];
    assert_eq!(Socket::open(at, "/live?token=t", &headers).err(), Some(403));
}

#[test]
fn a_port_in_use_and_a_foreign_address_are_told_apart() {
    let first = start("127.0.0.1:0", None).unwrap();
    let at = address(&first.url());
    let Err(fault) = start(&at.to_string(), None) else { panic!("the port is taken") };
    assert!(matches!(fault, LiveError::PortInUse(a) if a == at));
    assert_eq!(fault.to_string().lines().next(), Some(&*format!("error: port {} is in use", at.port())));
    drop(first);
    assert!(start(&at.to_string(), None).is_ok(), "it is free again");
    assert!(matches!(start("192.0.2.1:0", Some("t")), Err(LiveError::Bind(..))));
    for fps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let listen = "127.0.0.1:0".parse().unwrap();
        let result = Live::start(LiveOptions { listen, fps, ..LiveOptions::default() });
        assert!(matches!(result, Err(LiveError::PictureRate(_))), "{fps}");
    }
}

#[test]
fn every_answer_has_its_guards() {
    let live = start("127.0.0.1:0", None).unwrap();
    let at = address(&live.url());
    for path in ["/", "/main.js", "/ui/style.css", "/nowhere", "/metrics"] {
        let head = get(at, path, &[]).head.to_lowercase();
        for wanted in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
            assert!(head.contains(wanted), "{path}: {head}");
        }
    }
    assert_eq!(get(at, "/nowhere", &[]).status, 404);
    assert_eq!(get(at, "/../Cargo.toml", &[]).status, 404);
}
