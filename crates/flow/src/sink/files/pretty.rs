//! JSON as Python's `json.dump(…, indent=4)` writes it.

/// Indents JSON: one line per member and item, non-ASCII characters escaped, floating-point numbers as Python writes
/// them. With 0 spaces it stays on one line.
pub fn indented(json: &[u8], spaces: usize) -> String {
    // JSON is UTF-8
    let text = std::str::from_utf8(json).unwrap_or_default();
    let (mut out, mut depth, mut rest) = (String::with_capacity(text.len() * 2), 0_usize, text);
    let line = |out: &mut String, depth: usize| {
        if spaces > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', depth * spaces));
        }
    };
    while let Some(first) = rest.chars().next() {
        let mut taken = 1;
        match first {
            '"' => {
                taken = string(rest);
                escaped(&rest[..taken], &mut out);
            }
            '[' | '{' if rest[1..].starts_with([']', '}']) => {
                taken = 2;
                out.push_str(&rest[..2]);
            }
            '[' | '{' => {
                out.push(first);
                depth += 1;
                line(&mut out, depth);
            }
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push_str(if spaces > 0 { "," } else { ", " });
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                taken = rest.find([',', ']', '}']).unwrap_or(rest.len());
                number(&rest[..taken], &mut out);
            }
        }
        rest = &rest[taken..];
    }
    out
}

/// The length of the quoted string at the start.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn escaped(text: &str, out: &mut String) {
    let mut units = [0; 2];
    for letter in text.chars() {
        match letter {
            ' '..='~' => out.push(letter),
            _ => letter
                .encode_utf16(&mut units)
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
}

/// Writes a number; a floating-point number as Python's `repr`.
fn number(text: &str, out: &mut String) {
    let number = text.parse::<f64>().ok().filter(|_| text.contains(['.', 'e', 'E']));
    let Some(number) = number else { return out.push_str(text) };
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        exponent @ (..-4 | 16..) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            out.push_str(&format!("{digits}e{sign}{:02}", exponent.unsigned_abs()));
        }
        _ => out.push_str(&format!("{number:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_formatted_as_python_formats_it() {
        // json.dumps({"mfccs": [-211.5, 1e-05, 1e+16, 0.0001], "n": 13, "of": {}, "a\"ü": None}, indent=4)
        let json = r#"{"mfccs":[-211.5,0.00001,1e16,0.0001],"n":13,"of":{},"a\"ü":null}"#;
        let want = "{\n    \"mfccs\": [\n        -211.5,\n        1e-05,\n        1e+16,\n        0.0001\n    ],\n    \"n\": 13,\n    \"of\": {},\n    \"a\\\"\\u00fc\": null\n}";
        assert_eq!(indented(json.as_bytes(), 4), want);
        assert_eq!(indented(b"{\"a\":[1,2.0]}", 0), "{\"a\": [1, 2.0]}");
        assert_eq!(indented("\"😀\"".as_bytes(), 4), "\"\\ud83d\\ude00\"");
    }
}
