manager!(open::<T>("a", 5ms))
