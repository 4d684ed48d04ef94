use super::support::*;
use crate::itip::{Intent, Notice, Route};
use calendar::*;
use std::collections::BTreeSet;

fn meaning_all(tree: &Component, without: &[&str]) -> Vec<BTreeSet<String>> {
    let mut v: Vec<_> = tree
        .components()
        .filter(|c| c.name() != "VTIMEZONE")
        .map(|c| meaning(c, without))
        .collect();
    v.sort();
    v
}
#[test]
fn outside() {
    let text = std::fs::read_to_string("/work/shared/scenarios/rfc5546_group_event.txt").unwrap();
    let mut town = Town::of(&["a", "b", "c", "d", "e"]);
    let mut last: Vec<crate::itip::Message> = vec![];
    let mut steps: Vec<(String, String)> = vec![];
    for line in text.lines() {
        if line.starts_with("# ") {
            continue;
        }
        if let Some(s) = line.strip_prefix("> ") {
            steps.push((s.to_owned(), String::new()));
            continue;
        }
        if let Some(l) = steps.last_mut() {
            l.1.push_str(line);
            l.1.push_str("\r\n");
        }
    }
    let mut fails = 0;
    for (n, (head, body)) in steps.iter().enumerate() {
        let words: Vec<&str> = head.split(' ').collect();
        let user = |w: &str| {
            i64::from(b"abcde".iter().position(|c| *c == w.as_bytes()[0]).unwrap() as i32 + 1)
        };
        let _ = |w: &str| town.id(w.split('@').next().unwrap());
        match words[0] {
            "put" => {
                town.world.wait(1);
                let u = user(words[1]);
                let obj =
                    CalendarObject::parse(body.trim().as_bytes(), &Limits::default()).unwrap();
                let d = town.world.put(u, &obj, Intent::default()).unwrap().unwrap();
                for m in &d.messages {
                    println!("step {n}: {} | {}", m.itip.method(), m.summary);
                }
                last = d.messages;
            }
            "delete" => {
                town.world.wait(1);
                let u = user(words[1]);
                let d = town.world.delete(u, words[2], Intent::default()).unwrap().unwrap();
                for m in &d.messages {
                    println!("step {n}: {} | {}", m.itip.method(), m.summary);
                }
                last = d.messages;
            }
            "send" => {
                town.world.settle();
            }
            "expect" => {
                let mut want: Vec<(String, BTreeSet<String>, Vec<BTreeSet<String>>)> = vec![];
                for part in body.split("================================") {
                    let (h, cal) = part.split_at(part.find("BEGIN:VCALENDAR").unwrap());
                    let to: BTreeSet<String> = h
                        .lines()
                        .find_map(|l| l.strip_prefix("to: "))
                        .unwrap()
                        .split(", ")
                        .map(str::to_owned)
                        .collect();
                    let m = Message::parse(cal.trim().as_bytes(), &Limits::default()).unwrap();
                    want.push((
                        m.method().to_string(),
                        to,
                        meaning_all(m.tree(), &["DTSTAMP", "SCHEDULE-STATUS"]),
                    ));
                }
                let mut got: Vec<_> = last
                    .iter()
                    .map(|m| {
                        (
                            m.itip.method().to_string(),
                            m.recipients
                                .iter()
                                .filter(|r| {
                                    !matches!(r.route, Route::Local { notice: Notice::Quiet, .. })
                                })
                                .map(|r| r.address.mail().unwrap().to_owned())
                                .collect::<BTreeSet<_>>(),
                            meaning_all(m.itip.tree(), &["DTSTAMP", "SCHEDULE-STATUS"]),
                        )
                    })
                    .filter(|m| !m.1.is_empty())
                    .collect();
                want.sort();
                got.sort();
                if want != got {
                    fails += 1;
                    println!("STEP {n} {head} differs\nwant {want:#?}\n got {got:#?}");
                }
            }
            "get" => {
                let u = user(words[1]);
                let want =
                    CalendarObject::parse(body.trim().as_bytes(), &Limits::default()).unwrap();
                let got = town.world.copy(u, words[2]).unwrap();
                let code = |s: &BTreeSet<String>| {
                    s.iter()
                        .map(|l| {
                            l.replace(";SCHEDULE-STATUS=1.2", "")
                                .replace(";SCHEDULE-STATUS=3.7", "")
                                .replace(";SCHEDULE-STATUS=5.3", "")
                        })
                        .collect::<BTreeSet<_>>()
                };
                let w: Vec<_> = meaning_all(want.tree(), &["DTSTAMP"]).iter().map(code).collect();
                let g: Vec<_> = meaning_all(got.tree(), &["DTSTAMP"]).iter().map(code).collect();
                if w != g {
                    fails += 1;
                    println!("STEP {n} {head} differs\nwant {w:#?}\n got {g:#?}");
                }
            }
            _ => panic!("{head}"),
        }
    }
    assert_eq!(fails, 0);
}
