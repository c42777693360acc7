#[ayo::main(signals = 5, hooks = "no", context = "shop", policy = 3)]
async fn main() {}
