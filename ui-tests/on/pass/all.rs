#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs)]
//! Hooks of every form.

use ayo::{Context, Event, Scope};

static BILLING: Context = Context::new("billing");

/// With a comment.
#[ayo::on(starting, order = -3, context = BILLING)]
async fn connect() -> Result<(), std::io::Error> {
    Ok(())
}

#[ayo::on(starting, context = BILLING)]
async fn greet(run: &Scope) {
    run << async { println!("a task") };
}

#[ayo::on(policy::set)]
#[ayo::on(stopping, context = self::BILLING)]
fn say(event: &Event) {
    println!("{}", event.hook());
}

#[ayo::on(stopped, crate = ayo)]
fn r#loop() -> Result<(), String> {
    Ok(())
}

#[ayo::on(stopped)]
#[cfg(any())]
fn not_there() {}

mod inner {
    pub fn f() {
        #[ayo::on(thread::started)]
        fn started() {}
    }
}

#[ayo::main(context = BILLING, flavor = "current_thread", policy = |builder| { builder.thread_name("x"); })]
async fn main() {
    inner::f();
}
