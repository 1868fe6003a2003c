//! A page in the making: reads fields as the provider sent them, and keeps account of what it could not read.

mod grant_sets;
mod presentable;
mod stated_grants;

use crate::json::{BodyError, JsonRecord, JsonText};
use crate::kind::Kind;
use crate::lenient::{LenientList, LenientObject, Scalar};
use crate::model::{Impact, Notice, Page, RateLimit, Resource, ResourceId};
use crate::timestamps;
use crate::unique::{keep_first, remove_repeated, repeated};
pub use presentable::presentable;
use stated_grants::StatedGrants;

/// The longest text that is handed on, in characters.
const MAX_TEXT: usize = 1024;

/// A page in the making.
pub struct PageBuilder {
    /// Name of the provider, for messages.
    provider: &'static str,
    /// The page as read so far.
    pub page: Page,
    /// The resource that the page belongs to, if notices on single items would not show it.
    within: Option<ResourceId>,
    /// The grants that each record of the page states.
    stated: StatedGrants,
    /// The index of the set that the next grant may belong to: records state the same ones in turn.
    next_set: usize,
}

impl PageBuilder {
    /// Returns an empty page of what a provider holds.
    pub fn new(provider: &'static str) -> Self {
        Self {
            provider,
            page: Page::default(),
            within: None,
            stated: StatedGrants::default(),
            next_set: 0,
        }
    }

    /// Returns the page as one of what lies in `resource`: one of many such pages, so that notices name it.
    pub fn within(self, resource: &ResourceId) -> Self {
        Self {
            within: Some(resource.clone()),
            ..self
        }
    }

    /// Adds a notice on an item that is left out.
    fn left_out(&mut self, code: &'static str, message: String) {
        let within = self.within.clone();
        self.notice(code, within.as_ref(), Impact::ItemOmitted, message);
    }

    /// Adds a notice.
    pub fn notice(
        &mut self,
        code: &'static str,
        about: Option<&ResourceId>,
        impact: Impact,
        message: String,
    ) {
        self.page.notices.push(Notice {
            code,
            about: about.cloned(),
            impact,
            message,
        });
    }

    /// Notes a field that has another type than it should.
    pub fn unreadable(&mut self, field: &str, about: Option<&ResourceId>, impact: Impact) {
        let message = format!(
            "`{field}` is not of the form that {} describes and is left out",
            self.provider
        );
        self.notice("unreadable-field", about, impact, message);
    }

    /// Notes a field with facts in it that is no object, and not blank either.
    pub fn note_other<T>(&mut self, field: &str, value: &LenientObject<T>, about: &ResourceId) {
        if matches!(value, LenientObject::Other) {
            self.unreadable(field, Some(about), Impact::AttributeUnknown);
        }
    }

    /// Calls `add` with each object of a list and its index. What is no object is left out, with a notice that
    /// names `what` the list has.
    pub fn each_object<T>(
        &mut self,
        what: &str,
        items: Vec<LenientObject<T>>,
        mut add: impl FnMut(&mut Self, usize, T),
    ) {
        for (index, item) in items.into_iter().enumerate() {
            self.add_object(what, index, item.here(), &mut add);
        }
    }

    /// Calls `add` as [`each_object`](Self::each_object) does, with each item of the list under `name` as it is read:
    /// the page has nothing else yet. Other fields go into `rest`. Returns the number of items, if
    /// there is such a list.
    ///
    /// # Errors
    /// Returns an error if the text is no JSON, or no object.
    pub fn read_objects<'a, T: JsonRecord<'a> + Default>(
        &mut self,
        what: &str,
        (body, name): (&'a JsonText<'_>, &str),
        rest: &mut dyn JsonRecord<'a>,
        mut add: impl FnMut(&mut Self, usize, &mut T),
    ) -> Result<Option<usize>, BodyError> {
        let mut index = 0;
        let whole = body.bytes().len();
        let is_list = body.read_items(name, rest, &mut |item, unread| match item {
            None => {
                self.page = Page::default();
                self.stated = StatedGrants::default();
                index = 0;
            }
            Some(item) => {
                self.add_object(what, index, item.get_mut(), &mut add);
                index += 1;
                self.make_room(whole, unread);
            }
        })?;
        Ok(is_list.then_some(index))
    }

    /// Makes room for the resources of the unread part of a body, if there is none left and they take as much of it
    /// as those before. The room is never larger than that part.
    fn make_room(&mut self, whole: usize, unread: usize) {
        let resources = &mut self.page.resources;
        let count = resources.len();
        if count < resources.capacity() {
            return;
        }
        let per_resource = (whole - unread.min(whole)) / count.max(1) + 1;
        let more = unread / per_resource.max(size_of::<Resource>());
        resources.reserve_exact(more.max(count / 16 + 4));
    }

    fn add_object<T>(
        &mut self,
        what: &str,
        index: usize,
        item: Option<T>,
        add: &mut impl FnMut(&mut Self, usize, T),
    ) {
        match item {
            Some(item) => {
                add(self, index, item);
                self.stated.end(self.page.resources.len());
            }
            None => {
                let message = format!("item {index} of the page is no {what} and is left out");
                self.left_out("unreadable-item", message);
            }
        }
    }

    /// Returns the identity of the item at `index` of a list; a notice where it has no usable one.
    pub fn identity(
        &mut self,
        kind: impl Kind,
        index: usize,
        id: &Scalar<'_>,
    ) -> Option<ResourceId> {
        let (code, why) = match id.id().map(|id| ResourceId::parse(kind, id)) {
            Some(Some(id)) => {
                self.stated.begin();
                return Some(id);
            }
            Some(None) => ("unusable-id", "an id that cannot be asked for"),
            None => ("no-id", "no readable id"),
        };
        let kind = kind.name();
        let message = format!("{kind} {index} of the page has {why} and is left out");
        self.left_out(code, message);
        None
    }

    /// Returns the resource that `field` of `about` refers to. Blank is none; unusable is none with a notice.
    pub fn reference(
        &mut self,
        kind: impl Kind,
        field: &str,
        id: &Scalar<'_>,
        about: &ResourceId,
        impact: Impact,
    ) -> Option<ResourceId> {
        if id.is_blank() {
            return None;
        }
        let found = id.id().and_then(|id| ResourceId::parse(kind, id));
        if found.is_none() {
            self.unreadable(field, Some(about), impact);
        }
        found
    }

    /// Returns the entries of a list in `field` of `about`. A missing list is empty, with a notice where it
    /// is `expected`.
    pub fn entries<T>(
        &mut self,
        field: &str,
        list: LenientList<T>,
        about: &ResourceId,
        expected: bool,
    ) -> Vec<T> {
        match list {
            LenientList::Items(items) => items,
            LenientList::Other => {
                self.unreadable(field, Some(about), Impact::ItemOmitted);
                Vec::new()
            }
            LenientList::Absent | LenientList::Null => {
                if expected {
                    let message = format!(
                        "{} sent no `{field}` and it is taken to be empty",
                        self.provider
                    );
                    self.notice("missing-field", Some(about), Impact::AccessUnknown, message);
                }
                Vec::new()
            }
        }
    }

    /// Returns the resources that a list in `field` of `about` refers to; an unusable entry costs itself.
    pub fn references(
        &mut self,
        kind: impl Kind,
        field: &str,
        list: LenientList<Scalar<'_>>,
        about: &ResourceId,
        expected: bool,
    ) -> Vec<ResourceId> {
        let entries = self.entries(field, list, about, expected);
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.id().and_then(|id| ResourceId::parse(kind, id)) {
                Some(id) => found.push(id),
                None => self.unreadable(field, Some(about), Impact::ItemOmitted),
            }
        }
        found
    }

    /// Returns text for people: no control characters, at most 1,024 characters, none where blank.
    pub fn text<'a>(
        &mut self,
        field: &str,
        value: &Scalar<'_>,
        about: impl Into<Option<&'a ResourceId>>,
    ) -> Option<String> {
        let about = about.into();
        if matches!(value, Scalar::Absent | Scalar::Null) {
            return None;
        }
        let Some(text) = value.words() else {
            self.unreadable(field, about, Impact::AttributeUnknown);
            return None;
        };
        if matches!(value, Scalar::Repaired(_)) {
            let message =
                format!("`{field}` has characters that cannot be read: U+FFFD stands for each");
            self.notice("repaired-text", about, Impact::AttributeUnknown, message);
        }
        if text.len() > MAX_TEXT && text.chars().nth(MAX_TEXT).is_some() {
            let message = format!("`{field}` is cut to {MAX_TEXT} characters");
            self.notice("shortened-text", about, Impact::AttributeUnknown, message);
        }
        presentable(text)
    }

    /// Returns a moment in normal form; a notice where there is something else.
    pub fn moment(
        &mut self,
        field: &str,
        value: &Scalar<'_>,
        about: &ResourceId,
    ) -> Option<String> {
        if value.is_blank() {
            return None;
        }
        let moment = value.as_str().and_then(timestamps::utc);
        if moment.is_none() {
            self.unreadable(field, Some(about), Impact::AttributeUnknown);
        }
        moment
    }

    /// Returns a field that is true or false, some providers write it as text; `None` where it is blank,
    /// and with a notice where it is neither.
    pub fn flag(&mut self, field: &str, value: &Scalar<'_>, about: &ResourceId) -> Option<bool> {
        let parse = |text: &str| text.to_ascii_lowercase().parse().ok();
        let flag = value.as_bool().or_else(|| value.as_str().and_then(parse));
        if flag.is_none() && !value.is_blank() {
            self.unreadable(field, Some(about), Impact::AttributeUnknown);
        }
        flag
    }

    /// Makes room for so many more resources.
    pub fn expect(&mut self, resources: usize) {
        self.page.resources.reserve(resources);
    }

    /// Returns whether the page describes the entitlement of this slug.
    pub fn has_entitlement(&self, slug: &str) -> bool {
        let mut known = self.page.entitlements.iter();
        known.any(|known| known.slug == slug)
    }

    /// Keeps the first record of each id. One that says otherwise is left out with a notice.
    pub fn keep_first_records(&mut self) {
        let again = repeated(&self.page.resources);
        for (first_at, later_at) in &again {
            let resources = &self.page.resources;
            let (Some(first), Some(later)) = (resources.get(*first_at), resources.get(*later_at))
            else {
                continue;
            };
            let mut differences = first.differences(later);
            if self.stated.differ(*first_at, *later_at) {
                differences.push("grants");
            }
            if !differences.is_empty() {
                let id = first.id.clone();
                self.conflict(&id, &differences);
            }
        }
        remove_repeated(&mut self.page.resources, &again);
        self.stated.remove_repeated(&again);
    }

    fn conflict(&mut self, id: &ResourceId, differences: &[&str]) {
        let within = self.within.as_ref();
        let under = within.map(|it| format!(" under {} {}", it.resource_type, it.id));
        let message = format!(
            "{} {} is on the page twice{}, with other values of {}: the first record is used, with its implied grants; the listed grants of both are used",
            id.resource_type,
            id.id,
            under.unwrap_or_default(),
            differences.join(", ")
        );
        self.notice("conflicting-record", Some(id), Impact::ItemOmitted, message);
    }

    /// Notes that the answer has a field whose name cannot be read, if it has.
    pub fn note_lost_name(&mut self, body: &JsonText<'_>) {
        if body.lost_name() {
            let message = format!(
                "the name of a field in {}'s answer cannot be read: what it holds is left out",
                self.provider
            );
            self.left_out("unreadable-name", message);
        }
    }

    /// Returns the page of an answer, each resource once, and each principal once in its set.
    pub fn finish(mut self, body: &JsonText<'_>, rate_limit: Option<RateLimit>) -> Page {
        self.note_lost_name(body);
        self.into_page(rate_limit)
    }

    /// Returns the page, each resource once, and each principal once in its set.
    pub fn into_page(mut self, rate_limit: Option<RateLimit>) -> Page {
        self.keep_first_records();
        keep_first(&mut self.page.references);
        for set in &mut self.page.grants {
            keep_first(&mut set.principal_ids);
        }
        self.page.rate_limit = rate_limit;
        self.page
    }
}
