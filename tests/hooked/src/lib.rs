//! A library with hooks of its own: what links it has them, and that is all it does.
#![forbid(unsafe_code)]

use ayo::{Context, Event};

/// A context whose hooks are in this crate, and whose program is in another.
pub const SHOP: Context = Context::new("shop");

#[ayo::on(starting, order = -1)]
async fn from_a_dependency(event: &Event) {
    println!("{}, from a dependency", event.hook());
}

#[ayo::on(starting, context = SHOP)]
fn open() {
    println!("the shop opens");
}

#[ayo::on(stopped, context = SHOP)]
fn close(event: &Event) {
    println!("the {} closes", event.context().name());
}
