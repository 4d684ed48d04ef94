//! The instance index ends at a horizon, which moves on with the clock; answers never depend on it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use convene::Config;

use crate::harness::case::{Case, case_on};
use crate::harness::client::{Client, Response};
use crate::harness::clock::SetClock;
use crate::harness::process::Program;
use crate::harness::random::Random;
use crate::harness::samples::{event_at, event_with};
use crate::harness::{Engine, Person, World};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case_on("years without a write, the index goes on and answers stay the same", moves_on),
        case_on("killed while the horizon moves, the index is whole", killed_while_moving),
        case_on("what is written while the horizon moves is indexed once", written_while_moving),
    ]
}

const SERIES: usize = 50;

fn stock(client: &Client) {
    for number in 0..SERIES {
        put_series(client, number, number % 24).expect(201);
    }
    let lines = ["DTSTART:20260105T000000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY;INTERVAL=40"];
    client.put(&client.at("calendar/often.ics"), &event_with("often", &lines)).expect(201);
    let once = event_at("once", "Once", "20320112T100000Z", "20320112T110000Z");
    client.put(&client.at("calendar/once.ics"), &once).expect(201);
}

fn put_series(client: &Client, number: usize, hour: usize) -> Response {
    let start = format!("DTSTART:20260105T{hour:02}0000Z");
    let lines = [start.as_str(), "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
    let path = client.at(&format!("calendar/series{number:02}.ics"));
    client.put(&path, &event_with(&format!("series{number}"), &lines))
}

/// What is in the second week of 2032: a Monday, 12 January, and nothing on Tuesday.
#[track_caller]
fn assert_answers(client: &Client) {
    for (start, end, expected) in [
        ("20320112T000000Z", "20320113T000000Z", SERIES + 2),
        ("20320112T100000Z", "20320112T110000Z", 4),
        ("20320113T000000Z", "20320114T000000Z", 1),
    ] {
        let found = client.report(
            &client.at("calendar/"),
            "C:calendar-query",
            &format!(
                "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">\
                 <C:comp-filter name=\"VEVENT\"><C:time-range start=\"{start}\" end=\"{end}\"/>\
                 </C:comp-filter></C:comp-filter></C:filter>"
            ),
        );
        assert_eq!(found.multistatus().responses.len(), expected, "{start}");
    }
}

/// The clock goes on by itself, without a write: the daily job finds all objects whose index ends too soon.
fn moves_on(engine: Engine) {
    let clock = SetClock::at("2026-03-01T00:00:00Z");
    let mut settings = Config::default();
    settings.jobs.poll_seconds = 1;
    let world = World::at_the_time_of(engine, clock.clock(), settings);
    let alice = world.user("alice");
    stock(&alice);
    // What is written in 2026 is indexed into 2028.
    let in_2032 = "2032-01-20T00:00:00Z".parse().expect("a moment");
    assert_eq!(world.count_ending(in_2032), SERIES + 2);
    assert_answers(&alice);
    clock.set("2031-03-01T00:00:00Z");
    assert_answers(&alice);

    // A series that is too dense for the index stays beyond it.
    wait_until(|| world.count_ending(in_2032) == 1);
    assert_answers(&alice);
    assert_eq!(world.count_ending("2033-03-20T00:00:00Z".parse().expect("a moment")), SERIES + 1);
}

fn wait_until(holds: impl Fn() -> bool) {
    const PATIENCE: Duration = Duration::from_secs(30);
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "the horizon does not move");
        sleep(Duration::from_millis(50));
    }
}

/// With a farther horizon in the configuration the job has all objects to do when the server starts. It is
/// killed amid; each object's index is the old or the new one, and the next start goes on.
fn killed_while_moving(engine: Engine) {
    let mut random = Random::from_seed(11);
    let mut program = Program::start(engine, &[Person::of_this_house("alice")]);
    stock(&program.user("alice"));
    program.kill();
    program.set(&[("CONVENE_SCHEDULING_HORIZON_MONTHS", "240")]);
    for kill in 0..6 {
        program.serve();
        sleep(Duration::from_millis(random.below(60) as u64));
        program.kill();
        assert_sound(&program, &format!("after kill {kill}"));
    }
    program.serve();
    assert_answers(&program.user("alice"));
}

/// The job and the writes are about the same objects. Each waits for the other: nobody is told of an error, and no row of an
/// old index stays.
fn written_while_moving(engine: Engine) {
    let mut program = Program::start(engine, &[Person::of_this_house("alice")]);
    stock(&program.user("alice"));
    for (round, months) in ["60", "120", "240"].into_iter().enumerate() {
        program.kill();
        program.set(&[("CONVENE_SCHEDULING_HORIZON_MONTHS", months)]);
        program.serve();
        let alice = program.user("alice");
        for number in (0..SERIES).rev() {
            put_series(&alice, number, (number + round + 1) % 24).expect(204);
        }
    }
    program.kill();
    assert_sound(&program, "after all writes");
}

#[track_caller]
fn assert_sound(program: &Program, when: &str) {
    let check = program.run(&["check"]);
    assert!(
        check.status.success(),
        "{when}, convene check says\n{}{}",
        String::from_utf8_lossy(&check.stdout),
        String::from_utf8_lossy(&check.stderr)
    );
}
