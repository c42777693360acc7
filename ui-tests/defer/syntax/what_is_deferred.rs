use ayo::scope;

async fn clean_up() {}

async fn example() -> Result<(), ayo::Error> {
    scope!(|_| {
        defer!();
        defer!(|| clean_up());
        defer!(|exit, more| clean_up());
        defer!(|exit| -> u8 { 5 });
        #[allow(unused)]
        defer!(clean_up());
        let task = defer!(clean_up());
        defer!({ return; });
        defer!(clean_up() clean_up());
    })
    .await
}

fn main() {}
