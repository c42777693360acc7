#[ayo(krate = my::ayo)]
struct Page;
