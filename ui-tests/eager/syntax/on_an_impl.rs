// It stands on functions.
struct Server;

#[ayo::eager]
impl Server {
    async fn serve() {}
}

fn main() {}
