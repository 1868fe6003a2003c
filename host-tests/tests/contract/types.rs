//! Types as WIT writes them.

use wit_parser::{Resolve, Type, TypeDefKind, TypeId};

/// A type as it stands in a field.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the contract has few kinds of types"
)]
pub fn written(resolve: &Resolve, of: &Type) -> String {
    match of {
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::String => "string".to_owned(),
        Type::Id(id) => written_by_id(resolve, *id),
        other => panic!("the contract has no {other:?}: say here how it is written"),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the contract has few kinds of types"
)]
fn written_by_id(resolve: &Resolve, id: TypeId) -> String {
    let inner = |of: &Type| written(resolve, of);
    let or_nothing = |of: &Option<Type>| of.as_ref().map_or("_".to_owned(), inner);
    if let Some(name) = &resolve.types[id].name {
        return name.clone();
    }
    match &resolve.types[id].kind {
        TypeDefKind::Option(of) => format!("option<{}>", inner(of)),
        TypeDefKind::List(of) => format!("list<{}>", inner(of)),
        TypeDefKind::Tuple(of) => {
            let parts: Vec<_> = of.types.iter().map(inner).collect();
            format!("tuple<{}>", parts.join(", "))
        }
        TypeDefKind::Result(of) => {
            format!("result<{}, {}>", or_nothing(&of.ok), or_nothing(&of.err))
        }
        other => panic!("the contract has no {other:?}: say here how it is written"),
    }
}

/// The named type that is inside of a type, where there is one: the one that it was first defined as.
pub fn named(resolve: &Resolve, of: &Type) -> Option<TypeId> {
    let Type::Id(id) = of else {
        return None;
    };
    let found = &resolve.types[*id];
    if let TypeDefKind::Type(inner) | TypeDefKind::Option(inner) | TypeDefKind::List(inner) =
        &found.kind
    {
        return named(resolve, inner);
    }
    found.name.is_some().then_some(*id)
}
