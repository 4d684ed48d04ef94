//! The examples of RFC 5545 §3.8.5.3 and §3.3.10, RFC 7529 §4.3.4, and what §3.3.10 says about
//! rules that the examples leave out. Expected times are in the RFC's own notation.

use calendar::zone::Zone;
use calendar::{CalendarObject, Limits};

/// Lines of a VEVENT, and its starts: `1997 Sep 2-11; Oct 3` are days at the time of DTSTART,
/// `1997 Sep 2 09:00 12:00` are times. A list that ends in `…` is the beginning of a longer one.
type Example = (&'static str, &'static str);

const RFC_5545_3_8_5_3: &[Example] = &[
    // Daily for 10 occurrences
    ("DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;COUNT=10", "1997 Sep 2-11"),
    // Daily until December 24, 1997
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;UNTIL=19971224T000000Z",
        "1997 Sep 2-30; Oct 1-31; Nov 1-30; Dec 1-23",
    ),
    // Every other day - forever
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;INTERVAL=2",
        "1997 Sep 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; \
         Oct 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; \
         Nov 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29; Dec 1,3 …",
    ),
    // Every 10 days, 5 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;INTERVAL=10;COUNT=5",
        "1997 Sep 2,12,22; Oct 2,12",
    ),
    // Every day in January, for 3 years, said in two ways
    (
        "DTSTART;TZID=America/New_York:19980101T090000\n\
         RRULE:FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31",
    ),
    (
        "DTSTART;TZID=America/New_York:19980101T090000\nRRULE:FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31",
    ),
    // Weekly for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=WEEKLY;COUNT=10",
        "1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4",
    ),
    // Weekly until December 24, 1997
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4,11,18,25; Dec 2,9,16,23",
    ),
    // Every other week - forever
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997 Sep 2,16,30; Oct 14,28; Nov 11,25; Dec 9,23; 1998 Jan 6,20; Feb 3,17 …",
    ),
    // Weekly on Tuesday and Thursday for five weeks, said in two ways
    (
        "DTSTART;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997 Sep 2,4,9,11,16,18,23,25,30; Oct 2",
    ),
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "1997 Sep 2,4,9,11,16,18,23,25,30; Oct 2",
    ),
    // Every other week on Monday, Wednesday, and Friday until December 24, 1997
    (
        "DTSTART;TZID=America/New_York:19970901T090000\n\
         RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997 Sep 1,3,5,15,17,19,29; Oct 1,3,13,15,17,27,29,31; Nov 10,12,14,24,26,28; Dec 8,10,12,22",
    ),
    // Every other week on Tuesday and Thursday, for 8 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997 Sep 2,4,16,18,30; Oct 2,14,16",
    ),
    // Monthly on the first Friday for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970905T090000\nRRULE:FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997 Sep 5; Oct 3; Nov 7; Dec 5; 1998 Jan 2; Feb 6; Mar 6; Apr 3; May 1; Jun 5",
    ),
    // Monthly on the first Friday until December 24, 1997
    (
        "DTSTART;TZID=America/New_York:19970905T090000\n\
         RRULE:FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997 Sep 5; Oct 3; Nov 7; Dec 5",
    ),
    // Every other month on the first and last Sunday of the month for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970907T090000\n\
         RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997 Sep 7,28; Nov 2,30; 1998 Jan 4,25; Mar 1,29; May 3,31",
    ),
    // Monthly on the second-to-last Monday of the month for 6 months
    (
        "DTSTART;TZID=America/New_York:19970922T090000\nRRULE:FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997 Sep 22; Oct 20; Nov 17; Dec 22; 1998 Jan 19; Feb 16",
    ),
    // Monthly on the third-to-the-last day of the month, forever
    (
        "DTSTART;TZID=America/New_York:19970928T090000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997 Sep 28; Oct 29; Nov 28; Dec 29; 1998 Jan 29; Feb 26 …",
    ),
    // Monthly on the 2nd and 15th of the month for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997 Sep 2,15; Oct 2,15; Nov 2,15; Dec 2,15; 1998 Jan 2,15",
    ),
    // Monthly on the first and last day of the month for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970930T090000\nRRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997 Sep 30; Oct 1,31; Nov 1,30; Dec 1,31; 1998 Jan 1,31; Feb 1",
    ),
    // Every 18 months on the 10th thru 15th of the month for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970910T090000\n\
         RRULE:FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997 Sep 10-15; 1999 Mar 10-13",
    ),
    // Every Tuesday, every other month
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997 Sep 2,9,16,23,30; Nov 4,11,18,25; 1998 Jan 6,13,20,27; Mar 3,10,17,24,31 …",
    ),
    // Yearly in June and July for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970610T090000\nRRULE:FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997 Jun 10; Jul 10; 1998 Jun 10; Jul 10; 1999 Jun 10; Jul 10; 2000 Jun 10; Jul 10; \
         2001 Jun 10; Jul 10",
    ),
    // Every other year on January, February, and March for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970310T090000\n\
         RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997 Mar 10; 1999 Jan 10; Feb 10; Mar 10; 2001 Jan 10; Feb 10; Mar 10; 2003 Jan 10; Feb 10; Mar 10",
    ),
    // Every third year on the 1st, 100th, and 200th day for 10 occurrences
    (
        "DTSTART;TZID=America/New_York:19970101T090000\n\
         RRULE:FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997 Jan 1; Apr 10; Jul 19; 2000 Jan 1; Apr 9; Jul 18; 2003 Jan 1; Apr 10; Jul 19; 2006 Jan 1",
    ),
    // Every 20th Monday of the year, forever
    (
        "DTSTART;TZID=America/New_York:19970519T090000\nRRULE:FREQ=YEARLY;BYDAY=20MO",
        "1997 May 19; 1998 May 18; 1999 May 17 …",
    ),
    // Monday of week number 20, forever
    (
        "DTSTART;TZID=America/New_York:19970512T090000\nRRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997 May 12; 1998 May 11; 1999 May 17 …",
    ),
    // Every Thursday in March, forever
    (
        "DTSTART;TZID=America/New_York:19970313T090000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997 Mar 13,20,27; 1998 Mar 5,12,19,26; 1999 Mar 4,11,18,25 …",
    ),
    // Every Thursday, but only during June, July, and August, forever
    (
        "DTSTART;TZID=America/New_York:19970605T090000\nRRULE:FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997 Jun 5,12,19,26; Jul 3,10,17,24,31; Aug 7,14,21,28; \
         1998 Jun 4,11,18,25; Jul 2,9,16,23,30; Aug 6,13,20,27; \
         1999 Jun 3,10,17,24; Jul 1,8,15,22,29; Aug 5,12,19,26 …",
    ),
    // Every Friday the 13th, forever; DTSTART, which is none, is excluded
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nEXDATE;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1998 Feb 13; Mar 13; Nov 13; 1999 Aug 13; 2000 Oct 13 …",
    ),
    // The first Saturday that follows the first Sunday of the month, forever
    (
        "DTSTART;TZID=America/New_York:19970913T090000\n\
         RRULE:FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997 Sep 13; Oct 11; Nov 8; Dec 13; 1998 Jan 10; Feb 7; Mar 7; Apr 11; May 9; Jun 13 …",
    ),
    // U.S. Presidential Election day
    (
        "DTSTART;TZID=America/New_York:19961105T090000\n\
         RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996 Nov 5; 2000 Nov 7; 2004 Nov 2 …",
    ),
    // The third instance into the month of one of Tuesday, Wednesday, or Thursday, for the next 3
    // months
    (
        "DTSTART;TZID=America/New_York:19970904T090000\n\
         RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997 Sep 4; Oct 7; Nov 6",
    ),
    // The second-to-last weekday of the month
    (
        "DTSTART;TZID=America/New_York:19970929T090000\n\
         RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997 Sep 29; Oct 30; Nov 27; Dec 30; 1998 Jan 29; Feb 26; Mar 30 …",
    ),
    // Every 3 hours from 9:00 AM to 5:00 PM on a specific day. The RFC prints 17:00Z, which is
    // 13:00 in New York: 21:00Z is what its result needs.
    (
        "DTSTART;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
        "1997 Sep 2 09:00 12:00 15:00",
    ),
    // Every 15 minutes for 6 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        "1997 Sep 2 09:00 09:15 09:30 09:45 10:00 10:15",
    ),
    // Every hour and a half for 4 occurrences
    (
        "DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MINUTELY;INTERVAL=90;COUNT=4",
        "1997 Sep 2 09:00 10:30 12:00 13:30",
    ),
    // Every 20 minutes from 9:00 AM to 4:40 PM every day, said in two ways
    (
        "DTSTART;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        TWENTY_MINUTES,
    ),
    (
        "DTSTART;TZID=America/New_York:19970902T090000\n\
         RRULE:FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        TWENTY_MINUTES,
    ),
    // Where the days generated make a difference because of WKST
    (
        "DTSTART;TZID=America/New_York:19970805T090000\n\
         RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997 Aug 5,10,19,24",
    ),
    (
        "DTSTART;TZID=America/New_York:19970805T090000\n\
         RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997 Aug 5,17,19,31",
    ),
    // An invalid date (February 30) is ignored
    (
        "DTSTART;TZID=America/New_York:20070115T090000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007 Jan 15,30; Feb 15; Mar 15,30",
    ),
];

const TWENTY_MINUTES: &str = "1997 Sep 2 09:00 09:20 09:40 10:00 10:20 10:40 11:00 11:20 11:40 12:00 \
     12:20 12:40 13:00 13:20 13:40 14:00 14:20 14:40 15:00 15:20 15:40 16:00 16:20 16:40; \
     Sep 3 09:00 09:20 09:40 10:00 …";

const RFC_5545_3_3_10: &[Example] = &[
    // "every Sunday in January at 8:30:00 AM and 9:30:00 AM, every other year"
    (
        "DTSTART;TZID=America/New_York:19970105T083000\n\
         RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30",
        "1997 Jan 5 08:30 09:30; Jan 12 08:30 09:30; Jan 19 08:30 09:30; Jan 26 08:30 09:30; \
         1999 Jan 3 08:30 09:30 …",
    ),
    // "10 occurrences that occur every other day"
    (
        "DTSTART:19970902T090000\nRRULE:FREQ=DAILY;COUNT=10;INTERVAL=2",
        "1997 Sep 2,4,6,8,10,12,14,16,18,20",
    ),
    // "the last work day of the month"
    (
        "DTSTART:19970930T090000\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "1997 Sep 30; Oct 31; Nov 28; Dec 31; 1998 Jan 30 …",
    ),
    // Week 53 is in years that begin on a Thursday, or a Wednesday and leap
    (
        "DTSTART;VALUE=DATE:19981231\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH",
        "1998 Dec 31; 2004 Dec 30; 2009 Dec 31; 2015 Dec 31; 2020 Dec 31 …",
    ),
    // BYHOUR, BYMINUTE and BYSECOND are ignored for a DATE
    (
        "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;BYHOUR=9,10;BYMINUTE=30;COUNT=3",
        "2026 Jan 1-3",
    ),
    // DTSTART counts as the first occurrence, whether or not the rule names it
    ("DTSTART:20260101T090000\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3", "2026 Jan 1,2,9"),
    // UNTIL of a DATE-TIME, a DATE or in another form than DTSTART's
    ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260103T090000", "2026 Jan 1-3"),
    ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260103T085959", "2026 Jan 1,2"),
    ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260103", "2026 Jan 1-3"),
    ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=20260103", "2026 Jan 1-3"),
    ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=20260103T000000Z", "2026 Jan 1-3"),
    // 9:00 in Auckland on the 3rd is 20:00 UTC on the 2nd
    (
        "DTSTART;TZID=Pacific/Auckland:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260102T200000Z",
        "2026 Jan 1-3",
    ),
    (
        "DTSTART;TZID=Pacific/Auckland:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260102T195959Z",
        "2026 Jan 1,2",
    ),
    // An UNTIL before DTSTART leaves DTSTART
    ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20251231T000000", "2026 Jan 1"),
    // BYSETPOS counts in the whole week of DTSTART: its first two of three days are over
    ("DTSTART:20260107T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", "2026 Jan 7,14,21 …"),
    // A day that occurs twice in a rule occurs once in the set
    (
        "DTSTART:20260228T090000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=28,-1;COUNT=4",
        "2026 Feb 28; Mar 28,31; Apr 28",
    ),
];

const RFC_7529: &[Example] = &[
    // §4.3.4: a leap day with SKIP=FORWARD, and without
    (
        "DTSTART;VALUE=DATE:20120229\nRRULE:RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
        "2012 Feb 29; 2013 Mar 1; 2014 Mar 1; 2015 Mar 1; 2016 Feb 29; 2017 Mar 1 …",
    ),
    ("DTSTART;VALUE=DATE:20120229\nRRULE:FREQ=YEARLY", "2012 Feb 29; 2016 Feb 29; 2020 Feb 29 …"),
    (
        "DTSTART;VALUE=DATE:20120229\nRRULE:RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD",
        "2012 Feb 29; 2013 Feb 28; 2014 Feb 28; 2015 Feb 28; 2016 Feb 29 …",
    ),
    // §4.1: the 31st of each month
    (
        "DTSTART;VALUE=DATE:20140131\nRRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT;COUNT=4",
        "2014 Jan 31; Mar 31; May 31; Jul 31",
    ),
    (
        "DTSTART;VALUE=DATE:20140131\nRRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4",
        "2014 Jan 31; Feb 28; Mar 31; Apr 30",
    ),
    (
        "DTSTART;VALUE=DATE:20140131\nRRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4",
        "2014 Jan 31; Mar 1,31; May 1",
    ),
    // §4.1: SKIP comes after BYMONTHDAY and before BYDAY: the day that it moved to is put to BYDAY
    (
        "DTSTART;VALUE=DATE:20140101\n\
         RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR;SKIP=BACKWARD;COUNT=4",
        "2014 Jan 1,31; Feb 28; Oct 31",
    ),
    // §4.1: a moved day that the rule names anyway is one instance
    (
        "DTSTART;VALUE=DATE:20150130\n\
         RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=1,30;SKIP=FORWARD;COUNT=5",
        "2015 Jan 30; Feb 1; Mar 1,30; Apr 1",
    ),
    // §4.1, 7: BYYEARDAY beyond the year
    (
        "DTSTART;VALUE=DATE:20121231\nRRULE:RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=BACKWARD",
        "2012 Dec 31; 2013 Dec 31; 2014 Dec 31; 2015 Dec 31; 2016 Dec 31 …",
    ),
    (
        "DTSTART;VALUE=DATE:20121231\nRRULE:RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY=366;SKIP=FORWARD",
        "2012 Dec 31; 2014 Jan 1; 2015 Jan 1; 2016 Jan 1; 2016 Dec 31; 2018 Jan 1 …",
    ),
];

#[test]
fn the_examples_of_rfc_5545_3_8_5_3_give_the_rfcs_results() {
    check(RFC_5545_3_8_5_3);
}

#[test]
fn what_rfc_5545_3_3_10_says_about_rules_holds() {
    check(RFC_5545_3_3_10);
}

#[test]
fn skip_moves_dates_that_do_not_exist_as_rfc_7529_says() {
    check(RFC_7529);
}

fn check(examples: &[Example]) {
    for (lines, expected) in examples {
        let (expected, open) = match expected.strip_suffix('…') {
            Some(expected) => (expected, true),
            None => (*expected, false),
        };
        let expected = times(expected, lines);
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n")
        );
        let object = CalendarObject::parse(text.as_bytes(), &Limits::default()).unwrap();
        let zone = zone(lines);
        let instances = object.all_instances(&zone, &Limits::default());
        let found: Vec<_> = instances
            .take(expected.len() + 1)
            .map(|instance| zone.local(instance.start).to_string())
            .collect();
        assert!(!open || found.len() > expected.len(), "{lines}\nends after {found:?}");
        let found = if open { &found[..expected.len()] } else { &found[..] };
        assert_eq!(found, expected, "{lines}");
    }
}

fn zone(lines: &str) -> Zone {
    let tzid = lines.split("TZID=").nth(1).and_then(|rest| rest.split(':').next());
    tzid.map_or_else(Zone::utc, |tzid| Zone::named(tzid).unwrap())
}

/// Reads the notation of [`Example`].
fn times(expected: &str, lines: &str) -> Vec<String> {
    let start = lines.lines().next().unwrap().split(':').nth(1).unwrap();
    let time = start.split_once('T').map_or("000000", |(_, time)| time);
    let time = format!("{}:{}", &time[0..2], &time[2..4]);
    let mut year = "";
    let mut times = Vec::new();
    for group in expected.split(';').map(str::trim).filter(|group| !group.is_empty()) {
        let mut words = group.split_whitespace().peekable();
        if words.peek().is_some_and(|word| word.len() == 4) {
            year = words.next().unwrap();
        }
        let month = month(words.next().unwrap());
        let days = words.next().unwrap();
        let mut hours: Vec<_> = words.collect();
        if hours.is_empty() {
            hours.push(&time);
        }
        for days in days.split(',') {
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            for day in first.parse::<u8>().unwrap()..=last.parse::<u8>().unwrap() {
                times.extend(
                    hours.iter().map(|hour| format!("{year}-{month:02}-{day:02}T{hour}:00")),
                );
            }
        }
    }
    times
}

fn month(name: &str) -> usize {
    let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    names.find(name).unwrap() / 3 + 1
}
