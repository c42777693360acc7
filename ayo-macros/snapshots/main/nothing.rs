fn main() {
    async fn main(_: &::ayo::Scope) {
        println!("hello");
    }
    ::ayo::__private::main::run(
        ::ayo::__private::main::multi_thread(),
        ::ayo::scope().name("main"),
        main,
    )
}
