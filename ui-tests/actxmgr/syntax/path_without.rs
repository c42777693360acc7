ayo::actxmgr! {
    async fn sometimes(ready: bool, number: Option<u32>) -> u32 {
        if ready {
            yield 1;
        }
    }
}

ayo::actxmgr! {
    async fn sometimes_else(number: Option<u32>) -> u32 {
        match number {
            Some(number) => {
                yield number;
            }
            None => {}
        }
    }
}

fn main() {}
