//! Passwords that nobody has to think up.

use uuid::Uuid;

/// 32 characters that nobody takes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A random password: five groups of four characters, a hundred bits.
pub fn generate_password() -> String {
    // A version 4 UUID has 122 random bits in fixed places; hashing spreads two of them over all octets.
    let mut hasher = blake3::Hasher::new();
    hasher.update(Uuid::new_v4().as_bytes()).update(Uuid::new_v4().as_bytes());
    let random = hasher.finalize();
    let groups: Vec<String> = random.as_bytes().chunks(4).take(5).map(group).collect();
    groups.join("-")
}

fn group(octets: &[u8]) -> String {
    let letter = |octet: &u8| ALPHABET.get(usize::from(octet % 32)).copied().map(char::from);
    octets.iter().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_is_long_legible_and_new_each_time() {
        let password = generate_password();
        assert_eq!(password.len(), 24, "{password}");
        assert!(
            password.bytes().all(|octet| octet == b'-' || ALPHABET.contains(&octet)),
            "{password}"
        );
        assert_ne!(password, generate_password());
    }
}
