//! Refused data as shown on the page: counts by reason, and the newest refusals with place and excerpt.

use passband_flow::data::Refusal;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

/// Maximum number of reasons.
const REASONS: usize = 40;
/// Number of refusals that are stored.
const KEPT: usize = 20;
/// Maximum number of bytes in an excerpt.
const EXCERPT: usize = 200;
const OTHERS: &str = "other reasons";

/// The refusals since the page was opened.
#[derive(Default, Serialize)]
pub(crate) struct Refusals {
    pub total: u64,
    /// Counts by reason, without the details that differ between refusals.
    reasons: BTreeMap<String, u64>,
    /// The newest refusals, newest first.
    newest: VecDeque<Excerpt>,
}

#[derive(Serialize)]
struct Excerpt {
    time_us: i64,
    place: String,
    reason: String,
    excerpt: String,
    bytes: usize,
}

impl Refusals {
    pub fn add(&mut self, refusal: &Refusal) {
        self.total += 1;
        let kind = kind(&refusal.reason);
        let known = self.reasons.len() < REASONS || self.reasons.contains_key(&kind);
        *self.reasons.entry(if known { kind } else { OTHERS.to_owned() }).or_default() += 1;
        self.newest.truncate(KEPT - 1);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.newest.push_front(Excerpt {
            time_us: now.map_or(0, |since| since.as_micros() as i64),
            place: refusal.place.clone(),
            reason: refusal.reason.clone(),
            excerpt: excerpt(&refusal.bytes),
            bytes: refusal.bytes.len(),
        });
    }
}

/// A reason without quoted text and numbers.
fn kind(reason: &str) -> String {
    let (mut kind, mut quoted) = (String::new(), false);
    for c in reason.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                kind.push_str(if quoted { "'…" } else { "'" });
            }
            _ if quoted => {}
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            _ => kind.push(c),
        }
    }
    kind
}

/// The beginning of the refused bytes, as text if they are UTF-8, otherwise in hexadecimal.
fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(EXCERPT)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // a character truncated at the end of the excerpt
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let hex = || head.iter().take(EXCERPT / 3).map(|byte| format!("{byte:02x} ")).collect::<String>();
    text.map_or_else(|| hex().trim_end().to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::data::Origin;

    fn refusal(reason: &str, bytes: &[u8]) -> Refusal {
        Refusal {
            origin: Origin::default(),
            place: "offset 7".into(),
            reason: reason.into(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn reasons_that_differ_in_their_details_only_are_one() {
        assert_eq!(kind("it ends early, after 17 bytes"), "it ends early, after # bytes");
        assert_eq!(kind("'x1' is no time like 5Z"), "'…' is no time like #Z");
        assert_eq!(kind("late"), "late");
        assert_eq!(kind("byte 17"), "byte #");
        let mut all = Refusals::default();
        (0..30).for_each(|n| all.add(&refusal(&format!("byte {n}"), b"{}")));
        ('a'..='z').chain('A'..='Z').for_each(|c| all.add(&refusal(&c.to_string(), b"")));
        assert_eq!((all.total, all.reasons["byte #"], all.reasons.len()), (82, 30, REASONS + 1));
        assert_eq!(all.reasons.values().sum::<u64>(), 82);
        assert_eq!((all.newest.len(), &*all.newest[0].reason), (KEPT, "Z"));
    }

    #[test]
    fn bytes_are_shown_as_text_where_they_are() {
        assert_eq!(excerpt("{\"ts\": \"ä".as_bytes()), "{\"ts\": \"ä");
        assert_eq!(excerpt("ä".repeat(150).as_bytes()), "ä".repeat(100));
        assert_eq!(excerpt(format!("a{}", "ä".repeat(150)).as_bytes()), format!("a{}", "ä".repeat(99)));
        assert_eq!(excerpt(&[0, 255, 16]), "00 ff 10");
    }
}
