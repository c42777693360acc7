//! `dump_on_signal` stands alone.

#[ayo::main(dump_on_signal = true)]
async fn main() {}
