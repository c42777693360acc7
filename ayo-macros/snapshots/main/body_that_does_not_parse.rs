// Left to rustc, which says what is wrong:
fn main () { async fn main (run : & Scope) { let x = ; } :: ayo :: __private :: main :: run (:: ayo :: __private :: main :: multi_thread () , :: ayo :: scope () . name ("main") , main) }
