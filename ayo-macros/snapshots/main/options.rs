/// The program.
#[allow(dead_code)]
pub(crate) fn main() {
    #![allow(unused)]
    async fn main(#[allow(unused)] run: &ayo::Scope) {
        ::ayo::__private::scope::task(&run).background().start_now(beat());
    }
    ::ayo::__private::main::run(
        ::ayo::__private::main::multi_thread()
            .worker_threads(4)
            .grace(::core::time::Duration::from_nanos(3000000000u64))
            .signals(false)
            .dump_on_signal(),
        ::ayo::scope()
            .max_concurrency(100)
            .timeout(::core::time::Duration::from_nanos(3600000000000u64))
            .name("crawler")
            .supervise()
            .on_error(|error| eprintln!("{error}"))
            .cancel_timeout(::core::time::Duration::from_nanos(5000000000u64))
            .timeline("run.json"),
        main,
    )
}
