async fn serve(port: u16) {
    println!("{port}");
}

fn main() {
    let _ = ayo::serve(serve).run();
}
