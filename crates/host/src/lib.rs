//! Reach one machine: run a program on it, read facts about it, put the agent on it and talk to that agent, over SSH or on
//! this very machine. Nothing here knows what the machine is for; Kubernetes is the business of the rooms above.

pub mod address;
pub mod agent;
pub mod credentials;
pub mod error;
pub mod facts;
pub mod host;
pub mod install;
pub mod known_hosts;
pub mod openssh_config;
pub mod process;

mod arguments;
mod elevation;
mod local;
mod ssh;

pub use address::HostAddress;
pub use agent::{Agent, Finished};
pub use credentials::{Credentials, Jump, KeyFile, Secret};
pub use error::{Error, Result};
pub use facts::Questions;
pub use host::{Host, ScriptOutput};
pub use install::AgentBinary;
pub use known_hosts::KnownHosts;
pub use openssh_config::OpensshConfig;
