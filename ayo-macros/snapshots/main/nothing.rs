fn main() {
    ::ayo::__private::main::run(
        ::ayo::__private::main::Runtime::multi_thread(),
        ::ayo::scope().name("main"),
        async |_: &::ayo::Scope| {
            println!("hello");
        },
    )
}
