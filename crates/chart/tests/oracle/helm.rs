//! Helm's engine in a process of its own, which answers one line for each question.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take: Helm counts to any number that a template names, and never comes back.
const PATIENCE: Duration = Duration::from_secs(20);

/// The running engine. It ends when it is dropped, for its input ends.
pub(crate) struct Helm {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Helm {
    /// Starts it; none, and a word about it, where there is no Python that has it.
    pub(crate) fn start() -> Option<Self> {
        let Some(python) = python() else {
            eprintln!("left out: no Python has the package helm-python-sdk; SEALER_TEST_PYTHON names one that has");
            return None;
        };
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/helm.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.map_while(|line| sender.send(line).ok()).for_each(drop);
        });
        Some(Self { child, input, answers })
    }

    /// What Helm makes of a chart: `{"renders": {PATH: TEXT}}` or `{"fails": TEXT}`.
    pub(crate) fn render(&mut self, folder: &Path, values: &Value, options: &Value) -> Value {
        self.ask(&json!({"folder": folder, "values": values, "options": options}))
    }

    /// A chart's own values, as Helm reads them.
    pub(crate) fn defaults(&mut self, folder: &Path) -> Value {
        let mut answer = self.ask(&json!({"folder": folder, "values": null, "options": null}));
        answer.get_mut("defaults").map(Value::take).unwrap_or_else(|| panic!("{}: {answer}", folder.display()))
    }

    /// What would be installed: `{"manifest": TEXT}` or `{"fails": TEXT}`.
    pub(crate) fn manifest(&mut self, folder: &Path, values: &Value) -> Value {
        self.ask(&json!({"folder": folder, "values": values, "manifest": true}))
    }

    /// What an option makes of nothing: `{"values": ...}` or `{"fails": TEXT}`; `set`, `set-json` and so on.
    pub(crate) fn set(&mut self, option: &str, expression: &str) -> Value {
        self.ask(&json!({"kind": option, "expression": expression}))
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.input.as_mut().unwrap(), "{question}").unwrap();
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).unwrap(),
            // Go ends itself where a value contains itself; the next question goes to another process
            Err(_) => {
                self.child.kill().unwrap();
                *self = Self::start().unwrap();
                Value::Null
            }
        }
    }
}

impl Drop for Helm {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

/// An interpreter that can import Helm's engine.
fn python() -> Option<String> {
    let named = std::env::var("SEALER_TEST_PYTHON").ok();
    let candidates = named.into_iter().chain(["python3".to_owned()]);
    candidates.into_iter().find(|python| {
        let import = Command::new(python).args(["-c", "import helm_python"]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    })
}
