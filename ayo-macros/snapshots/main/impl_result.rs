fn main() -> impl Termination {
    ::ayo::__private::main::run(
        ::ayo::__private::main::multi_thread(),
        ::ayo::scope().name("main"),
        async |_: &::ayo::Scope| { ExitCode::SUCCESS },
    )
}
