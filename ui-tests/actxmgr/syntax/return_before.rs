ayo::actxmgr! {
    async fn early(ready: bool) -> u32 {
        if !ready {
            return;
        }
        yield 1;
    }

    async fn early_error(ready: bool) -> u32 {
        if !ready {
            return Err("not ready");
        }
        yield 1;
        Ok(())
    }
}

fn main() {}
