fn expansion() {
    {
        let (__ayo_door, __ayo_body) = my::ayo::__private::manager::door();
        my::ayo::__private::manager::manager(__ayo_door, self.pool.begin(__ayo_body))
    }
}
