#[ayo::main]
struct Main;
