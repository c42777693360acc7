ayo::actxmgr! {
    fn not_async() -> u32 {
        yield 1;
    }

    async fn of_no_name() -> impl std::fmt::Display {
        yield 1;
    }

    #[ayo(crat = ayo)]
    async fn wrong_option() -> u32 {
        yield 1;
    }
}

ayo::actxmgr! {
    struct NoFunction;
}

ayo::actxmgr! {}

fn main() {}
