//! The protocol of the WebSocket at `/live`.
//!
//! **Server to browser, text:** JSON by `type`.
//! * `{"type":"describe","generation":1,"title":"…","fps":60,"panels":[…]}` on connecting and on each change.
//! * `{"type":"counters","counters":[{"name","labels","help","value"}],"refusals":{…}}` once per second. `refusals`:
//!   the `total`, counts by reason (`reasons`, without details such as numbers), and the `newest` with `time_us`,
//!   `place`, `reason`, the size (`bytes`) and the beginning (`excerpt`) of the refused data.
//! * `{"type":"report","stream":0,"kept":false,"report":{"kind":…}}`: a result of a haloscope. `kept` is equivalent to
//!   the flag below. A report replaces the previous one of its stream and kind; `statistics` also form the history.
//!   Kinds: `statistics` (a file's mean and σ), `run` (running and pooled mean, σ, standard error), `lines`
//!   (candidates), `noise` (over the number of scans). Spectra start at the lowest frequency; non-finite values are
//!   null.
//! * `{"type":"records","stream":0,"kept":false,"total":7,"first":5,"rows":[[stream,key,time,value…]…]}`: records of
//!   any kind, at most 500 per message and 20 messages per second, oldest first. Values are in the order of the panel's
//!   `columns`, to which columns are only ever added; times are in µs. `first` is the number of the first row, `total`
//!   the number of records ever added; records that were evicted before they could be sent are skipped. A list of more
//!   than 512 numbers is `{"count","min","max","values"}` with 256 values, each the maximum of its part. Other lists
//!   are `{"count","items"}` with at most 20 items.
//! * `{"type":"windows","kept":false,"total":7,"rows":[[key,start,end,readings,early,value…]…]}`: windows of sensors,
//!   at most 1000 per message and 10 messages per second. Values are in the order of the panel's `columns`, to which
//!   columns are only ever added; times are in µs. If more windows are waiting, the newest of each sensor are sent
//!   first. Windows with `kept` (from before this browser connected, or skipped earlier) are sent in reverse order.
//!   `total`: the number of windows ever added.
//! * `{"type":"pong","sent":…,"now_us":…}` answers a ping: its `sent`, and the server's clock.
//!
//! **Server to browser, binary:** one picture, little-endian.
//!
//! | byte | type | |
//! |---|---|---|
//! | 0 | u8 | version, [`VERSION`] |
//! | 1 | u8 | flags: [`KEPT`] = published before this browser connected, so it has no delay |
//! | 2 | u16 | stream |
//! | 4 | u32 | generation of the description it belongs to |
//! | 8 | u64 | index of the window's first sample |
//! | 16 | i64 | time of the window's last sample, µs since 1970 |
//! | 24 | u32 | number of pictures skipped for this browser, to keep to the maximum rate |
//! | 28 | u32 | number of pictures dropped for this browser, because it had not acknowledged earlier ones |
//! | 32 | f32… | values: channels × bins |
//!
//! **Browser to server, text:** `{"type":"ack"}` for each picture, report, windows or records,
//! `{"type":"ping","sent":…}`. At most [`CREDIT`] unacknowledged messages are in flight to a browser; the next one is
//! sent after an acknowledgement.

use crate::picture::Held;
use serde::Deserialize;

/// The version of the binary header.
pub const VERSION: u8 = 1;
/// Size of the header in bytes.
pub const HEADER: usize = 32;
/// Flag: the picture was published before this browser connected.
pub const KEPT: u8 = 1;
/// Maximum number of unacknowledged messages per browser.
pub const CREDIT: u8 = 2;

/// A message from a browser.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Said {
    /// A message was handled.
    Ack,
    /// Requests the server's clock.
    Ping { sent: f64 },
}

/// Encodes the message of a picture. The counts of skipped and dropped pictures wrap at 2³².
pub(crate) fn encode(held: &Held, flags: u8, thinned: u64, dropped: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + held.bytes.len());
    out.extend([VERSION, flags]);
    out.extend((held.stream as u16).to_le_bytes());
    out.extend(held.generation.to_le_bytes());
    out.extend(held.index.to_le_bytes());
    out.extend(held.time_us.to_le_bytes());
    out.extend((thinned as u32).to_le_bytes());
    out.extend((dropped as u32).to_le_bytes());
    out.extend_from_slice(&held.bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Picture;

    #[test]
    fn header_is_as_documented() {
        let picture = Picture { index: 0x0102_0304_0506_0708, time_us: -2, values: &[1.0, -0.5] };
        let bytes = encode(&Held::new(3, 7, picture, vec![9; 4]), KEPT, 5, 6);
        assert_eq!(bytes.len(), HEADER + 8);
        assert_eq!(bytes[..8], [1, 1, 3, 0, 7, 0, 0, 0]);
        assert_eq!(bytes[8..16], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(bytes[16..24], (-2i64).to_le_bytes());
        assert_eq!(bytes[24..32], [5, 0, 0, 0, 6, 0, 0, 0]);
        assert_eq!(bytes[32..], [0, 0, 128, 63, 0, 0, 0, 191]);
    }
}
