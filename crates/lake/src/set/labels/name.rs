//! Names of blobs: which may stand in a list.

/// The longest name that any store takes, and any file system.
const LONGEST: usize = 4096;

/// Why a blob's name cannot be used wherever blobs are, if it cannot. Whether it may lead out of their folder is decided
/// by the place that reads them.
pub(super) fn refusal(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the blob's name is empty".into());
    }
    if name.len() > LONGEST {
        return Some(format!("the blob's name has {} bytes, and {LONGEST} at most can be", name.len()));
    }
    name.contains('\0').then(|| "the blob's name has a zero byte".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_file_can_be_called_is_refused() {
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
