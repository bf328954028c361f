//! Patterns of file names.

use std::str::FromStr;

/// Half of a pair of I/Q files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// The real part.
    I,
    /// The imaginary part.
    Q,
}

/// The values that a pattern extracts from a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The half, if the pattern has `{iq}`.
    pub half: Option<Half>,
    /// Its number, if the pattern has `{number}`.
    pub number: Option<i64>,
}

/// A pattern of file names: `{iq}` stands for `i` or `q`, `{number}` for digits, `*` for anything.
///
/// ```
/// use passband_signal::iq::{Half, Pattern};
/// let pattern: Pattern = "duck_{iq}_{number}.dat".parse().unwrap();
/// let named = pattern.read("duck_q_00042.dat").unwrap();
/// assert_eq!((named.half, named.number), (Some(Half::Q), Some(42)));
/// assert_eq!(pattern.read("duck_q_00042.dat.part"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Half,
    Number,
    Any,
}

impl Pattern {
    /// Matches a name. Numbers of more than 18 digits do not match.
    pub fn read(&self, name: &str) -> Option<Named> {
        read(&self.0, name, Named { half: None, number: None })
    }
    /// Whether it has `{iq}`.
    pub fn halves(&self) -> bool {
        self.0.contains(&Piece::Half)
    }
    /// Whether it has `{number}`.
    pub fn numbers(&self) -> bool {
        self.0.contains(&Piece::Number)
    }
    /// The common prefix of all names, without separators at its end: "duck".
    pub fn prefix(&self) -> &str {
        match self.0.first() {
            Some(Piece::Text(text)) => text.trim_end_matches(['_', '-', '.', ' ']),
            _ => "",
        }
    }
}

fn read(pieces: &[Piece], name: &str, named: Named) -> Option<Named> {
    let Some((first, rest)) = pieces.split_first() else { return name.is_empty().then_some(named) };
    match first {
        Piece::Text(text) => read(rest, name.strip_prefix(text.as_str())?, named),
        Piece::Half => {
            let half = match name.chars().next()? {
                'i' | 'I' => Half::I,
                'q' | 'Q' => Half::Q,
                _ => return None,
            };
            read(rest, &name[1..], Named { half: Some(half), ..named })
        }
        Piece::Number => {
            let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = name[..digits].trim_start_matches('0');
            if digits == 0 || number.len() > 18 {
                return None;
            }
            let number = if number.is_empty() { 0 } else { number.parse().ok()? };
            read(rest, &name[digits..], Named { number: Some(number), ..named })
        }
        Piece::Any => (0..=name.len())
            .filter(|&at| name.is_char_boundary(at))
            .find_map(|at| read(rest, &name[at..], named)),
    }
}

impl FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut pieces = vec![];
        let mut left = text;
        while !left.is_empty() {
            let (piece, length) = match left {
                _ if left.starts_with("{iq}") => (Piece::Half, 4),
                _ if left.starts_with("{number}") => (Piece::Number, 8),
                _ if left.starts_with('*') => (Piece::Any, 1),
                _ if left.starts_with('{') => {
                    return Err(format!("'{text}' may contain {{iq}}, {{number}} and *, and no other {{"));
                }
                _ => {
                    let length = left.find(['{', '*']).unwrap_or(left.len());
                    (Piece::Text(left[..length].into()), length)
                }
            };
            if pieces.contains(&piece) && matches!(piece, Piece::Half | Piece::Number) {
                return Err(format!("'{text}' holds {} twice", &left[..length]));
            }
            pieces.push(piece);
            left = &left[length..];
        }
        if pieces.is_empty() { Err("the pattern is empty".into()) } else { Ok(Self(pieces)) }
    }
}
