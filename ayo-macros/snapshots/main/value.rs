fn main() -> ExitCode {
    async fn main(__ayo_run: &::ayo::Scope) -> ExitCode {
        let run: Scope = ::core::clone::Clone::clone(__ayo_run);
        {
            ::ayo::__private::scope::start(&run, fetch(url));
            ExitCode::SUCCESS
        }
    }
    ::ayo::__private::main::run(
        ::ayo::__private::main::current_thread(),
        ::ayo::scope()
            .name("main")
            .timeout(::core::time::Duration::from_nanos(12000000000u64)),
        main,
    )
}
