use super::*;
use crate::Fault;

/// A secret that must not appear, at every position in an address.
const SECRET: &str = "hunter2";

#[test]
fn an_address_loses_its_user_its_query_and_its_fragment() {
    for (text, right) in [
        ("http://ada:hunter2@host/x.wav", "http://…@host/x.wav"),
        ("HTTPS://hunter2@host:8443/x.wav", "HTTPS://…@host:8443/x.wav"),
        ("mqtt://u:hunter2@host", "mqtt://…@host"),
        ("mqtts://u:hunter2@[::1]:8883", "mqtts://…@[::1]:8883"),
        ("kafka://u:hunter2@a:9092,b:9092/sets", "kafka://…@a:9092,b:9092/sets"),
        ("s3://KEY:hunter2@bucket/a b", "s3://…@bucket/a b"),
        ("https://bucket/x?X-Amz-Signature=hunter2", "https://bucket/x?…"),
        (
            "https://a.blob.core.windows.net/c/x.wav?sv=1&sig=hunter2%3D",
            "https://a.blob.core.windows.net/c/x.wav?…",
        ),
        ("https://host/x?hunter2", "https://host/x?…"),
        ("https://host/x#access_token=hunter2", "https://host/x#…"),
        ("az://box/x?sv=2&sig=hunter2", "az://box/x?…"),
        ("http://u:hunter2@host/x?token=hunter2#hunter2", "http://…@host/x?…"),
        // passwords that should be escaped
        ("http://u:hun/hunter2@host/x", "http://…@host/x"),
        ("http://u:hun?hunter2@host/x", "http://…@host/x"),
        ("http://u:hun#hunter2@host/x", "http://…@host/x"),
        ("http://u:hun@hunter2@host/x", "http://…@host/x"),
        ("http://u:h@x/hunter2@host/x", "http://…@host/x"),
        ("http://u:hun hunter2@host/x", "http://…@host/x"),
        ("http://u:hun\"hunter2@host/x", "http://…@host/x"),
        ("http://u:hun\\hunter2@host/x", "http://…@host/x"),
        // slashes that are missing or too many
        ("http:/u:hunter2@host/x", "http:/…@host/x"),
        ("http:///u:hunter2@host/x", "http:///…@host/x"),
        ("http:\\\\u:hunter2@host\\x", "http:\\\\…@host\\x"),
        ("//u:hunter2@host/x", "//…@host/x"),
        // in sentences
        ("(http://u:hunter2@host/x?y=hunter2): refused", "(http://…@host/x?…): refused"),
        ("is 'https://host/x?sig=hunter2', not", "is 'https://host/x?…', not"),
        ("a http://u:hunter2@a/ b https://v:hunter2@b/", "a http://…@a/ b https://…@b/"),
        ("t.toml:3, https://host/my song.mp3?sig=hunter2", "t.toml:3, https://host/my song.mp3?…"),
        ("{\"at\":\"http://u:hunter2@host/x\"}", "{\"at\":\"http://…@host/x\"}"),
        ("one\nhttp://u:hunter2@host/x\nthree", "one\nhttp://…@host/x\nthree"),
        // beside names, without a scheme
        ("no broker at u:hunter2@a:9092,b:9092", "no broker at …@a:9092,b:9092"),
        ("sasl.password=hunter2", "sasl.password=…"),
        ("PASSBAND_TOKEN=hunter2, and", "PASSBAND_TOKEN=…, and"),
        ("song.mp3?X-Amz-Signature=hunter2&x=1", "song.mp3?X-Amz-Signature=…&x=1"),
        ("AWS_SECRET_ACCESS_KEY=hunter2 is", "AWS_SECRET_ACCESS_KEY=… is"),
    ] {
        let shown = redact(text);
        assert_eq!(shown, right, "{text}");
        assert!(!shown.contains(SECRET));
        assert_eq!(redact(&shown), right, "redacted twice");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "",
        "http://host:9000/a/@handle/x.wav",
        "https://[::1]:9000/x",
        "write it like kafka://host:port or kafka://host:port/topic",
        "why https://host/x?",
        "s3://bucket/take #3?.wav",
        "/data/take #3?.wav, samples 0 to 9",
        "/data/a@b/12:00.wav",
        "C:/data/me@home.wav",
        "file:///data/me@home.wav",
        "value = 3, key=Sensor1, rate=2 MHz, a==b",
        "set TOKEN with --set TOKEN=… or ?token= in the address",
        "mail ada@example.org at 12:00",
        "// a comment, see #3",
        "ratio 3:4 @ 5",
        "größe://ü",
        "ü=é@ö:3",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn an_address_that_is_known_to_be_one_may_have_white_space() {
    assert_eq!(shown("https://host/my song.mp3?sig=hun ter2"), "https://host/my song.mp3?…");
    assert_eq!(shown("http://u:a b c@host/my song.mp3"), "http://…@host/my song.mp3");
    assert!(has_secret("mqtt://u:p@host") && !has_secret("mqtt://host:1883") && !has_secret("/data/a@b.wav"));
}

#[test]
fn no_password_is_so_odd_that_it_is_seen() {
    let parts =
        ["http", "://", ":", "/", "@", "?", "#", "=", " ", "ü", "…", "a", "9", "token", "\"", ",", "&", "\\"];
    let mut seed = 1u64;
    let mut junk = || {
        let mut text = String::new();
        for _ in 0..6 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text += parts[(seed >> 33) as usize % parts.len()];
        }
        text
    };
    for _ in 0..20_000 {
        let (before, behind) = (junk(), junk());
        let _ = (redact(&before), shown(&behind));
        let password = format!("p{before}{SECRET}{behind}").replace("://", ":/").replace([' ', '"', '@'], "");
        let address = format!("http://u:{password}@host/x.wav");
        assert!(!redact(&address).contains(SECRET), "{address} is shown as {}", redact(&address));
        assert!(!shown(&address).contains(SECRET), "{address} is shown as {}", shown(&address));
    }
}

#[test]
fn no_part_of_a_fault_tells_a_secret() {
    let address = "http://u:hunter2@host/x?sig=hunter2";
    let fault = Fault::new(format!("{address} is no file"))
        .at(address)
        .within(address)
        .why(format!("cannot reach {address}"))
        .fix(format!("look at {address}"));
    assert!(!fault.to_string().contains(SECRET), "{fault}");
    assert!(fault.parts().iter().all(|(_, text)| text.contains("host") && !text.contains(SECRET)));
}
