//! Schemas of other writers, and the traversal of their data: selected fields are found by their paths, all others are
//! skipped.
//!
//! Reference: Apache Avro 1.12 specification, "Schema Declaration" and "Binary Encoding".

use super::input::Input;
use crate::format::TimeUnit;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Maximum nesting of a datum, since a schema may be recursive.
const DEEPEST: u32 = 128;
/// Maximum number of parts of a datum, beyond one per byte: empty records take no bytes, and may be nested.
const MOST: usize = 1 << 20;

/// A parsed schema.
pub struct Schema {
    nodes: Vec<Node>,
    root: usize,
}

enum Node {
    Null,
    Boolean,
    /// An int or a long.
    Integer(Option<Logical>),
    Float,
    Double,
    Text,
    /// Bytes whose length precedes them, or is fixed by the schema; the number of decimal places, for a decimal.
    Bytes(Option<usize>, Option<u32>),
    Symbols(Vec<String>),
    Array(usize),
    Map(usize),
    Union(Vec<usize>),
    Record(String, Vec<(String, usize)>),
}

/// The logical type of a whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Logical {
    /// A time since 1970 in UTC.
    Timestamp(TimeUnit),
    /// A local time since 1970.
    Local(TimeUnit),
    /// Days since 1970.
    Date,
    /// A time since midnight.
    TimeOfDay,
}

/// The value at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    Missing,
    Null,
    Truth(bool),
    Integer(i64, Option<Logical>),
    Real(f64),
    /// A text, or a symbol of an enum.
    Text(&'a str),
    /// The unscaled value, and the number of decimal places.
    Decimal(i128, u32),
    /// A value of another type.
    Other(&'static str),
}

/// A tree of paths.
#[derive(Default)]
pub struct Wanted {
    slots: Vec<usize>,
    members: Vec<(String, Wanted)>,
}

impl Wanted {
    /// Adds a path, whose value goes to the given slot.
    pub fn add(&mut self, names: &[String], slot: usize) {
        let Some((first, rest)) = names.split_first() else { return self.slots.push(slot) };
        let at = match self.members.iter().position(|(name, _)| name == first) {
            Some(at) => at,
            None => {
                self.members.push((first.clone(), Self::default()));
                self.members.len() - 1
            }
        };
        self.members[at].1.add(rest, slot);
    }
    fn member(&self, name: &str) -> Option<&Self> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, wanted)| wanted)
    }
}

impl Schema {
    /// Parses a schema.
    ///
    /// # Errors   invalid JSON, an invalid schema, an undefined name or a duplicate one
    pub fn read(text: &str) -> Result<Self, String> {
        let json =
            serde_json::from_str(text).map_err(|error| format!("its schema is not valid JSON: {error}"))?;
        let mut reader = Reading { nodes: vec![], names: HashMap::new() };
        let root = reader.node(&json, "").map_err(|why| format!("its schema cannot be used: {why}"))?;
        Ok(Self { nodes: reader.nodes, root })
    }

    /// Whether it is a record with that full name.
    pub fn is(&self, name: &str) -> bool {
        matches!(&self.nodes[self.root], Node::Record(known, _) if known == name)
    }

    /// The names of the record's fields.
    pub fn fields(&self) -> Vec<&str> {
        match &self.nodes[self.root] {
            Node::Record(_, fields) => fields.iter().map(|(name, _)| &name[..]).collect(),
            _ => vec![],
        }
    }

    /// Whether a value can exist at a path.
    pub fn has(&self, names: &[String]) -> bool {
        self.holds(self.root, names, 0)
    }

    fn holds(&self, node: usize, names: &[String], depth: u32) -> bool {
        let Some((first, rest)) = names.split_first() else { return true };
        if depth > DEEPEST {
            return false;
        }
        match &self.nodes[node] {
            Node::Union(branches) => branches.iter().any(|branch| self.holds(*branch, names, depth + 1)),
            Node::Map(of) => self.holds(*of, rest, depth + 1),
            Node::Array(of) => first.parse::<usize>().is_ok() && self.holds(*of, rest, depth + 1),
            Node::Record(_, fields) => {
                let field = fields.iter().find(|(name, _)| name == first);
                field.is_some_and(|(_, of)| self.holds(*of, rest, depth + 1))
            }
            _ => false,
        }
    }

    /// Traverses the datum at the start of the input.
    ///
    /// # Errors   bytes that do not match the schema
    pub fn walk<'a>(
        &'a self,
        input: &mut Input<'a>,
        wanted: Option<&Wanted>,
        found: &mut [Found<'a>],
    ) -> Result<(), String> {
        let left = MOST.saturating_add(input.left());
        Walk { nodes: &self.nodes, found, left }.node(self.root, wanted, input, 0)
    }
}

struct Walk<'a, 'f> {
    nodes: &'a [Node],
    found: &'f mut [Found<'a>],
    /// Number of parts that may still follow.
    left: usize,
}

impl<'a> Walk<'a, '_> {
    fn node(
        &mut self,
        node: usize,
        wanted: Option<&Wanted>,
        input: &mut Input<'a>,
        depth: u32,
    ) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("it is more than {DEEPEST} levels deep"));
        }
        self.left = self.left.checked_sub(1).ok_or("it has more parts than bytes")?;
        let found = match &self.nodes[node] {
            Node::Null => Found::Null,
            Node::Boolean => Found::Truth(input.truth()?),
            Node::Integer(logical) => Found::Integer(input.long()?, *logical),
            Node::Float => {
                let bytes = input.take(4)?;
                Found::Real(f64::from(f32::from_le_bytes(std::array::from_fn(|i| bytes[i]))))
            }
            Node::Double => Found::Real(input.double()?),
            Node::Text => Found::Text(input.borrowed()?),
            Node::Bytes(length, scale) => {
                let length = length.map_or_else(|| input.index().map(size), Ok)?;
                let bytes = input.take(length)?;
                match scale {
                    Some(scale) if (1..=16).contains(&bytes.len()) => {
                        Found::Decimal(big_endian(bytes), *scale)
                    }
                    Some(_) => Found::Other("a decimal of no bytes, or of more than 16"),
                    None => Found::Other("bytes"),
                }
            }
            Node::Symbols(symbols) => {
                let number = input.long()?;
                let symbol = usize::try_from(number).ok().and_then(|number| symbols.get(number));
                Found::Text(symbol.ok_or_else(|| format!("an enum has no symbol {number}"))?)
            }
            Node::Union(branches) => {
                let number = input.long()?;
                let branch = usize::try_from(number).ok().and_then(|number| branches.get(number));
                let branch = branch.ok_or_else(|| format!("a union has no branch {number}"))?;
                return self.node(*branch, wanted, input, depth + 1);
            }
            Node::Record(_, fields) => {
                for (name, of) in fields {
                    self.node(*of, wanted.and_then(|wanted| wanted.member(name)), input, depth + 1)?;
                }
                Found::Other("a record")
            }
            Node::Map(of) => {
                self.items(input, |walk, _, input| {
                    let name = input.borrowed()?;
                    walk.node(*of, wanted.and_then(|wanted| wanted.member(name)), input, depth + 1)
                })?;
                Found::Other("a map")
            }
            Node::Array(of) => {
                let wanted = wanted.filter(|wanted| !wanted.members.is_empty());
                self.items(input, |walk, at, input| {
                    let wanted = wanted.and_then(|wanted| wanted.member(&at.to_string()));
                    walk.node(*of, wanted, input, depth + 1)
                })?;
                Found::Other("an array")
            }
        };
        for slot in wanted.iter().flat_map(|wanted| &wanted.slots) {
            self.found[*slot] = found;
        }
        Ok(())
    }

    /// The blocks of an array or a map.
    fn items(
        &mut self,
        input: &mut Input<'a>,
        mut item: impl FnMut(&mut Self, usize, &mut Input<'a>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut at = 0;
        loop {
            let count = input.long()?;
            if count < 0 {
                input.index()?; // the block's size in bytes, for readers that skip
            }
            if count == 0 {
                return Ok(());
            }
            // a count that is too large ends with the input, or with the limit of parts
            for _ in 0..count.unsigned_abs() {
                item(self, at, input)?;
                at += 1;
            }
        }
    }
}

fn size(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn big_endian(bytes: &[u8]) -> i128 {
    let sign = if bytes[0] >= 0x80 { -1 } else { 0 };
    bytes.iter().fold(sign, |all, byte| all << 8 | i128::from(*byte))
}

struct Reading {
    nodes: Vec<Node>,
    names: HashMap<String, usize>,
}

impl Reading {
    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn node(&mut self, json: &Json, space: &str) -> Result<usize, String> {
        match json {
            Json::String(name) => self.named(name, &Json::Null, space),
            Json::Array(branches) => {
                let branches = branches.iter().map(|branch| self.node(branch, space));
                let branches = branches.collect::<Result<_, _>>()?;
                Ok(self.push(Node::Union(branches)))
            }
            Json::Object(object) => match object.get("type") {
                Some(Json::String(name)) => self.named(name, json, space),
                Some(inner) => self.node(inner, space),
                None => Err("a type is missing".into()),
            },
            other => Err(format!("{other} is not a type")),
        }
    }

    /// A type by its name, with its other attributes.
    fn named(&mut self, name: &str, json: &Json, space: &str) -> Result<usize, String> {
        let logical = json["logicalType"].as_str().unwrap_or_default();
        let node = match name {
            "null" => Node::Null,
            "boolean" => Node::Boolean,
            "int" | "long" => Node::Integer(whole(name, logical)),
            "float" => Node::Float,
            "double" => Node::Double,
            "string" => Node::Text,
            "bytes" => Node::Bytes(None, scale(logical, json)),
            "array" => {
                let of = self.node(&json["items"], space)?;
                Node::Array(of)
            }
            "map" => {
                let of = self.node(&json["values"], space)?;
                Node::Map(of)
            }
            "fixed" | "enum" | "record" | "error" => return self.declared(name, json, space),
            name => {
                let known = self.names.get(&full(name, space)).or_else(|| self.names.get(name));
                return known.copied().ok_or_else(|| format!("there is no type {name}"));
            }
        };
        Ok(self.push(node))
    }

    fn declared(&mut self, kind: &str, json: &Json, space: &str) -> Result<usize, String> {
        let name = json["name"].as_str().ok_or_else(|| format!("a {kind} has no name"))?;
        let name = full(name, json["namespace"].as_str().unwrap_or(space));
        let space = name.rsplit_once('.').map_or("", |(space, _)| space);
        let at = self.push(Node::Null);
        if self.names.insert(name.clone(), at).is_some() {
            return Err(format!("there are two types {name}"));
        }
        let list = |what: &str| json[what].as_array().ok_or_else(|| format!("{name} has no {what}"));
        self.nodes[at] = match kind {
            "fixed" => {
                let length = json["size"].as_u64().ok_or_else(|| format!("{name} has no size"))?;
                Node::Bytes(Some(size(length)), scale(json["logicalType"].as_str().unwrap_or_default(), json))
            }
            "enum" => {
                let symbols = list("symbols")?.iter().map(|symbol| symbol.as_str().map(str::to_owned));
                Node::Symbols(symbols.collect::<Option<_>>().ok_or_else(|| format!("{name} has no symbols"))?)
            }
            _ => {
                let mut fields = vec![];
                for field in list("fields")? {
                    let label =
                        field["name"].as_str().ok_or_else(|| format!("a field of {name} has no name"))?;
                    // attributes of the field do not apply to its type
                    fields.push((label.to_owned(), self.node(&field["type"], space)?));
                }
                Node::Record(name, fields)
            }
        };
        Ok(at)
    }
}

fn full(name: &str, space: &str) -> String {
    match space {
        _ if name.contains('.') => name.into(),
        "" => name.into(),
        space => format!("{space}.{name}"),
    }
}

/// A logical type that does not match its type is ignored, as the specification requires.
fn whole(kind: &str, logical: &str) -> Option<Logical> {
    use TimeUnit::{Microseconds, Milliseconds, Nanoseconds};
    match (kind, logical) {
        ("long", "timestamp-millis") => Some(Logical::Timestamp(Milliseconds)),
        ("long", "timestamp-micros") => Some(Logical::Timestamp(Microseconds)),
        ("long", "timestamp-nanos") => Some(Logical::Timestamp(Nanoseconds)),
        ("long", "local-timestamp-millis") => Some(Logical::Local(Milliseconds)),
        ("long", "local-timestamp-micros") => Some(Logical::Local(Microseconds)),
        ("long", "local-timestamp-nanos") => Some(Logical::Local(Nanoseconds)),
        ("int", "date") => Some(Logical::Date),
        ("int", "time-millis") | ("long", "time-micros") => Some(Logical::TimeOfDay),
        _ => None,
    }
}

fn scale(logical: &str, json: &Json) -> Option<u32> {
    (logical == "decimal")
        .then(|| json["scale"].as_u64().and_then(|scale| u32::try_from(scale).ok()).unwrap_or(0))
}
