//! Failed logins slow down, and in the end stop, whoever makes them.
//!
//! Three counters, each falling by one with time: one per address and account together, one per
//! address, one per account. The first two can refuse. The one per account only delays, so that
//! nobody can lock somebody else out. A request with credentials that are known to be right is never
//! held up here, and one right password clears its address and account.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

use moka::sync::Cache;

/// Failures that cost nothing: people mistype, and phones go on with an old password for a while.
const FREE: u32 = 3;
/// Failures of one address at one account before it has to wait.
const PAIR_LIMIT: u32 = 30;
/// Failures of one address at all accounts before it has to wait.
const ADDRESS_LIMIT: u32 = 100;
/// A counter falls by one in this time.
const FADE: Duration = Duration::from_secs(30);
/// The first delay; it doubles with each further failure.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(2);
/// Counters kept; the least used go first.
const COUNTERS: u64 = 30_000;

/// Where a login comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: IpAddr,
    /// Loopback, or a proxy that named nobody: many people may be behind it, so it has no counter of
    /// its own.
    pub(crate) is_shared: bool,
}

/// What to do with a login before its password is looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look at it.
    Try,
    /// Answer 429, with this many seconds in Retry-After.
    Wait(u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Pair(IpAddr, String),
    Address(IpAddr),
    Account(String),
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    failures: u32,
    /// Since when `failures` stands.
    since: Instant,
}

#[derive(Debug)]
pub(crate) struct Throttle {
    counters: Cache<Key, Counter>,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        let idle = FADE * ADDRESS_LIMIT;
        Self { counters: Cache::builder().max_capacity(COUNTERS).time_to_idle(idle).build() }
    }

    /// Whether this login may be tried now.
    pub(crate) fn check(&self, origin: Origin, account: &str, now: Instant) -> Verdict {
        let pair = Key::Pair(network(origin.address), account.to_owned());
        let address = Key::Address(network(origin.address));
        let limits = [(pair, PAIR_LIMIT, false), (address, ADDRESS_LIMIT, origin.is_shared)];
        for (key, limit, exempt) in limits {
            let Some(counter) = self.counters.get(&key).filter(|_| !exempt) else { continue };
            let counter = counter.at(now);
            if counter.failures >= limit {
                let waited = now.saturating_duration_since(counter.since);
                return Verdict::Wait(FADE.saturating_sub(waited).as_secs() + 1);
            }
        }
        Verdict::Try
    }

    /// Counts a failure, and says how long its answer is to be held back.
    pub(crate) fn failed(&self, origin: Origin, account: &str, now: Instant) -> Duration {
        let address = network(origin.address);
        let pair = self.count(Key::Pair(address, account.to_owned()), now);
        let account = self.count(Key::Account(account.to_owned()), now);
        if !origin.is_shared {
            self.count(Key::Address(address), now);
        }
        delay(pair.max(account))
    }

    /// Forgets the failures of this address at this account: its user is there.
    pub(crate) fn succeeded(&self, origin: Origin, account: &str) {
        self.counters.invalidate(&Key::Pair(network(origin.address), account.to_owned()));
    }

    fn count(&self, key: Key, now: Instant) -> u32 {
        let entry = self.counters.entry(key).and_upsert_with(|entry| match entry {
            Some(entry) => {
                let counter = entry.into_value().at(now);
                Counter { failures: counter.failures.saturating_add(1), ..counter }
            }
            None => Counter { failures: 1, since: now },
        });
        entry.into_value().failures
    }
}

impl Counter {
    /// The counter as time has brought it down.
    fn at(self, now: Instant) -> Self {
        let passed = now.saturating_duration_since(self.since);
        let fallen = u32::try_from(passed.as_secs() / FADE.as_secs()).unwrap_or(u32::MAX);
        if fallen >= self.failures {
            return Self { failures: 0, since: now };
        }
        Self { failures: self.failures - fallen, since: self.since + FADE * fallen }
    }
}

fn delay(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE + 1) else { return Duration::ZERO };
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY)
}

/// Whoever has one IPv6 address has its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Origin {
        let address: IpAddr = address.parse().unwrap();
        Origin { address, is_shared: address.is_loopback() }
    }

    #[test]
    fn failures_are_delayed_more_and_more_and_then_refused() {
        let throttle = Throttle::new();
        let now = Instant::now();
        let delays: Vec<u128> = (0..PAIR_LIMIT)
            .map(|_| {
                assert_eq!(throttle.check(from("192.0.2.1"), "ann", now), Verdict::Try);
                throttle.failed(from("192.0.2.1"), "ann", now).as_millis()
            })
            .collect();
        assert_eq!(delays[..9], [0, 0, 0, 100, 200, 400, 800, 1600, 2000]);
        assert!(delays[9..].iter().all(|delay| *delay == 2000), "{delays:?}");
        assert_eq!(throttle.check(from("192.0.2.1"), "ann", now), Verdict::Wait(31));
        assert_eq!(throttle.check(from("192.0.2.1"), "bob", now), Verdict::Try, "another account");
        assert_eq!(throttle.check(from("192.0.2.2"), "ann", now), Verdict::Try, "another address");
        let later = now + FADE;
        assert_eq!(throttle.check(from("192.0.2.1"), "ann", later), Verdict::Try, "after the wait");
    }

    #[test]
    fn many_addresses_at_one_account_are_delayed_but_lock_nobody_out() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for host in 0..200 {
            throttle.failed(from(&format!("192.0.2.{host}")), "ann", now);
        }
        assert_eq!(throttle.failed(from("198.51.100.1"), "ann", now), LONGEST_DELAY);
        assert_eq!(throttle.check(from("203.0.113.1"), "ann", now), Verdict::Try);
    }

    #[test]
    fn one_address_at_many_accounts_is_refused_unless_many_share_it() {
        let now = Instant::now();
        for (address, expected) in [("192.0.2.1", Verdict::Wait(31)), ("127.0.0.1", Verdict::Try)] {
            let throttle = Throttle::new();
            for account in 0..ADDRESS_LIMIT {
                throttle.failed(from(address), &format!("user{account}"), now);
            }
            assert_eq!(throttle.check(from(address), "ann", now), expected, "{address}");
        }
    }

    #[test]
    fn a_right_password_clears_its_address_and_account() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for _ in 0..PAIR_LIMIT {
            throttle.failed(from("192.0.2.1"), "ann", now);
        }
        throttle.succeeded(from("192.0.2.1"), "ann");
        assert_eq!(throttle.check(from("192.0.2.1"), "ann", now), Verdict::Try);
    }

    #[test]
    fn ipv6_addresses_of_one_network_count_together() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for host in 0..PAIR_LIMIT {
            throttle.failed(from(&format!("2001:db8::{host:x}")), "ann", now);
        }
        assert_eq!(throttle.check(from("2001:db8::ffff"), "ann", now), Verdict::Wait(31));
        assert_eq!(throttle.check(from("2001:db8:1::1"), "ann", now), Verdict::Try);
    }
}
