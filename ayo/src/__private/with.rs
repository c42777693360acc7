//! Calls of `with!`.

pub use crate::context::held::enter;
pub use crate::context::manager::passed_on;
pub use crate::scope::future::BodyError;
