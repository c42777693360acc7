struct Page;

impl ayo::Outcome for Page {
    type Value = Page;
    type Error = std::fmt::Error;

    fn into_result(self) -> Result<Page, std::fmt::Error> {
        Ok(self)
    }
}

fn main() {}
