//! Inputs made from those of the corpus: octets, lines and structure changed at random, from a seed.

/// A small generator of numbers (xorshift), the same for a seed everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 11).expect("64 bits") % limit.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// What often hurts.
const SPLINTERS: [&str; 20] = [
    "",
    "\r\n",
    "\n ",
    ":",
    ";",
    "\"",
    ",",
    "\\",
    "^",
    "=",
    "\u{e9}",
    "\0",
    "99999999999",
    "-",
    "T",
    "Z",
    "P9999999999W",
    "00010101T000000Z",
    "99991231T235959Z",
    "TZID=",
];

/// Lines that mean something wherever they stand.
const LINES: [&str; 22] = [
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VALARM",
    "END:VALARM",
    "BEGIN:VTIMEZONE",
    "END:VTIMEZONE",
    "DTSTART:20260105T090000Z",
    "DTSTART;VALUE=DATE:20260105",
    "DTSTART;TZID=Somewhere:20260329T023000",
    "DTEND:20250101T000000Z",
    "DURATION:-P1W",
    "RRULE:FREQ=SECONDLY",
    "RRULE:FREQ=DAILY;COUNT=4000000000",
    "EXRULE:FREQ=MINUTELY",
    "RDATE;VALUE=PERIOD:20260106T090000Z/P9999W",
    "EXDATE;VALUE=DATE:20260105",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260113T090000Z",
    "RECURRENCE-ID;VALUE=DATE:20260113",
    "STATUS:CANCELLED",
    "TRIGGER;RELATED=END:PT0S",
    "REPEAT:4294967295",
    "UID:other",
];

/// An input with a few changes.
pub(crate) fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut octets = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        match random.below(3) {
            0 => change_octets(&mut octets, random),
            1 => change_lines(&mut octets, corpus, random),
            _ => change_structure(&mut octets, random),
        }
        octets.truncate(64 * 1024);
    }
    octets
}

fn change_octets(octets: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(octets.len() + 1);
    let end = (start + random.below(12)).min(octets.len());
    match random.below(4) {
        0 => drop(octets.splice(start..end, random.of(&SPLINTERS).bytes())),
        1 => drop(octets.splice(start..end, octets[start..end].repeat(2))),
        2 => octets.truncate(start),
        _ => {
            if let Some(octet) = octets.get_mut(start) {
                *octet ^= 1 << random.below(8);
            }
        }
    }
}

fn change_lines(octets: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let mut lines = lines_of(octets);
    let at = random.below(lines.len());
    let other = random.below(lines.len());
    match random.below(5) {
        0 => drop(lines.remove(at)),
        1 => lines.swap(at, other),
        2 => {
            let line = lines[at].clone();
            lines.splice(at..at, std::iter::repeat_n(line, 1 << random.below(9)));
        }
        3 => lines.insert(at, format!("{}\r\n", random.of(&LINES)).into_bytes()),
        _ => {
            let others = lines_of(&corpus[random.below(corpus.len())]);
            lines.insert(at, others[random.below(others.len())].clone());
        }
    }
    *octets = lines.concat();
}

/// Components doubled, nested, and values put under other names.
fn change_structure(octets: &mut Vec<u8>, random: &mut Random) {
    let mut lines = lines_of(octets);
    let begins = |line: &Vec<u8>| line.to_ascii_uppercase().starts_with(b"BEGIN:");
    let starts: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| begins(line)).map(|(at, _)| at).collect();
    match random.below(3) {
        0 if !starts.is_empty() => {
            let start = starts[random.below(starts.len())];
            let end = (start + 1 + random.below(12)).min(lines.len());
            let part = lines[start..end].to_vec();
            let at = random.below(lines.len() + 1);
            lines.splice(at..at, part);
        }
        1 if !starts.is_empty() => {
            let start = starts[random.below(starts.len())];
            let depth = 1 + random.below(20);
            let name = random.of(&["VALARM", "VEVENT", "X-INNER"]);
            for _ in 0..depth {
                lines.insert(start + 1, format!("BEGIN:{name}\r\n").into_bytes());
                let last = lines.len() - random.below(3).min(lines.len());
                lines.insert(last, format!("END:{name}\r\n").into_bytes());
            }
        }
        _ => {
            let from = lines[random.below(lines.len())].clone();
            let at = random.below(lines.len());
            let colon = |line: &[u8]| line.iter().position(|octet| *octet == b':');
            if let (Some(name), Some(value)) = (colon(&lines[at]), colon(&from)) {
                let mut line = lines[at][..name].to_vec();
                line.extend_from_slice(&from[value..]);
                lines[at] = line;
            }
        }
    }
    *octets = lines.concat();
}

fn lines_of(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> =
        octets.split_inclusive(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        lines.push(b"BEGIN:VCALENDAR\r\n".to_vec());
    }
    lines
}
