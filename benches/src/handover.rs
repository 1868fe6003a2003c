//! From the records of the native twin to those of the host, as the host takes them from a sandbox.

use connector_host::records::{
    AccountType, Attributes, Details, Evidence, GrantListing, GrantSet, Impact, Notice, Page,
    Resource, ResourceId, Status, Text, UserDetails,
};
use connector_sdk::model;

/// Returns the page as the host has it. The lists of this bench have neither references nor
/// entitlements of their own.
pub fn page(page: model::Page, parent: Option<&ResourceId>) -> Page {
    assert!(page.references.is_empty() && page.entitlements.is_empty());
    let resources = page.resources.into_iter();
    Page {
        resources: resources.map(|one| resource(one, parent)).collect(),
        entitlements: Vec::new(),
        grants: page.grants.into_iter().map(grant_set).collect(),
        notices: page.notices.into_iter().map(notice).collect(),
        next_page_token: page.next_page_token,
        rate_limit: None,
    }
}

fn id(id: model::ResourceId) -> ResourceId {
    ResourceId::new(id.resource_type, id.id)
}

fn resource(from: model::Resource, parent: Option<&ResourceId>) -> Resource {
    let attributes = from.attributes.into_iter();
    Resource {
        id: id(from.id),
        parent: parent.cloned(),
        display_name: from.display_name,
        description: from.description,
        evidence: Evidence::Listed,
        status: match from.status {
            model::Status::Enabled => Status::Enabled,
            model::Status::Disabled => Status::Disabled,
            model::Status::Unknown => Status::Unknown,
        },
        created_at: from.created_at,
        updated_at: from.updated_at,
        details: details(from.details),
        attributes: Attributes(
            attributes
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        ),
        grants: match from.grants {
            model::GrantListing::Complete => GrantListing::Complete,
            model::GrantListing::ListGrantsRequired => GrantListing::ListGrantsRequired,
            model::GrantListing::ListGrantsOptional => GrantListing::ListGrantsOptional,
        },
    }
}

fn details(from: model::Details) -> Details {
    match from {
        model::Details::User(user) => Details::User(UserDetails {
            email: user.email,
            login: user.login,
            account_type: match user.account_type {
                model::AccountType::Human => AccountType::Human,
                model::AccountType::Service => AccountType::Service,
                model::AccountType::External => AccountType::External,
                model::AccountType::Unknown => AccountType::Unknown,
            },
            last_login: None,
        }),
        model::Details::Group => Details::Group,
        model::Details::Other => Details::Other,
        model::Details::Tenant
        | model::Details::Audience(_)
        | model::Details::Secret(_)
        | model::Details::Change(_) => panic!("no list of this bench has it"),
    }
}

fn grant_set(from: model::GrantSet) -> GrantSet {
    let entitlements = from.entitlements.into_iter();
    GrantSet {
        resource: id(from.resource),
        entitlements: entitlements
            .map(|slug| Text::from(slug.into_owned()))
            .collect(),
        principal_type: from.principal_type.into(),
        principal_ids: from.principal_ids.into_iter().map(Text::from).collect(),
        implied_by: from.implied_by.map(Text::from),
        expands: from.expands.map(Text::from),
    }
}

fn notice(from: model::Notice) -> Notice {
    Notice {
        code: from.code.to_owned(),
        about: from.about.map(id),
        impact: match from.impact {
            model::Impact::None => Impact::None,
            model::Impact::ItemOmitted => Impact::ItemOmitted,
            model::Impact::AccessUnknown => Impact::AccessUnknown,
            model::Impact::AttributeUnknown => Impact::AttributeUnknown,
        },
        message: from.message,
    }
}
