//! The checksum in a SigMF description.

mod iq_fixtures;

use iq_fixtures::*;
use passband_flow::source::iq_files::Layout;

/// The checksum covers the whole file including non-sample bytes, and a mismatch is reported once for all recordings.
#[test]
fn checksums_are_verified() {
    // of `data` below, computed with sha512sum
    let right = "6300c4fec3172482a91e98f7ab797abe1886328b2103781e6898bedc4e6edf59\
        85e25b3cdd7cf64ce7dc1d44c986b1ffd45781516e37b60e886d2b5f1987a85a";
    let captures = [(0, 5), (20, 7), (35, 0)].map(|(start, header)| {
        format!("{{\"core:sample_start\": {start}, \"core:frequency\": 1{start}, \"core:header_bytes\": {header}}}")
    });
    let mut data = [vec![1; 5], cf32(40), vec![2; 7], cf32(60), vec![3; 3]].concat();
    let read = |sha512: &str, data: &[u8], archived: bool| {
        let global =
            format!("\"core:sha512\": \"{sha512}\", \"core:num_channels\": 2, \"core:trailing_bytes\": 3");
        let text = meta(&global, &captures.join(", "));
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        if !archived {
            std::fs::write(at("a.sigmf-meta"), text).unwrap();
            std::fs::write(at("a.sigmf-data"), data).unwrap();
            return of(folder.path(), Some(Layout::Sigmf));
        }
        let members = [member("a.sigmf-meta", text.as_bytes()), member("a.sigmf-data", data)];
        std::fs::write(at("a.sigmf"), tar(&members)).unwrap();
        of(&at("a.sigmf"), None)
    };
    for archived in [false, true] {
        for sha512 in [right, &right.to_uppercase()] {
            let given = read(sha512, &data, archived);
            assert_eq!((given.notes, given.contradicted, given.refused), (vec![], 0, vec![]));
            assert!(given.blocks.len() > 2);
        }
        let good = read(right, &data, archived);
        for at in [0, 100, 330, data.len() - 1] {
            data[at] ^= 1;
            let given = read(right, &data, archived);
            assert_eq!(
                (given.contradicted, given.refused.len(), given.samples()),
                (1, 0, good.samples()),
                "{at}"
            );
            assert!(
                given.notes[0].contains("core:sha512") && given.notes[0].contains(".sigmf"),
                "{:?}",
                given.notes
            );
            data[at] ^= 1;
        }
        let given = read("00ff", &data, archived);
        assert!(
            given.contradicted == 1 && given.notes[0].contains("128 hexadecimal digits"),
            "{:?}",
            given.notes
        );
    }
}
