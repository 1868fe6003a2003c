//! Kinds of resource as a type of the connector's own, so that a forgotten kind does not compile.

use crate::error::Error;
use crate::manifest::ResourceType;
use crate::scan::leading_digits;

/// The longest identifier, in bytes.
const MAX_ID: usize = 128;

/// A kind of resource; [`kinds!`](crate::kinds) declares the enum of a connector's kinds.
pub trait Kind: Copy + 'static {
    /// Every kind, parents before children.
    const ALL: &'static [Self];

    /// Returns the name in ids: the contract's resource type.
    fn name(self) -> &'static str;

    /// Returns the declaration in the manifest.
    fn declaration(self) -> ResourceType;

    /// Reports if a text has the form of this kind's identifiers.
    fn is_id(self, id: &str) -> bool {
        is_plain_id(id, b"_.:@-")
    }

    /// Returns the kind of this name.
    ///
    /// # Errors
    /// Returns an error that lists the names if there is none.
    fn parse(name: &str) -> Result<Self, Error> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            Error::invalid_argument(format!(
                "resource-type: none of this name; there are {}",
                known.join(", ")
            ))
        })
    }
}

/// Reports if an identifier has 1 to 128 ASCII letters, digits and characters of `also`, and more than
/// dots alone.
pub fn is_plain_id(id: &str, also: &[u8]) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || also.contains(&byte);
    (1..=MAX_ID).contains(&id.len())
        && id.bytes().skip(leading_digits(id)).all(is_plain)
        && id.bytes().any(|byte| byte != b'.')
}

/// Declares the kinds of resource of a connector, each with its name in ids, parents before children.
///
/// ```
/// connector_sdk::kinds! {
///     /// A kind of resource.
///     pub enum ResourceKind {
///         /// The tenant.
///         Account = "account",
///         /// A user.
///         User = "user",
///     }
/// }
///
/// assert_eq!(ResourceKind::ALL, [ResourceKind::Account, ResourceKind::User]);
/// assert_eq!(ResourceKind::User.name(), "user");
/// ```
#[macro_export]
macro_rules! kinds {
    (
        $(#[$docs:meta])*
        pub enum $kind:ident {
            $($(#[$variant_docs:meta])* $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $($(#[$variant_docs])* $variant,)+
        }

        impl $kind {
            /// Every kind, parents before children.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name in ids: the contract's resource type.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::manifest::TypeKind;

    /// The one kind of unit tests.
    #[derive(Clone, Copy)]
    pub(crate) struct AnyKind;

    impl Kind for AnyKind {
        const ALL: &'static [Self] = &[Self];

        fn name(self) -> &'static str {
            "any"
        }

        fn declaration(self) -> ResourceType {
            ResourceType::listed(TypeKind::Other, "Any", "Anything.", None)
        }
    }

    #[test]
    fn an_id_that_could_name_another_path_is_none() {
        let fits = |id: &str| is_plain_id(id, b"_.:@-");
        for fit in ["1", "1f0df51a-8658-4ee8", "12-a_b.c:d@e", &"a".repeat(128)] {
            assert!(fits(fit), "{fit}");
        }
        for unfit in [
            "",
            ".",
            "..",
            "a/b",
            "a%2fb",
            "a b",
            "a?b",
            "a#b",
            "a\\b",
            "é",
            "a\n",
            &"a".repeat(129),
        ] {
            assert!(!fits(unfit), "{unfit}");
        }
    }
}
