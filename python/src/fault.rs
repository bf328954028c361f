//! Faults as Python exceptions.

use passband_signal::Fault;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

pyo3::create_exception!(
    _passband,
    PassbandError,
    PyException,
    "An error with four parts: `what` happened, `at` which place, `why`, and the `fix`; a part is empty if unknown."
);

/// Converts a fault to an exception.
pub fn raised(py: Python<'_>, fault: &Fault) -> PyErr {
    let error = PassbandError::new_err(fault.to_string().trim_start_matches("error: ").to_owned());
    let [(_, what), (_, at), (_, why), (_, fix)] = fault.parts();
    for (name, text) in [("what", what), ("at", at), ("why", why), ("fix", fix)] {
        if let Err(other) = error.value(py).setattr(name, text) {
            return other;
        }
    }
    error
}

/// Converts several faults to an exception: that of the first, with the others appended to its text.
pub fn raised_all(py: Python<'_>, faults: &[Fault]) -> PyErr {
    match faults {
        [] => raised(py, &Fault::new("it failed for an unknown reason")),
        [fault] => raised(py, fault),
        [first, others @ ..] => {
            let [(_, what), (_, at), (_, why), (_, fix)] = first.parts();
            let others = others.iter().map(|fault| fault.to_string()).collect::<Vec<_>>().join("\n");
            let fault = Fault::new(what).at(at).why(why).fix(fix);
            raised(
                py,
                &if fix.is_empty() { fault.fix(others) } else { fault.fix(format!("{fix}\n{others}")) },
            )
        }
    }
}
