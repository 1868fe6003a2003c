//! The trait of a connector, and its export as the contract's component.

use std::marker::PhantomData;

use crate::bindings::exports::governance::connector::{description, inventory};
use crate::bindings::governance::connector::types;
use crate::error::Error;
use crate::http_client::Host;
use crate::kind::Kind;
use crate::manifest::Manifest;
use crate::model::{EntitlementList, Page, ResourceId, Tenant};
use crate::transport::Transport;

/// Type and identifier of a resource as a caller gives them.
pub type GivenId<'a> = (&'a str, &'a str);

/// A connector for one provider. Each call is independent: no state passes between two calls.
pub trait Connector {
    /// The kinds of resource.
    type Kind: Kind;

    /// The manifest, without the kinds of resource.
    const MANIFEST: Manifest;

    /// Returns the reader of one kind of resource.
    fn reader<'a, T: Transport + 'a>(kind: Self::Kind) -> &'a dyn ResourceReader<T>;

    /// Checks that the credentials work and returns what they can see.
    ///
    /// # Errors
    /// Returns an error if the provider refuses, or answers what cannot be read.
    fn validate(transport: &impl Transport) -> Result<Tenant, Error>;

    /// Returns the entitlements on each resource of one type.
    ///
    /// # Errors
    /// Returns an error if the type is unknown, or the provider refuses.
    fn list_entitlements<T: Transport>(
        transport: &T,
        resource_type: &str,
    ) -> Result<EntitlementList, Error> {
        let kind = Self::Kind::parse(resource_type)?;
        Self::reader::<T>(kind).list_entitlements(transport)
    }

    /// Returns one page of the resources of one type.
    ///
    /// # Errors
    /// Returns an error if an argument does not fit the call, or the provider refuses.
    fn list_resources<T: Transport>(
        transport: &T,
        resource_type: &str,
        parent: Option<GivenId<'_>>,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        if Self::MANIFEST
            .change_log
            .is_some_and(|log| log.name == resource_type)
        {
            return match parent {
                None => Self::list_changes(transport, page_token),
                Some(_) => Err(Error::invalid_argument("parent: the change log has none")),
            };
        }
        let kind = Self::Kind::parse(resource_type)?;
        let parent = parent.map(parse_id::<Self::Kind>).transpose()?;
        let scope = ListScope {
            parent: parent.as_ref(),
            page_token,
        };
        scope.check_parent(kind)?;
        Self::reader::<T>(kind).list_resources(transport, scope)
    }

    /// Returns one page of the change log, newest first: an empty last page if the manifest has no
    /// log.
    ///
    /// # Errors
    /// Returns an error if the page token is not of this list, or the provider refuses.
    fn list_changes<T: Transport>(_transport: &T, page_token: Option<&str>) -> Result<Page, Error> {
        refuse_page_token(page_token)?;
        Ok(Page::default())
    }

    /// Returns one page of the grants on one resource.
    ///
    /// # Errors
    /// Returns an error if an argument does not fit the call, or the provider refuses.
    fn list_grants<T: Transport>(
        transport: &T,
        resource: GivenId<'_>,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        let kind = Self::Kind::parse(resource.0)?;
        let resource = parse_id::<Self::Kind>(resource)?;
        Self::reader::<T>(kind).list_grants(transport, &resource, page_token)
    }
}

/// A reader of one kind of resource. Arguments are checked before they come here.
pub trait ResourceReader<T: Transport> {
    /// Returns the entitlements on each resource: none by default.
    ///
    /// # Errors
    /// Returns an error if the provider refuses.
    fn list_entitlements(&self, _transport: &T) -> Result<EntitlementList, Error> {
        Ok(EntitlementList::default())
    }

    /// Returns one page of the resources.
    ///
    /// # Errors
    /// Returns an error if the page token is not of this list, or the provider refuses.
    fn list_resources(&self, transport: &T, scope: ListScope<'_>) -> Result<Page, Error>;

    /// Returns one page of the grants on one resource: an empty last one by default.
    ///
    /// # Errors
    /// Returns an error if the page token is not of this list, or the provider refuses.
    fn list_grants(
        &self,
        _transport: &T,
        _resource: &ResourceId,
        page_token: Option<&str>,
    ) -> Result<Page, Error> {
        refuse_page_token(page_token)?;
        Ok(Page::default())
    }
}

/// The list of one kind of resource and the page to read.
#[derive(Clone, Copy)]
pub struct ListScope<'a> {
    parent: Option<&'a ResourceId>,
    /// The token of the page, none for the first one.
    pub page_token: Option<&'a str>,
}

impl<'a> ListScope<'a> {
    /// Returns the resource that the list lies in.
    ///
    /// # Errors
    /// Returns an error if it lies in none, as that of a kind without a parent does.
    pub fn parent(self) -> Result<&'a ResourceId, Error> {
        let parent = self.parent;
        parent.ok_or_else(|| Error::invalid_argument("parent: it is missing"))
    }

    /// Checks that the parent is of the kind that the manifest declares.
    fn check_parent(self, kind: impl Kind) -> Result<(), Error> {
        let declared = kind.declaration().parent;
        if declared == self.parent.map(|parent| parent.resource_type) {
            return Ok(());
        }
        let needed = declared.map_or("none".to_owned(), |it| format!("one of type {it}"));
        Err(Error::invalid_argument(format!(
            "parent: resources of type {} are listed under {needed}",
            kind.name()
        )))
    }
}

/// The reader of kinds that are known only by references: their list is empty.
pub struct ReferenceOnly;

impl<T: Transport> ResourceReader<T> for ReferenceOnly {
    fn list_resources(&self, _transport: &T, scope: ListScope<'_>) -> Result<Page, Error> {
        refuse_page_token(scope.page_token)?;
        Ok(Page::default())
    }
}

/// Refuses the token of a list that the provider sends in one answer.
///
/// # Errors
/// Returns an error if there is a token.
pub fn refuse_page_token(page_token: Option<&str>) -> Result<(), Error> {
    match page_token {
        None => Ok(()),
        Some(_) => Err(Error::invalid_argument(
            "page-token: this list has one page; call without a page token",
        )),
    }
}

fn parse_id<K: Kind>((resource_type, id): GivenId<'_>) -> Result<ResourceId, Error> {
    let kind = K::parse(resource_type)?;
    ResourceId::parse(kind, id).ok_or_else(|| {
        Error::invalid_argument(format!(
            "the id of the {} is none that this connector gives out",
            kind.name()
        ))
    })
}

/// A connector as the contract's component; [`export!`](crate::export) exports it.
pub struct Exports<C>(PhantomData<C>);

impl<C: Connector> description::Guest for Exports<C> {
    fn describe() -> description::Descriptor {
        (&C::MANIFEST, C::Kind::ALL).into()
    }
}

impl<C: Connector> inventory::Guest for Exports<C> {
    fn validate() -> Result<inventory::Tenant, types::Error> {
        Ok(C::validate(&Host)?.into())
    }

    fn list_entitlements(
        resource_type: String,
    ) -> Result<inventory::EntitlementList, types::Error> {
        Ok(C::list_entitlements(&Host, &resource_type)?.into())
    }

    fn list_resources(
        resource_type: String,
        parent: Option<types::ResourceId>,
        page_token: Option<String>,
    ) -> Result<types::Page, types::Error> {
        let parent = parent.as_ref().map(given);
        Ok(C::list_resources(&Host, &resource_type, parent, page_token.as_deref())?.into())
    }

    fn list_grants(
        resource: types::ResourceId,
        page_token: Option<String>,
    ) -> Result<types::Page, types::Error> {
        Ok(C::list_grants(&Host, given(&resource), page_token.as_deref())?.into())
    }
}

fn given(id: &types::ResourceId) -> GivenId<'_> {
    (&id.resource_type, &id.id)
}

/// Exports a connector as the contract's component: `connector_sdk::export!(CrmConnector);`.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[expect(unsafe_code, reason = "generated from the contract")]
        const _: () = {
            type Component = $crate::connector::Exports<$connector>;
    $crate::bindings::export_bindings!(Component with_types_in $crate::bindings);
        };
    };
}
