//! Reads a laboratory that nobody has. Its types, slugs and notice codes share no name with those of
//! another connector, so that a host which knows one by its name does not know this one.

mod lists;
mod provider;

use connector_sdk::Connector;
use connector_sdk::connector::{ReferenceOnly, ResourceReader};
use connector_sdk::error::Error;
use connector_sdk::kind::Kind;
use connector_sdk::manifest::{Manifest, ResourceType, TypeKind};
use connector_sdk::model::Tenant;
use connector_sdk::transport::Transport;

use lists::{Benches, Institutes, LabList};
use provider::{BASE_URLS, CREDENTIALS, TEMPLATES};

connector_sdk::kinds! {
    /// A kind of resource.
    pub enum LabKind {
        /// The laboratory.
        Institute = "institute",
        /// An employee.
        Scientist = "scientist",
        /// Scientists who work together.
        Crew = "crew",
        /// A workbench with its equipment.
        Bench = "bench",
        /// A visitor.
        Visitor = "visitor",
        /// Everyone, as an audience.
        Passerby = "passerby",
        /// A card that opens doors.
        Badge = "badge",
        /// A letter of invitation.
        Summons = "summons",
        /// The door's record of a scientist.
        Logbook = "logbook",
        /// The contract with the owner of the building.
        Lease = "lease",
    }
}

impl Kind for LabKind {
    const ALL: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn declaration(self) -> ResourceType {
        let institute = Some(Self::Institute.name());
        let listed = |kind, name| ResourceType::listed(kind, name, "As its name says.", institute);
        let referenced = |kind, name| ResourceType::referenced(kind, name, "As its name says.");
        match self {
            Self::Institute => ResourceType {
                parent: None,
                ..listed(TypeKind::Tenant, "Institute")
            },
            Self::Scientist => listed(TypeKind::Account, "Scientist"),
            Self::Crew => listed(TypeKind::Group, "Crew"),
            Self::Bench => listed(TypeKind::Container, "Bench"),
            Self::Visitor => referenced(TypeKind::Account, "Visitor"),
            Self::Passerby => referenced(TypeKind::Audience, "Passerby"),
            Self::Badge => listed(TypeKind::Credential, "Badge"),
            Self::Summons => listed(TypeKind::Invitation, "Summons"),
            Self::Logbook => listed(TypeKind::Usage, "Logbook"),
            Self::Lease => listed(TypeKind::Subscription, "Lease"),
        }
    }
}

/// The connector for the laboratory.
pub struct LabConnector;

impl Connector for LabConnector {
    type Kind = LabKind;

    const MANIFEST: Manifest = Manifest {
        name: "laboratory",
        version: env!("CARGO_PKG_VERSION"),
        credentials: &CREDENTIALS,
        base_urls: &BASE_URLS,
        endpoints: &TEMPLATES,
        change_log: None,
    };

    fn reader<'a, T: Transport + 'a>(kind: LabKind) -> &'a dyn ResourceReader<T> {
        match kind {
            LabKind::Institute => &Institutes,
            LabKind::Bench => &Benches,
            LabKind::Visitor | LabKind::Passerby => &ReferenceOnly,
            LabKind::Scientist => &LabList(LabKind::Scientist),
            LabKind::Crew => &LabList(LabKind::Crew),
            LabKind::Badge => &LabList(LabKind::Badge),
            LabKind::Summons => &LabList(LabKind::Summons),
            LabKind::Logbook => &LabList(LabKind::Logbook),
            LabKind::Lease => &LabList(LabKind::Lease),
        }
    }

    fn validate(transport: &impl Transport) -> Result<Tenant, Error> {
        lists::validate(transport)
    }
}

connector_sdk::export!(LabConnector);
