//! What the expansions call; one file per macro. Nothing here is for people, and nothing else in the crate uses it.

pub mod main;
pub mod scope;
#[cfg(feature = "testing")]
pub mod test;
pub mod time;
