//! `dump_on_signal` takes no value, and a typing mistake is named.

#[ayo::main(dump_on_signal = true)]
async fn main() {}

mod other {
    #[ayo::main(dump_on_signals)]
    async fn main() {}
}

fn nested() {
    let _ = ayo::scope!(dump_on_signal => |_| {});
}
