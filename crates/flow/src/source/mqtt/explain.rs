//! Errors of a connection as faults: what happened, and what a person can do.

use passband_signal::Fault;
use rumqttc::{ConnectReturnCode as Answer, ConnectionError};
use std::io::ErrorKind;

/// Why there is no session with the broker at `place`.
pub fn explain(error: &ConnectionError, place: &str) -> Fault {
    let fault = match error {
        ConnectionError::ConnectionRefused(answer) => return refused(*answer, place),
        ConnectionError::Io(error) if is_unknown_host(&error.to_string()) => {
            Fault::new(format!("the host of the MQTT broker {place} is not known"))
                .fix("check the host name in broker")
                .passing()
        }
        ConnectionError::Io(error) if breaks_off(error.kind()) => broken_off(place),
        ConnectionError::MqttState(_) | ConnectionError::NotConnAck(_) => broken_off(place),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => {
            Fault::new(format!("the MQTT broker at {place} does not answer in time"))
                .fix("check broker, and whether a firewall lies before it")
                .passing()
        }
        _ => Fault::new(format!("no MQTT broker answers at {place}"))
            .fix("check broker, and whether it runs")
            .passing(),
    };
    fault.why(error)
}

/// Whether a resolver of names says so, as Unix and Windows have it.
fn is_unknown_host(text: &str) -> bool {
    text.contains("failed to lookup address") || text.contains("No such host")
}

fn breaks_off(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::UnexpectedEof
            | ErrorKind::BrokenPipe
            | ErrorKind::InvalidData
    )
}

/// A broker that restarts does so too.
fn broken_off(place: &str) -> Fault {
    Fault::new(format!("what answers at {place} breaks off, or speaks no MQTT"))
        .fix("check that broker names the port for MQTT without TLS (1883 usually; 8883 is with TLS)")
        .passing()
}

fn refused(answer: Answer, place: &str) -> Fault {
    let refused = format!("the MQTT broker at {place} does not let us in");
    match answer {
        Answer::BadUserNamePassword => {
            Fault::new(refused).why("username or password is wrong").fix("check username and password")
        }
        Answer::NotAuthorized => Fault::new(refused)
            .why("username or password is wrong, or this user may not connect")
            .fix("check username, password and client_id, and the broker's rules for this user"),
        Answer::BadClientId => Fault::new(refused)
            .why("the broker does not take this client_id")
            .fix("set client_id to one that it takes: 1 to 23 letters and digits are taken by all"),
        Answer::RefusedProtocolVersion => Fault::new(refused)
            .why("the broker does not speak MQTT 3.1.1")
            .fix("use a broker that takes MQTT 3.1.1"),
        Answer::ServiceUnavailable => Fault::new(format!("the MQTT broker at {place} is not ready"))
            .why("it says that its service is unavailable")
            .fix("check the broker's log")
            .passing(),
        Answer::Success => Fault::new(format!("the MQTT broker at {place} broke off")).passing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::StateError;
    use std::io::Error;

    #[test]
    fn each_error_says_what_happened_and_what_to_do() {
        let io = |kind| ConnectionError::Io(Error::from(kind));
        let lookup = "failed to lookup address information: Name or service not known";
        let cases = [
            (io(ErrorKind::ConnectionRefused), "no MQTT broker answers at", "whether it runs", true),
            (ConnectionError::Io(Error::other(lookup)), "is not known", "host name", true),
            (ConnectionError::NetworkTimeout, "in time", "firewall", true),
            (io(ErrorKind::ConnectionReset), "speaks no MQTT", "without TLS", true),
            (ConnectionError::MqttState(StateError::InvalidState), "speaks no MQTT", "without TLS", true),
            (ConnectionError::ConnectionRefused(Answer::BadUserNamePassword), "let us in", "password", false),
            (ConnectionError::ConnectionRefused(Answer::NotAuthorized), "let us in", "rules", false),
            (ConnectionError::ConnectionRefused(Answer::BadClientId), "let us in", "client_id", false),
            (ConnectionError::ConnectionRefused(Answer::RefusedProtocolVersion), "let us in", "3.1.1", false),
            (ConnectionError::ConnectionRefused(Answer::ServiceUnavailable), "not ready", "log", true),
        ];
        for (error, what, fix, passes) in cases {
            let fault = explain(&error, "example:1883");
            let [(_, told), _, (_, why), (_, does)] = fault.parts();
            assert!(told.contains(what) && told.contains("example:1883"), "{error}: {fault}");
            assert!(!why.is_empty() && does.contains(fix), "{error}: {fault}");
            assert_eq!(fault.is_passing(), passes, "{error}");
        }
        // the words of this machine
        let unknown = std::net::ToSocketAddrs::to_socket_addrs("no-such-host.invalid:1883").unwrap_err();
        assert!(is_unknown_host(&unknown.to_string()), "{unknown}");
    }
}
