vars! {
    static A = 1;
    const B: u8 = 2;
    #[no_inherit(sometimes)]
    static mut C: u8;
    D: u8;
    static E: u8;
}
