//! Lists written by hand and by programs.

use super::*;
use passband_signal::Fault;

type Row = (u32, u32, i64, String);

fn rows(table: &Table) -> Vec<Row> {
    (0..table.len())
        .map(|row| (table.number(row), table.line(row), table.label(row), table.blob(row)))
        .collect()
}
fn row(number: u32, line: u32, label: i64, blob: &str) -> Row {
    (number, line, label, blob.into())
}
fn reasons(refusals: &Refusals) -> Vec<(u32, u32, String)> {
    refusals.iter().map(|no| (no.row, no.line, no.reason)).collect()
}
fn good(text: impl AsRef<[u8]>, options: &Options) -> Table {
    let (table, refused) = read(text.as_ref(), options).unwrap();
    assert!(refused.is_empty(), "{:?}", reasons(&refused));
    table
}
fn fault(text: &str, options: &Options) -> Fault {
    read(text.as_bytes(), options).unwrap_err()
}
fn some(text: &str) -> Option<String> {
    Some(text.into())
}

#[test]
fn every_dialect_gives_the_same_rows() {
    let wanted = [row(1, 2, 3, "a b.wav"), row(2, 3, -4, "c/d.wav"), row(3, 4, 5, "s3://b/%C3%A9.wav")];
    let plain = "Label,Blob Name\n3,a b.wav\n-4,c/d.wav\n5,s3://b/%C3%A9.wav\n";
    let mut texts = vec![plain.to_owned(), format!("\u{feff}{plain}"), plain.trim_end().to_owned()];
    texts.extend(["\r\n", "\r"].map(|end| plain.replace('\n', end)));
    texts.extend([";", "\t", " , "].map(|delimiter| plain.replace(',', delimiter)));
    texts.extend(
        ["label,blob_name", "LABEL,BLOB NAME", "digit,file", "\"Label\",\"Blob Name\"", "x,Blob-Name"]
            .map(|header| plain.replacen("Label,Blob Name", header, 1)),
    );
    texts.push("Blob Name;Label\n\"a b.wav\";3\nc/d.wav;\"-4\"\ns3://b/%C3%A9.wav;5.0\n".into());
    for text in texts {
        assert_eq!(rows(&good(&text, &Options::default())), wanted, "{text:?}");
    }
    let options = Options { header: Header::Absent, ..Options::default() };
    let headless = good("3,a.wav\n4,b.wav", &options);
    assert_eq!(rows(&headless), [row(1, 1, 3, "a.wav"), row(2, 2, 4, "b.wav")]);
    let options = Options { delimiter: Some(b'|'), ..Options::default() };
    assert_eq!(rows(&good("Label|Blob Name\n1|a,b;c.wav\n", &options)), [row(1, 2, 1, "a,b;c.wav")]);
}

#[test]
fn columns_are_found_by_name_and_carried() {
    let text = "file,label,speaker,take,official_split,Pitch (Hz)\n\
                0_ann_0.wav,0,ann,00,test,101.5\n1_ben_7.wav,1,ben,07,train,99\n2_ben_7.wav,2,ben,,,\n";
    let options = Options {
        blob: some("File"),
        split: some("Official Split"),
        group: some("speaker"),
        carry: vec!["take".into(), "pitch (hz)".into()],
        ..Options::default()
    };
    let table = good(text, &options);
    assert_eq!(rows(&table)[2], row(3, 4, 2, "2_ben_7.wav"));
    assert_eq!([0, 1, 2].map(|row| table.group(row)), [Some(0), Some(1), Some(1)]);
    assert_eq!(table.group_key(1), "ben");
    assert_eq!(table.splits().unwrap(), ["test", "train"]);
    assert_eq!([0, 1, 2].map(|row| table.split(row)), [Some(0), Some(1), None]);
    let [take, pitch] = table.columns() else { panic!() };
    assert_eq!((take.name(), take.kind(), take.value(1)), ("take", Kind::Text, some("07")));
    assert_eq!((pitch.name(), pitch.kind(), pitch.value(2)), ("Pitch (Hz)", Kind::Number, None));
    let all = Options { carry: vec!["*".into()], ..options };
    let names: Vec<_> = good(text, &all).columns().iter().map(|column| column.name().to_owned()).collect();
    assert_eq!(names, ["speaker", "take", "official_split", "Pitch (Hz)"]);
}

#[test]
fn names_of_labels_have_numbers_and_keep_them() {
    let text = "Label,Blob Name\ndog,1.wav\ncat,2.wav\n\"a, b\",3.wav\ndog,4.wav\n";
    let table = good(text, &Options::default());
    assert_eq!(rows(&table).iter().map(|row| row.2).collect::<Vec<_>>(), [2, 1, 0, 2]);
    let map = table.map().unwrap().clone();
    assert_eq!(map.to_json(), "{\n  \"a, b\": 0,\n  \"cat\": 1,\n  \"dog\": 2\n}\n");
    let next = "Label,Blob Name\nzebra,1.wav\ncat,2.wav\nant,3.wav\n";
    let with = |new| Options { labels: Labels::Map(map.clone(), new), ..Options::default() };
    let table = good(next, &with(NewLabels::Added));
    assert_eq!(rows(&table).iter().map(|row| row.2).collect::<Vec<_>>(), [4, 1, 3]);
    assert_eq!(table.map().unwrap().len(), 5);
    let (table, refused) = read(next.as_bytes(), &with(NewLabels::Refused)).unwrap();
    assert_eq!((rows(&table), refused.len()), (vec![row(2, 3, 1, "2.wav")], 2));
    assert_eq!(reasons(&refused)[0], (1, 2, "label 'zebra' is not in the label map".into()));
    assert_eq!(table.map(), Some(&map));
    let integers = Options { labels: Labels::Names, ..Options::default() };
    let table = good("Label,Blob Name\n10,a.wav\n9,b.wav\n", &integers);
    assert_eq!((table.label(0), table.label(1)), (0, 1));
}

#[test]
fn bad_rows_are_refused_with_row_line_and_reason() {
    let text = b"Label,Blob Name\n1,a.wav\n\n \nx,b.wav\n2\n3,\n,c.wav\n4,d.wav,\n5,e,f.wav\n6,\xff.wav\n\
                 7,b\0g.wav\n8,\"two\nlines.wav\"\n99999999999999999999,h.wav\n9,/data/h.wav\n10,../i.wav\n";
    let utf_8 = Encoding::named("utf-8").unwrap();
    let (table, refused) = read(&text[..], &Options { encoding: utf_8, ..Options::default() }).unwrap();
    let kept = [
        row(1, 2, 1, "a.wav"),
        row(6, 9, 4, "d.wav"),
        row(10, 13, 8, "two\nlines.wav"),
        row(12, 16, 9, "/data/h.wav"),
        row(13, 17, 10, "../i.wav"),
    ];
    assert_eq!(rows(&table), kept);
    let wanted = [
        (2, 5, "label 'x' is not an integer, as most of the first labels are"),
        (3, 6, "the row has 1 columns, and at least 2 are required"),
        (4, 7, "the blob's name is empty"),
        (5, 8, "the label is empty"),
        (
            7,
            10,
            "the row has 3 columns where the first line has 2: a name that contains the delimiter must be quoted",
        ),
        (8, 11, "the row is not UTF-8 (set the encoding if the list has another one)"),
        (9, 12, "the blob's name contains a NUL byte"),
        (11, 15, "label '99999999999999999999' is not an integer, as most of the first labels are"),
    ];
    assert_eq!(reasons(&refused), wanted.map(|(row, line, reason)| (row, line, reason.to_owned())));
}

#[test]
fn a_quote_that_is_never_closed_is_reported() {
    let text = format!("Label,Blob Name\n1,a.wav\n2,\"b.wav\n{}", "3,c.wav\n".repeat(1000));
    let (table, refused) = read(text.as_bytes(), &Options::default()).unwrap();
    assert_eq!((table.len(), refused.len()), (1, 1));
    let no = refused.iter().next().unwrap();
    assert_eq!((no.row, no.line), (2, 3));
    assert!(no.reason.ends_with("the row spans 1001 lines: is a closing quote missing?"), "{}", no.reason);
    // the unclosed quote makes the rest of the list a single name
    let (table, refused) = read(&b"Label,Blob Name\n1,\"a.wav\n2,b.wav\n"[..], &Options::default()).unwrap();
    let why = "a quote in the row is never closed; the row spans 2 lines: is a closing quote missing?";
    assert_eq!((table.len(), reasons(&refused)), (0, vec![(1, 2, why.to_owned())]));
}

#[test]
fn groups_come_from_the_name_by_a_pattern() {
    let text = "Label,Blob Name\n0,d/0_ann_0.wav\n1,d/1_ben_1.wav\n2,d/plain.wav\n3,d/3_ann_1.wav\n";
    let options = Options { group: some(r"_(\w+)_"), ..Options::default() };
    let (table, refused) = read(text.as_bytes(), &options).unwrap();
    let keys: Vec<_> = (0..3).map(|row| table.group_key(table.group(row).unwrap())).collect();
    assert_eq!(keys, ["ann", "ben", "ann"]);
    assert_eq!(reasons(&refused), [(3, 4, "the pattern does not match the blob's name".into())]);
}

#[test]
fn a_list_that_makes_no_sense_says_what_to_do() {
    let with = |change: &dyn Fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        options
    };
    let plain = Options::default();
    let list = "Label,Speaker,Blob Name\n1,a,b\n";
    for (text, options, what) in [
        ("", &plain, "empty"),
        ("\n\r\n", &plain, "empty"),
        ("\u{feff}", &plain, "empty"),
        ("Label\n1\n", &plain, "one column instead of two"),
        ("0,a.wav\n1,b.wav\n", &plain, "has no header"),
        ("Label,Speaker,Sound\n", &plain, "does not say which column is the recording's name"),
        (
            list,
            &with(&|o| o.label = some("class")),
            "no column 'class'\n  at: line 1\n  why: there are 'Label', 'Speaker'",
        ),
        (list, &with(&|o| o.label = some("Blob Name")), "both label and blob"),
        (list, &with(&|o| o.group = some("gender")), "a pattern with a group in parentheses"),
        (list, &with(&|o| o.group = some("(")), "is not a pattern"),
        (list, &with(&|o| o.group = some(r"\(")), "it has no capture group"),
        ("a,Label,label\n", &with(&|o| o.blob = some("LABEL")), "2 columns are named"),
        ("Label,Blob Name,x,x\n", &with(&|o| o.carry = vec!["*".into()]), "a unique, non-empty name"),
    ] {
        let fault = fault(text, options).to_string();
        assert!(fault.contains(what), "{text:?}: {fault}");
    }
}

#[test]
fn any_bytes_are_rows_refusals_or_a_fault() {
    let mut state = 1_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % n
    };
    let pieces: [&[u8]; 14] = [
        b",",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"1",
        b"a.wav",
        b";",
        b"\t",
        b"\xff",
        b"\0",
        b" ",
        b"../",
        b"Label,Blob Name\n",
    ];
    let (mut rows, mut faults) = (0, 0);
    for _ in 0..20_000 {
        let mut text = if below(2) == 0 { b"Label,Blob Name\n".to_vec() } else { vec![] };
        (0..below(30)).for_each(|_| text.extend_from_slice(pieces[below(14) as usize]));
        let options = Options { carry: vec!["*".into()], ..Options::default() };
        match read(&text[..], &options) {
            Err(_) => faults += 1,
            Ok((table, refused)) => {
                let mut numbers: Vec<u32> = (0..table.len()).map(|row| table.number(row)).collect();
                numbers.extend(refused.iter().map(|no| no.row));
                numbers.sort_unstable();
                assert!(numbers.iter().copied().eq(1..=numbers.len() as u32), "{text:?}: {numbers:?}");
                rows += table.len();
            }
        }
    }
    assert!(rows > 1000 && faults > 1000, "{rows} rows and {faults} faults");
}

#[test]
fn columns_are_known_by_name_or_content_and_never_by_place() {
    let of = |text: &str| {
        let table = good(text, &Options::default());
        (table.blob(0), table.map().and_then(|map| map.iter().next().map(|(name, _)| name.to_owned())))
    };
    let dog = ("a.wav".to_owned(), some("dog"));
    for header in [
        "filename,category",
        "file,label",
        "path,class",
        "wav,transcript",
        "File Path,Class-Name",
        "a,b",
        "x,label",
    ] {
        assert_eq!(of(&format!("{header}\na.wav,dog\n")), dog, "{header}");
    }
    for header in ["category,filename", "label,file", "Label,Blob Name", "b,a", "blob_name,speaker"] {
        let (one, two) = if header.starts_with("blob") { ("a.wav", "dog") } else { ("dog", "a.wav") };
        assert_eq!(of(&format!("{header}\n{one},{two}\n")), dog, "{header}");
    }
    assert_eq!(of("id;path;age;category\n7;a.wav;20;dog\n"), dog);
    assert_eq!(of("id|when|clip|class\n7|x|a.wav|dog\n8|y|b.flac|dog\n"), dog);
}

#[test]
fn columns_that_could_be_mistaken_are_refused_with_the_option() {
    for (text, what, fix) in [
        ("a,b\n1,2\n", "which column is the label and which", "--label COLUMN and --blob"),
        ("a,b\nx.wav,y.wav\n", "which column is the label and which", "--label COLUMN and --blob"),
        ("filename,speaker,text\na.wav,ann,x\n", "which column is the label", "--label COLUMN"),
        ("filename,target,category\na.wav,1,dog\n", "the column of the label is ambiguous", "--label COLUMN"),
        ("filename,path,label\na.wav,b/a.wav,dog\n", "the column of the blob is ambiguous", "--blob COLUMN"),
        ("Label,Label,Blob Name\n1,2,a.wav\n", "the column of the label is ambiguous", "a unique name"),
        ("file,label\ndog,a.wav\n", "contradict their values", "--blob COLUMN"),
        ("x,label\ndog,a.wav\n", "contradict their values", "--blob COLUMN"),
        ("a.wav,dog\nb.wav,cat\n", "has no header", "--no-header"),
        ("0,a\n1,b\n", "has no header", "--no-header"),
        ("label,x,y\n1,2,3\n", "which column is the recording's name", "--blob COLUMN"),
    ] {
        let fault = fault(text, &Options::default());
        let [(_, said), _, (_, why), (_, told)] = fault.parts();
        assert!(said.contains(what) && told.contains(fix), "{text:?}: {fault}");
        assert!(why.contains('\''), "the columns are listed: {fault}");
    }
    // existing blobs identify the column if file extensions do not
    let text = "a,b\none,dog\ntwo,cat\n";
    let is_blob = |name: &str| ["one", "two"].contains(&name);
    let (table, _) = read_beside(text.as_bytes(), &Options::default(), &is_blob).unwrap();
    assert_eq!((table.blob(1), table.len()), ("two".to_owned(), 2));
    assert!(read_beside(&b"one,dog\ntwo,cat\n"[..], &Options::default(), &is_blob).is_err());
    let options = Options { header: Header::Absent, ..Options::default() };
    assert_eq!(good("a.wav,dog\nb.wav,cat", &options).blob(0), "a.wav");
    assert!(fault("one,dog\ntwo,cat", &options).to_string().contains("--blob"));
}

#[test]
fn a_list_in_another_encoding_is_read_or_refused_once() {
    let text = "Étiquette,Blob Name\nchien,é.wav\nchat,b.wav\n";
    let utf_16 = |order: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{text}").encode_utf16().flat_map(order).collect::<Vec<u8>>()
    };
    let latin_1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let fault = read(&latin_1[..], &Options::default()).unwrap_err().to_string();
    assert!(fault.contains("--encoding latin-1") && fault.contains("line 1"), "{fault}");
    // the header is ASCII, so only a row reveals the encoding
    let rows = b"Label,Blob Name\n1,a.wav\n2,\xe9.wav\n3,\xe8.wav\n";
    let fault = read(&rows[..], &Options::default()).unwrap_err().to_string();
    assert!(fault.contains("--encoding latin-1") && fault.contains("line 3"), "{fault}");
    // in a list with other rows in UTF-8, the row is damaged
    let mixed = [&rows[..], "4,é.wav\n".as_bytes()].concat();
    let (table, refused) = read(&mixed[..], &Options::default()).unwrap();
    assert_eq!((table.len(), refused.len()), (2, 2));
    let named = |name: &str| Options { encoding: Encoding::named(name).unwrap(), ..Options::default() };
    for (bytes, options) in [
        (latin_1, named("latin-1")),
        (text.as_bytes().to_vec(), Options::default()),
        (format!("\u{feff}{text}").into_bytes(), Options::default()),
        (utf_16(u16::to_le_bytes, "\u{feff}"), Options::default()),
        (utf_16(u16::to_be_bytes, "\u{feff}"), Options::default()),
        (utf_16(u16::to_le_bytes, ""), named("utf-16")),
    ] {
        let table = good(bytes, &options);
        assert_eq!((table.blob(0), table.blob(1), table.len()), ("é.wav".into(), "b.wav".into(), 2));
    }
}
