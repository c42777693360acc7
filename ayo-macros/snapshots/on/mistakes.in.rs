#[ayo::on(runtime::create, order = 1, order = 2)]
async unsafe fn f(run: u8) {
    run << sleep(5sec);
}
