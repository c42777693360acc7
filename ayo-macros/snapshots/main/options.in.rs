#[ayo::main(
    flavor = "multi_thread",
    worker_threads = 4,
    max_concurrency = 100,
    timeout = 1h,
    name = "crawler",
    supervise,
    on_error = |error| eprintln!("{error}"),
    cancel_timeout = 5,
    timeline = "run.json",
    grace = 3s,
    signals = false,
    dump_on_signal,
)]
/// The program.
#[allow(dead_code)]
pub(crate) async fn main(#[allow(unused)] run: &ayo::Scope) {
    #![allow(unused)]
    #[task(background)]
    run << beat();
}
