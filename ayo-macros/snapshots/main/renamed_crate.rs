fn main() {
    async fn main(_: &renamed::Scope) {}
    renamed::__private::main::run(
        renamed::__private::main::multi_thread(),
        renamed::scope().name("main"),
        main,
    )
}
