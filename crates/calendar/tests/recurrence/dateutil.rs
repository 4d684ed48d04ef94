//! Recurrence against a table that an independent implementation made (tests/oracle/rules.py).

use calendar::zone::Zone;
use calendar::{CalendarObject, Limits};

const TABLE: &str = include_str!("../tables/rules.txt");
/// As the script has it: at most so many times are compared, none after 2150.
const LIMIT: usize = 40;
const END: &str = "2151-01-01T00:00:00Z";

struct Row<'a> {
    rule: &'a str,
    start: &'a str,
    zone: &'a str,
    number: usize,
    digest: &'a str,
    shown: Vec<i64>,
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<_> = line.split('|').collect();
        let [rule, start, zone, number, digest, shown] = fields[..] else {
            panic!("{line}: six fields are expected");
        };
        let distances = shown.split(',').map(|n| n.parse::<i64>().unwrap());
        let shown = distances.scan(0, |at, distance| {
            *at += distance;
            Some(*at)
        });
        Row { rule, start, zone, number: number.parse().unwrap(), digest, shown: shown.collect() }
    })
}

fn object(row: &Row<'_>) -> CalendarObject {
    let start = match row.zone {
        "-" => format!("DTSTART:{}", row.start),
        "date" => format!("DTSTART;VALUE=DATE:{}", row.start),
        zone => format!("DTSTART;TZID={zone}:{}", row.start),
    };
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{start}\r\nRRULE:{}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        row.rule
    );
    CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn times(row: &Row<'_>) -> Vec<i64> {
    let object = object(row);
    let window = "0001-01-02T00:00:00Z".parse().unwrap()..END.parse().unwrap();
    let instances = object.instances(window, &Zone::utc(), &Limits::default());
    instances.take(LIMIT).map(|instance| instance.start.as_second()).collect()
}

fn digest(times: &[i64]) -> String {
    let text: String = times.iter().map(|time| format!("{time}\n")).collect();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn rules_give_the_times_that_dateutil_gives() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for row in rows() {
        seen += 1;
        let times = times(&row);
        let shown = &times[..times.len().min(row.shown.len())];
        if shown != row.shown || times.len() != row.number || digest(&times) != row.digest {
            wrong.push(format!(
                "{};DTSTART={};zone={}\n  is        {} {shown:?}\n  should be {} {:?}",
                row.rule,
                row.start,
                row.zone,
                times.len(),
                row.number,
                row.shown
            ));
        }
    }
    assert!(seen >= 5_000, "the table has {seen} rows");
    let number = wrong.len();
    wrong.truncate(10);
    assert!(wrong.is_empty(), "{number} of {seen} rules differ:\n{}", wrong.join("\n"));
}
