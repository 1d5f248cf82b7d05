//! What each verb does, step by step, in order: read these files and you know the product.

mod adopt;
mod adopted;
mod backup;
mod beforehand;
mod certificates;
mod check;
mod delete;
mod exec;
mod forecast;
mod host_alias;
mod kubeconfig;
mod look;
mod record;
mod run;
mod scale_down;
mod scale_up;
mod status;
mod upgrade;

pub use adopt::adopt;
pub(crate) use adopted::Joining;
pub use adopted::{delete_adopted, join_adopted, leave_adopted};
pub(crate) use backup::Restoration;
pub use backup::{backup, plan_restore, restore};
pub use certificates::{Certificates, UnreadableFile, certificates, name_api, renew_certificates};
pub use check::{check_after, check_before};
pub use delete::{Deleted, delete, plan_delete};
pub use exec::{Exec, Executed, exec};
pub use forecast::forecast;
pub use host_alias::{AliasChange, host_alias};
pub use kubeconfig::kubeconfig;
pub use run::{Ran, Run, load_image, plan, plan_load_image, plan_scale_up, run};
pub use scale_down::{ScaleDown, ScaledDown, have_left, plan_scale_down, scale_down};
pub use scale_up::scale_up;
pub use status::{LastDelivery, NodeStatus, Status, status};
pub use upgrade::{Way, upgrade};
