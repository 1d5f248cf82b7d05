//! A difference for people: one heading for each kind of thing, one line for each change, marked `+`, `-` or `~`.

use crate::output;
use sealer_image::{ApplicationChange, Change, Difference, FileFacts, FileKind, ImageFacts, Kind, Moved, Side};
use sealer_model::image::Application;

/// What changed.
pub(super) fn text(found: &Difference) -> String {
    let side = |side: &Side| format!("{}@{}", side.name, side.digest);
    let mut text = format!("from {}\nto   {}\n", side(&found.from), side(&found.to));
    if found.is_empty() {
        text += "\nnothing that is compared differs\n";
    }
    text += &section("settings", found.settings.iter().map(setting));
    text += &section("applications", found.applications.iter().map(application));
    text += &section("container images", found.container_images.iter().map(container_image));
    for rootfs in &found.rootfs {
        text += &section(&format!("rootfs {}", rootfs.platform), rootfs.files.iter().map(file));
    }
    text + &format!("\n{}\n", moved(&found.bytes))
}

fn section(title: &str, rows: impl Iterator<Item = [String; 3]>) -> String {
    let rows: Vec<[String; 3]> = rows.collect();
    if rows.is_empty() { String::new() } else { format!("\n{title}\n{}", output::table(&rows)) }
}

fn mark(kind: Kind) -> String {
    match kind {
        Kind::Added => "+",
        Kind::Removed => "-",
        Kind::Changed => "~",
    }
    .to_owned()
}

/// A change as mark, name, and what there was and is.
fn row<T>(change: &Change<T>, told: impl Fn(&T) -> String) -> [String; 3] {
    let told = match (&change.from, &change.to) {
        (Some(from), Some(to)) => arrow(&told(from), &told(to)),
        (Some(only), None) | (None, Some(only)) => told(only),
        (None, None) => String::new(),
    };
    [mark(change.change), change.name.clone(), told]
}

fn arrow(from: &str, to: &str) -> String {
    if from == to { from.to_owned() } else { format!("{from} -> {to}") }
}

fn setting(change: &Change<String>) -> [String; 3] {
    row(change, Clone::clone)
}

fn application(change: &ApplicationChange) -> [String; 3] {
    let [mark, name, _] = row(&change.definition, |_| String::new());
    let files = match change.files {
        0 => None,
        1 => Some("1 file".to_owned()),
        several => Some(format!("{several} files")),
    };
    let fields = match (&change.definition.from, &change.definition.to) {
        (Some(from), Some(to)) => fields(from, to),
        _ => Vec::new(),
    };
    let told = fields.into_iter().map(str::to_owned).chain(files).collect::<Vec<_>>().join(", ");
    [mark, name, told]
}

/// The parts of two definitions that differ.
fn fields(from: &Application, to: &Application) -> Vec<&'static str> {
    let fields = [
        (from.application_type != to.application_type, "type"),
        (from.files != to.files, "what is launched"),
        (from.version != to.version, "version"),
        (from.env != to.env, "env"),
        (from.cmds != to.cmds, "cmds"),
    ];
    fields.into_iter().filter(|(differ, _)| *differ).map(|(_, name)| name).collect()
}

fn container_image(change: &Change<ImageFacts>) -> [String; 3] {
    let same_name = matches!((&change.from, &change.to), (Some(from), Some(to)) if from.name == to.name);
    row(change, |facts| {
        let version = facts.name.tag().unwrap_or_default();
        let digest = facts.digest.short();
        if same_name || version.is_empty() { format!("{version}@{digest}") } else { version.to_owned() }
    })
}

fn file(change: &Change<FileFacts>) -> [String; 3] {
    let told = match (&change.from, &change.to) {
        (Some(from), Some(to)) => file_changes(from, to),
        (Some(only), None) | (None, Some(only)) => facts(only),
        (None, None) => String::new(),
    };
    [mark(change.change), change.name.clone(), told]
}

fn facts(file: &FileFacts) -> String {
    match (&file.target, file.kind) {
        (Some(target), _) => format!("to {target}"),
        (None, FileKind::File) => format!("{:04o} {}", file.mode, output::size(file.size)),
        (None, FileKind::Folder) => format!("{:04o} folder", file.mode),
        (None, _) => format!("{:04o}", file.mode),
    }
}

fn file_changes(from: &FileFacts, to: &FileFacts) -> String {
    if from.kind != to.kind || from.target != to.target {
        return arrow(&facts(from), &facts(to));
    }
    let mut told = Vec::new();
    if from.mode != to.mode {
        told.push(format!("mode {:04o} -> {:04o}", from.mode, to.mode));
    }
    if (from.user, from.group) != (to.user, to.group) {
        told.push(format!("owner {}:{} -> {}:{}", from.user, from.group, to.user, to.group));
    }
    if from.digest != to.digest {
        let sizes = arrow(&output::size(from.size), &output::size(to.size));
        told.push(format!("content {sizes}"));
    }
    told.join(", ")
}

fn moved(bytes: &Moved) -> String {
    format!(
        "to move: {} in {} blobs; {} are in both images",
        output::size(bytes.bytes),
        bytes.blobs,
        output::size(bytes.shared)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Digest;

    fn plain(content: &str) -> FileFacts {
        FileFacts {
            kind: FileKind::File,
            mode: 0o644,
            user: 0,
            group: 0,
            size: content.len() as u64,
            digest: Some(Digest::of(content.as_bytes())),
            target: None,
        }
    }

    fn link(target: &str) -> FileFacts {
        FileFacts { kind: FileKind::Link, target: Some(target.into()), digest: None, size: 0, ..plain("") }
    }

    #[test]
    fn a_changed_file_tells_what_about_it_changed() {
        let cases = [
            (plain("one"), plain("three"), "content 3 B -> 5 B"),
            (plain("one"), plain("two"), "content 3 B"),
            (plain("one"), FileFacts { mode: 0o755, ..plain("one") }, "mode 0644 -> 0755"),
            (plain("one"), FileFacts { user: 5, mode: 0o600, ..plain("one") }, "mode 0644 -> 0600, owner 0:0 -> 5:0"),
            (link("a"), link("b"), "to a -> to b"),
            (plain("one"), link("a"), "0644 3 B -> to a"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(file_changes(&from, &to), expected);
        }
    }

    #[test]
    fn a_container_image_is_told_by_its_version_and_by_its_content_where_only_that_changed() {
        let facts = |name: &str, content: &str| {
            Some(ImageFacts { name: name.parse().unwrap(), digest: Digest::of(content.as_bytes()) })
        };
        let told = |from, to| {
            let change = Change { name: "r.io/a linux/amd64".into(), change: Kind::Changed, from, to };
            container_image(&change)[2].clone()
        };
        assert_eq!(told(facts("r.io/a:1", "x"), facts("r.io/a:2", "y")), "1 -> 2");
        let same = told(facts("r.io/a:1", "x"), facts("r.io/a:1", "y"));
        let (x, y) = (Digest::of(b"x"), Digest::of(b"y"));
        assert_eq!(same, format!("1@{} -> 1@{}", x.short(), y.short()));
    }
}
