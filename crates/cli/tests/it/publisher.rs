//! Publishes messages to an MQTT broker until each is acknowledged.

use passband_testbed::unique;
use rumqttc::{Client, Connection, Event, MqttOptions, Outgoing, Packet, QoS};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Number of messages in flight, which limits how far a repeated message can be displaced.
pub const UNDER_WAY: usize = 50;

/// Topic and text.
pub type Message = (String, String);

/// A publishing thread.
pub struct Publisher {
    allowed: Arc<AtomicUsize>,
    thread: JoinHandle<Vec<usize>>,
}

impl Publisher {
    pub fn start(port: u16, messages: Vec<Message>) -> Self {
        let allowed = Arc::new(AtomicUsize::new(0));
        let thread = std::thread::spawn({
            let allowed = allowed.clone();
            move || send(port, &messages, &allowed)
        });
        Self { allowed, thread }
    }

    /// Allows this number of messages to be sent.
    pub fn allow(&self, count: usize) {
        self.allowed.store(count, Ordering::SeqCst);
    }

    /// Waits until all are acknowledged; returns how often each was sent.
    pub fn join(self) -> Vec<usize> {
        self.thread.join().expect("a sender that ends well")
    }
}

fn connect(port: u16) -> (Client, Connection) {
    let mut options = MqttOptions::new(unique("sender"), "127.0.0.1", port);
    options.set_inflight(UNDER_WAY as u16);
    Client::new(options, UNDER_WAY)
}

fn send(port: u16, messages: &[Message], allowed: &AtomicUsize) -> Vec<usize> {
    let mut sent = vec![0; messages.len()];
    // sent up to here, and unacknowledged messages
    let (mut next, mut waiting) = (0, BTreeSet::new());
    while next < messages.len() || !waiting.is_empty() {
        let (client, mut connection) = connect(port);
        let publish = |at: usize| {
            let (topic, text) = &messages[at];
            client.try_publish(topic, QoS::AtLeastOnce, false, text.as_bytes()).expect("room in the queue");
        };
        // in the order and with the packet ids of the client
        let mut queued: std::collections::VecDeque<usize> = waiting.iter().copied().collect();
        let mut names: BTreeMap<u16, usize> = BTreeMap::new();
        queued.iter().for_each(|at| publish(*at));
        loop {
            while next < allowed.load(Ordering::SeqCst).min(messages.len()) && waiting.len() < UNDER_WAY {
                publish(next);
                queued.push_back(next);
                waiting.insert(next);
                next += 1;
            }
            if next == messages.len() && waiting.is_empty() {
                break;
            }
            match connection.recv_timeout(Duration::from_millis(5)) {
                Ok(Ok(Event::Outgoing(Outgoing::Publish(name)))) => {
                    let at = queued.pop_front().expect("what was queued");
                    sent[at] += 1;
                    names.insert(name, at);
                }
                Ok(Ok(Event::Incoming(Packet::PubAck(answer)))) => {
                    waiting.remove(&names[&answer.pkid]);
                }
                Ok(Ok(_)) | Err(rumqttc::RecvTimeoutError::Timeout) => {}
                // messages in flight are lost with the connection, and sent again on another
                Ok(Err(_)) | Err(_) => {
                    std::thread::sleep(Duration::from_millis(20));
                    break;
                }
            }
        }
    }
    sent
}

/// Creates a persistent session with a subscription.
pub fn subscribe(port: u16, name: &str, topics: &str) {
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    options.set_clean_session(false);
    let (client, mut connection) = Client::new(options, 1);
    client.subscribe(topics, QoS::AtLeastOnce).unwrap();
    while !matches!(connection.recv().unwrap().unwrap(), Event::Incoming(Packet::SubAck(_))) {}
    client.disconnect().unwrap();
    while connection.recv().is_ok_and(|event| event.is_ok()) {}
}
