//! Does each contender do all of its work? No timing here.

mod memory;
mod rows;

use benches::heap::Counting;
use benches::{Flavor, tally};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn every_contender_does_all_of_its_work() {
    for flavor in Flavor::ALL {
        let stage = flavor.runtime();
        for row in rows::all() {
            let items = 200u64.next_multiple_of(row.group);
            for contender in &row.contenders {
                let who = format!("{}: {} ({})", row.name, contender.name, flavor.name());
                let ((_, evidence), done) = tally::counted(&stage, contender.body(items));
                assert!(evidence.holds(items), "{who}: wrong values");
                assert_eq!(done, items, "{who}");
            }
        }
    }
}

#[test]
fn every_answer_about_memory_comes_of_work_that_is_done() {
    for flavor in Flavor::ALL {
        let stage = flavor.runtime();
        for row in memory::all() {
            for contender in &row.contenders {
                let who = format!("{}: {} ({})", row.name, contender.name, flavor.name());
                let (number, done) = tally::counted(&stage, contender.body(200));
                assert!(number.is_finite(), "{who}");
                assert_eq!(done, 200, "{who}");
            }
        }
    }
}
