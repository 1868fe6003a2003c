//! The limits of one call, and their settings for an operator.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::{CallFailure, MemoryBudget, ProcessorShare};
use connector_types::{CountRecords, counted};

const MIB: usize = 1 << 20;

/// Limits of one call. Each has a default that the largest known tenants stay well below.
#[derive(Clone, Debug)]
pub struct CallLimits {
    /// From instantiation to answer, waiting for the provider included (120 s).
    pub wall_clock: Duration,
    /// Processor time of the guest (30 s). Looked at once in a millisecond.
    pub cpu: Duration,
    /// Instructions, roughly (50,000,000,000). Counts in a deterministic sandbox only, instead of
    /// `cpu`.
    pub fuel: u64,
    /// Linear memory in bytes, all memories together (512 MiB; at most 1 GiB).
    pub memory: usize,
    /// Memory that all calls with clones of this budget have together: linear memory, and what the
    /// host keeps of failures (1 GiB). No answer is larger than that either.
    pub budget: MemoryBudget,
    /// Processors on which calls with clones of this share compute at once (as many as there are).
    pub processors: ProcessorShare,
    /// Table elements, all tables together (10,000, which is also the most).
    pub table_elements: usize,
    /// Requests to the provider, refused ones included (64).
    pub requests: u64,
    /// One request to the provider, from start to last byte; `None` leaves it to the sender of
    /// requests (90 s). Counts if calls are made for a tenant.
    pub request_time: Option<Duration>,
    /// Bytes of one decoded response body; `None` leaves it to the sender of requests (64 MiB).
    /// Counts if calls are made for a tenant.
    pub body_bytes: Option<u64>,
    /// Bytes of decoded response bodies, all responses together (256 MiB).
    pub response_bytes: u64,
    /// Bytes of lists and texts that the guest hands over in one value, as it returns or as it asks
    /// for something (128 MiB).
    pub returned_bytes: usize,
    /// Records of one answer, items of lists within them included (500,000).
    pub records: usize,
    /// Bytes of records that all calls of a tenant return together (2 GiB): the host keeps them
    /// until a sync has ended. Counts where calls are made for a tenant.
    pub tenant_returned_bytes: usize,
    /// Pages of one list (100,000): one that has more is taken for endless. Counts where a tenant is
    /// synced.
    pub pages: u64,
    /// From the beginning to the end of a whole sync, its waits included (a day). What has not been
    /// read by then is named. Counts where a tenant is synced.
    pub sync: Duration,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            wall_clock: Duration::from_secs(120),
            cpu: Duration::from_secs(30),
            fuel: 50_000_000_000,
            memory: 512 * MIB,
            budget: MemoryBudget::new(1024 * MIB),
            processors: ProcessorShare::default(),
            table_elements: 10_000,
            requests: 64,
            request_time: None,
            body_bytes: None,
            response_bytes: 256 << 20,
            returned_bytes: 128 * MIB,
            records: 500_000,
            tenant_returned_bytes: 2_048 * MIB,
            pages: 100_000,
            sync: Duration::from_secs(86_400),
        }
    }
}

impl CallLimits {
    /// Checks that an answer has no more records than it may.
    ///
    /// # Errors
    /// Returns the limit that it is beyond.
    pub fn check_records(&self, answer: &impl CountRecords) -> Result<(), CallFailure> {
        if answer.records() > self.records {
            Err(CallFailure::Limited(LimitHit::Records(self.records)))
        } else {
            Ok(())
        }
    }

    /// Sets one limit.
    pub fn set_limit(&mut self, setting: LimitSetting) {
        let LimitSetting { limit, value } = setting;
        let size = usize::try_from(value).unwrap_or(usize::MAX);
        match limit {
            Limit::WallClock => self.wall_clock = Duration::from_secs(value),
            Limit::Cpu => self.cpu = Duration::from_secs(value),
            Limit::Fuel => self.fuel = value,
            Limit::Memory => self.memory = size.saturating_mul(MIB),
            Limit::TenantMemory => self.budget = MemoryBudget::new(size.saturating_mul(MIB)),
            Limit::TableElements => self.table_elements = size,
            Limit::Requests => self.requests = value,
            Limit::RequestTime => self.request_time = Some(Duration::from_secs(value)),
            Limit::BodyBytes => self.body_bytes = Some(value.saturating_mul(1 << 20)),
            Limit::ResponseBytes => self.response_bytes = value.saturating_mul(1 << 20),
            Limit::ReturnedBytes => self.returned_bytes = size.saturating_mul(MIB),
            Limit::Records => self.records = size,
            Limit::TenantReturnedBytes => self.tenant_returned_bytes = size.saturating_mul(MIB),
            Limit::Pages => self.pages = value,
            Limit::Sync => self.sync = Duration::from_secs(value),
        }
    }
}

/// A limit that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitHit {
    /// See [`CallLimits::wall_clock`].
    #[error("the call took longer than {} s", .0.as_secs_f64())]
    WallClock(Duration),
    /// See [`CallLimits::cpu`].
    #[error("the connector computed for longer than {} s", .0.as_secs_f64())]
    Cpu(Duration),
    /// See [`CallLimits::fuel`].
    #[error("the connector computed for more than {0} instructions")]
    Fuel(u64),
    /// See [`CallLimits::memory`].
    #[error("the connector asked for more than {0} bytes of memory")]
    Memory(usize),
    /// See [`CallLimits::budget`].
    #[error(
        "the calls of this tenant and their failures took more than {0} bytes of memory together"
    )]
    TenantMemory(usize),
    /// See [`CallLimits::table_elements`].
    #[error("the connector asked for more than {}", counted(*.0, "table element"))]
    TableElements(usize),
    /// See [`CallLimits::requests`].
    #[error("the connector sent more than {} in one call", counted(*.0, "request"))]
    Requests(u64),
    /// See [`CallLimits::response_bytes`].
    #[error("the connector was sent more than {0} bytes in one call")]
    ResponseBytes(u64),
    /// See [`CallLimits::returned_bytes`].
    #[error("the connector handed over more than {0} bytes at once")]
    ReturnedBytes(usize),
    /// See [`CallLimits::records`].
    #[error("the connector returned more than {0} records at once")]
    Records(usize),
    /// See [`CallLimits::tenant_returned_bytes`].
    #[error("the calls of this tenant returned more than {0} bytes together")]
    TenantReturnedBytes(usize),
    /// See [`CallLimits::pages`].
    #[error("the list had more than {}", counted(*.0, "page"))]
    Pages(u64),
    /// See [`CallLimits::sync`].
    #[error("the sync took longer than {} s", .0.as_secs_f64())]
    Sync(Duration),
}

impl LimitHit {
    /// Returns whether it is a limit of time.
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Self::WallClock(_) | Self::Cpu(_) | Self::Fuel(_) | Self::Sync(_)
        )
    }

    /// Returns the limit that was exceeded.
    pub fn limit(self) -> Limit {
        match self {
            Self::WallClock(_) => Limit::WallClock,
            Self::Cpu(_) => Limit::Cpu,
            Self::Fuel(_) => Limit::Fuel,
            Self::Memory(_) => Limit::Memory,
            Self::TenantMemory(_) => Limit::TenantMemory,
            Self::TableElements(_) => Limit::TableElements,
            Self::Requests(_) => Limit::Requests,
            Self::ResponseBytes(_) => Limit::ResponseBytes,
            Self::ReturnedBytes(_) => Limit::ReturnedBytes,
            Self::Records(_) => Limit::Records,
            Self::TenantReturnedBytes(_) => Limit::TenantReturnedBytes,
            Self::Pages(_) => Limit::Pages,
            Self::Sync(_) => Limit::Sync,
        }
    }
}

/// The limits that can be set, by the names that options and tenants files have for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `wall-clock-seconds`
    WallClock,
    /// `cpu-seconds`
    Cpu,
    /// `fuel`
    Fuel,
    /// `memory-mib`
    Memory,
    /// `tenant-memory-mib`
    TenantMemory,
    /// `table-elements`
    TableElements,
    /// `requests`
    Requests,
    /// `request-seconds`
    RequestTime,
    /// `body-mib`
    BodyBytes,
    /// `response-mib`
    ResponseBytes,
    /// `returned-mib`
    ReturnedBytes,
    /// `records`
    Records,
    /// `tenant-returned-mib`
    TenantReturnedBytes,
    /// `pages`
    Pages,
    /// `sync-seconds`
    Sync,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::WallClock,
        Self::Cpu,
        Self::Fuel,
        Self::Memory,
        Self::TenantMemory,
        Self::TableElements,
        Self::Requests,
        Self::RequestTime,
        Self::BodyBytes,
        Self::ResponseBytes,
        Self::ReturnedBytes,
        Self::Records,
        Self::TenantReturnedBytes,
        Self::Pages,
        Self::Sync,
    ];

    /// The name, with its unit where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::WallClock => "wall-clock-seconds",
            Self::Cpu => "cpu-seconds",
            Self::Fuel => "fuel",
            Self::Memory => "memory-mib",
            Self::TenantMemory => "tenant-memory-mib",
            Self::TableElements => "table-elements",
            Self::Requests => "requests",
            Self::RequestTime => "request-seconds",
            Self::BodyBytes => "body-mib",
            Self::ResponseBytes => "response-mib",
            Self::ReturnedBytes => "returned-mib",
            Self::Records => "records",
            Self::TenantReturnedBytes => "tenant-returned-mib",
            Self::Pages => "pages",
            Self::Sync => "sync-seconds",
        }
    }

    /// Returns the largest value that can be set. A day is longer than any caller waits, a tebibyte
    /// more than any machine has.
    fn maximum_value(self) -> u64 {
        match self {
            Self::WallClock | Self::Cpu | Self::RequestTime | Self::Sync => 86_400,
            Self::Fuel | Self::Requests | Self::Records | Self::Pages => u64::MAX,
            Self::Memory | Self::BodyBytes => 1_024,
            Self::TenantMemory
            | Self::ResponseBytes
            | Self::ReturnedBytes
            | Self::TenantReturnedBytes => 1 << 20,
            Self::TableElements => 10_000,
        }
    }
}

/// One limit and the value it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSetting {
    limit: Limit,
    value: u64,
}

/// Not a limit, or not a value that it can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    /// Not in the form of an option.
    #[error("it is not in the form NAME=NUMBER, such as memory-mib=256")]
    Form,
    /// No limit has this name.
    #[error("there is no such limit: the limits are {}", limit_names())]
    Name,
    /// Too small or too large.
    #[error("{} must be a whole number from 1 to {}", .0.name(), .0.maximum_value())]
    Value(Limit),
}

fn limit_names() -> String {
    Limit::ALL.map(Limit::name).join(", ")
}

impl LimitSetting {
    /// A setting, by the limit's name.
    ///
    /// # Errors
    /// There is no such limit, or it cannot be set to this value.
    pub fn new(name: &str, value: u64) -> Result<Self, LimitError> {
        let mut all = Limit::ALL.into_iter();
        let limit = all.find(|limit| limit.name() == name);
        let limit = limit.ok_or(LimitError::Name)?;
        let fits = (1..=limit.maximum_value()).contains(&value);
        fits.then_some(Self { limit, value })
            .ok_or(LimitError::Value(limit))
    }
}

impl FromStr for LimitSetting {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let (name, value) = text.split_once('=').ok_or(LimitError::Form)?;
        let value = value.trim().parse();
        // A number that does not fit is treated as one that is too small: the error is the same.
        Self::new(name.trim(), value.unwrap_or(0))
    }
}
