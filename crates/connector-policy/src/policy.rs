//! The endpoint policy of a description.

use egress_policy::{EndpointRule, PolicyRefusal};

use connector_types::{Descriptor, Endpoint, Rate};

/// A request that may be sent, and the endpoint that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed<'a> {
    /// The endpoint's index in the description.
    pub index: usize,
    /// The endpoint as declared.
    pub endpoint: &'a Endpoint,
}

/// The endpoints of a description, ready to be matched.
#[derive(Clone, Debug)]
pub struct EndpointPolicy {
    rules: egress_policy::EgressPolicy,
    endpoints: Vec<Endpoint>,
}

impl EndpointPolicy {
    /// Takes over the endpoints of a description.
    ///
    /// # Errors
    /// Returns an error that names the path if one is not a template.
    pub fn new(descriptor: &Descriptor) -> Result<Self, String> {
        let rule = |endpoint: &Endpoint| EndpointRule {
            path: endpoint.path.clone(),
            query: endpoint.query.clone(),
            credential: endpoint.credential.clone(),
        };
        Ok(Self {
            rules: egress_policy::EgressPolicy::new(descriptor.endpoints.iter().map(rule))?,
            endpoints: descriptor.endpoints.clone(),
        })
    }

    /// Decides on one request.
    ///
    /// # Errors
    /// Returns the first reason to refuse it.
    pub fn check(
        &self,
        credential: &str,
        path_with_query: &str,
    ) -> Result<Allowed<'_>, PolicyRefusal> {
        let index = self.rules.check(credential, path_with_query)?;
        let endpoint = self
            .endpoints
            .get(index)
            .ok_or(PolicyRefusal::UndeclaredPath)?;
        Ok(Allowed { index, endpoint })
    }

    /// Returns the declared rate of the endpoint at this index.
    pub fn rate(&self, index: usize) -> Option<Rate> {
        self.endpoints.get(index).and_then(|endpoint| endpoint.rate)
    }
}
