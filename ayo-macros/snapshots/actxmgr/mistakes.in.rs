actxmgr! {
    fn begin(pool: &Pool) -> impl Deref {
        for x in pool {
            yield x;
        }
        if a {
            return;
        }
        yield pool;
    }
}
