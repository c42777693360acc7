ayo::vars! {
    static DEPTH: u32 = 0;
    static NAME: String;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    DEPTH.with("deep", async {}).await;
    let name: String = NAME.get();
    NAME.with_sync(name, || NAME.set("other"));
}
