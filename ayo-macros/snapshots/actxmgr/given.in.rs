actxmgr! {
    async fn lock<'a, T: Send>(mutex: &'a Mutex<T>, mut tries: u32, (x, _): (u32, u32)) -> MutexGuard<'a, T> where T: Debug {
        let guard = timeout(5s, mutex.lock()).await?;
        if x == 1 {
            Err("one")?;
        }
        yield guard;
    }
    async fn nothing(&self) {
        yield;
    }
}
