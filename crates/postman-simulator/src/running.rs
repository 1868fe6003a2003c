//! A simulator, and one that listens.

use super::expected::{ExpectedScope, ExpectedState};
use super::faults::RuleFirings;
use super::history::{LoggedAnswer, TeamChange};
use super::options::Options;
use super::server;
use super::service::SimulatorService;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A simulated Postman. Clones share one team, one set of counters and one set of limits.
#[derive(Clone)]
pub struct Simulator {
    service: Arc<SimulatorService>,
}

impl Simulator {
    /// Makes the team; nothing listens yet.
    pub fn new(options: Options) -> Self {
        Self {
            service: Arc::new(SimulatorService::new(options)),
        }
    }

    /// Makes the team and serves it over plain HTTP; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot listen on the address, for example because the port is taken.
    pub async fn start(options: Options, address: SocketAddr) -> io::Result<RunningSimulator> {
        let simulator = Self::new(options);
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(server::accept_connections(
            listener,
            Arc::clone(&simulator.service),
        ));
        Ok(RunningSimulator {
            simulator,
            address,
            accepting,
        })
    }

    /// Serves one connection until the client ends it, over any stream, such as one of TLS.
    ///
    /// # Errors
    ///
    /// Returns an error if the stream breaks.
    pub async fn serve_connection<S>(&self, stream: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = stream;
        server::serve_requests(&mut stream, &self.service)
            .await
            .map(drop)
    }

    pub(super) fn service(&self) -> &SimulatorService {
        &self.service
    }

    /// Returns the answers so far, in order, if [`Options::history`] is on.
    pub fn answered_requests(&self) -> Vec<LoggedAnswer> {
        self.service.faults.answered_requests()
    }

    /// Returns the changes of the team so far, in order.
    pub fn team_moves(&self) -> Vec<TeamChange> {
        self.service.faults.team_moves()
    }

    /// Swaps the viewers and the admins of a workspace, or swaps them back, and logs an event of it.
    pub fn change_roles(&self, workspace: &str) {
        self.service.faults.change_roles(&self.service, workspace);
    }

    /// Adds an event without a change to the audit log: its action, and its variables as JSON.
    pub fn log_event(&self, action: &str, variables: &str) {
        let now = self.service.now();
        self.service.audit.add_event(now, action, variables);
    }

    /// Returns the ids of all visible workspaces that have roles.
    pub fn workspaces_with_roles(&self) -> Vec<String> {
        self.service.workspaces_with_roles()
    }

    /// Returns the key that is accepted in `X-API-Key`.
    pub fn api_key(&self) -> &str {
        &self.service.options.api_key
    }

    /// Returns the expected state of a complete sync with this scope.
    pub fn expected_state(&self, scope: &ExpectedScope) -> ExpectedState {
        ExpectedState::read_service(&self.service, scope)
    }

    /// Requests so far, refused ones included, by endpoint template such as `/workspaces/{workspaceId}/roles`;
    /// what is no endpoint counts as `unknown`.
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        self.service.request_counts()
    }

    /// Requests so far, refused ones included.
    pub fn total_requests(&self) -> u64 {
        self.request_counts().values().sum()
    }

    /// Returns the count of each rule of [`Options::faults`], in order.
    pub fn fired_faults(&self) -> Vec<RuleFirings> {
        self.service.faults.fired_faults()
    }
}

/// A simulator that listens. Dropping it closes the port and every connection.
pub struct RunningSimulator {
    simulator: Simulator,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl RunningSimulator {
    /// Returns scheme, address and port, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the simulator that is served.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// As [`Simulator::api_key`].
    pub fn api_key(&self) -> &str {
        self.simulator.api_key()
    }

    /// As [`Simulator::expected_state`].
    pub fn expected_state(&self, scope: &ExpectedScope) -> ExpectedState {
        self.simulator.expected_state(scope)
    }

    /// As [`Simulator::request_counts`].
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        self.simulator.request_counts()
    }

    /// As [`Simulator::total_requests`].
    pub fn total_requests(&self) -> u64 {
        self.simulator.total_requests()
    }

    /// As [`Simulator::fired_faults`].
    pub fn fired_faults(&self) -> Vec<RuleFirings> {
        self.simulator.fired_faults()
    }

    /// Closes the port and every connection, and waits until that is done.
    pub async fn shut_down(mut self) {
        self.accepting.abort();
        // An aborted task ends with an error by design.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
