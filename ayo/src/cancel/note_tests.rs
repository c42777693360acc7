//! The note: beside it and not in it, since `tests/loom.rs` compiles that file over loom's atomics.

use super::domain::Domain;
use super::note::{Note, On, What};

#[test]
fn a_note_keeps_all_its_parts() {
    let (note, here, there) = (Note::new(), Domain::new(), Domain::new());
    assert!(!note.was_polled());
    note.begin();
    note.begin();
    assert!(note.was_polled());
    assert_eq!((note.read().polls, note.read().is_running), (2, true));
    assert!(note.read().waits.is_none());
    for (on, what, number, is_elsewhere) in [
        (On::task(&here, 7), What::Task, 7, false),
        (On::task(&there, 7), What::Task, 7, true),
        (On::ready(&here, (1 << 25) - 1), What::Ready, (1 << 25) - 1, false),
        (On::task(&here, u32::MAX), What::Task, 0, false),
        (On::STOP, What::Stop, 0, false),
        (On::CANCEL, What::Cancel, 0, false),
        (On::THREAD, What::Thread, 0, false),
    ] {
        note.waits(&on, Some(&here));
        let noted = note.read();
        let waits = noted.waits.unwrap();
        assert_eq!((waits.what, waits.number, waits.is_elsewhere), (what, number, is_elsewhere));
        assert_eq!((noted.polls, noted.is_running), (2, true));
    }
    let first = On::task(&here, 7);
    note.waits(&first, Some(&here));
    for other in [On::task(&here, 8), On::task(&there, 7)] {
        note.lends(&other, Some(&here));
        assert_eq!(note.read().waits.unwrap().what, What::Task, "it waits for another one");
    }
    note.lends(&first, Some(&here));
    let waits = note.read().waits.unwrap();
    assert_eq!((waits.what, waits.number, note.read().polls), (What::Lent, 7, 2));
    note.suspend();
    assert!(note.read().waits.is_some() && !note.read().is_running);
    note.begin();
    assert!(note.read().waits.is_none());
    note.reset();
    assert!(!note.was_polled());
}
