//! A pipeline file as a tree of values with their lines, and with `${VAR:-default}` substituted.

use passband_signal::Fault;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value of the file and its line.
#[derive(Clone, Debug)]
pub struct Node {
    /// The line, counted from 1.
    pub line: usize,
    /// The value.
    pub value: Raw,
}

/// A value of TOML.
#[derive(Clone, Debug)]
pub enum Raw {
    /// A string, with variables substituted.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Switch(bool),
    /// Several values.
    List(Vec<Node>),
    /// Values by name, in the order of the file.
    Table(Vec<(String, Node)>),
}

/// Looks up a variable, in the environment or in a test's own map.
pub type Vars<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Node {
    /// Its value as text, without its place in the file.
    pub fn told(&self) -> String {
        match &self.value {
            Raw::List(items) => items.iter().map(|item| item.told() + ",").collect(),
            Raw::Table(entries) => {
                entries.iter().map(|(name, value)| format!("{name}={},", value.told())).collect()
            }
            plain => format!("{plain:?}"),
        }
    }
}

/// Parses a file; reports all errors at once.
///
/// Adds the variables that the file uses, set or not, to `used`.
pub fn parse(text: &str, file: &str, vars: Vars<'_>, used: &mut Vec<Used>) -> Result<Node, Vec<Fault>> {
    let mut tree = Tree { text, file, vars, faults: vec![], used, keys: vec![] };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map_or(1, |span| tree.line(span));
        let message = error.message().to_owned();
        tree.faults
            .push(Fault::new(message).at(format!("{file}:{line}")).fix("correct the TOML on this line"));
    }
    let root = tree.table(1, table.get_ref());
    if tree.faults.is_empty() { Ok(root) } else { Err(tree.faults) }
}

/// A use of a variable in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Its name.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The part and the setting: `window`, `length`.
    pub setting: (String, String),
    /// Whether its value is substituted, rather than the default.
    pub given: bool,
}

struct Tree<'a> {
    text: &'a str,
    file: &'a str,
    vars: Vars<'a>,
    faults: Vec<Fault>,
    used: &'a mut Vec<Used>,
    /// The path of keys to the current value.
    keys: Vec<String>,
}

impl Tree<'_> {
    fn line(&self, span: Range<usize>) -> usize {
        1 + self.text[..span.start.min(self.text.len())].matches('\n').count()
    }

    fn table(&mut self, line: usize, table: &DeTable<'_>) -> Node {
        let mut entries: Vec<_> = table.iter().collect();
        // the order of the file, so that errors are reported from top to bottom
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries = entries.into_iter().map(|(key, value)| {
            // a key's line is the better place: the span of a table is only that of its header
            let line = self.line(key.span());
            self.keys.push(key.get_ref().to_string());
            let node = self.node(line, value.span(), value.get_ref());
            (self.keys.pop().unwrap_or_default(), node)
        });
        Node { line, value: Raw::Table(entries.collect()) }
    }

    fn node(&mut self, line: usize, span: Range<usize>, value: &DeValue<'_>) -> Node {
        let wrong = |tree: &mut Self, text: &str| {
            tree.faults.push(
                Fault::new(format!("{text} is not a supported type of value"))
                    .at(format!("{}:{line}", tree.file)),
            );
            Raw::Text(text.to_owned())
        };
        let value = match value {
            DeValue::String(text) => Raw::Text(self.fill(line, text)),
            DeValue::Boolean(b) => Raw::Switch(*b),
            DeValue::Datetime(t) => Raw::Text(t.to_string()),
            DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
                Ok(i) => Raw::Integer(i),
                Err(_) => wrong(self, i.as_str()),
            },
            DeValue::Float(f) => match f.as_str().parse() {
                Ok(f) => Raw::Number(f),
                Err(_) => wrong(self, f.as_str()),
            },
            DeValue::Array(list) => Raw::List(
                list.iter().map(|v| self.node(self.line(v.span()), v.span(), v.get_ref())).collect(),
            ),
            DeValue::Table(table) => return self.table(self.line(span).max(line), table),
        };
        Node { line, value }
    }

    /// Substitutes `${NAME}` and `${NAME:-default}`; `$$` is a literal dollar sign.
    fn fill(&mut self, line: usize, text: &str) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                (out, rest) = (out + "$", after);
                continue;
            }
            let Some(end) = rest.strip_prefix('{').and_then(|r| r.find('}')) else {
                out.push('$');
                continue;
            };
            let inside = &rest[1..=end];
            rest = &rest[end + 2..];
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inside, None),
            };
            // as in a shell, an empty variable counts as unset if there is a default
            let value = (self.vars)(name).filter(|v| default.is_none() || !v.is_empty());
            let key = |at: usize| self.keys.get(at).cloned().unwrap_or_default();
            let (setting, given) = ((key(0), key(1)), value.is_some());
            self.used.push(Used { name: name.to_owned(), line, setting, given });
            match (value, default) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(default)) => out.push_str(default),
                (None, None) => self.faults.push(
                    Fault::new(format!("the variable {name} is not set"))
                        .at(format!("{}:{line}", self.file))
                        .why("it has no default in the file")
                        .fix(format!(
                            "set it with --set {name}=… or in the environment, or write ${{{name}:-default}}"
                        )),
                ),
            }
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(toml: &str) -> Result<String, Vec<Fault>> {
        let vars = |name: &str| match name {
            "HOST" => Some("box".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let node = parse(toml, "t.toml", &vars, &mut vec![])?;
        let Raw::Table(entries) = node.value else { unreachable!() };
        match &entries[0].1.value {
            Raw::Text(text) => Ok(text.clone()),
            other => Ok(format!("{other:?}")),
        }
    }

    #[test]
    fn fills_variables() {
        assert_eq!(text("a = '${HOST}:9092'").unwrap(), "box:9092");
        assert_eq!(text("a = '${NONE:-x}/${EMPTY:-y}'").unwrap(), "x/y");
        assert_eq!(text("a = 'costs $$5 or $5'").unwrap(), "costs $5 or $5");
        // quotes in a value must not end the string that contains it
        assert!(text("\n\na = '${NONE}'").unwrap_err()[0].to_string().contains("t.toml:3"));
    }

    #[test]
    fn reports_all_toml_errors_with_their_lines() {
        let faults = text("a = 1\nb = = 2\nc = 'x\nd = 3").unwrap_err();
        let all: String = faults.iter().map(|f| f.to_string() + "\n").collect();
        assert!(all.contains("t.toml:2") && all.contains("t.toml:3"), "{all}");
    }
}
