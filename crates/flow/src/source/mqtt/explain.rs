//! Converts connection errors to faults: what happened, and what to do.

use passband_signal::Fault;
use rumqttc::{ConnectReturnCode as Answer, ConnectionError};
use std::io::ErrorKind;

/// Why there is no session with the broker at `place`.
pub fn explain(error: &ConnectionError, place: &str) -> Fault {
    let fault = match error {
        ConnectionError::ConnectionRefused(answer) => return refused(*answer, place),
        ConnectionError::Io(error) if is_unknown_host(&error.to_string()) => {
            Fault::new(format!("the host of the MQTT broker {place} cannot be resolved"))
                .fix("check the host name in broker")
                .passing()
        }
        ConnectionError::Io(error) if breaks_off(error.kind()) => broken_off(place),
        ConnectionError::MqttState(_) | ConnectionError::NotConnAck(_) => broken_off(place),
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => {
            Fault::new(format!("the MQTT broker at {place} does not answer in time"))
                .fix("check broker, and whether a firewall blocks it")
                .passing()
        }
        _ => Fault::new(format!("no MQTT broker answers at {place}"))
            .fix("check broker, and whether it runs")
            .passing(),
    };
    fault.why(error)
}

/// Whether the text is that of a failed name lookup on Unix or Windows.
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

/// The connection was closed, as by a broker that restarts.
fn broken_off(place: &str) -> Fault {
    Fault::new(format!("the server at {place} closes the connection or does not use MQTT"))
        .fix("check that broker has the port for MQTT without TLS (usually 1883; 8883 is with TLS)")
        .passing()
}

fn refused(answer: Answer, place: &str) -> Fault {
    let refused = format!("the MQTT broker at {place} refuses the connection");
    match answer {
        Answer::BadUserNamePassword => {
            Fault::new(refused).why("username or password is wrong").fix("check username and password")
        }
        Answer::NotAuthorized => Fault::new(refused)
            .why("username or password is wrong, or this user is not authorised")
            .fix("check username, password and client_id, and the broker's rules for this user"),
        Answer::BadClientId => Fault::new(refused)
            .why("the broker rejects this client_id")
            .fix("set client_id to 1 to 23 letters and digits, which every broker accepts"),
        Answer::RefusedProtocolVersion => Fault::new(refused)
            .why("the broker does not support MQTT 3.1.1")
            .fix("use a broker that supports MQTT 3.1.1"),
        Answer::ServiceUnavailable => Fault::new(format!("the MQTT broker at {place} is not ready"))
            .why("it reports that its service is unavailable")
            .fix("check the broker's log")
            .passing(),
        Answer::Success => Fault::new(format!("the MQTT broker at {place} closed the connection")).passing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::StateError;
    use std::io::Error;

    #[test]
    fn each_error_has_a_cause_and_a_fix() {
        let io = |kind| ConnectionError::Io(Error::from(kind));
        let lookup = "failed to lookup address information: Name or service not known";
        let cases = [
            (io(ErrorKind::ConnectionRefused), "no MQTT broker answers at", "whether it runs", true),
            (ConnectionError::Io(Error::other(lookup)), "cannot be resolved", "host name", true),
            (ConnectionError::NetworkTimeout, "in time", "firewall", true),
            (io(ErrorKind::ConnectionReset), "does not use MQTT", "without TLS", true),
            (ConnectionError::MqttState(StateError::InvalidState), "does not use MQTT", "without TLS", true),
            (
                ConnectionError::ConnectionRefused(Answer::BadUserNamePassword),
                "refuses the connection",
                "password",
                false,
            ),
            (
                ConnectionError::ConnectionRefused(Answer::NotAuthorized),
                "refuses the connection",
                "rules",
                false,
            ),
            (
                ConnectionError::ConnectionRefused(Answer::BadClientId),
                "refuses the connection",
                "client_id",
                false,
            ),
            (
                ConnectionError::ConnectionRefused(Answer::RefusedProtocolVersion),
                "refuses the connection",
                "3.1.1",
                false,
            ),
            (ConnectionError::ConnectionRefused(Answer::ServiceUnavailable), "not ready", "log", true),
        ];
        for (error, what, fix, passes) in cases {
            let fault = explain(&error, "example:1883");
            let [(_, told), _, (_, why), (_, does)] = fault.parts();
            assert!(told.contains(what) && told.contains("example:1883"), "{error}: {fault}");
            assert!(!why.is_empty() && does.contains(fix), "{error}: {fault}");
            assert_eq!(fault.is_passing(), passes, "{error}");
        }
        // the text of this system
        let unknown = std::net::ToSocketAddrs::to_socket_addrs("no-such-host.invalid:1883").unwrap_err();
        assert!(is_unknown_host(&unknown.to_string()), "{unknown}");
    }
}
