use ayo::{Context, Event, Hook};

fn main() {
    let _ = Context::DEFAULT.on(Hook::Stopped, |event: &Event| event.hook());
}
