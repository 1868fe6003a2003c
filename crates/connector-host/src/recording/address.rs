//! Addresses of a provider's pages. Connectors read names out of them, such as a tenant's subdomain, and
//! know them by the provider's own name, which stays: it is the same in every recording.

/// Splits an address, if its host shares a name with one of `places`: the scheme with its `://`,
/// the tenant's own labels, those of the provider, and the rest.
pub(super) fn split_address<'a>(text: &'a str, places: &[String]) -> Option<[&'a str; 4]> {
    let (scheme, host, rest) = split(text)?;
    let shared = places.iter().filter_map(|place| split(place));
    let shared = shared.map(|(_, place, _)| common_tail(host, place)).max()?;
    let (own, provider) = host.split_at_checked(host.len().checked_sub(shared)?)?;
    // `com` alone is no name.
    let named = provider.trim_start_matches('.').contains('.');
    named.then_some([scheme, own, provider, rest])
}

/// Returns the scheme with its `://`, host, and what comes after.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let after = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let (scheme, after) = text.split_at_checked(text.len() - after.len())?;
    let end = after.find(['/', '?', '#', ':']).unwrap_or(after.len());
    let (host, rest) = after.split_at_checked(end)?;
    Some((scheme, host, rest))
}

/// Returns the number of bytes of the common labels at the end of both, with the dots before them.
fn common_tail(one: &str, other: &str) -> usize {
    let labels = one.rsplit('.').zip(other.rsplit('.'));
    let same = labels.take_while(|(one, other)| one == other);
    let length: usize = same.map(|(label, _)| label.len() + 1).sum();
    length.min(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_own_name_is_distinguished() {
        let places = [
            "https://api.eu.provider.com".to_owned(),
            "http://127.0.0.1:80".to_owned(),
        ];
        for (text, wanted) in [
            (
                "https://acme.provider.com/users/7?x",
                Some(["https://", "acme", ".provider.com", "/users/7?x"]),
            ),
            (
                "https://acme.eu.provider.com",
                Some(["https://", "acme", ".eu.provider.com", ""]),
            ),
            (
                "https://api.eu.provider.com:443/a",
                Some(["https://", "", "api.eu.provider.com", ":443/a"]),
            ),
            (
                "https://provider.com/a",
                Some(["https://", "", "provider.com", "/a"]),
            ),
            ("https://acme.com/a", None),
            ("https://acme-provider.com/a", None),
            ("https://provider.com.evil.example/a", None),
            ("see https://acme.provider.com", None),
            ("acme.provider.com", None),
            ("https://", None),
        ] {
            assert_eq!(split_address(text, &places), wanted, "{text}");
        }
    }
}
