#[ayo::test(cancel_everwhere, replay = 1, start_paused = true, worker_threads = 2)]
#[tokio::test]
fn mistakes(run: &Scope, n: u32) {
    run << f(5min);
}
