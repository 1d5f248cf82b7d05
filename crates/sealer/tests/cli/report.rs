//! The page of a report in a real browser: it shows everything without asking anybody for anything.

use crate::surroundings::Surroundings;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

const CLUSTER: &str = r#"{"name":"my-cluster","image":"docker.io/library/shop:v2",
"imageDigest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
"members":[{"address":"10.0.0.1","sshPort":22,"role":"master"},{"address":"10.0.0.2","sshPort":22,"role":"node"}],
"registry":{"domain":"sea.hub","port":5000},"dataRoot":"/var/lib/sealer/data"}"#;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A run, and an upgrade in which a check was ignored and a program said what looks like markup and leads elsewhere.
fn journal() -> String {
    let host = |address: &str, role: &str, name: &str| {
        format!(
            r#"{{"address":"{address}","role":"{role}","hostname":"{name}","system":"Debian 12","kernel":"6.1.0","processors":4,"memory":8589934592}}"#
        )
    };
    let hosts = format!("{},{}", host("10.0.0.1", "master", "a"), host("10.0.0.2", "node", "b"));
    let mut lines = Vec::new();
    for (day, verb, image, version) in [("01", "run", "shop:v1", "v1.27.9"), ("02", "upgrade", "shop:v2", "v1.28.4")] {
        let at = |second: u32| format!(r#""at":"2026-01-{day}T10:00:{second:02}Z""#);
        lines.push(format!(r#"{{{},"record":"checked","stage":"before","checks":100,"findings":[{FINDING}]}}"#, at(0)));
        lines.push(format!(r#"{{{},"record":"began","verb":"{verb}","plan":"{DIGEST}","version":"v0.1.0"}}"#, at(1)));
        lines.push(format!(
            r#"{{{},"record":"delivers","image":"docker.io/library/{image}","digest":"{DIGEST}","bytes":2147483648,"kubernetes":"{version}","container_images":57,"hosts":[{hosts}]}}"#,
            at(1)
        ));
        for (second, step) in [(2, "agent"), (4, "send-image"), (20, "rootfs"), (40, "ready")] {
            for address in ["10.0.0.1", "10.0.0.2"] {
                let (start, end) = (at(second), at(second + 9));
                lines.push(format!(r#"{{{start},"record":"step-started","step":"{step}","host":"{address}"}}"#));
                lines.push(format!(
                    r#"{{{end},"record":"step-ended","step":"{step}","host":"{address}","outcome":"done"}}"#
                ));
            }
        }
        lines.push(format!(r#"{{{},"record":"checked","stage":"after","checks":34,"findings":[]}}"#, at(50)));
        lines.push(format!(r#"{{{},"record":"ended","verb":"{verb}","outcome":"done"}}"#, at(55)));
    }
    lines.join("\n") + "\n"
}

const FINDING: &str = r#"{"id":"swap","severity":"error","subject":"10.0.0.2","found":"swap is on <img src=http://leak.invalid/a.png> <script src=http://leak.invalid/b.js></script>","why":"w","remedy":"turn it off","ignored":true}"#;

fn page(language: &str) -> (Surroundings, PathBuf) {
    let here = Surroundings::new();
    let folder = here.root().join("clusters/my-cluster");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cluster.json"), CLUSTER).unwrap();
    std::fs::write(folder.join("journal.ndjson"), journal()).unwrap();
    here.sealer(&["report", "--output", "html", "--lang", language, "-o", "report.html"]).done();
    let page = here.work().join("report.html");
    (here, page)
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn browser() -> Option<&'static str> {
    let found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = found.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        eprintln!("left out: there is no chromium on this machine");
    }
    found
}

/// A browser looks for its updates and the time whatever it shows; no page has anything there but fonts.
fn is_the_browsers_own(line: &str) -> bool {
    ["google.com", "googleapis.com", "gvt1.com"].iter().any(|name| line.contains(name)) && !line.contains("fonts")
}

/// What a proxy that lets nothing pass was asked for.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let told = asked.clone();
        // ends with the test's process
        std::thread::spawn(move || {
            for mut connection in listener.incoming().map_while(Result::ok) {
                let mut head = [0; 1024];
                let length = connection.read(&mut head).unwrap_or(0);
                let line = String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned();
                told.lock().unwrap().push(line);
                let _gone_already = connection.write_all(b"HTTP/1.1 502 Nothing Passes\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Self { address, asked }
    }
}

/// Shows the page; every request of it has to go through a proxy that lets none pass and tells of it.
fn shown(browser: &str, here: &Surroundings, page: &Path, arguments: &[&str]) -> (String, Vec<String>) {
    let proxy = Proxy::start();
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120", browser])
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage"])
        .arg(format!("--proxy-server=http://{}", proxy.address))
        .arg("--proxy-bypass-list=<-loopback>")
        .arg(format!("--user-data-dir={}", here.work().join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .env("HOME", here.work())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut asked = proxy.asked.lock().unwrap().clone();
    asked.retain(|line| !is_the_browsers_own(line));
    (String::from_utf8_lossy(&output.stdout).into_owned(), asked)
}

#[test]
fn a_browser_shows_the_whole_page_and_asks_nobody_for_anything() {
    let Some(browser) = browser() else { return };
    for (language, word) in [("en", "Deviations accepted"), ("zh", "已接受的偏差")] {
        let (here, page) = page(language);
        let (shown_page, asked) = shown(browser, &here, &page, &["--dump-dom"]);
        assert_eq!(asked, Vec::<String>::new(), "the page led to these requests");
        assert!(shown_page.contains(word) && shown_page.contains("v1.27.9 → v1.28.4"), "{shown_page}");
        assert!(shown_page.contains("<svg") && !shown_page.contains("<img"), "{shown_page}");

        // for people, where somebody wants to look
        let pictures = std::env::var("SEALER_TEST_PICTURES").map_or_else(|_| here.work(), PathBuf::from);
        let picture = pictures.join(format!("report-{language}.png"));
        let screenshot = format!("--screenshot={}", picture.display());
        let (_, asked) = shown(browser, &here, &page, &[&screenshot, "--window-size=1100,1900", "--hide-scrollbars"]);
        assert_eq!(asked, Vec::<String>::new());
        let bytes = std::fs::read(&picture).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{} bytes", bytes.len());
        let paper = pictures.join(format!("report-{language}.pdf"));
        shown(browser, &here, &page, &[&format!("--print-to-pdf={}", paper.display()), "--no-pdf-header-footer"]);
        assert!(std::fs::read(&paper).unwrap().starts_with(b"%PDF"));
    }
}

/// The proxy would see what leaves: the same page with a picture from elsewhere is caught.
#[test]
fn a_page_that_fetches_something_would_be_caught() {
    let Some(browser) = browser() else { return };
    let (here, page) = page("en");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replace("</body>", "<img src=\"http://leak.invalid/a.png\"></body>")).unwrap();
    let (_, asked) = shown(browser, &here, &page, &["--dump-dom"]);
    assert!(asked.iter().any(|line| line.contains("leak.invalid")), "{asked:?}");
}
