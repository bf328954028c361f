//! `passband explain` and `passband schema`.

use crate::arguments::Explain;
use crate::print;
use passband_flow::reference;
use passband_signal::Fault;
use std::fmt::Write as _;
use std::process::ExitCode;

pub fn explain(what: &Explain) -> ExitCode {
    let registry = crate::run::registry();
    let text = match &what.name {
        _ if what.markdown => reference::page(&registry),
        None => {
            let mut text = String::new();
            for part in registry.parts() {
                let _ = writeln!(text, "{:<10} {:<12} {}", part.role.name(), part.name, part.summary());
            }
            text + "\npassband explain NAME explains one of them.\n"
        }
        Some(name) => {
            let found: Vec<_> = registry.parts().filter(|p| p.name == name).map(reference::explain).collect();
            if found.is_empty() {
                let names: Vec<_> = registry.parts().map(|p| p.name).collect();
                let why = passband_flow::config::unknown(name, &names);
                print::fault(&Fault::new(format!("there is no part {name}")).why(why), false);
                return ExitCode::from(2);
            }
            found.join("\n")
        }
    };
    print::out(&text)
}

pub fn schema() -> ExitCode {
    print::out(&format!("{:#}\n", reference::schema(&crate::run::registry())))
}
