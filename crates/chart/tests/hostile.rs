//! Charts that mean harm: damaged and lying archives, YAML that grows, files without sense. Each ends in an error, and none panics or
//! takes more memory than a chart may.
#![allow(clippy::unwrap_used)]

use std::io::Read as _;

use proptest::prelude::*;
use sealer_chart::{File, Options, Release, Sources, load_archive, load_files, render};

fn file(name: &str, text: &str) -> File {
    File { name: name.to_owned(), data: text.as_bytes().into() }
}

/// Renders a chart of these files under these values; the error as one text.
fn rendered(files: &[(&str, &str)], values: &str) -> Result<(), String> {
    let chart =
        load_files(files.iter().map(|(name, text)| file(name, text)).collect()).map_err(|error| error.to_string())?;
    let sources = Sources { files: vec![("v.yaml".to_owned(), values.to_owned())], expressions: Vec::new() };
    let values = sources.merge(&|path| Err(path.to_owned())).map_err(|error| error.to_string())?;
    render(chart, &values, &Options::new(Release::new("rel", "ns"))).map(drop).map_err(|error| error.to_string())
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// Nine levels of nine references each: a billion nodes, if they were copied.
fn billion() -> String {
    let level = |depth: usize| format!("a{depth}: &a{depth} [{}]\n", vec![format!("*a{}", depth - 1); 9].join(", "));
    format!("a0: &a0 [x, x, x]\n{}", (1..=9).map(level).collect::<String>())
}

#[test]
fn yaml_that_grows_is_refused() {
    let billion = billion();
    let deep = format!("a: {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [billion.as_str(), &deep] {
        rendered(&[("Chart.yaml", CHART), ("values.yaml", text)], "").unwrap_err();
        rendered(&[("Chart.yaml", CHART)], text).unwrap_err();
        let template = format!("{{{{ fromYaml {text:?} | toJson | len }}}}");
        // a function tells what is wrong in its result
        rendered(&[("Chart.yaml", CHART), ("templates/a.yaml", &template)], "").unwrap();
    }
}

/// An archive with one file of that name and size, all zeros.
fn archive(name: &str, size: u64) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best()));
    for (name, size, content) in [("web/Chart.yaml", CHART.len() as u64, CHART.as_bytes()), (name, size, &[][..])] {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, content.chain(std::io::repeat(0)).take(size)).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[test]
fn archives_that_lie_are_refused() {
    assert!(load_archive(&archive("web/zeros", 3)).is_ok());
    for (name, size) in
        [("web/zeros", 200 << 20), ("web/../../etc/passwd", 1), ("/etc/passwd", 1), ("web/a\\..\\..\\b", 1)]
    {
        let outcome = load_archive(&archive(name, size));
        let harmless = outcome.as_ref().is_ok_and(|chart| chart.files.iter().all(|file| !file.name.contains("..")));
        assert!(outcome.is_err() || harmless, "{name}");
    }
}

/// Each chart stands under two aliases, and so does the one below it.
#[test]
fn charts_that_multiply_by_aliases_are_refused() {
    let mut files = Vec::new();
    for depth in 0..20 {
        let folder = "charts/web/".repeat(depth);
        let below = "dependencies: [{name: web, version: '*', alias: a}, {name: web, version: '*', alias: b}]\n";
        files.push((format!("{folder}Chart.yaml"), format!("{CHART}{}", if depth < 19 { below } else { "" })));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(rendered(&files, "").unwrap_err().contains("aliases counted"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_damage_to_an_archive_makes_the_loader_panic(place in 0_usize..300, byte in any::<u8>(), cut in 0_usize..400) {
        let mut bytes = archive("web/values.yaml", 40);
        if let Some(damaged) = bytes.get_mut(place) {
            *damaged = byte;
        }
        bytes.truncate(cut.max(20));
        let _ = load_archive(&bytes);
    }

    #[test]
    fn no_text_in_a_chart_makes_it_panic(chart in "[ -~\n]{0,60}", values in "[-a-c:{}\\[\\]&*!| \n\"'0-9#]{0,60}", template in "\\PC{0,40}") {
        let chart = format!("{CHART}{chart}");
        let _ = rendered(&[("Chart.yaml", &chart), ("values.yaml", &values), ("templates/a.yaml", &template)], &values);
        let _ = rendered(&[("Chart.yaml", CHART), ("values.schema.json", &values)], "a: 1");
    }

    #[test]
    fn no_option_makes_it_panic(text in "[-a-c.=,{}\\[\\]\\\\ 0-9\"]{0,30}") {
        for kind in [sealer_chart::ExpressionKind::Typed, sealer_chart::ExpressionKind::Text, sealer_chart::ExpressionKind::Json] {
            let expressions = vec![sealer_chart::Expression { kind, text: text.clone() }];
            let _ = Sources { files: Vec::new(), expressions }.merge(&|_| Ok(String::new()));
        }
    }
}
