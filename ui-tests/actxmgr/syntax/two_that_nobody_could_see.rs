fn warn() {}

ayo::actxmgr! {
    async fn sometimes(number: Option<u32>) -> u32 {
        match number {
            Some(number) => {
                yield number;
            }
            None => warn(),
        }
        if number.is_none() {
            yield 5;
        }
    }
}

fn main() {}
