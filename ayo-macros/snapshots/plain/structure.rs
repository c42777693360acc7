#[automatically_derived]
impl ::ayo::Plain for Page {}
