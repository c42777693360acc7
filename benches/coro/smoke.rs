//! Does each contender do all of its work? No timing here.

mod rows;

use benches::{Flavor, tally};

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
