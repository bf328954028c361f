//! Paths whose last part is a pattern, and files that a folder's pattern or listing leaves out.

/// Splits a path into its folder and the pattern that is its last part; a path whose last part contains none of these
/// marks has no pattern.
pub fn split<'a>(path: &'a str, marks: &[char]) -> (&'a str, Option<&'a str>) {
    match path.rsplit_once('/') {
        Some((folder, last)) if last.contains(marks) => {
            (if folder.is_empty() { "/" } else { folder }, Some(last))
        }
        None if path.contains(marks) => (".", Some(path)),
        _ => (path, None),
    }
}

/// Whether a file is hidden: folders are read without such files.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_part_of_a_path_is_a_pattern() {
        for (path, right) in [
            ("music/*.flac", ("music", Some("*.flac"))),
            ("/*.flac", ("/", Some("*.flac"))),
            ("*.flac", (".", Some("*.flac"))),
            ("music", ("music", None)),
            ("s3://bucket/a/b-*.wav", ("s3://bucket/a", Some("b-*.wav"))),
            ("music/take {1}.wav", ("music/take {1}.wav", None)),
        ] {
            assert_eq!(split(path, &['*']), right, "{path}");
        }
        assert_eq!(split("logs/log.{number}.csv", &['*', '{']), ("logs", Some("log.{number}.csv")));
    }
}
