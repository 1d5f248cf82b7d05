//! `sealer agent`.

use super::Context;
use crate::failure::Failure;

/// Serves the delivering machine until it has gone.
///
/// # Errors
/// When it does not speak the agent's protocol.
pub(super) async fn agent(context: &Context) -> Result<(), Failure> {
    sealer_agent::serve_stdio(context.settings.root.clone()).await?;
    Ok(())
}
