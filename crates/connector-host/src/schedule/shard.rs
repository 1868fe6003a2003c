//! The distribution of tenants among processes, without communication between them.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

/// More processes than any deployment has: each tenant is hashed once for each.
const MOST: u32 = 1_024;

/// One share of the tenants: `INDEX/COUNT`, counted from 0, as Kubernetes and Nomad count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// A shard that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a shard is INDEX/COUNT, counted from 0, with at most {MOST} shards: 0/3, 1/3 and 2/3 share all tenants"
)]
pub struct ShardError;

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, count) = text.split_once('/').ok_or(ShardError)?;
        let [index, count] = [index, count].map(str::parse);
        match (index, count) {
            (Ok(index), Ok(count)) if index < count && count <= MOST => Ok(Self { index, count }),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Err(ShardError),
        }
    }
}

impl Shard {
    /// Reports whether a tenant is of this shard: of each tenant's ranks among all shards, its rank is
    /// the highest. Another shard added takes its share from each, and moves no other tenant.
    pub fn owns_tenant(self, tenant: &str) -> bool {
        let highest = (0..self.count).max_by_key(|shard| shard_rank(*shard, tenant));
        highest == Some(self.index)
    }
}

fn shard_rank(shard: u32, tenant: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(shard.to_be_bytes());
    hash.update(tenant);
    hash.finalize().into()
}
