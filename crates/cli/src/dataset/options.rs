//! The options of `passband dataset`: the variables of its pipeline, with the documentation of the settings that use
//! them.
//!
//! `length = "${LENGTH:-}"` in `pipelines/dataset.toml` defines the option `--length`, whose help is the documentation
//! of the setting `length`. A new setting becomes an option when the pipeline has a variable for it.

use crate::variables::Set;
use crate::{ready, run};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, Error, FromArgMatches, Id};
use passband_flow::engine::variable_settings;
use std::sync::LazyLock;

/// Options without a value: the option, the variable that it sets, the value, and the help.
const SWITCHES: [(&str, &str, &str, &str); 5] = [
    ("no-header", "HEADER", "no", "The first line of the list is a row; columns are named by number, from 1"),
    ("no-shuffle", "ORDER", "listed", "Keep the order of the list within each split"),
    ("drop-short", "SHORT", "drop", "Drop examples shorter than the length instead of padding them"),
    ("no-waveform", "WAVEFORM", "drop", "Write the features without the samples"),
    ("strict", "STRICT", "yes", "Stop with an error if a row cannot be used, instead of quarantining it"),
];

/// Options that require another option.
const REQUIRES: [(&str, &str); 4] = [
    ("hop", "length"),
    ("drop-short", "length"),
    ("feature-settings", "features"),
    ("no-waveform", "features"),
];

/// Variables without an option: a worker sets the first two, and the last is read from the environment.
const NOT_OPTIONS: [&str; 3] = ["PLANNED", "ONLY", "PASSBAND_LIBRDKAFKA"];

/// The variable of the positional argument.
const LIST: &str = "INPUT";

/// An option with a value.
struct Opt {
    name: String,
    variable: String,
    help: String,
    long_help: String,
    required: bool,
}

/// The settings of a build: a value for each variable of the pipeline.
pub struct Build {
    pub variables: Set,
}

static OPTIONS: LazyLock<Vec<Opt>> = LazyLock::new(|| {
    let text = ready::text("dataset").unwrap_or_default();
    let registry = run::registry();
    let is_option = |variable: &str| {
        !NOT_OPTIONS.contains(&variable) && !SWITCHES.iter().any(|(_, switched, ..)| *switched == variable)
    };
    let settings = variable_settings(text).into_iter().filter(|(variable, ..)| is_option(variable));
    let option = |(variable, part, setting): (String, String, String)| {
        let uses = |name: &str| text.contains(&format!("type = \"{name}\""));
        let parts = registry.parts().filter(|found| found.role.name() == part && uses(found.name));
        let mut fields = parts.flat_map(|found| (found.fields)());
        let doc = fields.find(|field| field.name == setting).map(|field| field.doc).unwrap_or_default();
        let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "");
        let default =
            default(text, &variable).map(|value| format!(" [default: {value}]")).unwrap_or_default();
        let first = doc.split_once(". ").map_or(doc.as_str(), |(first, _)| first).trim_end_matches('.');
        Opt {
            name: variable.to_lowercase().replace('_', "-"),
            help: format!("{first}{default}"),
            long_help: format!("{doc}{default}"),
            required: text.contains(&format!("${{{variable}}}")),
            variable,
        }
    };
    settings.map(option).collect()
});

/// The default of a variable in the pipeline, if there is one.
fn default<'a>(text: &'a str, variable: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("${{{variable}:-"))?;
    rest.split_once('}').map(|(value, _)| value).filter(|value| !value.is_empty())
}

impl Args for Build {
    fn augment_args(command: Command) -> Command {
        let required = |id: &str| REQUIRES.iter().find(|(option, _)| *option == id).map(|(_, other)| *other);
        let with_value = OPTIONS.iter().map(|option| {
            let arg = Arg::new(option.name.as_str()).required(option.required);
            let arg = arg.help(option.help.as_str()).long_help(option.long_help.as_str());
            match option.variable == LIST {
                true => arg.value_name("LABELS.csv"),
                false => arg.long(option.name.as_str()),
            }
        });
        let switches = SWITCHES
            .map(|(name, _, _, help)| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help));
        let args = with_value.chain(switches).map(|arg| {
            let other = required(arg.get_id().as_str());
            if let Some(other) = other { arg.requires(other) } else { arg }
        });
        let args: Vec<Arg> = args.collect();
        let group = ArgGroup::new("build").multiple(true).args(args.iter().map(|arg| arg.get_id().clone()));
        command.args(args).group(group)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }

    fn group_id() -> Option<Id> {
        Some(Id::from("build"))
    }
}

impl FromArgMatches for Build {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        // an omitted option has the pipeline's default, regardless of an environment variable of the same name
        let text = ready::text("dataset").unwrap_or_default();
        let all = variable_settings(text).into_iter().map(|(variable, ..)| variable);
        let all = all.filter(|variable| variable != NOT_OPTIONS[2]);
        let mut variables: Set = all.map(|variable| (variable, String::new())).collect();
        for option in OPTIONS.iter() {
            if let Some(value) = matches.get_one::<String>(&option.name) {
                variables.insert(option.variable.clone(), value.clone());
            }
        }
        for (name, variable, value, _) in SWITCHES {
            if matches.get_flag(name) {
                variables.insert(variable.to_owned(), value.to_owned());
            }
        }
        Ok(Self { variables })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_documented_by_a_setting() {
        assert!(OPTIONS.len() > 20);
        for option in OPTIONS.iter() {
            assert!(option.long_help.len() > 10, "--{} has no help", option.name);
        }
        let known = |name: &str| OPTIONS.iter().any(|option| option.name == name);
        for (option, other) in REQUIRES {
            let is_switch = SWITCHES.iter().any(|(name, ..)| *name == option);
            assert!(known(other) && (is_switch || known(option)), "{option} {other}");
        }
        let text = ready::text("dataset").unwrap();
        let switched = SWITCHES.map(|(_, variable, ..)| variable);
        for variable in switched.iter().chain(&NOT_OPTIONS) {
            assert!(text.contains(&format!("${{{variable}:-")), "{variable}");
        }
    }

    #[test]
    fn arguments_set_variables_and_others_keep_their_defaults() {
        let command = Build::augment_args(Command::new("dataset"));
        let line = ["dataset", "list.csv", "--output", "sets/x", "--length", "1 s", "--drop-short"];
        let build = Build::from_arg_matches(&command.get_matches_from(line)).unwrap();
        let value = |name: &str| build.variables.get(name).map(String::as_str);
        assert_eq!((value("INPUT"), value("OUTPUT")), (Some("list.csv"), Some("sets/x")));
        assert_eq!((value("LENGTH"), value("SHORT")), (Some("1 s"), Some("drop")));
        assert_eq!(
            (value("LABEL"), value("PLANNED"), value("PASSBAND_LIBRDKAFKA")),
            (Some(""), Some(""), None)
        );
    }

    #[test]
    fn an_option_that_requires_another_is_refused_without_it() {
        for (option, value) in [("--hop", Some("1 s")), ("--drop-short", None), ("--no-waveform", None)] {
            let command = Build::augment_args(Command::new("dataset"));
            let line = ["dataset", "list.csv", "--output", "x", option].into_iter().chain(value);
            assert!(command.try_get_matches_from(line).is_err(), "{option}");
        }
    }
}
