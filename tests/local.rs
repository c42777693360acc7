//! The borrowing scope, `scope!(local => ..)`, and its open ready queue.

mod support;

#[path = "local/borrowing.rs"]
mod borrowing;
#[path = "local/everywhere.rs"]
mod everywhere;
#[path = "local/mixed.rs"]
mod mixed;
#[path = "local/options.rs"]
mod options;
#[path = "local/places.rs"]
mod places;
#[path = "local/polling.rs"]
mod polling;
#[path = "local/queue.rs"]
mod queue;
#[path = "local/rules.rs"]
mod rules;
#[path = "local/sound.rs"]
mod sound;
