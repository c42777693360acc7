// Left to rustc, which says what is wrong:
fn main () { :: ayo :: __private :: main :: run (:: ayo :: __private :: main :: Runtime :: multi_thread () , :: ayo :: scope () . name ("main") , async | run : & Scope | { let x = ; }) }
