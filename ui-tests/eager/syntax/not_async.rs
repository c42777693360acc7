// An eager function is an async one.
#[ayo::eager]
fn fetch() -> u32 {
    5
}

fn main() {
    let _task = fetch();
}
