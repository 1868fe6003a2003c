//! Writing an exchange down costs the calls of others nothing.

use std::sync::Arc;
use std::time::Duration;

use connector_host::recording::{Recorded, RecordedOptions, Recorder, Recording, RecordingHeader};
use connector_host::runtime::{CallClock, HttpClient};
use rustix::time::{ClockId, clock_gettime};

use crate::support::provider::*;

fn spent(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

fn head() -> RecordingHeader {
    RecordingHeader {
        format: RecordingHeader::format_version(),
        connector: "test".into(),
        version: "0".into(),
        component_sha256: String::new(),
        manifest_sha256: String::new(),
        base_url: "http://127.0.0.1".into(),
        asked: RecordedOptions::default(),
        credentials: vec!["key".into()],
        paths: vec!["/me".into()],
        places: vec![],
        sanitized: true,
    }
}

/// The runtime has one thread: this one.
#[tokio::test]
async fn no_runtime_thread_sanitizes_a_recording() {
    let words: Vec<String> = (0..80_000_u32)
        .map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    let server = Server::start(answer("200 OK", words.join(" ").as_bytes())).await;
    let gateway = gateway(&format!("http://127.0.0.1:{}", server.port), &quick());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording");
    let recorder = Arc::new(Recorder::create_file(&path, &head()).unwrap());
    let recorded = Recorded::new(Arc::clone(&recorder), Arc::new(gateway));
    let clock = CallClock::start(Duration::from_secs(60));
    let (thread, process) = (
        spent(ClockId::ThreadCPUTime),
        spent(ClockId::ProcessCPUTime),
    );
    for _ in 0..5 {
        let answer = recorded.get(request("/me"), &clock).await.unwrap();
        assert!(answer.body.len() > 500_000);
    }
    recorder.finish_recording("2026-11-21T10:00:00Z").unwrap();
    let thread = spent(ClockId::ThreadCPUTime) - thread;
    let process = spent(ClockId::ProcessCPUTime) - process;
    println!("{thread:?} of {process:?} on the runtime's thread");
    assert!(thread * 3 < process, "{thread:?} of {process:?}");
    let recording = Recording::read(std::fs::read(&path).unwrap().as_slice()).unwrap();
    assert_eq!(recording.exchanges.len(), 5);
    assert!(recording.started_at.is_some() && !recording.cut);
}

#[tokio::test]
async fn a_recorder_that_is_dropped_has_written_all() {
    let server = Server::start(answer("200 OK", &vec![b'x'; 100_000])).await;
    let gateway = gateway(&format!("http://127.0.0.1:{}", server.port), &quick());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording");
    let recorder = Arc::new(Recorder::create_file(&path, &head()).unwrap());
    let recorded = Recorded::new(recorder, Arc::new(gateway));
    let clock = CallClock::start(Duration::from_secs(60));
    for _ in 0..9 {
        recorded.get(request("/me"), &clock).await.unwrap();
    }
    drop(recorded);
    let recording = Recording::read(std::fs::read(&path).unwrap().as_slice()).unwrap();
    assert_eq!((recording.exchanges.len(), recording.cut), (9, false));
    assert_eq!(recording.started_at, None);
}
