struct Shop;

impl Shop {
    #[ayo::test]
    async fn it_works(&self) {
        self.open();
    }

    fn open(&self) {}
}

fn main() {}
