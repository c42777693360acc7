#![deny(warnings)]

ayo::vars! {
    static wrong_case: u8;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    wrong_case.with(1, async {});
    wrong_case.get();
}
