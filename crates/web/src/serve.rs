//! The server: accepts connections, limits them, and answers requests.
//!
//! An idle connection costs a file descriptor, and the number of these is limited. Therefore a request's head must
//! arrive within [`HEAD`], a connection ends after [`LIFE`], and there are at most [`limit`] connections: to accept
//! another one, the oldest idle connection of the peer with the most connections is closed. WebSockets are not counted
//! here; the hub limits them.

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// Timeout for the head of each request on a connection.
const HEAD: Duration = Duration::from_secs(10);
/// Lifetime of a connection, and the time that it then has to complete an answer.
const LIFE: Duration = Duration::from_secs(60);
const LAST: Duration = Duration::from_secs(10);
/// Maximum size of a request's head.
const HEAD_BYTES: usize = 32 << 10;
/// Maximum number of connections, if the limit of open files permits.
const CONNECTIONS: usize = 128;
/// Pause after a failed accept.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, app: Router) {
    let seats = Arc::new(Seats::default());
    let most = limit();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            // closed before it was accepted
            Err(error) if is_of_the_client(error.kind()) => continue,
            // out of file descriptors: an idle connection is closed
            Err(_) => {
                seats.evict();
                sleep(PAUSE).await;
                continue;
            }
        };
        while seats.all().len() >= most {
            if !seats.evict() {
                break;
            }
        }
        if seats.all().len() < most {
            seats.take(peer.ip(), stream, app.clone());
        }
    }
}

fn is_of_the_client(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

/// Maximum number of connections; leaves most file descriptors to the pipeline.
fn limit() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    files.map_or(CONNECTIONS, |files| (files / 4).clamp(8, CONNECTIONS))
}

/// Connections other than WebSockets, in order of arrival.
#[derive(Default)]
struct Seats(Mutex<All>);

#[derive(Default)]
struct All {
    next: u64,
    taken: BTreeMap<u64, Seat>,
}

struct Seat {
    peer: IpAddr,
    /// Whether a request is being answered.
    busy: Arc<AtomicBool>,
    task: AbortHandle,
}

impl All {
    fn len(&self) -> usize {
        self.taken.len()
    }
}

impl Seats {
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a connection in a separate task.
    fn take(self: &Arc<Self>, peer: IpAddr, stream: TcpStream, app: Router) {
        // pictures are small and urgent, so they must not be delayed to fill a packet
        let _ = stream.set_nodelay(true);
        let busy = Arc::new(AtomicBool::new(false));
        let mut all = self.all();
        let number = all.next;
        all.next += 1;
        let left = Left { seats: self.clone(), number };
        let task = tokio::spawn(answer(stream, app, busy.clone(), left)).abort_handle();
        all.taken.insert(number, Seat { peer, busy, task });
    }

    /// Closes the oldest idle connection of the peer with the most connections; returns false if there is none.
    fn evict(&self) -> bool {
        let mut all = self.all();
        let mut peers: HashMap<IpAddr, usize> = HashMap::new();
        let waiting = || all.taken.iter().filter(|(_, seat)| !seat.busy.load(Relaxed));
        waiting().for_each(|(_, seat)| *peers.entry(seat.peer).or_default() += 1);
        let Some((most, _)) = peers.into_iter().max_by_key(|(_, count)| *count) else { return false };
        let Some(oldest) = waiting().find(|(_, seat)| seat.peer == most).map(|(number, _)| *number) else {
            return false;
        };
        if let Some(seat) = all.taken.remove(&oldest) {
            seat.task.abort();
        }
        true
    }
}

/// Releases the seat when the connection ends or becomes a WebSocket.
struct Left {
    seats: Arc<Seats>,
    number: u64,
}

impl Drop for Left {
    fn drop(&mut self) {
        self.seats.all().taken.remove(&self.number);
    }
}

async fn answer(stream: TcpStream, app: Router, busy: Arc<AtomicBool>, _left: Left) {
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |request: Request<Incoming>| {
        busy.store(true, Relaxed);
        let (answer, busy) = (app.call(request), busy.clone());
        async move {
            let answer = answer.await;
            busy.store(false, Relaxed);
            answer
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    tokio::select! {
        _ = connection.as_mut() => return,
        () = sleep(LIFE) => connection.as_mut().graceful_shutdown(),
    }
    let _ = timeout(LAST, connection).await;
}
