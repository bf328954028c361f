//! Parts of an ONNX graph.

use super::message::Message;

/// Element types of tensors.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Float = 1,
    Int64 = 7,
    Text = 8,
    Double = 11,
}

/// The attribute of a node.
pub(super) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, Vec<i64>),
    Floats(&'a str, Vec<f32>),
    Text(&'a str, &'a str),
    Texts(&'a str, Vec<&'static str>),
}

impl Attribute<'_> {
    fn message(self) -> Message {
        let named = |name: &str| Message::new().text(1, name);
        match self {
            Self::Int(name, value) => named(name).int(3, value).int(20, 2),
            Self::Text(name, value) => named(name).text(4, value).int(20, 3),
            Self::Floats(name, values) => named(name).floats(7, values).int(20, 6),
            Self::Ints(name, values) => named(name).ints(8, values).int(20, 7),
            Self::Texts(name, values) => named(name).texts(9, values).int(20, 8),
        }
    }
}

/// A graph that is being built.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
}

impl Graph {
    /// Appends a node with one output, which is also its name.
    pub(super) fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        let domain = if op.starts_with("TreeEnsemble") { "ai.onnx.ml" } else { "" };
        let node = Message::new()
            .texts(1, inputs.iter().copied())
            .text(2, output)
            .text(3, output)
            .text(4, op)
            .messages(5, attributes.into_iter().map(Attribute::message))
            .text(7, domain);
        self.nodes.push(node);
    }

    pub(super) fn doubles(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f64>) {
        self.raw(name, shape, Type::Double, values.into_iter().flat_map(f64::to_le_bytes).collect());
    }

    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) {
        self.raw(name, shape, Type::Float, values.into_iter().flat_map(f32::to_le_bytes).collect());
    }

    pub(super) fn ints(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = i64>) {
        self.raw(name, shape, Type::Int64, values.into_iter().flat_map(i64::to_le_bytes).collect());
    }

    fn raw(&mut self, name: &str, shape: &[usize], of: Type, bytes: Vec<u8>) {
        self.constants.push(tensor(name, shape, of).bytes(9, &bytes));
    }

    pub(super) fn texts(&mut self, name: &str, values: &[String]) {
        let tensor = tensor(name, &[values.len()], Type::Text);
        self.constants.push(tensor.texts(6, values.iter().map(String::as_str)));
    }

    /// The graph with its inputs and outputs: name, type and size of the second dimension, if there is one.
    pub(super) fn finish(self, input: (&str, usize), outputs: [(&str, Type, Option<usize>); 2]) -> Message {
        Message::new()
            .messages(1, self.nodes)
            .text(2, "passband")
            .messages(5, self.constants)
            .message(11, value(input.0, Type::Float, Some(input.1)))
            .messages(12, outputs.map(|(name, of, width)| value(name, of, width)))
    }
}

fn tensor(name: &str, shape: &[usize], of: Type) -> Message {
    Message::new().ints(1, shape.iter().map(|n| *n as i64)).int(2, of as i64).text(8, name)
}

fn value(name: &str, of: Type, width: Option<usize>) -> Message {
    let rows = Message::new().text(2, "N");
    let width = width.map(|n| Message::new().int(1, n as i64));
    let shape = Message::new().message(1, rows).messages(1, width);
    let of = Message::new().int(1, of as i64).message(2, shape);
    Message::new().text(1, name).message(2, Message::new().message(1, of))
}
