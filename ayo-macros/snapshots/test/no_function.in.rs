#[ayo::test]
struct Test;
