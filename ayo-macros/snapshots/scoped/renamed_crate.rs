fn start(run: &renamed::Scope) {
    renamed::__private::scope::start(&run, beat());
}
