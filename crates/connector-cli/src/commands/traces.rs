//! `--traces`: spans of syncs for a collector of OpenTelemetry, by OTLP over HTTP.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use reqwest::Url;
use tokio::runtime::Handle;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

use super::CliError;
use super::log::{BoxedLayer, LogArgs};
use super::output::print_note;
use connector_gateway::{TRACE_TARGET, build_collector_client};

/// The most spans that wait for the collector; further ones are dropped.
const QUEUE: usize = 1 << 14;
/// The longest time for the last spans, when the command ends.
const LAST_EXPORT: Duration = Duration::from_secs(5);
/// The path of traces in OTLP over HTTP.
const PATH: &str = "/v1/traces";

/// The collector, if any.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Logs and traces")]
pub(super) struct TraceArgs {
    /// Send OpenTelemetry traces to a collector: its URL for OTLP over HTTP, such as http://127.0.0.1:4318. Spans have kinds, counts, outcomes and times, and no key, id or name but the tenant's in the tenants file. OTEL_EXPORTER_OTLP_HEADERS holds headers for the collector [default: none]
    #[arg(long, value_name = "URL")]
    traces: Option<String>,
}

/// Parses the address that traces are sent to. An error does not repeat the text, which may contain a password.
fn parse_collector_url(text: &str) -> Result<Url, CliError> {
    let fault = |reason| CliError::Usage(format!("--traces cannot be used: {reason}"));
    let mut url: Url = text.parse().map_err(|_| fault("it is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(fault("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            "it must have no password: set OTEL_EXPORTER_OTLP_HEADERS",
        ));
    }
    if url.path() == "/" {
        url.set_path(PATH);
    }
    Ok(url)
}

/// Traces that are exported until the command ends.
pub(super) struct TraceExport(Option<SdkTracerProvider>);

impl TraceArgs {
    /// Starts the log and the traces, for the rest of the process.
    ///
    /// # Errors
    /// Returns an error if the log's file cannot be written to, or the collector cannot be used.
    pub(super) fn start(&self, log: &LogArgs) -> Result<TraceExport, CliError> {
        let url = self
            .traces
            .as_deref()
            .map(parse_collector_url)
            .transpose()?;
        let provider = url.as_ref().map(build_tracer_provider).transpose()?;
        log.start_with(provider.as_ref().map(build_trace_layer))?;
        Ok(TraceExport(provider))
    }
}

impl TraceExport {
    /// Sends the spans that are left.
    pub(super) async fn finish(self) {
        let Some(provider) = self.0 else {
            return;
        };
        // The provider waits for its own thread, which sends on this runtime.
        let ending = move || provider.shutdown_with_timeout(LAST_EXPORT);
        let _ = tokio::task::spawn_blocking(ending).await;
    }
}

fn build_tracer_provider(collector: &Url) -> Result<SdkTracerProvider, CliError> {
    let unusable = |reason: String| CliError::Usage(format!("--traces: {reason}"));
    let client = build_collector_client(collector.scheme() == "http");
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(collector.as_str())
        .with_http_client(CollectorClient {
            client: client.map_err(|error| unusable(error.to_string()))?,
            runtime: Handle::current(),
            has_failed: AtomicBool::new(false),
        })
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE);
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches.build())
        .build();
    let service = Resource::builder()
        .with_service_name("connector-host")
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_resource(service)
        .build())
}

/// Builds the layer that collects the spans of syncs, and none of a library.
fn build_trace_layer(provider: &SdkTracerProvider) -> BoxedLayer {
    tracing_opentelemetry::layer::<Registry>()
        .with_tracer(provider.tracer("connector-host"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(TRACE_TARGET, tracing::Level::INFO))
        .boxed()
}

/// The client of the collector. The exporter calls it on a thread without a runtime.
#[derive(Debug)]
struct CollectorClient {
    client: reqwest::Client,
    runtime: Handle,
    has_failed: AtomicBool,
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sending = self
            .runtime
            .spawn(send_to_collector(self.client.clone(), request));
        let answer = sending.await?;
        let reason = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("answered {}", answer.status().as_u16())),
            Err(_) => Some("cannot be reached".to_owned()),
        };
        if let Some(reason) = reason
            && !self.has_failed.swap(true, Relaxed)
        {
            print_note(&format!(
                "warning: traces were not sent: the collector {reason}. Check --traces and the collector. Syncs continue without traces.\n"
            ));
        }
        answer
    }
}

async fn send_to_collector(
    client: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let answer = client.execute(request.try_into()?).await?;
    let mut whole = Response::builder().status(answer.status());
    if let Some(headers) = whole.headers_mut() {
        headers.clone_from(answer.headers());
    }
    Ok(whole.body(answer.bytes().await?)?)
}
