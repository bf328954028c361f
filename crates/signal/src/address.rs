//! Redacts the secrets of addresses in everything that is printed, logged, shown or stored.
//!
//! The user and password, the query of a signed address and its fragment grant access to anyone who reads them.
//! [`Fault`](crate::Fault) passes all its texts through [`redact`]; notes, refusals and manifests must do so as well.
//!
//! | in | out |
//! |---|---|
//! | `https://user:password@host/a.wav` | `https://…@host/a.wav` |
//! | `https://host/a.wav?X-Amz-Signature=0f3c` | `https://host/a.wav?…` |
//! | `https://host/a.wav#token` | `https://host/a.wav#…` |
//! | `user:password@broker:9092` | `…@broker:9092` |
//! | `sasl.password=hunter2` | `sasl.password=…` |

mod named;

use std::borrow::Cow;

/// The replacement of a secret.
pub const REDACTED: &str = "…";

/// Schemes whose addresses end in an object name, which may contain `#` and `?`.
const OBJECTS: [&str; 4] = ["s3", "s3a", "gs", "az"];
/// Schemes that are recognised even if a slash is missing.
const KNOWN: [&str; 12] =
    ["http", "https", "s3", "s3a", "gs", "az", "mqtt", "mqtts", "tcp", "kafka", "ws", "wss"];
/// Punctuation that may follow an address in a sentence.
const BEHIND: [char; 10] = [')', ']', '}', '\'', '.', ',', ':', ';', '!', '…'];

/// Redacts a text: removes the secrets of its addresses, and the values of names such as `token=`.
///
/// # Edges    an address ends at white space, a quotation mark or an angle bracket; if its user is malformed (a
/// password with a slash or a space), everything before its `@` is removed. Text without addresses is returned
/// borrowed and unchanged. Redacting twice changes nothing.
///
/// ```
/// use passband_signal::address::redact;
/// let text = "error sending request for url (http://ada:lovelace@host/x.wav?sig=abc): connection refused";
/// assert_eq!(redact(text), "error sending request for url (http://…@host/x.wav?…): connection refused");
/// ```
pub fn redact(text: &str) -> Cow<'_, str> {
    // every secret is next to one of these
    if !text.contains(['@', '?', '#', '=']) {
        return Cow::Borrowed(text);
    }
    let lines: String = text.split_inclusive('\n').map(|text| line(text, ends_word)).collect();
    if lines == text { Cow::Borrowed(text) } else { Cow::Owned(lines) }
}

/// Redacts an address, which may contain white space. A local path is unchanged.
///
/// ```
/// use passband_signal::address::shown;
/// assert_eq!(shown("https://host/my song.mp3?sig=a b"), "https://host/my song.mp3?…");
/// assert_eq!(shown("take #3?.wav"), "take #3?.wav");
/// ```
pub fn shown(address: &str) -> Cow<'_, str> {
    match start(address, 0) {
        Some(found) if found.begin == 0 => Cow::Owned(line(address, |_| false)),
        _ => redact(address),
    }
}

/// Whether an address contains a secret.
pub fn has_secret(address: &str) -> bool {
    shown(address) != address
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '`')
}

/// The start of an address in a line: offsets of its scheme, and of its host or user.
struct Start {
    begin: usize,
    host: usize,
}

/// The first address at or after this offset.
fn start(line: &str, from: usize) -> Option<Start> {
    let scheme = |colon: usize| {
        let part_of = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
        let before = &line[from..colon];
        let name = &before[before
            .rfind(|c| !part_of(c))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))..];
        let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let slashes = line[colon + 1..].bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count();
        let lower = name.to_ascii_lowercase();
        let known = KNOWN.contains(&lower.as_str());
        let is_one = (slashes >= 2 && name.len() >= 2 || slashes == 1 && known) && lower != "file";
        is_one.then(|| Start { begin: colon - name.len(), host: colon + 1 + slashes })
    };
    let with_scheme = line[from..].match_indices(':').find_map(|(at, _)| scheme(from + at));
    // without a scheme, as in //user:password@host
    let bare = line[from..].match_indices("//").map(|(at, _)| from + at).find(|at| {
        let before = line[..*at].chars().next_back();
        before.is_none_or(|c| ends_word(c) || matches!(c, '(' | '\'' | ',' | '='))
    });
    let bare = bare.map(|begin| {
        let slashes = line[begin..].bytes().take_while(|byte| *byte == b'/').count();
        Start { begin, host: begin + slashes }
    });
    match (with_scheme, bare) {
        (Some(a), Some(b)) => Some(if a.begin <= b.begin { a } else { b }),
        (one, other) => one.or(other),
    }
}

/// Redacts a line, in which `ends` determines the end of an address.
fn line(line: &str, ends: fn(char) -> bool) -> String {
    let (mut out, mut at, mut addresses) = (String::with_capacity(line.len()), 0, false);
    while let Some(Start { begin, host }) = start(line, at) {
        out += &named::without_values(&line[at..begin], addresses);
        out += &line[begin..host];
        let scheme = line[begin..host].split(':').next().unwrap_or_default().to_ascii_lowercase();
        at = address(line, host, &scheme, ends, &mut out);
        addresses = true;
    }
    out + &named::without_values(&line[at..], addresses)
}

/// Appends the redacted rest of an address, starting at its user or host; returns its end.
fn address(line: &str, begin: usize, scheme: &str, ends: fn(char) -> bool, out: &mut String) -> usize {
    let end_from = |from: usize| line[from..].find(ends).map_or(line.len(), |at| from + at);
    let (mut from, mut end) = (begin, end_from(begin));
    if let Some(user) = user(&line[begin..], end - begin) {
        out.push_str(REDACTED);
        from = begin + user;
        end = end_from(from);
    }
    let word = &line[from..end];
    let is_object = OBJECTS.contains(&scheme);
    let cut = word.find(['?', '#']).filter(|at| !is_object || word[*at..].contains('='));
    match cut.map(|at| word.split_at(at)) {
        Some((shown, secret)) => {
            let kept = secret.trim_end_matches(BEHIND);
            out.push_str(&named::without_values(shown, false));
            out.push_str(&secret[..1]);
            // the secret may contain a question mark
            if kept.len() > 1 || secret.contains(REDACTED) {
                out.push_str(REDACTED);
            }
            out.push_str(secret[kept.len().max(1)..].trim_start_matches(REDACTED));
        }
        None => out.push_str(&named::without_values(word, false)),
    }
    end
}

/// The end of the user of an address, at its `@`; `word` is the apparent number of bytes that belong to the address.
fn user(rest: &str, word: usize) -> Option<usize> {
    let word = &rest[..word];
    let authority = &word[..word.find(['/', '\\', '?', '#']).unwrap_or(word.len())];
    if authority.contains('@') {
        return word[..word.find(['?', '#']).unwrap_or(word.len())].rfind('@');
    }
    // a host may only be followed by a port; otherwise the text is the beginning of an unescaped password
    if authority.trim_end_matches(BEHIND).split(',').all(is_host) {
        return None;
    }
    let next = rest.find("://").unwrap_or(rest.len());
    word.rfind('@').or_else(|| rest[..next].find('@'))
}

/// Whether the text is a host, with or without a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        _ => (text, "0"),
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_port && (!host.contains(':') || host.starts_with('['))
}

#[cfg(test)]
mod tests;
