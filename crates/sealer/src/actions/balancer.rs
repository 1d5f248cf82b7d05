//! `sealer balancer`.

use crate::args::Balancer;
use crate::failure::Failure;
use crate::signals::Signals;

/// Passes connections on until asked to end.
///
/// # Errors
/// When the file is no configuration or an address cannot be listened on.
pub(super) async fn balancer(request: &Balancer) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    sealer_agent::balance(&request.config, signals.asked_to_end()).await?;
    Ok(())
}
