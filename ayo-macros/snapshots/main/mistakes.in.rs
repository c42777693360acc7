#[ayo::main(collect, flavour = "current_thread", worker_threads = 0)]
fn main(run: u32, other: u8) {
    run << sleep(5sec);
}
