//! The session with the broker: a thread that receives messages, and the messages that are still to be acknowledged.

use super::explain::explain;
use super::place::{Ends, Name};
use crate::data::{Position, Positions};
use crate::part::{Control, Settle};
use passband_signal::{Fault, Result};
use rumqttc::{
    Client, Connection, ConnectionError, Event, MqttOptions, Packet, Publish, QoS, SubscribeFilter,
    SubscribeReasonCode,
};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// More than the maximum number of unacknowledged messages of QoS 1: only messages of QoS 0 can fill the queue.
const QUEUE: usize = 1 << 16;
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(2);
/// How long sending the last acknowledgements may take.
const LEAVE: Duration = Duration::from_secs(5);

/// A message with its session, or why there are no more.
pub type Received = Result<(Epoch, Publish), Fault>;

/// Counts sessions that the broker has lost: messages of one cannot be acknowledged in the next.
pub type Epoch = u32;

/// The open session. Dropping it disconnects; the broker keeps the session.
pub struct Session {
    client: Client,
    shared: Arc<Shared>,
    gone: Mutex<Receiver<()>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    stop: AtomicBool,
}

/// Messages that are not acknowledged yet.
#[derive(Default)]
struct Waiting {
    connected: bool,
    epoch: Epoch,
    /// In the order of their numbers.
    messages: VecDeque<(i64, Name)>,
    /// By packet id, the hash of its newest message, and whether it was acknowledged. Acknowledged messages are
    /// included, since the broker may not have received the acknowledgement.
    known: HashMap<u16, (u64, bool)>,
    /// Messages below this number are committed.
    safe: i64,
    /// Messages below this number were counted before this start; and the last of them.
    resumed: i64,
    last: Option<Name>,
}

impl Waiting {
    /// Acknowledges committed messages.
    fn answer(&mut self, client: &Client) {
        while let Some((number, name)) = self.messages.front()
            && *number < self.safe
            && self.connected
        {
            // if the queue to the broker is full, retry with the next positions
            if !acknowledge(client, name.id) {
                return;
            }
            self.known.insert(name.id, (name.hash, true));
            self.messages.pop_front();
        }
    }

    /// Whether a message is new.
    fn is_new(&mut self, message: &Publish, client: &Client) -> bool {
        let Some(name) = Name::of(message) else { return true };
        if message.dup
            && let Some((_, answered)) = self.known.get(&name.id).filter(|known| known.0 == name.hash)
        {
            // after a lost connection, the broker redelivers unacknowledged messages
            if *answered {
                acknowledge(client, name.id);
            }
            return false;
        }
        self.known.insert(name.id, (name.hash, false));
        true
    }

    /// The two messages that identify a position when messages are redelivered.
    fn ends(&mut self, position: &Position) -> Ends {
        let before = |number: i64| self.messages.partition_point(|(other, _)| *other < number);
        let (from, to) = (before(position.offset), before(position.reached));
        let first = (from < to).then(|| self.messages[from].1);
        // messages counted before this start may not have been redelivered completely
        if position.reached > self.resumed && to > 0 {
            self.last = Some(self.messages[to - 1].1);
        }
        Ends { first, last: self.last }
    }
}

fn acknowledge(client: &Client, name: u16) -> bool {
    let mut message = Publish::new("", QoS::AtLeastOnce, []);
    message.pkid = name;
    client.try_ack(&message).is_ok()
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Connects and subscribes.
    pub fn open(
        options: MqttOptions,
        filters: Vec<String>,
        place: String,
        control: &Control,
    ) -> Result<(Arc<Self>, Receiver<Received>)> {
        let (client, connection) = Client::new(options, QUEUE);
        let shared = Arc::new(Shared { waiting: Mutex::default(), stop: AtomicBool::new(false) });
        let (heard_in, received) = sync_channel(QUEUE);
        let (began_in, began) = channel();
        let (gone_in, gone) = channel();
        let listener = Listener {
            client: client.clone(),
            shared: shared.clone(),
            received: heard_in,
            began: Some(began_in),
            filters,
            place: place.clone(),
            control: control.clone(),
            repeated: false,
            _gone: gone_in,
        };
        let thread = std::thread::Builder::new().name("passband-mqtt".into());
        thread
            .spawn(move || listener.run(connection))
            .map_err(|error| Fault::new("a thread could not be started").why(error))?;
        let session = Arc::new(Self { client, shared, gone: Mutex::new(gone) });
        let until = Instant::now() + ANSWER;
        while Instant::now() < until && !control.stopping() {
            if let Ok(began) = began.recv_timeout(Duration::from_millis(50)) {
                return began.map(|()| (session, received));
            }
        }
        let silent = Fault::new(format!("the MQTT broker at {place} does not answer"));
        Err(silent.fix("check broker, and the broker's log").passing())
    }

    /// Resumes at a position; returns the two messages that identify it.
    pub fn resume(&self, position: &Position) -> Ends {
        let ends: Ends = position.note.as_deref().and_then(|note| note.parse().ok()).unwrap_or_default();
        let mut waiting = self.shared.waiting();
        (waiting.safe, waiting.resumed, waiting.last) = (position.offset, position.reached, ends.last);
        ends
    }

    /// Assigns a number to a message, which is acknowledged when its number is committed.
    pub fn number(&self, epoch: Epoch, number: i64, message: &Publish) {
        let mut waiting = self.shared.waiting();
        if epoch == waiting.epoch
            && let Some(name) = Name::of(message)
        {
            waiting.messages.push_back((number, name));
        }
    }

    /// Acknowledges a message that is committed already.
    pub fn safe(&self, epoch: Epoch, message: &Publish) {
        let before = self.shared.waiting().safe - 1;
        self.number(epoch, before, message);
        self.shared.waiting().answer(&self.client);
    }

    /// Whether the client is connected.
    pub fn connected(&self) -> bool {
        self.shared.waiting().connected
    }

    /// Number of unacknowledged messages.
    pub fn unsettled(&self) -> usize {
        self.shared.waiting().messages.len()
    }
}

impl Settle for Session {
    fn settle(&self, positions: &Positions) -> Result<()> {
        if let Some(position) = positions.get(&0) {
            let mut waiting = self.shared.waiting();
            waiting.safe = waiting.safe.max(position.offset);
            waiting.answer(&self.client);
        }
        Ok(())
    }
    fn note(&self, positions: &mut Positions) {
        if let Some(position) = positions.get_mut(&0) {
            position.note = Some(self.shared.waiting().ends(position).to_string());
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // queued after the last acknowledgements
        let _ = self.client.try_disconnect();
        let gone = self.gone.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = gone.recv_timeout(LEAVE);
    }
}

/// The thread that receives from the broker.
struct Listener {
    client: Client,
    shared: Arc<Shared>,
    received: SyncSender<Received>,
    /// Notified after the first subscription, or of its failure.
    began: Option<Sender<Result<()>>>,
    filters: Vec<String>,
    place: String,
    control: Control,
    /// Whether the session had these subscriptions before, so that retained messages were received.
    repeated: bool,
    /// Dropped with the thread.
    _gone: Sender<()>,
}

impl Listener {
    fn run(mut self, mut connection: Connection) {
        let mut pause = Duration::from_millis(50);
        loop {
            let event = connection.recv();
            if self.shared.stop.load(Ordering::SeqCst) && !matches!(event, Ok(Ok(_))) {
                return;
            }
            let went = match event {
                Ok(Ok(Event::Incoming(Packet::ConnAck(answer)))) => {
                    pause = Duration::from_millis(50);
                    self.connected(answer.session_present)
                }
                Ok(Ok(Event::Incoming(Packet::SubAck(answer)))) => {
                    let answers = self.filters.iter().zip(&answer.return_codes);
                    let mut refused = answers.filter(|(_, code)| **code == SubscribeReasonCode::Failure);
                    match refused.next() {
                        Some((filter, _)) => {
                            let what =
                                format!("the MQTT broker at {} refuses the topic {filter}", self.place);
                            let why = "this user may not read it, or the broker rejects such a topic";
                            Err(Fault::new(what).why(why).fix("check topics, and what this user may read"))
                        }
                        None => {
                            self.began.take().into_iter().for_each(|began| drop(began.send(Ok(()))));
                            Ok(())
                        }
                    }
                }
                Ok(Ok(Event::Incoming(Packet::Publish(message)))) => {
                    if !self.message(message) {
                        return;
                    }
                    Ok(())
                }
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => {
                    let mut waiting = self.shared.waiting();
                    waiting.connected = false;
                    // pending acknowledgements belong to the lost connection
                    connection.eventloop.clean();
                    drop(waiting);
                    self.lost(error, &mut pause)
                }
                Err(_) => return,
            };
            if let Err(fault) = went {
                match self.began.take() {
                    Some(began) => drop(began.send(Err(fault))),
                    None => drop(self.received.send(Err(fault))),
                }
                return;
            }
        }
    }

    fn connected(&mut self, repeated: bool) -> Result<()> {
        let mut waiting = self.shared.waiting();
        if !repeated {
            if !waiting.messages.is_empty() {
                let place = &self.place;
                self.control.note(|| {
                    format!("the MQTT broker at {place} has lost the session, and the messages since then")
                });
            }
            // packet ids are assigned anew
            waiting.messages.clear();
            waiting.known.clear();
            waiting.epoch += 1;
            waiting.last = None;
        }
        waiting.connected = true;
        waiting.answer(&self.client);
        self.repeated = repeated;
        let filters = self.filters.iter().map(|path| SubscribeFilter::new(path.clone(), QoS::AtLeastOnce));
        let asked = self.client.try_subscribe_many(filters);
        asked.map_err(|error| Fault::new("the topics cannot be subscribed to").why(error))
    }

    /// Passes a message on; returns whether there is a receiver.
    fn message(&mut self, message: Publish) -> bool {
        let (epoch, new) = {
            let mut waiting = self.shared.waiting();
            if message.retain && self.repeated {
                // retained, sent because of the subscription: it was received when it was new
                acknowledge(&self.client, message.pkid);
                return true;
            }
            (waiting.epoch, waiting.is_new(&message, &self.client))
        };
        !new || self.received.send(Ok((epoch, message))).is_ok()
    }

    fn lost(&self, error: ConnectionError, pause: &mut Duration) -> Result<()> {
        let fault = explain(&error, &self.place);
        match error {
            _ if self.began.is_some() || !fault.is_passing() => return Err(fault),
            error => {
                if *pause <= Duration::from_millis(50) {
                    self.control.note(|| format!("MQTT broker {}: {error}; retrying", self.place));
                }
            }
        }
        let until = Instant::now() + *pause;
        *pause = (*pause * 2).min(PAUSE);
        while Instant::now() < until && !self.shared.stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}
