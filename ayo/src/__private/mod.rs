//! What the expansions call; one file per macro. Nothing here is for people, and nothing else in the crate uses it.

pub mod actxmgr;
#[cfg(feature = "cache")]
pub mod cached;
pub mod defer;
pub mod eager;
pub mod generator;
pub mod local;
pub mod main;
pub mod manager;
#[cfg(feature = "macros")]
pub mod on;
pub mod scope;
pub mod select;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "testing")]
pub mod test;
pub mod time;
pub mod with;
