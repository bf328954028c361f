//! The known word that is nearest to an unknown one.

/// "'x' is not one of a, b, c; did you mean …".
pub fn unknown(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let nearest = known.iter().map(|k| (distance(&lower, &k.to_lowercase()), k));
    let nearest = nearest.min().filter(|(d, k)| *d <= k.len() / 3 + 1);
    let hint = nearest.map(|(_, k)| format!("; did you mean '{k}'?")).unwrap_or_default();
    format!("'{name}' is not one of {}{hint}", known.join(", "))
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(corner + usize::from(x != y));
            corner = above;
        }
    }
    *row.last().unwrap_or(&0)
}
