//! Topic patterns, with levels that name the sensor and the value.

use std::str::FromStr;

/// A topic pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The prefix of the filter: the group of a shared subscription.
    prefix: String,
    levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq)]
enum Level {
    Named(String),
    Any,
    Key,
    Value,
    Rest,
}

/// The names in the levels of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Names<'a> {
    /// The sensor.
    pub key: Option<&'a str>,
    /// The single value in its messages.
    pub value: Option<&'a str>,
}

impl Pattern {
    /// The filters to subscribe to: one per value, if a level names the value, so that no other topics are received.
    pub fn filters(&self, values: &[String]) -> Vec<String> {
        let filter = |value: &str| {
            let level = |level: &Level| match level {
                Level::Named(name) => name.clone(),
                Level::Any | Level::Key => "+".into(),
                Level::Value => value.into(),
                Level::Rest => "#".into(),
            };
            let levels: Vec<String> = self.levels.iter().map(level).collect();
            self.prefix.clone() + &levels.join("/")
        };
        match self.names_value() {
            true => values.iter().map(|value| filter(value)).collect(),
            false => vec![filter("")],
        }
    }

    /// Whether a level names the sensor.
    pub fn names_key(&self) -> bool {
        self.levels.contains(&Level::Key)
    }

    /// Whether a level names the value.
    pub fn names_value(&self) -> bool {
        self.levels.contains(&Level::Value)
    }

    /// Whether topics that differ after the level of the sensor have the same key.
    pub fn varies_behind_key(&self) -> bool {
        let behind = self.levels.iter().skip_while(|level| **level != Level::Key);
        behind.skip(1).any(|level| matches!(level, Level::Any | Level::Rest))
    }

    /// Whether the topic matches; if so, the names in it.
    pub fn read<'a>(&self, topic: &'a str) -> Option<Names<'a>> {
        let (mut levels, mut names) = (self.levels.iter(), Names::default());
        let mut parts = topic.split('/');
        loop {
            match (levels.next(), parts.next()) {
                (None, None) => return Some(names),
                // the rest may be empty
                (Some(Level::Rest), _) => return Some(names),
                (Some(Level::Named(name)), Some(part)) if name == part => {}
                (Some(Level::Any), Some(_)) => {}
                (Some(Level::Key), Some(part)) => names.key = Some(part),
                (Some(Level::Value), Some(part)) => names.value = Some(part),
                _ => return None,
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // the group of a shared subscription is not part of the topic
        let names = match text.strip_prefix("$share/") {
            Some(shared) => shared.split_once('/').ok_or(format!("'{text}' is not a topic"))?.1,
            None => text,
        };
        if names.is_empty() || text.len() > 65_535 || text.contains('\0') {
            return Err(format!("'{text}' is not a topic"));
        }
        let levels: Vec<Level> = names
            .split('/')
            .map(|name| match name {
                "+" => Ok(Level::Any),
                "#" => Ok(Level::Rest),
                "{key}" => Ok(Level::Key),
                "{value}" => Ok(Level::Value),
                name if name.contains(['+', '#', '{', '}']) => {
                    Err(format!("'{text}' has '{name}': +, #, {{key}} and {{value}} must be whole levels"))
                }
                name => Ok(Level::Named(name.into())),
            })
            .collect::<Result<_, _>>()?;
        if levels.iter().rev().skip(1).any(|level| *level == Level::Rest) {
            return Err(format!("'{text}' continues after #"));
        }
        for (level, name) in [(Level::Key, "key"), (Level::Value, "value")] {
            if levels.iter().filter(|other| **other == level).count() > 1 {
                return Err(format!("'{text}' has {{{name}}} twice"));
            }
        }
        Ok(Self { prefix: text[..text.len() - names.len()].to_owned(), levels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_level_names_the_sensor() {
        let read = |text: &str, topic: &'static str| pattern(text).read(topic).map(|names| names.key);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a b/temperature"), Some(Some("a b")));
        assert_eq!(read("sensors/{key}/temperature", "sensors/a/pressure"), None);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a/temperature/x"), None);
        assert_eq!(read("sensors/{key}/temperature", "sensors/a"), None);
        assert_eq!(read("{key}/+/#", "a/b"), Some(Some("a")));
        assert_eq!(read("{key}/+/#", "a"), None);
        assert_eq!(read("#", "a/b/c"), Some(None));
        assert_eq!(read("$share/us/{key}", "a"), Some(Some("a")));
        assert_eq!(pattern("a/{key}/b").filters(&[]), ["a/+/b"]);
        for wrong in
            ["", "a/#/b", "a+", "{key}/{key}", "{value}/{value}", "{sensor}", "$share/us", "a/{key}x"]
        {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_level_names_the_value() {
        let names = |key, value| Some(Names { key, value });
        let home = pattern("$share/us/home/{key}/{value}/#");
        assert_eq!(home.read("home/kitchen/humidity/now"), names(Some("kitchen"), Some("humidity")));
        assert_eq!(home.read("home/kitchen"), None);
        assert_eq!(pattern("{value}").read("humidity"), names(None, Some("humidity")));
        // topics of values that are not selected are not subscribed to
        let values = ["temperature".to_owned(), "humidity".to_owned()];
        let filters = ["$share/us/home/+/temperature/#", "$share/us/home/+/humidity/#"];
        assert_eq!(home.filters(&values), filters);
    }
}
