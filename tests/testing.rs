//! `#[ayo::test]`, the virtual clock, and the fuzzer for cancel safety.

#![forbid(unsafe_code)]
#![deny(warnings, unused, rust_2018_idioms, clippy::pedantic)]

#[allow(clippy::pedantic, reason = "it is shared with tests that are not so strict")]
mod support;

#[path = "testing/attribute.rs"]
mod attribute;
#[path = "testing/clock.rs"]
mod clock;
#[path = "testing/everywhere.rs"]
mod everywhere;
#[path = "testing/planted.rs"]
mod planted;
