//! Checks the names of blobs.

/// Maximum length of a name that file systems and object stores accept.
const LONGEST: usize = 4096;

/// The reason why a blob's name is invalid in every store, if it is. Names that lead out of the folder are
/// refused by the blob store.
pub(super) fn refusal(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the blob's name is empty".into());
    }
    if name.len() > LONGEST {
        return Some(format!("the blob's name has {} bytes, more than the maximum of {LONGEST}", name.len()));
    }
    name.contains('\0').then(|| "the blob's name contains a NUL byte".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_file_can_have_are_refused() {
        for name in ["", "a\0b"] {
            assert!(refusal(name).is_some(), "{name:?}");
        }
        assert!(refusal(&"a".repeat(4097)).is_some());
        let own = ["a.wav", "../a.wav", "/data/a.wav", "a b\n.wav", "100%.wav", "s3://bucket/a/../b.wav"];
        for name in own {
            assert_eq!(refusal(name), None, "{name:?}");
        }
    }
}
