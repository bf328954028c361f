//! Which topics are wanted, and which of their levels names the sensor.

use std::str::FromStr;

/// A pattern of topics.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// As the broker is asked.
    filter: String,
    levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq)]
enum Level {
    Named(String),
    Any,
    Key,
    Rest,
}

impl Pattern {
    /// As the broker is asked.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Whether the topic is one of these; if so, the sensor that it names, if it does.
    pub fn read<'a>(&self, topic: &'a str) -> Option<Option<&'a str>> {
        let (mut levels, mut key) = (self.levels.iter(), None);
        let mut parts = topic.split('/');
        loop {
            match (levels.next(), parts.next()) {
                (None, None) => return Some(key),
                // what follows may be nothing
                (Some(Level::Rest), _) => return Some(key),
                (Some(Level::Named(name)), Some(part)) if name == part => {}
                (Some(Level::Any), Some(_)) => {}
                (Some(Level::Key), Some(part)) => key = Some(part),
                _ => return None,
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // a group that shares its topics is no part of their names
        let names = match text.strip_prefix("$share/") {
            Some(shared) => shared.split_once('/').ok_or(format!("'{text}' names no topic"))?.1,
            None => text,
        };
        if names.is_empty() || text.len() > 65_535 || text.contains('\0') {
            return Err(format!("'{text}' is no topic"));
        }
        let levels: Vec<Level> = names
            .split('/')
            .map(|name| match name {
                "+" => Ok(Level::Any),
                "#" => Ok(Level::Rest),
                "{key}" => Ok(Level::Key),
                name if name.contains(['+', '#', '{', '}']) => {
                    Err(format!("'{text}' has '{name}': +, # and {{key}} stand for whole levels"))
                }
                name => Ok(Level::Named(name.into())),
            })
            .collect::<Result<_, _>>()?;
        if levels.iter().rev().skip(1).any(|level| *level == Level::Rest) {
            return Err(format!("'{text}' goes on after #"));
        }
        if levels.iter().filter(|level| **level == Level::Key).count() > 1 {
            return Err(format!("'{text}' has {{key}} twice"));
        }
        Ok(Self { filter: text.replace("{key}", "+"), levels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_names_the_sensor() {
        let read = |pattern: &str, topic: &'static str| pattern.parse::<Pattern>().unwrap().read(topic);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a b/temperature"), Some(Some("a b")));
        assert_eq!(read("sensors/{key}/temperature", "sensors/a/pressure"), None);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a/temperature/x"), None);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a"), None);
        assert_eq!(read("{key}/+/#", "a/b"), Some(Some("a")));
        assert_eq!(read("{key}/+/#", "a"), None);
        assert_eq!(read("#", "a/b/c"), Some(None));
        assert_eq!(read("$share/us/{key}", "a"), Some(Some("a")));
        assert_eq!("a/{key}/b".parse::<Pattern>().unwrap().filter(), "a/+/b");
        for wrong in ["", "a/#/b", "a+", "{key}/{key}", "{sensor}", "$share/us", "a/{key}x"] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }
}
