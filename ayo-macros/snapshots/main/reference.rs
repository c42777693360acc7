fn main() -> Result<(), anyhow::Error> {
    async fn main(run: &Scope) -> Result<(), anyhow::Error> {
        ::ayo::__private::scope::start(&run, fetch(url));
        let page = ::ayo::__private::scope::spawn(&run, fetch(other));
        if page.await?.is_empty() {
            return Ok(());
        }
        Ok(())
    }
    ::ayo::__private::main::run(
        ::ayo::__private::main::multi_thread(),
        ::ayo::scope().name("main"),
        main,
    )
}
