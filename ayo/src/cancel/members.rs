//! A slab whose first entry needs no allocation: most domains have one thing below them.

use slab::Slab;

pub(crate) struct Members<T> {
    first: Option<T>,
    more: Slab<T>,
}

impl<T> Members<T> {
    pub(crate) const fn new() -> Self {
        Self { first: None, more: Slab::new() }
    }

    /// Keeps an entry, and gives the key that it has until it is removed.
    #[inline]
    pub(crate) fn insert(&mut self, entry: T) -> usize {
        if self.first.is_none() {
            self.first = Some(entry);
            return 0;
        }
        self.more.insert(entry) + 1
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        match key.checked_sub(1) {
            None => self.first.as_mut(),
            Some(key) => self.more.get_mut(key),
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, key: usize) -> Option<T> {
        match key.checked_sub(1) {
            None => self.first.take(),
            Some(key) => self.more.try_remove(key),
        }
    }

    /// All keys are below this.
    #[inline]
    pub(crate) fn key_end(&self) -> usize {
        self.more.capacity() + 1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let first = self.first.iter().map(|entry| (0, entry));
        first.chain(self.more.iter().map(|(key, entry)| (key + 1, entry)))
    }
}
