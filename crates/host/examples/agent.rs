//! An agent on standard input and output whose state lies in the folder named by the first argument. The SSH tests start it
//! on the other side of a connection; the product's own agent is the verb `sealer agent`.

use std::path::PathBuf;

#[tokio::main]
async fn main() -> Result<(), sealer_agent::Error> {
    let root = std::env::args_os().nth(1).map(PathBuf::from);
    sealer_agent::serve_stdio(root.expect("the first argument is the agent's folder")).await
}
