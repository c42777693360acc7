//! Coroutines: what begins in one place and goes on in another, what answers while it runs, what gives many values.

mod support;

#[path = "coro/eager.rs"]
mod eager;
#[path = "coro/generator.rs"]
mod generator;
#[path = "coro/monitor.rs"]
mod monitor;
#[path = "coro/started.rs"]
mod started;
