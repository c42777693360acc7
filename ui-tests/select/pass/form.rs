#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::scope;

const END: u8 = 0;

enum Event {
    Number(u8),
    Text(String),
}

struct Named {
    text: Vec<String>,
    n: u8,
}

async fn event(n: u8) -> Event {
    if n == END { Event::Text("end".to_owned()) } else { Event::Number(n) }
}

async fn never() -> std::convert::Infallible {
    std::future::pending().await
}

async fn run() -> Result<u8, std::num::ParseIntError> {
    let mut sum = 0;
    let names = vec![String::from("a")];
    'all: loop {
        let text = ayo::select! {
            biased;
            _ = never() => continue,
            Event::Number(mut n) = event(sum), if sum > 100 => { n += 1; n.to_string() }
            Event::Text(ref text) = event(END), if sum == 0 => {
                assert_eq!(text, "end");
                sum += 1;
                continue 'all
            }
            Named { text, n: 5 } = async { Named { text: names.clone(), n: 4 } } => text[0].clone(),
            "a" = async { "b" } => unreachable!(),
            x @ 2..=9 = async { 1 } => x.to_string(),
            (n, &1) = async { (sum, &1) } => n.to_string(),
            END = async { 1_u8 } => unreachable!(),
            else => return Ok(7),
        };
        let n: u8 = text.parse()?;
        ayo::select! {
            one = async { names[0].len() } => assert_eq!(one, 1),
            () = async { assert_eq!(names.len(), 1); std::future::pending().await } => {}
        };
        break Ok(n + sum);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(run().await, Ok(2));
    let value = scope!(|run| {
        let n = ayo::select! {
            task = async { run << async { 5 } } => task.await?,
            () = tokio::time::sleep(5s) => 0,
        };
        n + 1
    });
    assert_eq!(value.await.unwrap(), 6);
}
