// What it returns is what a task may return.
struct Page;

#[ayo::eager]
async fn fetch() -> Page {
    Page
}

fn main() {
    let _task = fetch();
}
