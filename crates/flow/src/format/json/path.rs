//! Paths of fields: `payload.temp`, `values[0]`, `"a.b".c`.

/// Maximum number of names, which bounds recursion.
const LONGEST: usize = 64;
/// For a path with more dots than this, only the two extreme interpretations are tried.
const FEW: usize = 3;

/// One name of a path: of a member of an object, or of a list item (its number).
#[derive(Clone, Debug, PartialEq)]
struct Name {
    name: String,
    /// Whether the dot before it may be part of a longer name: neither name is quoted.
    joins: bool,
}

/// The names of a path, and its other interpretations: `a.b` may be a nested member, or a member with a dot in its
/// name.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<Name>);

impl Path {
    /// Parses a path: names separated by dots, each plain or in double quotes, with item numbers in brackets.
    ///
    /// # Errors   an empty name, an unclosed quote, too many names
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("the path {text} cannot be used: {why}");
        let (mut names, mut rest, mut joins) = (vec![], text, false);
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (name, after) = quoted.split_once('"').ok_or_else(|| wrong("a quote is not closed"))?;
                names.push(Name { name: name.into(), joins: false });
                (rest, joins) = (after, false);
            } else {
                let end = rest.find('.').unwrap_or(rest.len());
                let (whole, after) = rest.split_at(end);
                let name = plain(whole);
                if name.is_empty() {
                    return Err(wrong("a name is empty"));
                }
                let indexed = name.len() < whole.len();
                names.push(Name { name: name.into(), joins });
                rest = if indexed { &rest[name.len()..] } else { after };
                joins = !indexed;
            }
            while let Some((index, after)) = item(rest) {
                names.push(Name { name: index.into(), joins: false });
                (rest, joins) = (after, false);
            }
            rest = match rest.strip_prefix('.') {
                Some(more) => more,
                None if rest.is_empty() => break,
                None => return Err(wrong("a dot is missing after a quote or a bracket")),
            };
            if rest.starts_with('"') {
                joins = false;
            }
        }
        if names.len() > LONGEST {
            return Err(wrong("it has too many names"));
        }
        Ok(Self(names))
    }

    /// The names, each nested in the previous one.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|name| name.name.clone()).collect()
    }

    /// The other interpretations, in which some dots are part of names.
    pub fn others(&self) -> Vec<Vec<String>> {
        let dots: Vec<usize> = (0..self.0.len()).filter(|at| self.0[*at].joins).collect();
        let joined = |which: &dyn Fn(usize) -> bool| {
            let mut names: Vec<String> = vec![];
            for (at, name) in self.0.iter().enumerate() {
                match (dots.iter().position(|dot| *dot == at), names.last_mut()) {
                    (Some(dot), Some(last)) if which(dot) => *last = format!("{last}.{}", name.name),
                    _ => names.push(name.name.clone()),
                }
            }
            names
        };
        match dots.len() {
            0 => vec![],
            few @ 1..=FEW => (1..1usize << few).map(|bits| joined(&|dot| bits >> dot & 1 == 1)).collect(),
            _ => vec![joined(&|_| true)],
        }
    }
}

/// A name without the item numbers after it.
fn plain(name: &str) -> &str {
    let mut name = name;
    while let Some((before, index)) = name.strip_suffix(']').and_then(|name| name.rsplit_once('['))
        && !index.is_empty()
        && index.bytes().all(|byte| byte.is_ascii_digit())
    {
        name = before;
    }
    name
}

/// The item number in brackets at the start of a text, and the rest.
fn item(text: &str) -> Option<(&str, &str)> {
    let (index, after) = text.strip_prefix('[')?.split_once(']')?;
    (!index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())).then_some((index, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_names_quotes_and_numbers() {
        let names = |text| Path::read(text).map(|path| path.names());
        for (text, right) in [
            ("value", &["value"][..]),
            ("a.b.c", &["a", "b", "c"]),
            ("\"a.b\".c", &["a.b", "c"]),
            ("a.\"b.c\"", &["a", "b.c"]),
            ("v[0]", &["v", "0"]),
            ("v[0][12].x", &["v", "0", "12", "x"]),
            ("v.0", &["v", "0"]),
            ("\"v\"[1]", &["v", "1"]),
            ("temp[C]", &["temp[C]"]),
            ("temp [C].x", &["temp [C]", "x"]),
            ("température", &["température"]),
            ("\"\"", &[""]),
            ("a b/c-d", &["a b/c-d"]),
        ] {
            assert_eq!(names(text), Ok(right.iter().map(|name| (*name).to_owned()).collect()), "{text}");
        }
        for wrong in ["", ".", "a.", ".a", "a..b", "\"a", "\"a\"b", "[0]", &"a.".repeat(70)] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_dot_may_be_part_of_a_name() {
        let others = |text| {
            let others = Path::read(text).unwrap().others();
            others.into_iter().map(|names| names.join("/")).collect::<Vec<_>>()
        };
        assert_eq!(others("a"), [""; 0]);
        assert_eq!(others("a.b"), ["a.b"]);
        assert_eq!(others("a.b.c"), ["a.b/c", "a/b.c", "a.b.c"]);
        assert_eq!(others("\"a\".b"), [""; 0]);
        assert_eq!(others("a.\"b\".c.d"), ["a/b/c.d"]);
        assert_eq!(others("v[0].b.c"), ["v/0/b.c"]);
        assert_eq!(others("a.b.c.d.e.f"), ["a.b.c.d.e.f"]);
    }
}
