async fn work(n: &mut u8) {
    *n += 1;
}

async fn example() {
    let mut n = 0;
    ayo::select! {
        () = work(&mut n) => {}
        () = work(&mut n) => {}
    }
}

fn main() {}
