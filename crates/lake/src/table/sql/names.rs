//! Names that could be meant by one that is not known.

/// The names that are nearest to `name`, the best first: those that differ in few letters, or contain it.
///
/// ```text
/// nearest("temop", ["tempo", "key"]) → ["tempo"]
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let most = (name.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|other| {
            let lower = other.to_lowercase();
            let edits = edits(&name, &lower);
            let part = name.len() > 2 && (lower.contains(&name) || lower.len() > 2 && name.contains(&lower));
            (edits <= most || part).then_some((edits, other))
        })
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().take(5).map(|(_, name)| name).collect()
}

/// Letters to put in, take out, change or swap with their neighbour (optimal string alignment).
fn edits(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, first) in rows[0].iter_mut().enumerate() {
        *first = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// `x is not known; did you mean a, b?`, or what there is, if nothing is near.
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = nearest(name, known.clone());
    if !near.is_empty() {
        return format!("the nearest names are {}", near.join(", "));
    }
    let all: Vec<&str> = known.into_iter().collect();
    match all.len() {
        0 => String::new(),
        1..=40 => format!("the names are {}", all.join(", ")),
        more => format!("the names are {}, and {} more", all[..20].join(", "), more - 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_letters_is_near_and_another_word_is_not() {
        let known = ["tempo", "tempo_curve", "key", "mfcc_mean", "mfcc_deviation"];
        assert_eq!(nearest("temop", known), ["tempo"]);
        assert_eq!(nearest("KEY", known), ["key"]);
        assert_eq!(nearest("mfcc", known), ["mfcc_mean", "mfcc_deviation"]);
        assert!(nearest("loudness", known).is_empty());
        assert_eq!(edits("", "abc"), 3);
    }
}
