//! Detects the delimiter of a table from its first line.

/// The candidates.
pub const DELIMITERS: [u8; 4] = *b",;\t|";

/// The most frequent candidate in the first line, outside of quotes; a comma if there is none.
///
/// ```
/// use passband_flow::format::delimiter;
/// assert_eq!(delimiter(b"ts;\"temp, \xb0C\";rh\r\n1,2,3,4\n"), b';');
/// ```
pub fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    let text = start.iter().skip_while(|byte| byte.is_ascii_whitespace() && **byte != b'\t');
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            _ => DELIMITERS.iter().zip(&mut counts).for_each(|(d, n)| *n += usize::from(d == byte)),
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    counts.iter().position(|count| *count == most).map_or(b',', |at| DELIMITERS[at])
}
