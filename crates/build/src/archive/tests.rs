//! What comes out of archives, and what does not.

use super::*;
use sealer_model::causes::chain;
use std::fs;
use std::io::Write;
use tar::EntryType;

/// One entry: its path, kind, mode, and text or target.
type Listed<'a> = (&'a str, EntryType, u32, &'a str);

/// A tar archive in which every name is exactly as given, however harmful; everything belongs to 7:8.
fn archive(entries: &[Listed]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, mode, text) in entries {
        let mut header = tar::Header::new_gnu();
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        let old = header.as_old_mut();
        old.name[..path.len()].copy_from_slice(path.as_bytes());
        if is_link {
            old.linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        let content = if is_link { &[][..] } else { text.as_bytes() };
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_uid(7);
        header.set_gid(8);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A path, what is there, and its permission bits.
type Entry = (String, String, u32);

/// What a file of these bytes unpacks to: path, text or target, mode; nothing if it is no archive.
fn unpacked(bytes: &[u8]) -> Result<Option<Vec<Entry>>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let mut unpacker = Unpacker::new().unwrap();
    let found = unpacker.unpack(&path).map_err(|error| chain(&error))?;
    let told = |found: Found| {
        let text = match found.kind {
            Kind::Folder => "/".to_owned(),
            Kind::Same { .. } | Kind::Removal => panic!("{} is of a kind that no archive has", found.path),
            Kind::Link { target } => format!("-> {target}"),
            Kind::File { source, size } => {
                let text = fs::read_to_string(source).unwrap();
                assert_eq!(text.len() as u64, size);
                text
            }
        };
        (found.path, text, found.mode)
    };
    Ok(found.map(|found| found.into_iter().map(told).collect()))
}

fn entry(path: &str, text: &str, mode: u32) -> (String, String, u32) {
    (path.to_owned(), text.to_owned(), mode)
}

const TREE: [Listed; 5] = [
    ("./", EntryType::Directory, 0o700, ""),
    ("./d/", EntryType::Directory, 0o1777, ""),
    ("./d/tool", EntryType::Regular, 0o4711, "tool"),
    ("./link", EntryType::Symlink, 0o777, "d/tool"),
    ("./same", EntryType::Link, 0o4711, "./d/tool"),
];

#[test]
fn an_archive_is_unpacked_with_its_modes_however_it_is_compressed() {
    let expected = [
        entry("", "/", 0o755),
        entry("d", "/", 0o1777),
        entry("d/tool", "tool", 0o4711),
        entry("link", "-> d/tool", 0o777),
        entry("same", "tool", 0o4711),
    ];
    let plain = archive(&TREE);
    for bytes in [plain.clone(), gzip(&plain), zstd::encode_all(&plain[..], 1).unwrap(), xz(&plain), bzip2(&plain)] {
        assert_eq!(unpacked(&bytes).unwrap().unwrap(), expected);
    }
}

#[test]
fn owners_are_those_of_the_archive_whoever_unpacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, archive(&TREE)).unwrap();
    let found = Unpacker::new().unwrap().unpack(&path).unwrap().unwrap();
    assert!(found.iter().skip(1).all(|each| each.owner == (7, 8)), "{found:?}");
}

#[test]
fn the_later_of_two_entries_counts() {
    let twice = [("a", EntryType::Regular, 0o644, "one"), ("a", EntryType::Regular, 0o600, "two")];
    assert_eq!(unpacked(&archive(&twice)).unwrap().unwrap()[1..], [entry("a", "two", 0o600)]);
}

#[test]
fn what_is_no_archive_is_left_alone_whatever_it_is_compressed_with() {
    for bytes in [b"".to_vec(), b"text".to_vec(), vec![b'x'; 4096], gzip(b"text"), gzip(&[b'x'; 4096])] {
        assert_eq!(unpacked(&bytes), Ok(None));
    }
}

#[test]
fn hostile_entries_are_refused_by_name() {
    for (entry, message) in [
        (("../out", EntryType::Regular, 0o644, "x"), "../out leads out of the archive"),
        (("a", EntryType::Symlink, 0o777, "../b"), "a is a link that leads out of the archive, to ../b"),
        (("a", EntryType::Link, 0o644, "../../b"), "a leads out of the archive"),
        (("a", EntryType::Link, 0o644, "b"), "a is a link to b, which is no file that the archive has before it"),
        (("sda", EntryType::Block, 0o600, ""), "sda is of a kind (Block)"),
        (("pipe", EntryType::Fifo, 0o600, ""), "pipe is of a kind (Fifo)"),
    ] {
        let refused = unpacked(&archive(&[entry])).unwrap_err();
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn a_damaged_archive_is_an_error_wherever_it_is_cut() {
    let long = "0123456789abcdef".repeat(4096);
    let plain =
        archive(&[("a", EntryType::Regular, 0o644, long.as_str()), ("b", EntryType::Regular, 0o644, long.as_str())]);
    let packed = gzip(&plain);
    let (xz, bzip2) = (xz(&plain), bzip2(&plain));
    for damaged in
        [&plain[..plain.len() / 2], &packed[..packed.len() - 4], &xz[..xz.len() - 4], &bzip2[..bzip2.len() - 4]]
    {
        let error = unpacked(damaged).unwrap_err();
        assert!(error.contains("cannot unpack"), "{error}");
    }
}

#[test]
fn an_absolute_link_is_kept_as_a_link_and_nothing_is_written_through_it() {
    let links = [("a", EntryType::Symlink, 0o777, "/etc"), ("b", EntryType::Symlink, 0o777, "/a/../..")];
    let expected = [entry("a", "-> /etc", 0o777), entry("b", "-> /a/../..", 0o777)];
    assert_eq!(unpacked(&archive(&links)).unwrap().unwrap()[1..], expected);
}

#[test]
fn an_archive_that_would_fill_the_disk_is_refused() {
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").unwrap();
    header.set_mode(0o644);
    header.set_size(64 << 30);
    header.set_cksum();
    let bomb = zstd::encode_all(&[header.as_bytes(), &[0; 4096][..]].concat()[..], 1).unwrap();
    let error = unpacked(&bomb).unwrap_err();
    assert!(error.contains("it unpacks to more than"), "{error}");
}

#[test]
fn an_archive_that_would_take_all_memory_is_refused() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path("a").unwrap();
        header.set_size(64 << 20);
        header.set_cksum();
        let plain = [header.as_bytes().to_vec(), vec![b'a'; 64 << 20]].concat();
        let error = unpacked(&zstd::encode_all(&plain[..], 1).unwrap()).unwrap_err();
        assert!(error.contains("bytes of names and attributes"), "{kind:?}: {error}");
    }
}

#[test]
fn a_window_of_32_mebibytes_is_the_largest_that_is_opened() {
    let plain = archive(&TREE);
    let with = |window: u32| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window).unwrap();
        encoder.write_all(&plain).unwrap();
        unpacked(&encoder.finish().unwrap())
    };
    assert!(with(25).unwrap().is_some());
    let error = with(26).unwrap_err();
    assert!(error.contains("cannot unpack"), "{error}");
}
