//! Texts that very many records repeat, stored once: half a million grants name some ten thousand
//! ids.

use std::collections::HashSet;

use super::{Grant, GrantSet, Page, Resource, ResourceId};

/// An immutable text that many records can share.
pub type Text = arcstr::ArcStr;

/// The texts that are known, each once.
#[derive(Debug, Default)]
pub struct Texts(HashSet<Text>);

impl Texts {
    /// Makes everything that names something in this page share the texts that are known.
    pub fn share(&mut self, page: &mut Page) {
        for resource in &mut page.resources {
            self.share_resource(resource);
        }
        for set in &mut page.grants {
            self.share_set(set);
        }
    }

    fn share_resource(&mut self, resource: &mut Resource) {
        self.share_id(&mut resource.id);
        if let Some(parent) = &mut resource.parent {
            self.share_id(parent);
        }
    }

    /// Returns a grant that shares the texts that are known.
    pub fn shared(&mut self, mut grant: Grant) -> Grant {
        self.share_grant(&mut grant);
        grant
    }

    fn share_set(&mut self, set: &mut GrantSet) {
        self.share_id(&mut set.resource);
        self.share_text(&mut set.principal_type);
        let texts = set.entitlements.iter_mut().chain(&mut set.principal_ids);
        let words = [&mut set.implied_by, &mut set.expands];
        for text in texts.chain(words.into_iter().flatten()) {
            self.share_text(text);
        }
    }

    fn share_grant(&mut self, grant: &mut Grant) {
        self.share_id(&mut grant.resource);
        self.share_text(&mut grant.entitlement);
        self.share_id(&mut grant.principal);
        let words = [&mut grant.implied_by, &mut grant.expands];
        for text in words.into_iter().flatten() {
            self.share_text(text);
        }
    }

    /// Makes an id share the text of its type.
    pub fn share_type(&mut self, id: &mut ResourceId) {
        self.share_text(&mut id.resource_type);
    }

    /// Returns the known text that reads so.
    pub fn known(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return Text::clone(known);
        }
        let new = Text::from(text);
        self.0.insert(Text::clone(&new));
        new
    }

    fn share_id(&mut self, id: &mut ResourceId) {
        self.share_text(&mut id.resource_type);
        self.share_text(&mut id.id);
    }

    fn share_text(&mut self, text: &mut Text) {
        match self.0.get(&**text) {
            Some(known) => *text = Text::clone(known),
            None => drop(self.0.insert(Text::clone(text))),
        }
    }
}
