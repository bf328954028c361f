//! Secrets after a name such as `token=`, or before a host without a scheme.

use super::{BEHIND, REDACTED, ends_word};

/// Suffixes of names of secrets, in lower case and without `_`, `-` and `.`.
const SECRETS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "accesskey",
    "accesskeyid",
    "apikey",
    "token",
    "signature",
    "credential",
    "jaasconfig",
];
/// Names of secrets that other names may end with.
const WHOLE: [&str; 4] = ["sig", "pwd", "pass", "sas"];

/// Redacts the values of such names, and `user:password@` before `host:port`. With `queries`, which follow an address
/// that contains white space, queries are redacted as well.
pub fn without_values(text: &str, queries: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(ends_word) {
        let end = word.find(ends_word).unwrap_or(word.len());
        let (word, behind) = word.split_at(end);
        let query = word.find('?').filter(|at| queries && word[*at..].contains('='));
        match (query, user(word)) {
            (Some(at), _) => {
                let kept = word.trim_end_matches(BEHIND);
                out += &word[..=at];
                out += REDACTED;
                out += &word[kept.len()..];
            }
            (None, Some(at)) => {
                let open = word.find(|c| !matches!(c, '(' | '[' | '\'')).unwrap_or(0);
                out += &word[..open];
                out += REDACTED;
                out += &word[at..];
            }
            (None, None) => values(word, &mut out),
        }
        out += behind;
    }
    out
}

/// The offset of the `@` in `user:password@host:port`.
fn user(word: &str) -> Option<usize> {
    let at = word.rfind('@')?;
    let host = word[at + 1..].trim_end_matches(BEHIND);
    let (_, port) = host.split(',').next()?.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && word[..at].contains(':')).then_some(at)
}

/// Appends a word, and redacts the secret values in `a=1&b=2`.
fn values(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(at) = rest.find('=') {
        let (name, value) = rest.split_at(at + 1);
        let end = value.find(['&', ',', ';']).unwrap_or(value.len());
        let kept = value[..end].trim_end_matches(BEHIND);
        *out += name;
        if is_secret(&name[..at]) && !kept.is_empty() {
            *out += REDACTED;
        } else {
            *out += kept;
        }
        rest = &value[kept.len()..];
    }
    *out += rest;
}

fn is_secret(name: &str) -> bool {
    let name = name.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).next();
    let name = name.unwrap_or_default().to_ascii_lowercase().replace(['_', '-', '.'], "");
    WHOLE.contains(&name.as_str()) || SECRETS.iter().any(|end| name.ends_with(end))
}
