//! Two records of one id that differ: the first one is used, and the loss is reported.

use super::RecordOrigin;
use connector_types::{Evidence, Impact, Notice, Resource, ResourceId};

/// A record that is left out because another one of its id was read before it.
#[derive(Clone, Debug)]
pub struct Conflict {
    id: ResourceId,
    /// The origin of the record that is left out.
    pub origin: Option<RecordOrigin>,
    /// The fields that differ, but for the parent.
    fields: Vec<String>,
    /// The parent that is used and the one that is lost.
    parents: [Option<ResourceId>; 2],
    is_on_one_page: bool,
}

impl Conflict {
    /// Compares a record with the one of its id that is used. A reference contradicts nothing.
    pub fn between(
        (used, at): &(Resource, Option<RecordOrigin>),
        (lost, origin): &(Resource, Option<RecordOrigin>),
    ) -> Option<Self> {
        let are_listed = [used, lost].map(|one| one.evidence) == [Evidence::Listed; 2];
        let fields = used.differences(lost);
        if !are_listed || fields.is_empty() {
            return None;
        }
        let parents = [&used.parent, &lost.parent];
        let others = fields.into_iter().filter(|field| *field != "parent");
        Some(Self {
            id: used.id.clone(),
            origin: *origin,
            fields: others.map(str::to_owned).collect(),
            parents: parents.map(Clone::clone),
            is_on_one_page: at == origin,
        })
    }

    /// Returns the resource and origin of the grants that follow from the record that is left out.
    /// A second parent alone removes nothing: the grants that follow from it stand beside those of
    /// the first.
    pub fn takes_along(&self) -> Option<(&ResourceId, Option<RecordOrigin>)> {
        let contradicts = !self.fields.is_empty() && !self.is_on_one_page;
        contradicts.then_some((&self.id, self.origin))
    }

    /// Returns the notices for the reader.
    pub fn notices(&self) -> impl Iterator<Item = Notice> {
        let notice = |code: &str, message| Notice {
            code: code.to_owned(),
            about: Some(self.id.clone()),
            impact: Impact::ItemOmitted,
            message,
        };
        let id = &self.id;
        let [used, lost] = self.parents.each_ref().map(in_words);
        let fields = (!self.fields.is_empty()).then(|| {
            let fields = self.fields.join(", ");
            let message = format!(
                "{id} was read under {lost} with other values of {fields} than before: the first record is used, and only what follows from it."
            );
            notice("conflicting-record", message)
        });
        let parents = (used != lost).then(|| {
            let message = format!(
                "{id} is listed under {used} and under {lost}, too: its record names {used} alone."
            );
            notice("second-parent", message)
        });
        fields.into_iter().chain(parents)
    }
}

fn in_words(parent: &Option<ResourceId>) -> String {
    match parent {
        Some(parent) => parent.to_string(),
        None => "nothing".to_owned(),
    }
}
