use ayo::Scope;

#[ayo::main]
async fn main<T>(run: &Scope)
where
    T: Send,
{
    run << async {};
}
