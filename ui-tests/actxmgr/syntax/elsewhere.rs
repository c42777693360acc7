ayo::actxmgr! {
    async fn in_a_loop(numbers: Vec<u32>) -> u32 {
        for number in numbers {
            yield number;
        }
    }

    async fn in_a_closure() -> u32 {
        let run = || yield 1;
        run();
    }

    async fn in_a_block() -> u32 {
        async { yield 1; }.await;
    }

    async fn in_a_function() -> u32 {
        fn inner() {
            yield 1;
        }
        inner();
    }
}

fn main() {}
