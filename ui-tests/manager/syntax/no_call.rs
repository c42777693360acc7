use ayo::manager;

fn main() {
    let open = 5;
    let _ = manager!();
    let _ = manager!(open);
    let _ = manager!(open("a").await);
}
