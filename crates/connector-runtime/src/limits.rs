//! The limits of one call, in one table: the fields of [`CallLimits`], the names and defaults that an
//! operator sees, the checks of settings and the errors come from its rows.

use std::convert::identity;
use std::error::Error as StdError;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::{CallFailure, MemoryBudget, ProcessorShare};
use connector_types::{CountRecords, counted};

/// The unit of seconds and of numbers.
const ONE: u64 = 1;
const MIB: u64 = 1 << 20;
/// A day in seconds: longer than any caller waits.
const DAY: u64 = 86_400;
/// A tebibyte in MiB: more than any machine has.
const TEBIBYTE: u64 = 1 << 20;

/// Rows of `LIMIT field: TYPE = DEFAULT UNIT ..= MAXIMUM, NAME, SUBJECT`, and the type and text of the
/// error for a limit that can end a call.
macro_rules! limits {
    ($(
        $limit:ident $field:ident: $kind:ty = $default:literal $unit:ident ..= $maximum:expr,
        $name:literal, $subject:literal $(, $value:ty [$error:literal, $shown:path])?;
    )+) => {
        /// The limits of one call. Each has a default that the largest known tenants stay well below.
        /// A limit that is `None` is left to the sender of requests.
        #[derive(Clone, Debug)]
        pub struct CallLimits {
            $(
                #[doc = concat!("`", $name, "` (", $default, "): ", $subject, ".")]
                pub $field: $kind,
            )+
            /// Processors on which calls with clones of this share compute at once (as many as there
            /// are).
            pub processors: ProcessorShare,
        }

        impl Default for CallLimits {
            fn default() -> Self {
                Self {
                    $($field: LimitValue::of_default(Limit::$limit.row().default_amount()),)+
                    processors: ProcessorShare::default(),
                }
            }
        }

        impl CallLimits {
            /// Sets one limit.
            pub fn set_limit(&mut self, setting: LimitSetting) {
                let amount = setting.limit.row().amount(setting.value);
                match setting.limit {
                    $(Limit::$limit => self.$field = LimitValue::of_amount(amount),)+
                }
            }
        }

        /// A limit that ended a call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum LimitHit {
            $($(
                #[doc = concat!("See [`CallLimits::", stringify!($field), "`].")]
                $limit($value),
            )?)+
        }

        impl LimitHit {
            /// Returns the limit that was exceeded.
            pub fn limit(self) -> Limit {
                match self {
                    $($(Self::$limit(value) => {
                        let _: $value = value;
                        Limit::$limit
                    })?)+
                }
            }
        }

        impl Display for LimitHit {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                match self {
                    $($(Self::$limit(value) => write!(f, $error, $shown(*value)),)?)+
                }
            }
        }

        /// The limits that can be set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Limit {
            $(
                #[doc = concat!("`", $name, "`")]
                $limit,
            )+
        }

        impl Limit {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$limit),+];

            /// Returns the row of the table of limits.
            pub fn row(self) -> LimitRow {
                match self {
                    $(Self::$limit => LimitRow {
                        name: $name,
                        unit: $unit,
                        default: $default,
                        maximum: $maximum,
                        subject: $subject,
                    },)+
                }
            }
        }
    };
}

limits! {
    WallClock wall_clock: Duration = 120 ONE ..= DAY,
        "wall-clock-seconds", "one call, its waits for the provider included",
        Duration["the call took longer than {}", seconds];
    Cpu cpu: Duration = 30 ONE ..= DAY,
        "cpu-seconds", "processor time of one call, read once in a millisecond",
        Duration["the connector computed for longer than {}", seconds];
    Fuel fuel: u64 = 50_000_000_000 ONE ..= u64::MAX,
        "fuel", "instructions of one call, roughly; in a deterministic sandbox alone, instead of `cpu-seconds`",
        u64["the connector computed for more than {} instructions", identity];
    Memory memory: usize = 512 MIB ..= 1_024,
        "memory-mib", "linear memory of one call, all memories together",
        usize["the connector asked for more than {} bytes of memory", identity];
    TenantMemory budget: MemoryBudget = 1_024 MIB ..= TEBIBYTE,
        "tenant-memory-mib", "linear memory of all calls of a tenant, and their stored failures; no answer is larger either",
        usize["the calls of this tenant and their failures took more than {} bytes of memory together", identity];
    TableElements table_elements: usize = 10_000 ONE ..= 10_000,
        "table-elements", "table elements of one call, all tables together",
        usize["the connector asked for more than {}", table_elements];
    Requests requests: u64 = 64 ONE ..= u64::MAX,
        "requests", "requests of one call, denied ones included",
        u64["the connector sent more than {} in one call", requests];
    RequestTime request_time: Option<Duration> = 90 ONE ..= DAY,
        "request-seconds", "one request to the provider, from its start to the last byte";
    BodyBytes body_bytes: Option<u64> = 64 MIB ..= 1_024,
        "body-mib", "one decoded answer of the provider";
    ResponseBytes response_bytes: u64 = 256 MIB ..= TEBIBYTE,
        "response-mib", "all decoded answers of the provider in one call",
        u64["the connector was sent more than {} bytes in one call", identity];
    ReturnedBytes returned_bytes: usize = 128 MIB ..= TEBIBYTE,
        "returned-mib", "one value that the connector hands over, as it returns or sends a request",
        usize["the connector handed over more than {} bytes at once", identity];
    Records records: usize = 500_000 ONE ..= u64::MAX,
        "records", "records of one page, items of lists within them included",
        usize["the connector returned more than {} records at once", identity];
    TenantReturnedBytes tenant_returned_bytes: usize = 2_048 MIB ..= TEBIBYTE,
        "tenant-returned-mib", "records that all calls of one sync return",
        usize["the calls of this tenant returned more than {} bytes together", identity];
    Pages pages: u64 = 100_000 ONE ..= u64::MAX,
        "pages", "pages of one scope, which is taken for endless if it has more",
        u64["the list had more than {}", pages];
    Sync sync: Duration = 86_400 ONE ..= DAY,
        "sync-seconds", "one sync, its waits included; scopes not read by then are named",
        Duration["the sync took longer than {}", seconds];
}

impl StdError for LimitHit {}

fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

fn table_elements(limit: usize) -> String {
    counted(limit, "table element")
}

fn requests(limit: u64) -> String {
    counted(limit, "request")
}

fn pages(limit: u64) -> String {
    counted(limit, "page")
}

/// A row of the table of limits.
#[derive(Clone, Copy, Debug)]
pub struct LimitRow {
    /// The name in options and tenants files, with its unit where it has one.
    pub name: &'static str,
    /// The unit of default and maximum: bytes, or else 1.
    pub unit: u64,
    /// The value where none is set.
    pub default: u64,
    /// The largest value that can be set.
    pub maximum: u64,
    /// The subject of the limit, in words.
    pub subject: &'static str,
}

impl LimitRow {
    /// Returns the default in seconds, bytes or as a number.
    pub fn default_amount(&self) -> u64 {
        self.amount(self.default)
    }

    fn amount(&self, value: u64) -> u64 {
        value.saturating_mul(self.unit)
    }
}

/// A type of limits, made of seconds, bytes or a number.
trait LimitValue: Sized {
    fn of_amount(amount: u64) -> Self;

    fn of_default(amount: u64) -> Self {
        Self::of_amount(amount)
    }
}

impl LimitValue for Duration {
    fn of_amount(amount: u64) -> Self {
        Self::from_secs(amount)
    }
}

impl LimitValue for u64 {
    fn of_amount(amount: u64) -> Self {
        amount
    }
}

impl LimitValue for usize {
    fn of_amount(amount: u64) -> Self {
        Self::try_from(amount).unwrap_or(Self::MAX)
    }
}

impl LimitValue for MemoryBudget {
    fn of_amount(amount: u64) -> Self {
        Self::new(LimitValue::of_amount(amount))
    }
}

impl<T: LimitValue> LimitValue for Option<T> {
    fn of_amount(amount: u64) -> Self {
        Some(T::of_amount(amount))
    }

    fn of_default(_amount: u64) -> Self {
        None
    }
}

impl LimitHit {
    /// Returns whether it is a limit of time.
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Self::WallClock(_) | Self::Cpu(_) | Self::Fuel(_) | Self::Sync(_)
        )
    }
}

impl CallLimits {
    /// Checks that an answer has no more records than it may.
    ///
    /// # Errors
    /// Returns an error if it has more.
    pub fn check_records(&self, answer: &impl CountRecords) -> Result<(), CallFailure> {
        if answer.records() > self.records {
            Err(CallFailure::Limited(LimitHit::Records(self.records)))
        } else {
            Ok(())
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
    #[error("{} must be a whole number from 1 to {}", .0.row().name, .0.row().maximum)]
    Value(Limit),
}

fn limit_names() -> String {
    let names: Vec<_> = Limit::ALL.iter().map(|limit| limit.row().name).collect();
    names.join(", ")
}

impl LimitSetting {
    /// Returns a setting, by the limit's name.
    ///
    /// # Errors
    /// Returns an error if there is no such limit, or it cannot be set to this value.
    pub fn new(name: &str, value: u64) -> Result<Self, LimitError> {
        let mut all = Limit::ALL.iter().copied();
        let limit = all.find(|limit| limit.row().name == name);
        let limit = limit.ok_or(LimitError::Name)?;
        let fits = (1..=limit.row().maximum).contains(&value);
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
