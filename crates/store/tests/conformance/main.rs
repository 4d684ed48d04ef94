//! What every store must do, run on SQLite and on Postgres.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test they are what fails it"
)]

mod fixture;

mod changes;
mod collections;
mod history;
mod index;
mod objects;
mod principals;
mod properties;
mod races;
mod scheduling;

/// Each function is a test on either engine, named after both.
macro_rules! conformance {
    ($($module:ident { $($name:ident),+ $(,)? })+) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::fixture::Fixture::sqlite().await).await;
                })+
            })+
        }

        mod postgres {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::fixture::Fixture::postgres().await).await;
                })+
            })+
        }
    };
}

conformance! {
    principals {
        names_are_found_in_any_case_and_taken_once,
        addresses_belong_to_one_principal,
        many_addresses_are_resolved_at_once,
        passwords_are_replaced_and_listed_with_the_principal,
        booking_settings_are_kept,
        groups_have_members,
        groups_in_one_another_have_people,
        a_principal_with_objects_is_not_removed,
        listing_goes_on_after_a_name,
    }
    collections {
        a_name_is_taken_once_in_a_home,
        the_home_changes_with_everything_below_it,
        a_collection_with_objects_is_not_removed,
        places_are_found_for_many,
        settings_are_replaced,
        a_renamed_collection_keeps_what_is_in_it,
    }
    objects {
        what_is_put_is_found_in_one_statement,
        a_path_leads_as_far_as_it_exists,
        a_scene_is_what_is_there_and_who_has_to_do_with_it,
        replacing_keeps_id_and_creation,
        a_batch_over_many_collections_is_written_in_order,
        a_batch_that_contradicts_itself_is_refused,
        octets_are_kept_as_they_are,
        members_are_listed_in_pages,
        many_names_are_fetched_at_once,
        copies_are_found_in_calendars_only,
        there_is_one_object_writer,
        a_dropped_transaction_leaves_nothing,
        a_failed_statement_ends_the_transaction,
        a_consistent_snapshot_does_not_move,
    }
    changes {
        changes_are_listed_in_order_and_in_pages,
        removed_and_made_again_is_changed_only,
        made_and_removed_between_two_syncs_is_removed,
        the_initial_sync_has_no_removals,
        syncing_from_any_token_gives_the_full_listing,
        pruned_tombstones_raise_the_oldest_token,
    }
    history {
        every_write_is_a_version,
        the_first_version_of_a_schedule_tag_is_found,
        pruning_keeps_what_is_current,
        a_removed_object_keeps_its_versions_until_pruned,
        octets_of_one_write_are_shared,
    }
    index {
        hits_are_the_buckets_in_the_span,
        objects_beyond_the_index_are_hits_before_it,
        hits_lie_in_the_seconds_of_the_span,
        pages_of_hits_follow_one_another,
        keeping_the_index_keeps_rows_and_horizon,
        busy_time_of_many_is_one_list,
        no_hit_is_missed_while_the_horizon_moves,
        the_horizon_moves_only_on_what_was_read,
    }
    properties {
        properties_are_set_replaced_and_removed,
        properties_move_the_token,
        properties_go_with_their_target_and_are_copied,
    }
    scheduling {
        answers_are_kept_per_attendee_and_instance,
        the_audit_tells_the_story_of_a_uid,
        outgoing_messages_wait_in_order,
        a_job_is_coalesced_and_claimed_once,
        a_job_put_while_it_runs_runs_again,
        a_lost_lease_is_claimed_again,
        putting_a_job_wakes_those_who_wait,
    }
    races {
        fifty_writers_of_one_collection_lose_nothing,
        writers_in_a_group_fail_alone,
        transactions_dropped_in_mid_statement_harm_nobody,
        commits_finish_though_nobody_waits,
        what_was_committed_survives_without_close,
        writers_with_crossing_locks_all_finish,
        a_name_that_many_make_is_made_once,
        jobs_are_claimed_once_by_many,
        readers_do_not_wait_for_the_writer,
    }
}
