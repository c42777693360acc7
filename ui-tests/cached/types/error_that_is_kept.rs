//! An error that is to be kept has to be `Clone`.

#[ayo::cached(result = false)]
async fn read(path: String) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read(String::new());
}
