//! What every room uses, one file per job.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod diagnostics;
pub(crate) mod door;
pub(crate) mod durations;
pub(crate) mod function;
pub(crate) mod nearest;
pub(crate) mod options;
pub(crate) mod paths;
pub(crate) mod settings;
pub(crate) mod specs;
#[cfg(test)]
pub(crate) mod testing;
