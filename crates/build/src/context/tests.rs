//! What a source of `COPY` means in a folder on disk.

use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// A context with these files; a name that ends in a slash is a folder.
fn context(names: &[&str]) -> (tempfile::TempDir, Context) {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
        if !name.ends_with('/') {
            fs::write(path, name).unwrap();
        }
    }
    let context = Context::open(folder.path()).unwrap();
    (folder, context)
}

fn matches(context: &Context, source: &str) -> Vec<String> {
    context.matches(source).unwrap_or_else(|unusable| panic!("{unusable:?}"))
}

fn refused(context: &Context, source: &str) -> String {
    match context.matches(source) {
        Err(Unusable::Source { message, .. }) => message,
        other => panic!("{source} gives {other:?}"),
    }
}

fn walked(context: &Context, path: &str) -> Vec<String> {
    context.walk(path).unwrap().into_iter().map(|found| found.path).collect()
}

#[test]
fn patterns_mean_the_names_of_one_folder() {
    let (_folder, context) = context(&["a.yaml", "b.yaml", "c.sh", "d/e.yaml", "d/f/g.yaml"]);
    assert_eq!(matches(&context, "*.yaml"), ["a.yaml", "b.yaml"]);
    assert_eq!(matches(&context, "d/*.yaml"), ["d/e.yaml"]);
    assert_eq!(matches(&context, "*/[ef]*"), ["d/e.yaml", "d/f"]);
    assert_eq!(matches(&context, "**/*.yaml"), ["a.yaml", "b.yaml", "d/e.yaml", "d/f/g.yaml"]);
    assert_eq!(matches(&context, "/./d//f/"), ["d/f"]);
    assert_eq!(matches(&context, "."), [""]);
}

#[test]
fn what_is_not_there_or_outside_is_refused() {
    let (_folder, context) = context(&["a"]);
    assert!(refused(&context, "b").contains("no such file in the build context"));
    assert!(refused(&context, "*.yaml").contains("no such file"));
    assert!(refused(&context, "../a").contains("leaves the build context"));
    assert!(refused(&context, "a[").contains("is not a pattern"));
}

#[test]
fn a_link_is_kept_as_a_link_and_never_leads_out() {
    let (folder, context) = context(&["real/file", "tree/x"]);
    symlink("../real/file", folder.path().join("tree/link")).unwrap();
    symlink("/etc", folder.path().join("tree/absolute")).unwrap();
    symlink("/etc", folder.path().join("out")).unwrap();
    symlink("real", folder.path().join("in")).unwrap();
    let found = context.walk("tree").unwrap();
    let link = |path: &str| found.iter().find(|each| each.path == path).unwrap().kind.clone();
    assert_eq!(link("link"), Kind::Link { target: "../real/file".into() });
    assert_eq!(link("absolute"), Kind::Link { target: "/etc".into() });
    assert_eq!(walked(&context, "in"), ["", "file"]);
    assert!(matches!(context.walk("out"), Err(Unusable::Source { .. })));
    assert!(matches!(context.walk("out/passwd"), Err(Unusable::Source { .. })));
}

#[test]
fn folders_are_walked_in_order() {
    let (_folder, context) = context(&["t/b", "t/a/x", "t/a-b", "t/empty/"]);
    assert_eq!(walked(&context, "t"), ["", "a", "a-b", "a/x", "b", "empty"]);
}

/// The umask of a checkout takes bits away; version control keeps only whether a file can be executed.
#[test]
fn permission_bits_do_not_depend_on_the_umask() {
    let (folder, context) = context(&["t/plain", "t/program", "t/folder/"]);
    for taken in [0o000, 0o002, 0o022, 0o027, 0o077] {
        for (path, bits) in [("t/plain", 0o666), ("t/program", 0o777), ("t/folder", 0o777)] {
            fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(bits & !taken)).unwrap();
        }
        let mode = |path: &str| context.walk(path).unwrap()[0].mode;
        let modes = ["t/plain", "t/program", "t/folder"].map(mode);
        assert_eq!(modes, [0o644, 0o755, 0o755], "{taken:o}");
    }
    fs::set_permissions(folder.path().join("t/program"), fs::Permissions::from_mode(0o4750)).unwrap();
    assert_eq!(context.walk("t/program").unwrap()[0].mode, 0o4755);
}

#[test]
fn a_socket_is_refused() {
    let (folder, context) = context(&["t/"]);
    let _listener = std::os::unix::net::UnixListener::bind(folder.path().join("t/socket")).unwrap();
    assert!(matches!(context.walk("t"), Err(Unusable::Failed(Error::Special { .. }))));
}

#[test]
fn ignored_paths_are_not_there() {
    let (folder, _) = context(&["keep", "drop.log", "d/drop.log", "build/x", "build/y"]);
    fs::write(folder.path().join(".kubeignore"), "# logs\n**/*.log\nbuild\n!build/y\n").unwrap();
    let context = Context::open(folder.path()).unwrap();
    assert_eq!(walked(&context, ""), ["", ".kubeignore", "build/y", "d", "keep"]);
    assert!(refused(&context, "drop.log").contains("no such file"));
}
