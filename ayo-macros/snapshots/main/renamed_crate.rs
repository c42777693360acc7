fn main() {
    renamed::__private::main::run(
        renamed::__private::main::Runtime::multi_thread(),
        renamed::scope().name("main"),
        async |_: &renamed::Scope| {},
    )
}
