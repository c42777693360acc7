#[automatically_derived]
impl<'a, A: Clone, B, const N: usize> my::ayo::Plain for Either<'a, A, B, N>
where
    B: Send,
{}
