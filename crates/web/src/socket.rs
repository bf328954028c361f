//! One browser's WebSocket.

use crate::hub::{Hub, Joined};
use crate::mailbox::Step;
use crate::wire::Said;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::{MissedTickBehavior, interval, sleep_until, timeout};

/// Interval between two messages with counters.
const COUNTERS: Duration = Duration::from_secs(1);
/// Time without a message after which a browser is disconnected. Background tabs still ping once per minute.
const SILENCE: Duration = Duration::from_secs(150);
/// Time limit for sending a message, after which the connection is closed; the page then reconnects.
const STUCK: Duration = Duration::from_secs(30);

/// Serves one browser until it disconnects.
pub(crate) async fn serve(mut socket: WebSocket, hub: Arc<Hub>, joined: Joined) {
    let mailbox = &joined.mailbox;
    let mut counters = interval(COUNTERS);
    counters.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    while heard.elapsed() < SILENCE {
        let until = match mailbox.next(Instant::now()) {
            Step::Describe(text) => {
                if !send(&mut socket, Message::text(&*text)).await {
                    return;
                }
                continue;
            }
            Step::Picture(bytes) => {
                if !send(&mut socket, Message::binary(bytes)).await {
                    return;
                }
                hub.count_sent();
                continue;
            }
            Step::Report(text) => {
                if !send(&mut socket, Message::text(text)).await {
                    return;
                }
                hub.count_sent();
                continue;
            }
            Step::Windows(windows) => {
                if !send(&mut socket, Message::text(windows.encode())).await {
                    return;
                }
                hub.count_sent();
                continue;
            }
            Step::Records(records) => {
                if !send(&mut socket, Message::text(records.encode())).await {
                    return;
                }
                hub.count_sent();
                continue;
            }
            Step::Until(then) => Some(then),
            Step::Idle => None,
        };
        let wait = async {
            match until {
                Some(then) => sleep_until(then.into()).await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            said = socket.recv() => {
                let Some(Ok(message)) = said else { return };
                heard = Instant::now();
                match message {
                    Message::Text(text) => match serde_json::from_str(&text) {
                        Ok(Said::Ack) => { mailbox.acknowledged(); None }
                        Ok(Said::Ping { sent }) => Some(json!({"type": "pong", "sent": sent, "now_us": now_us()})),
                        // not a client of this protocol
                        Err(_) => return,
                    },
                    Message::Close(_) => return,
                    _ => None,
                }
            }
            () = mailbox.wake.notified() => None,
            () = wait => None,
            _ = counters.tick() => Some(counted(&hub)),
        };
        if let Some(answer) = answer
            && !send(&mut socket, Message::text(answer.to_string())).await
        {
            return;
        }
    }
}

fn counted(hub: &Hub) -> Value {
    json!({ "type": "counters", "counters": hub.counters(), "refusals": &*hub.refusals() })
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(STUCK, socket.send(message)).await, Ok(Ok(())))
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
