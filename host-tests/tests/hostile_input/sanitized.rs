//! A recording is sanitised in time that grows with its size alone, headers included.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use connector_host::recording::{
    Exchange, RecordedBody, RecordedResult, Recording, RecordingHeader, RecordingLine,
    sanitize_recording,
};

/// No answer takes longer than this: ten thousand times what a word may take.
const HANGS: Duration = Duration::from_secs(20);

fn recording(headers: &[(&str, &str)], bodies: &[String]) -> Vec<u8> {
    let head = RecordingHeader {
        format: RecordingHeader::format_version(),
        connector: "test".into(),
        version: "0".into(),
        component_sha256: String::new(),
        manifest_sha256: String::new(),
        base_url: "https://provider.example".into(),
        asked: Default::default(),
        credentials: vec!["key".into()],
        paths: vec!["/me".into()],
        places: vec![],
        sanitized: false,
    };
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let exchange = |body: &String| Exchange {
        scope: None,
        credential: "key".into(),
        path: "/me".into(),
        heard: RecordedResult::Answer {
            status: 200,
            headers: headers.iter().map(header).collect(),
            body: RecordedBody::Body(body.clone()),
        },
    };
    let exchanges = bodies
        .iter()
        .map(|body| RecordingLine::Exchange(exchange(body)));
    let lines = std::iter::once(RecordingLine::Recording(head)).chain(exchanges);
    let lines = lines.map(|line| serde_json::to_string(&line).unwrap() + "\n");
    lines.collect::<String>().into_bytes()
}

fn sanitized(recording: &[u8]) -> Recording {
    let mut clean = Vec::new();
    sanitize_recording(recording, &mut clean).unwrap();
    Recording::read(clean.as_slice()).unwrap()
}

fn answer(exchange: &Exchange) -> (&[(String, String)], &str) {
    let RecordedResult::Answer {
        headers,
        body: RecordedBody::Body(body),
        ..
    } = &exchange.heard
    else {
        panic!("{:?}", exchange.heard);
    };
    (headers, body)
}

/// Makes the word of a number.
type Form = fn(u32) -> String;

/// Numbers, short words, words of few forms: eighty thousand of each, all different.
#[test]
fn eighty_thousand_words_are_sanitized_in_time() {
    let forms: [(&str, Form); 4] = [
        ("numbers of five digits", |n| (10_000 + n).to_string()),
        ("hexadecimal", |n| {
            format!("{:x}", n.wrapping_mul(2_654_435_761))
        }),
        ("letters", |n| letters(n)),
        ("letters beyond ASCII", |n| letters(n).replace('a', "ß")),
    ];
    for (name, form) in forms {
        let words: Vec<String> = (0..80_000).map(form).collect();
        let texts = [words.join(" "), format!("[\"{}\"]", words.join("\",\""))];
        let recording = recording(&[], &texts);
        let begun = Instant::now();
        let clean = sanitized(&recording);
        let took = begun.elapsed();
        println!("{name}: {took:?} for {} bytes", recording.len());
        assert!(took < HANGS, "{name}: {took:?}");
        let stored: BTreeSet<&str> = words.iter().map(String::as_str).collect();
        let (_, text) = answer(&clean.exchanges[0]);
        let replaced: BTreeSet<&str> = text.split(' ').collect();
        // Each word has one of its own; few are somebody else's by chance.
        assert_eq!(replaced.len(), stored.len(), "{name}");
    }
}

fn letters(number: u32) -> String {
    let letter =
        |place: u32| char::from(b'a' + u8::try_from(number / 26_u32.pow(place) % 26).unwrap());
    (0..4).map(letter).collect()
}

#[test]
fn header_values_are_sanitized() {
    let headers = [
        ("x-ratelimit-owner", "anna.smith@example.com"),
        ("x-ratelimit-remaining", "299"),
        ("x-ratelimit-reset", "1795252800"),
        ("content-type", "application/json; charset=utf-8"),
        ("date", "Sat, 21 Nov 2026 10:00:00 GMT"),
        (
            "link",
            "<https://api.example/users?cursor=anna>; rel=\"next\"",
        ),
        ("content-language", "anna-smith"),
    ];
    let clean = sanitized(&recording(&headers, &["{\"name\":\"anna smith\"}".into()]));
    let (found, body) = answer(&clean.exchanges[0]);
    let text = format!("{found:?} {body}");
    assert!(!text.contains("anna") && !text.contains("smith"), "{text}");
    for (name, value) in [headers[1], headers[2], headers[3], headers[4]] {
        assert!(found.contains(&(name.into(), value.into())), "{text}");
    }
    // The same person is the same in headers and bodies.
    let owner = &found[0].1;
    let (first, rest) = owner.split_once('.').unwrap();
    let last = rest.split('@').next().unwrap();
    assert!(body.contains(&format!("{first} {last}")), "{text}");
}
