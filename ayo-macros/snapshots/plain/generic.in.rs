#[ayo(crate = my::ayo)]
enum Either<'a, A: Clone, B = u8, const N: usize = 1> where B: Send { A(&'a A), B([B; N]) }
