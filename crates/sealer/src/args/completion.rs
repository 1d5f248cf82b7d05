//! `sealer completion`.

use clap::Args;
use clap_complete::Shell;

/// Print the script that completes sealer's words in a shell
///
/// For bash: `sealer completion bash > /etc/bash_completion.d/sealer`.
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Completion {
    /// The script.
    pub(crate) fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "sealer", &mut script);
        script
    }
}
