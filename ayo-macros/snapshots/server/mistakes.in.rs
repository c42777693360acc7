server! {
    fn echo(worker: u8) {
        run << async { yield 5; };
        sleep(5sec);
    }
}
