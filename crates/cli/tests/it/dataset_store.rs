//! Sets from and to an object store have the same bytes as from and to a folder.

use crate::passband::run;
use crate::recordings::{build, difference, files, inspected, make};
use passband_testbed::{S3, unique};

#[test]
fn a_set_from_and_to_an_object_store_has_the_same_bytes() {
    let Some(server) = S3::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let list = make(folder.path(), 300);
    let more = ["--shards", "5", "--split", "train=0.7,test=0.3"];
    let here = folder.path().join("here/set").display().to_string();
    let (code, told) = build(folder.path(), &here, &more);
    assert_eq!(code, 0, "{told}");

    let name = unique("sets");
    let bucket = server.bucket(&name);
    for file in std::fs::read_dir(folder.path().join("blobs")).unwrap() {
        let file = file.unwrap();
        std::fs::create_dir_all(bucket.join("blobs")).unwrap();
        std::fs::copy(file.path(), bucket.join("blobs").join(file.file_name())).unwrap();
    }
    let endpoint = server.endpoint();
    let set = [
        ("AWS_ENDPOINT_URL", &endpoint[..]),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ];
    let (blobs, there) = (format!("s3://{name}/blobs"), format!("s3://{name}/sets/set"));
    let list = list.display().to_string();
    let all = ["dataset", &list, "--blobs", &blobs, "--output", &there];
    let output = run(&[&all[..], &more].concat(), &set);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(difference(&files(&folder.path().join("here")), &files(&bucket.join("sets"))), [""; 0]);
    assert_eq!(inspected(&there, &set)["records"], 300);
    assert_eq!(inspected(&there, &set)["splits"], inspected(&here, &[])["splits"]);

    // everything exists: nothing is built again
    let shard = bucket.join("sets/set-test-00000-of-00002.tfrecord");
    let before = std::fs::metadata(&shard);
    let again = run(&[&all[..], &more].concat(), &set);
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success() && told.contains("5 shards are built already"), "{told}");
    let after = std::fs::metadata(&shard);
    assert_eq!(before.unwrap().modified().unwrap(), after.unwrap().modified().unwrap());
}

#[test]
fn a_large_shard_is_uploaded_in_parts() {
    let Some(server) = S3::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("blobs");
    std::fs::create_dir_all(&blobs).unwrap();
    let mut list = String::from("Label,Blob Name\n");
    for number in 0..4 {
        let samples: Vec<i16> =
            (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761 + number) >> 20) as i16).collect();
        std::fs::write(blobs.join(format!("{number}.wav")), crate::recordings::wav(48_000, 1, &samples))
            .unwrap();
        list.push_str(&format!("{number},{number}.wav\n"));
    }
    std::fs::write(folder.path().join("labels.csv"), list).unwrap();
    let here = folder.path().join("here/set").display().to_string();
    assert_eq!(build(folder.path(), &here, &[]).0, 0);
    let name = unique("long");
    let bucket = server.bucket(&name);
    let endpoint = server.endpoint();
    let set = [
        ("AWS_ENDPOINT_URL", &endpoint[..]),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ];
    let there = format!("s3://{name}/sets/set");
    let output = run(&crate::recordings::arguments(folder.path(), &there, &[]), &set);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // 48 MB in one object
    assert_eq!(difference(&files(&folder.path().join("here")), &files(&bucket.join("sets"))), [""; 0]);
}
