//! Stands in for `tests/support.rs` where `both!` and `paused!` call it.

use std::future::Future;
use std::pin::Pin;

use ayo::testing::Everywhere;

/// A body with more suspension points (it waits by taking turns) has had its runs in its own target.
const MANY: u64 = 60;

/// Bodies that do on purpose what the fuzzer is there to find.
const DELIBERATE: &[&str] = &[
    // they panic, or assert what a cancelled run cannot keep
    "adoption::errors_of_orphans_are_contained_in_the_adopter::panics_too",
    "cancel::a_destructor_of_a_body_that_panics_harms_no_task",
    "cancel::a_destructor_that_panics_harms_nothing_else",
    "cancel::a_destructor_that_panics_is_its_tasks_panic",
    "cancel::a_destructor_that_panics_leaves_the_frames_beside_it_alone",
    "cancel::a_panic_in_a_scope_in_a_cancelled_task_goes_to_the_scope_around_it",
    "cancel::a_panic_of_a_shield_in_a_cancelled_task_comes_out_of_the_scope",
    "cancel::a_shield_that_panics_in_clean_up_leaves_the_frames_beside_it_alone",
    "cancel::a_task_in_line_that_is_cancelled_does_not_wait_for_its_turn",
    "cancel::a_timeout_that_is_dropped_from_outside_drops_what_is_in_it_in_its_scope",
    "cancel::cancelled_is_for_those_who_are_asked",
    "cancel::what_is_ready_at_the_poll_after_the_request_has_completed",
    "cancel::what_is_ready_when_its_scope_is_cancelled_has_completed",
    "handles::for_each::an_iterator_that_panics_is_a_panic_of_the_task",
    "handles::len::it_counts_what_has_not_ended",
    "handles::open_scopes::dropped_it_cancels",
    "handles::open_scopes::one_that_panics_and_is_never_awaited_panics_the_scope_around_it",
    "handles::open_scopes::without_finalize_it_stays_open",
    "handles::task::is_finished_tells_without_waiting",
    "options::max_concurrency::a_place_is_given_on_however_a_task_ends",
    "options::max_concurrency::cancelling_a_running_one_gives_its_place_on",
    "options::parent::its_failure_goes_to_whoever_awaits_it",
    "options::supervise_and_on_error::a_tasks_failure_does_not_cancel_the_others",
    "options::task_options::main_and_bubble_false_ends_the_scope_silently_even_on_an_error",
    "rules::rule_2_the_first_failure_cancels_the_scope::a_panic_cancels_the_others",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_in_the_line_that_panics_is_its_tasks_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_of_a_value_that_nobody_reads_is_its_tasks_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_of_an_unpolled_task_that_panics_is_its_tasks_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_of_the_body_that_panics_is_a_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_that_panics_is_its_tasks_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_destructor_that_panics_when_cancelled_is_its_tasks_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_panic_in_a_shield_while_cancelled_is_not_lost",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_panic_of_the_body_does_too",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_panic_resumes_in_the_awaiter_with_its_payload",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_panic_while_a_nested_scope_cleans_up_is_not_lost",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::an_error_before_a_panic_goes_to_on_error",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::an_error_beside_a_destructor_that_panics_is_told",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::bubble_false_contains_destructors_that_panic",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::bubble_false_contains_panics_too",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::errors_beside_a_panic_go_to_on_error",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::the_first_of_two_panics_goes_on_and_the_other_is_told",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::the_panic_of_a_nested_scope_goes_up",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::what_on_error_hears_beside_a_panic_it_hears_once",
    "rules::rule_5_handles::an_attempt_awaits_to_its_own_error",
    "rules::rule_5_handles::failed_tells_a_failed_task_from_a_cancelled_one",
    "rules::rule_9_what_tasks_inherit::spans::errors_beside_a_panic_are_traced",
    // they have clean-up that is cut off
    "adoption::the_scope_around_waits::no_longer_than_its_own_cancel_timeout",
    "adoption::the_scope_around_waits::no_longer_than_the_orphans_cancel_timeout",
    "cancel::a_body_that_does_not_clean_up_in_time_is_abandoned",
    "cancel::a_failure_that_led_to_a_clean_up_that_was_cut_is_the_first_of_the_others",
    "cancel::a_nested_scope_that_abandons_tells_the_one_around_it",
    "cancel::a_task_has_a_cancel_timeout_of_its_own",
    "cancel::a_task_of_a_limited_scope_has_a_cancel_timeout_of_its_own_too",
    "cancel::abandoned_tasks_are_named_with_the_line_that_spawned_them",
    "cancel::after_cancel_timeout_what_is_left_is_dropped_and_named",
    "cancel::force_goes_through_all_that_is_below",
    "options::cancel_timeout::a_stubborn_body_is_dropped_too",
    "options::cancel_timeout::a_task_may_have_its_own",
    "options::cancel_timeout::a_task_without_clean_up_needs_none",
    "options::cancel_timeout::after_cancel_it_is_an_error_even_with_a_value",
    "options::cancel_timeout::background_tasks_have_that_time_too",
    "options::cancel_timeout::it_holds_for_a_task_that_is_cancelled_alone",
    "options::cancel_timeout::stubborn_scopes_below_are_dropped_too",
    "options::cancel_timeout::the_cause_is_first_whatever_it_was",
    "options::cancel_timeout::what_is_still_there_is_dropped_by_force_and_reported",
    // they have clean-up, or hand-polled futures, that wait for what only the rest of the body does
    "adoption::errors_of_orphans_are_contained_in_the_adopter::a_failure_known_before_the_drop_is_told_once",
    "adoption::the_scope_around_waits::for_what_was_polled_by_hand_and_dropped",
    "adoption::the_scope_around_waits::one_whose_body_panics_waits_too",
    "cancel::a_value_that_comes_out_of_a_shield_too_late_is_dropped",
    "handles::stop::it_goes_into_a_shield",
    "handles::tree::it_says_what_is_stopping_and_what_is_cancelling",
    "rules::rule_1_the_scope_completes_only_when_everything_below_has_ended::nested_scopes_have_ended_innermost_first",
    "rules::rule_5_handles::cancel_of_a_task_reaches_the_scopes_in_it",
    "rules::rule_5_handles::cancel_waits_for_the_clean_up_of_the_task",
    // they leave tasks of Tokio, drop shields, want no scope around them, or one order
    "adoption::without_a_scope_around_they_are_cancelled_all_the_same::dropped_by_an_abort",
    "cancel::a_checkpoint_gives_others_their_turn",
    "cancel::a_shield_that_is_dropped_from_outside_is_reported_with_its_site",
    "cancel::an_error_in_clean_up_with_no_scope_around_it_is_traced",
    "handles::open_scopes::below_a_named_parent",
    "rules::rule_10_the_ambient_scope::ambient_spawn_without_a_scope_panics_at_the_caller_with_a_clear_message",
    "rules::rule_10_the_ambient_scope::combinators_keep_the_scopes_apart",
    "rules::rule_10_the_ambient_scope::current_is_the_innermost_scope_of_the_running_code",
    "rules::rule_3_errors_and_panics_after_everything_has_ended::a_payload_whose_destructor_panics_harms_nobody",
    "rules::rule_9_what_tasks_inherit::spans::what_is_contained_without_on_error_is_traced_once",
];

pub(crate) fn test_on_current_thread<F: Future<Output = ()>>(name: &str, body: impl Fn() -> F) {
    let name = name.split_once("::").map_or(name, |(_, name)| name);
    if !DELIBERATE.contains(&name) {
        test(name, &|| Box::pin(body()));
    }
}

/// Not generic: there are hundreds of bodies.
fn test<'a>(name: &str, body: &dyn Fn() -> Pin<Box<dyn Future<Output = ()> + 'a>>) {
    let passed = |campaign: Everywhere| {
        let ended = campaign.timeout(20).run(async |_| body().await);
        ended.unwrap_or_else(|failure| panic!("{name}: {failure}"))
    };
    if passed(Everywhere::whole()).points() <= MANY {
        passed(Everywhere::cancel());
        passed(Everywhere::drop());
        passed(Everywhere::whole().interleave(5));
    }
}

pub(crate) fn test_on_multi_thread<F: Future<Output = ()>>(_: &str, _: impl Fn() -> F) {}
